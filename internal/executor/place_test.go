package executor_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tradewind/internal/executor"
	"tradewind/internal/trading"
)

// wait lets a little fake time pass, after everything that can happen now has.
func wait() {
	synctest.Wait()
	time.Sleep(time.Millisecond)
}

// on runs a test on a fresh world in fake time.
func on(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { fn(t, newWorld(t)) })
}

func TestPlace_MarketOrder_IsFilledInTwoEntries(t *testing.T) {
	on(t, func(t *testing.T, w *world) {
		d := w.start(t)
		start := time.Now()
		o := d.place(t, market(trading.Buy, "10"))
		if o.Status != trading.Filled || time.Since(start) > 100*time.Millisecond {
			t.Errorf("after %v the order is %s", time.Since(start), o.Status)
		}
		d.wantHistory(t, o, "submitting filled(10@100)")
		a := d.account(t)
		equal(t, "cash", a.Cash, "9000")
		equal(t, "position", a.Positions["AAPL"].Quantity, "10")
		if o.BrokerOrderID == "" || !o.AvgFillPrice.Equal(num("100")) || o.CreatedAt.Location() != time.UTC {
			t.Errorf("order lacks what the fill told: %+v", o)
		}
	})
}

func TestPlace_Limit_WorksUntilTheQuoteReachesIt(t *testing.T) {
	on(t, func(t *testing.T, w *world) {
		d := w.start(t)
		o := d.place(t, limit(trading.Buy, "10", "95"))
		if o.Status != trading.Working {
			t.Errorf("order is %s", o.Status)
		}
		power, _ := d.account(t).BuyingPower()
		equal(t, "buying power", power, "9050")
		w.quote("AAPL", "93", "94", "4")
		synctest.Wait()
		w.quote("AAPL", "93", "94", "500")
		synctest.Wait()
		d.wantHistory(t, o, "submitting working partially_filled(4@94) filled(6@94)")
		equal(t, "cash", d.account(t).Cash, "9060")
	})
}

func TestPlace_RefusedByACheck_IsARejectedOrder(t *testing.T) {
	odd := func(change func(*trading.OrderRequest)) trading.OrderRequest {
		r := limit(trading.Buy, "10", "95")
		change(&r)
		return r
	}
	for _, c := range []struct {
		name string
		r    trading.OrderRequest
		want trading.Code
	}{
		{"unknown symbol", odd(func(r *trading.OrderRequest) { r.Symbol = "NOPE" }), trading.CodeUnknownSymbol},
		{"no quantity", odd(func(r *trading.OrderRequest) { r.Quantity = num("0") }), trading.CodeInvalidQuantity},
		{"negative quantity", odd(func(r *trading.OrderRequest) { r.Quantity = num("-1") }), trading.CodeInvalidQuantity},
		{"half a step", odd(func(r *trading.OrderRequest) { r.Quantity = num("1.5") }), trading.CodeInvalidQuantity},
		{"too large", odd(func(r *trading.OrderRequest) { r.Quantity = num("100001") }), trading.CodeOrderTooLarge},
		{"no limit price", odd(func(r *trading.OrderRequest) { r.LimitPrice = num("0") }), trading.CodeInvalidPrice},
		{"half a cent", odd(func(r *trading.OrderRequest) { r.LimitPrice = num("95.005") }), trading.CodeInvalidPrice},
		{"beyond counting", odd(func(r *trading.OrderRequest) { r.LimitPrice = num("100000000000000"); r.Quantity = num("100000") }), trading.CodeOrderTooLarge},
		{"more than the cash", limit(trading.Buy, "101", "100"), trading.CodeInsufficientFunds},
		{"a market order with the buffer", market(trading.Buy, "100"), trading.CodeInsufficientFunds},
		{"short", market(trading.Sell, "1"), trading.CodeInsufficientShares},
		{"no price", odd(func(r *trading.OrderRequest) { r.Type = trading.Market; r.Symbol = "MSFT" }), trading.CodeNoPrice},
	} {
		t.Run(c.name, func(t *testing.T) {
			on(t, func(t *testing.T, w *world) {
				d := w.start(t)
				c.r.ClientOrderID = "mine"
				_, err := d.tryPlace(t, c.r)
				r := wantCode(t, err, c.want)
				if r.Order == nil || r.Order.Status != trading.Rejected || r.Order.Reason != r.Message {
					t.Fatalf("refusal has no rejected order: %+v", r)
				}
				entries := d.ledger(t)
				last := entries[len(entries)-1]
				if last.Kind != trading.EntryRejection || last.Rejection.Code != c.want || last.Order.ID != r.Order.ID {
					t.Errorf("last entry is %+v", last)
				}
				// A repeat is the same refusal and leaves nothing.
				_, err = d.tryPlace(t, c.r)
				again := wantCode(t, err, c.want)
				if again.Order == nil || again.Order.ID != r.Order.ID || len(d.ledger(t)) != len(entries) {
					t.Errorf("the repeat made order %+v", again.Order)
				}
				if got := d.Stats().Refused[c.want]; got != 2 {
					t.Errorf("refusals counted: %d", got)
				}
			})
		})
	}
}

func TestPlace_ClosedOrHaltedMarket_OnlyLimitsWait(t *testing.T) {
	for state, want := range map[trading.QuoteState]trading.Code{
		trading.QuoteClosed: trading.CodeMarketClosed, trading.QuoteHalted: trading.CodeSymbolHalted,
	} {
		on(t, func(t *testing.T, w *world) {
			d := w.start(t)
			w.state("AAPL", "99", "100", "500", state)
			_, err := d.tryPlace(t, market(trading.Buy, "1"))
			wantCode(t, err, want)
			o := d.place(t, limit(trading.Buy, "1", "100"))
			d.wantHistory(t, o, "submitting working")
			w.quote("AAPL", "99", "100", "500")
			synctest.Wait()
			d.wantHistory(t, o, "submitting working filled(1@100)")
		})
	}
}

func TestPlace_OpenOrders_ReserveFundsAndShares(t *testing.T) {
	on(t, func(t *testing.T, w *world) {
		d := w.start(t)
		d.place(t, limit(trading.Buy, "60", "90"))
		_, err := d.tryPlace(t, limit(trading.Buy, "60", "90"))
		wantCode(t, err, trading.CodeInsufficientFunds)
		d.place(t, market(trading.Buy, "10"))
		d.place(t, limit(trading.Sell, "6", "200"))
		_, err = d.tryPlace(t, limit(trading.Sell, "5", "200"))
		wantCode(t, err, trading.CodeInsufficientShares)
		d.place(t, limit(trading.Sell, "4", "200"))
	})
}

func TestPlace_TooManyOpenOrders_IsRejected(t *testing.T) {
	on(t, func(t *testing.T, w *world) {
		w.o.MaxOpenOrders = 2
		d := w.start(t)
		d.place(t, limit(trading.Buy, "1", "90"))
		d.place(t, limit(trading.Buy, "1", "90"))
		_, err := d.tryPlace(t, limit(trading.Buy, "1", "90"))
		wantCode(t, err, trading.CodeTooManyOrders)
	})
}

func TestPlace_SameClientOrderID_IsTheSameOrder(t *testing.T) {
	on(t, func(t *testing.T, w *world) {
		d := w.start(t)
		r := market(trading.Buy, "10")
		r.ClientOrderID = "mine"
		first := d.place(t, r)
		r.Quantity = num("10.0")
		p, err := d.tryPlace(t, r)
		if err != nil || !p.Repeat || p.Order.ID != first.ID {
			t.Errorf("repeat: %+v, %v", p, err)
		}
		r.Quantity = num("11")
		_, err = d.tryPlace(t, r)
		if r := wantCode(t, err, trading.CodeIdempotencyConflict); r.Order != nil {
			t.Error("a conflict is not a rejected order")
		}
		equal(t, "position", d.account(t).Positions["AAPL"].Quantity, "10")
	})
}

func TestPlace_SameClientOrderIDAtOnce_IsOneOrder(t *testing.T) {
	on(t, func(t *testing.T, w *world) {
		d := w.start(t)
		d.place(t, market(trading.Buy, "1"))
		r := market(trading.Buy, "10")
		r.ClientOrderID = "mine"
		const n = 20
		placements := make(chan trading.Placement, n)
		for range n {
			go func() {
				p, err := d.Place(t.Context(), alice, r)
				if err != nil {
					t.Errorf("Place: %v", err)
				}
				placements <- p
			}()
		}
		fresh := 0
		var id trading.OrderID
		for range n {
			p := <-placements
			if !p.Repeat {
				fresh++
			}
			if id == "" {
				id = p.Order.ID
			}
			if p.Order.ID != id || p.Order.Status != trading.Filled {
				t.Errorf("order %s is %s, want the filled %s", p.Order.ID, p.Order.Status, id)
			}
		}
		if fresh != 1 {
			t.Errorf("%d placements are not repeats, want 1", fresh)
		}
		equal(t, "position", d.account(t).Positions["AAPL"].Quantity, "11")
	})
}

func TestPlace_OverTheRate_SaysWhenToTryAgain(t *testing.T) {
	on(t, func(t *testing.T, w *world) {
		w.user(t, "bob", "acct-bob", "paper")
		d := w.start(t)
		r := limit(trading.Buy, "1", "1")
		r.ClientOrderID = "first"
		d.place(t, r)
		wait()
		for range 200 {
			_, err := d.Place(t.Context(), alice, limit(trading.Buy, "1", "1"))
			if code(err) == trading.CodeRateLimited {
				break
			}
		}
		_, err := d.Place(t.Context(), alice, limit(trading.Buy, "1", "1"))
		limited := wantCode(t, err, trading.CodeRateLimited)
		if limited.RetryAfter <= 0 || limited.RetryAfter > 60*time.Millisecond || limited.Order != nil {
			t.Errorf("refusal %+v", limited)
		}
		if p, err := d.Place(t.Context(), alice, r); err != nil || !p.Repeat {
			t.Errorf("a repeat is not limited: %+v, %v", p, err)
		}
		if _, err := d.Place(t.Context(), "bob", limit(trading.Buy, "1", "1")); code(err) == trading.CodeRateLimited {
			t.Error("another user is limited")
		}
		time.Sleep(limited.RetryAfter)
		d.place(t, limit(trading.Buy, "1", "1"))
	})
}

func TestPlace_WithoutBroker_IsUnavailable(t *testing.T) {
	on(t, func(t *testing.T, w *world) {
		w.user(t, "carol", "acct-carol", "none")
		d := w.start(t)
		_, err := d.Place(t.Context(), "carol", market(trading.Buy, "1"))
		wantCode(t, err, trading.CodeBrokerUnavailable)
		if _, err := d.Place(t.Context(), "nobody", market(trading.Buy, "1")); err == nil || code(err) != "" {
			t.Errorf("an unknown user is no refusal: %v", err)
		}
	})
}

func TestPlace_AfterRun_IsUnavailable(t *testing.T) {
	on(t, func(t *testing.T, w *world) {
		d := w.start(t)
		d.place(t, market(trading.Buy, "1"))
		if err := d.stop(); err != nil {
			t.Fatal(err)
		}
		_, err := d.Place(t.Context(), alice, market(trading.Buy, "1"))
		wantCode(t, err, trading.CodeBrokerUnavailable)
	})
}

func TestOnEntry_TellsEveryEntryInOrder(t *testing.T) {
	on(t, func(t *testing.T, w *world) {
		d := w.start(t)
		for range 20 {
			go func() { _, _ = d.tryPlace(t, market(trading.Buy, "1")) }()
		}
		synctest.Wait()
		time.Sleep(time.Second)
		synctest.Wait()
		d.mu.Lock()
		defer d.mu.Unlock()
		if want := len(d.ledger(t)); len(d.entries) != want || want != 41 {
			t.Errorf("told were %d entries of %d", len(d.entries), want)
		}
		for i, e := range d.entries {
			if e.Seq != trading.Seq(i+1) {
				t.Fatalf("entry %d was told as number %d", e.Seq, i+1)
			}
		}
	})
}

func TestCancel_WorkingOrder_IsCanceled(t *testing.T) {
	on(t, func(t *testing.T, w *world) {
		d := w.start(t)
		o := d.place(t, limit(trading.Buy, "10", "90"))
		got, err := d.Cancel(t.Context(), alice, o.ID)
		if err != nil || got.Status != trading.Canceled || got.Reason == "" {
			t.Fatalf("Cancel: %+v, %v", got, err)
		}
		d.wantHistory(t, o, "submitting working canceling canceled")
		power, _ := d.account(t).BuyingPower()
		equal(t, "buying power", power, "10000")
		_, err = d.Cancel(t.Context(), alice, o.ID)
		if r := wantCode(t, err, trading.CodeOrderNotOpen); !strings.Contains(r.Message, "already canceled") {
			t.Errorf("sentence is %q", r.Message)
		}
		_, err = d.Cancel(t.Context(), alice, "nothing")
		wantCode(t, err, trading.CodeOrderNotFound)
	})
}

func TestCancel_OrderOfSomebodyElse_IsNotFound(t *testing.T) {
	on(t, func(t *testing.T, w *world) {
		w.user(t, "bob", "acct-bob", "paper")
		d := w.start(t)
		o := d.place(t, limit(trading.Buy, "10", "90"))
		_, err := d.Cancel(t.Context(), "bob", o.ID)
		wantCode(t, err, trading.CodeOrderNotFound)
		_, err = d.Replace(t.Context(), "bob", o.ID, trading.Replacement{Quantity: num("20")})
		wantCode(t, err, trading.CodeOrderNotFound)
	})
}

func TestReplace_WorkingOrder_HasTheNewTerms(t *testing.T) {
	on(t, func(t *testing.T, w *world) {
		d := w.start(t)
		o := d.place(t, limit(trading.Buy, "10", "90"))
		got, err := d.Replace(t.Context(), alice, o.ID, trading.Replacement{Quantity: num("20"), LimitPrice: num("91")})
		if err != nil || got.Status != trading.Working || !got.Quantity.Equal(num("20")) || !got.LimitPrice.Equal(num("91")) || !got.Pending.IsZero() {
			t.Fatalf("Replace: %+v, %v", got, err)
		}
		d.wantHistory(t, o, "submitting working replacing working")
		power, _ := d.account(t).BuyingPower()
		equal(t, "buying power", power, "8180")
		// The same terms again change nothing.
		if got, err = d.Replace(t.Context(), alice, o.ID, trading.Replacement{Quantity: num("20")}); err != nil || got.Status != trading.Working {
			t.Fatalf("Replace: %+v, %v", got, err)
		}
		d.wantHistory(t, o, "submitting working replacing working")
	})
}

func TestReplace_ToAReachableLimit_Fills(t *testing.T) {
	on(t, func(t *testing.T, w *world) {
		d := w.start(t)
		o := d.place(t, limit(trading.Buy, "10", "90"))
		if _, err := d.Replace(t.Context(), alice, o.ID, trading.Replacement{LimitPrice: num("101")}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		d.wantHistory(t, o, "submitting working replacing working filled(10@100)")
	})
}

func TestReplace_RefusedByACheck_LeavesTheOrder(t *testing.T) {
	for _, c := range []struct {
		r    trading.Replacement
		want trading.Code
	}{
		{trading.Replacement{Quantity: num("1000")}, trading.CodeInsufficientFunds},
		{trading.Replacement{Quantity: num("4")}, trading.CodeInvalidQuantity},
		{trading.Replacement{Quantity: num("10.5")}, trading.CodeInvalidQuantity},
		{trading.Replacement{Quantity: num("1000000")}, trading.CodeOrderTooLarge},
		{trading.Replacement{LimitPrice: num("90.001")}, trading.CodeInvalidPrice},
		{trading.Replacement{LimitPrice: num("-1")}, trading.CodeInvalidPrice},
	} {
		on(t, func(t *testing.T, w *world) {
			d := w.start(t)
			w.quote("AAPL", "99", "100", "4")
			o := d.place(t, limit(trading.Buy, "10", "100"))
			_, err := d.Replace(t.Context(), alice, o.ID, c.r)
			if r := wantCode(t, err, c.want); r.Order != nil {
				t.Error("a refused replacement is not a rejected order")
			}
			d.wantHistory(t, o, "submitting partially_filled(4@100)")
		})
	}
}

func TestReplace_SellBeyondThePosition_IsRefused(t *testing.T) {
	on(t, func(t *testing.T, w *world) {
		d := w.start(t)
		d.place(t, market(trading.Buy, "10"))
		o := d.place(t, limit(trading.Sell, "6", "200"))
		_, err := d.Replace(t.Context(), alice, o.ID, trading.Replacement{Quantity: num("11")})
		wantCode(t, err, trading.CodeInsufficientShares)
		if _, err := d.Replace(t.Context(), alice, o.ID, trading.Replacement{Quantity: num("10")}); err != nil {
			t.Error(err)
		}
	})
}

func TestOrderLimits_IdleUsersAreForgotten(t *testing.T) {
	users := make([]trading.UserID, 3000)
	for i := range users {
		users[i] = trading.UserID(fmt.Sprint(i))
	}
	if during, after := executor.OrderBuckets(users); during != 3000 || after != 1 {
		t.Errorf("%d buckets, then %d", during, after)
	}
}

// What was refused for a reason of ours costs nothing.
func TestPlace_Unavailable_TakesNoToken(t *testing.T) {
	scripted(t, func(t *testing.T, w *world, s *script) {
		d := w.start(t)
		o := d.place(t, limit(trading.Buy, "1", "90"))
		s.openOrders = func(trading.AccountID) ([]trading.BrokerOrder, error) { return nil, errors.New("no line") }
		s.tell(t, trading.BrokerEvent{Account: acct, Gap: true})
		for range 500 {
			_, err := d.Place(t.Context(), alice, limit(trading.Buy, "1", "90"))
			wantCode(t, err, trading.CodeAccountReconciling)
		}
		d.wantHistory(t, o, "submitting working")
	})
}
