package brokertest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"tradewind/internal/trading"
)

func freshID() trading.ClientOrderID { return trading.ClientOrderID("test-" + rand.Text()) }

var cases = []struct {
	name string
	run  func(*testing.T, *desk)
}{
	{"Name_IsNotEmpty", func(t *testing.T, d *desk) {
		if d.Broker.Name() == "" {
			t.Error("the broker has no name")
		}
	}},
	{"MarketBuy_FillsAtTheAsk", marketFills(trading.Buy, "101")},
	{"MarketSell_FillsAtTheBid", marketFills(trading.Sell, "100")},
	{"Limit_WaitsThenFillsAtTheBetterPrice", limitWaits},
	{"Limit_AlreadyReached_FillsAtTheQuote", limitReached},
	{"BigOrder_FillsInPartsOfTheQuotedSize", partialFills},
	{"Submit_Twice_IsOneOrder", submitTwice},
	{"Submit_TwiceAtOnce_IsOneOrder", submitTwiceAtOnce},
	{"Submit_AfterItIsOver_IsStillThatOrder", submitAfterFill},
	{"Cancel_Working_IsCanceled", cancelWorking},
	{"Cancel_PartiallyFilled_KeepsTheFills", cancelPartiallyFilled},
	{"Cancel_Filled_IsRefused", cancelFilled},
	{"Cancel_Unknown_IsUnknown", cancelUnknown},
	{"Replace_Working_HasTheNewTerms", replaceWorking},
	{"Replace_ToAReachableLimit_Fills", replaceFills},
	{"Replace_BelowFilled_IsRefused", replaceBelowFilled},
	{"Lookup_Unknown_IsUnknown", lookupUnknown},
	{"Lookup_Known_ShowsTheState", lookupKnown},
	{"OpenOrders_AreThoseThatAreNotOver", openOrders},
	{"Executions_ListFillsOldestFirst", executions},
	{"Event_RefusedBySink_ComesAgain", redelivery},
	{"Restart_OpenOrder_StillFillsOnce", restartFills},
	{"Restart_FilledOrder_IsNotFilledAgain", restartFilled},
	{"Race_QuotesCancelsSubmits_FillExactlyOnce", race},
}

func marketFills(side trading.Side, price string) func(*testing.T, *desk) {
	return func(t *testing.T, d *desk) {
		d.Quote("100", "101", "500")
		o := d.order(t, side, trading.Market, "10", "")
		sent := d.submit(t, o)
		events := d.status(t, o.ClientOrderID, trading.Filled)
		last := events[len(events)-1]
		if last.Fill == nil || last.Fill.ID == "" {
			t.Fatalf("the event that fills the order has no execution:%s", describe(events))
		}
		if last.Account != d.Account || last.Order.ID != sent.ID || last.Fill.Symbol != d.Symbol || last.Fill.Side != side {
			t.Errorf("event %+v does not name account, order, symbol and side", last)
		}
		equal(t, "price", last.Fill.Price, price)
		equal(t, "quantity", last.Fill.Quantity, "10")
		equal(t, "filled quantity", last.Order.FilledQuantity, "10")
		if age := time.Since(last.Fill.Time); last.Fill.Time.Location() != time.UTC || age > time.Hour || age < -time.Hour {
			t.Errorf("fill time %v is not now in UTC", last.Fill.Time)
		}
	}
}

func limitWaits(t *testing.T, d *desk) {
	d.Quote("100", "101", "500")
	o := d.order(t, trading.Buy, trading.Limit, "10", "99.5")
	if got := d.submit(t, o); got.Status != trading.Working && got.Status != trading.Accepted {
		t.Errorf("submitted order is %s", got.Status)
	}
	d.Quote("99", "99.6", "500")
	d.Quote("98", "99.2", "500")
	events := d.status(t, o.ClientOrderID, trading.Filled)
	equal(t, "price", events[len(events)-1].Fill.Price, "99.2")
}

func limitReached(t *testing.T, d *desk) {
	d.Quote("100", "101", "500")
	o := d.order(t, trading.Sell, trading.Limit, "10", "90")
	d.submit(t, o)
	events := d.status(t, o.ClientOrderID, trading.Filled)
	equal(t, "price", events[len(events)-1].Fill.Price, "100")
}

func partialFills(t *testing.T, d *desk) {
	d.Quote("100", "101", "40")
	o := d.order(t, trading.Buy, trading.Market, "100", "")
	d.submit(t, o)
	for i, filled := range []string{"40", "80"} {
		events := d.await(t, o.ClientOrderID, "partial fill", func(e []trading.BrokerEvent) bool { return len(e) > i })
		if events[i].Order.Status != trading.PartiallyFilled {
			t.Fatalf("want a partial fill:%s", describe(events))
		}
		equal(t, "filled quantity", events[i].Order.FilledQuantity, filled)
		d.Quote("100", "101", "40")
	}
	events := d.status(t, o.ClientOrderID, trading.Filled)
	if sum := fills(t, events); !sum.Equal(o.Quantity) {
		t.Errorf("fills add up to %s, want %s:%s", sum, o.Quantity, describe(events))
	}
	equal(t, "last fill", events[len(events)-1].Fill.Quantity, "20")
}

func submitTwice(t *testing.T, d *desk) {
	d.Quote("100", "101", "500")
	o := d.order(t, trading.Buy, trading.Limit, "10", "90")
	first, second := d.submit(t, o), d.submit(t, o)
	if first.ID != second.ID {
		t.Errorf("the same client order id made orders %s and %s", first.ID, second.ID)
	}
	if open, err := d.Broker.OpenOrders(t.Context(), d.Account); err != nil || len(open) != 1 {
		t.Errorf("open orders: %d, %v; want the one", len(open), err)
	}
}

func submitTwiceAtOnce(t *testing.T, d *desk) {
	d.Quote("100", "101", "500")
	o := d.order(t, trading.Buy, trading.Market, "10", "")
	var wg sync.WaitGroup
	var got [8]trading.BrokerOrder
	for i := range got {
		wg.Go(func() { got[i], _ = d.Broker.Submit(t.Context(), d.Account, o) })
	}
	wg.Wait()
	for _, other := range got {
		if other.ID == "" || other.ID != got[0].ID {
			t.Errorf("the same client order id made orders %q and %q", got[0].ID, other.ID)
		}
	}
	events := d.status(t, o.ClientOrderID, trading.Filled)
	if sum := fills(t, events); !sum.Equal(o.Quantity) {
		t.Errorf("fills add up to %s, want %s", sum, o.Quantity)
	}
}

func submitAfterFill(t *testing.T, d *desk) {
	d.Quote("100", "101", "500")
	o := d.order(t, trading.Buy, trading.Market, "10", "")
	first := d.submit(t, o)
	d.status(t, o.ClientOrderID, trading.Filled)
	second := d.submit(t, o)
	if first.ID != second.ID || second.Status != trading.Filled {
		t.Errorf("repeat is order %s, %s; want the filled %s", second.ID, second.Status, first.ID)
	}
}

func cancelWorking(t *testing.T, d *desk) {
	d.Quote("100", "101", "500")
	o := d.order(t, trading.Buy, trading.Limit, "10", "90")
	d.submit(t, o)
	if err := d.Broker.Cancel(t.Context(), d.Account, o); err != nil {
		t.Fatalf("Cancel: %v", err)
	}
	events := d.status(t, o.ClientOrderID, trading.Canceled)
	if events[len(events)-1].Order.Reason == "" {
		t.Error("a canceled order has no reason")
	}
	d.Quote("80", "81", "500")
	d.stillOver(t, o, "0")
}

// stillOver lets another order fill, so that whatever a quote does is done, and
// then expects no more fills of the first.
func (d *desk) stillOver(t *testing.T, o trading.Order, filled string) {
	t.Helper()
	other := d.order(t, trading.Buy, trading.Market, "1", "")
	d.submit(t, other)
	d.status(t, other.ClientOrderID, trading.Filled)
	equal(t, "filled quantity", fills(t, d.of(o.ClientOrderID)), filled)
}

func cancelPartiallyFilled(t *testing.T, d *desk) {
	d.Quote("100", "101", "40")
	o := d.order(t, trading.Buy, trading.Market, "100", "")
	d.submit(t, o)
	d.status(t, o.ClientOrderID, trading.PartiallyFilled)
	if err := d.Broker.Cancel(t.Context(), d.Account, o); err != nil {
		t.Fatalf("Cancel: %v", err)
	}
	events := d.status(t, o.ClientOrderID, trading.Canceled)
	equal(t, "filled quantity", events[len(events)-1].Order.FilledQuantity, "40")
	d.Quote("100", "101", "40")
	d.stillOver(t, o, "40")
}

func cancelFilled(t *testing.T, d *desk) {
	d.Quote("100", "101", "500")
	o := d.order(t, trading.Buy, trading.Market, "10", "")
	d.submit(t, o)
	d.status(t, o.ClientOrderID, trading.Filled)
	refused(t, "Cancel", d.Broker.Cancel(t.Context(), d.Account, o))
	refused(t, "Replace", d.Broker.Replace(t.Context(), d.Account, o, trading.Replacement{Quantity: number(t, "20")}))
}

func cancelUnknown(t *testing.T, d *desk) {
	o := d.order(t, trading.Buy, trading.Limit, "10", "90")
	if err := d.Broker.Cancel(t.Context(), d.Account, o); !errors.Is(err, trading.ErrOrderUnknown) {
		t.Errorf("Cancel: %v, want ErrOrderUnknown", err)
	}
}

func replaceWorking(t *testing.T, d *desk) {
	d.Quote("100", "101", "500")
	o := d.order(t, trading.Buy, trading.Limit, "10", "90")
	d.submit(t, o)
	if err := d.Broker.Replace(t.Context(), d.Account, o, trading.Replacement{Quantity: number(t, "15"), LimitPrice: number(t, "91")}); err != nil {
		t.Fatalf("Replace: %v", err)
	}
	events := d.await(t, o.ClientOrderID, "replacement", func(e []trading.BrokerEvent) bool {
		return len(e) > 0 && e[len(e)-1].Order.Quantity.Equal(number(t, "15"))
	})
	last := events[len(events)-1].Order
	equal(t, "limit", last.LimitPrice, "91")
	if last.Status.Terminal() {
		t.Errorf("the replaced order is %s", last.Status)
	}
	d.Quote("89", "90.5", "500")
	events = d.status(t, o.ClientOrderID, trading.Filled)
	equal(t, "filled quantity", fills(t, events), "15")
}

func replaceFills(t *testing.T, d *desk) {
	d.Quote("100", "101", "500")
	o := d.order(t, trading.Buy, trading.Limit, "10", "90")
	d.submit(t, o)
	if err := d.Broker.Replace(t.Context(), d.Account, o, trading.Replacement{LimitPrice: number(t, "102")}); err != nil {
		t.Fatalf("Replace: %v", err)
	}
	events := d.status(t, o.ClientOrderID, trading.Filled)
	equal(t, "price", events[len(events)-1].Fill.Price, "101")
}

func replaceBelowFilled(t *testing.T, d *desk) {
	d.Quote("100", "101", "40")
	o := d.order(t, trading.Buy, trading.Market, "100", "")
	d.submit(t, o)
	d.status(t, o.ClientOrderID, trading.PartiallyFilled)
	refused(t, "Replace", d.Broker.Replace(t.Context(), d.Account, o, trading.Replacement{Quantity: number(t, "30")}))
}

func lookupUnknown(t *testing.T, d *desk) {
	if _, err := d.Broker.Lookup(t.Context(), d.Account, freshID()); !errors.Is(err, trading.ErrOrderUnknown) {
		t.Errorf("Lookup: %v, want ErrOrderUnknown", err)
	}
}

func lookupKnown(t *testing.T, d *desk) {
	d.Quote("100", "101", "500")
	o := d.order(t, trading.Buy, trading.Limit, "10", "90")
	sent := d.submit(t, o)
	for _, want := range []trading.OrderStatus{trading.Working, trading.Canceled} {
		got, err := d.Broker.Lookup(t.Context(), d.Account, o.ClientOrderID)
		if err != nil || got.ID != sent.ID || got.Status != want {
			t.Fatalf("Lookup: %s %s, %v; want %s %s", got.ID, got.Status, err, sent.ID, want)
		}
		equal(t, "quantity", got.Quantity, "10")
		if want == trading.Working {
			if err := d.Broker.Cancel(t.Context(), d.Account, o); err != nil {
				t.Fatalf("Cancel: %v", err)
			}
			d.status(t, o.ClientOrderID, trading.Canceled)
		}
	}
}

func openOrders(t *testing.T, d *desk) {
	d.Quote("100", "101", "500")
	waiting, filled := d.order(t, trading.Buy, trading.Limit, "10", "90"), d.order(t, trading.Buy, trading.Market, "10", "")
	d.submit(t, waiting)
	d.submit(t, filled)
	d.status(t, filled.ClientOrderID, trading.Filled)
	open, err := d.Broker.OpenOrders(t.Context(), d.Account)
	if err != nil || len(open) != 1 || open[0].ClientOrderID != waiting.ClientOrderID {
		t.Errorf("OpenOrders: %+v, %v; want the one that waits", open, err)
	}
}

func executions(t *testing.T, d *desk) {
	start := time.Now().Add(-time.Minute)
	d.Quote("100", "101", "500")
	var ids []trading.ClientOrderID
	for range 3 {
		o := d.order(t, trading.Buy, trading.Market, "10", "")
		d.submit(t, o)
		d.status(t, o.ClientOrderID, trading.Filled)
		ids = append(ids, o.ClientOrderID)
	}
	got, err := d.Broker.Executions(t.Context(), d.Account, start)
	if err != nil || len(got) != len(ids) {
		t.Fatalf("Executions: %d, %v; want %d", len(got), err, len(ids))
	}
	for i, ev := range got {
		if ev.Account != d.Account || ev.Fill == nil || ev.Order.ClientOrderID != ids[i] {
			t.Errorf("execution %d is %+v, want one of order %s", i, ev, ids[i])
		}
		if reported := d.of(ids[i]); ev.Fill != nil && reported[len(reported)-1].Fill.ID != ev.Fill.ID {
			t.Errorf("execution %s was reported as %s", ev.Fill.ID, reported[len(reported)-1].Fill.ID)
		}
	}
	if later, err := d.Broker.Executions(t.Context(), d.Account, time.Now().Add(time.Hour)); err != nil || len(later) != 0 {
		t.Errorf("Executions of the future: %d, %v", len(later), err)
	}
}

func redelivery(t *testing.T, d *desk) {
	d.Quote("100", "101", "500")
	d.recorder.mu.Lock()
	d.refuse = 1
	d.recorder.mu.Unlock()
	o := d.order(t, trading.Buy, trading.Market, "10", "")
	d.submit(t, o)
	events := d.status(t, o.ClientOrderID, trading.Filled)
	equal(t, "filled quantity", fills(t, events), "10")
}

func restartFills(t *testing.T, d *desk) {
	d.Quote("100", "101", "40")
	o := d.order(t, trading.Buy, trading.Limit, "100", "101")
	sent := d.submit(t, o)
	d.status(t, o.ClientOrderID, trading.PartiallyFilled)
	d.restart(t)
	if got := d.submit(t, o); got.ID != sent.ID {
		t.Errorf("after the restart the repeat is order %s, want %s", got.ID, sent.ID)
	}
	d.Quote("100", "100.5", "500")
	events := d.status(t, o.ClientOrderID, trading.Filled)
	equal(t, "filled quantity", fills(t, events), "100")
}

func restartFilled(t *testing.T, d *desk) {
	d.Quote("100", "101", "500")
	o := d.order(t, trading.Buy, trading.Market, "10", "")
	d.submit(t, o)
	d.status(t, o.ClientOrderID, trading.Filled)
	d.restart(t)
	d.Quote("100", "101", "500")
	if got := d.submit(t, o); got.Status != trading.Filled {
		t.Errorf("after the restart the order is %s", got.Status)
	}
	d.stillOver(t, o, "10")
}

// race is the failure that paper brokers are known for: the fill at submission,
// the fill by a quote and a cancel, all at once, must add up.
func race(t *testing.T, d *desk) {
	d.Quote("100", "101", "7")
	const traders, each = 8, 20
	var quotes, orders sync.WaitGroup
	done := make(chan struct{})
	quotes.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			default:
				d.Quote("100", fmt.Sprintf("10%d", i%3), "7")
			}
		}
	})
	placed := make([][]trading.Order, traders)
	for n := range traders {
		for i := range each {
			kind := trading.Limit
			if i%2 == 0 {
				kind = trading.Market
			}
			placed[n] = append(placed[n], d.order(t, trading.Buy, kind, "10", "101"))
		}
		orders.Go(func() {
			for i, o := range placed[n] {
				if _, err := d.Broker.Submit(t.Context(), d.Account, o); err != nil {
					t.Errorf("Submit: %v", err)
				}
				if i%3 != 0 {
					continue
				}
				var r *trading.Refusal
				if err := d.Broker.Cancel(t.Context(), d.Account, o); err != nil && !errors.As(err, &r) {
					t.Errorf("Cancel: %v", err)
				}
			}
		})
	}
	orders.Wait()
	for _, mine := range placed {
		for _, o := range mine {
			events := d.await(t, o.ClientOrderID, "end", func(e []trading.BrokerEvent) bool {
				return len(e) > 0 && e[len(e)-1].Order.Status.Terminal()
			})
			checkHistory(t, o, events)
		}
	}
	close(done)
	quotes.Wait()
}

// checkHistory expects fills that add up step by step and nothing after the end.
func checkHistory(t *testing.T, o trading.Order, events []trading.BrokerEvent) {
	t.Helper()
	var sum trading.Decimal
	for i, ev := range events {
		if ev.Fill != nil {
			sum, _ = trading.Add(sum, ev.Fill.Quantity)
		}
		if !sum.Equal(ev.Order.FilledQuantity) || sum.Cmp(o.Quantity) > 0 {
			t.Errorf("order %s of %s: fills add up to %s at event %d:%s", o.ClientOrderID, o.Quantity, sum, i, describe(events))
			return
		}
		if over := ev.Order.Status.Terminal(); over != (i == len(events)-1) {
			t.Errorf("order %s: the end is not the last event:%s", o.ClientOrderID, describe(events))
			return
		}
	}
	fills(t, events)
}
