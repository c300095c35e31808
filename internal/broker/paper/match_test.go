package paper_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tradewind/internal/broker/paper"
	"tradewind/internal/trading"
	"tradewind/internal/trading/tradingtest"
)

const acct = trading.AccountID("acct")

// floor is a running broker with a market, in fake time.
type floor struct {
	*paper.Broker
	book  *tradingtest.PaperBook
	board *trading.Board
	stop  func()

	beforeSave atomic.Pointer[saveHook]

	mu     sync.Mutex
	events []trading.BrokerEvent
	sink   func(trading.BrokerEvent) error // asked first, when set
}

func onFloor(t *testing.T, o paper.Options, fn func(t *testing.T, f *floor)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f := &floor{book: tradingtest.NewPaperBook(), board: trading.NewBoard([]trading.Instrument{aapl})}
		f.quote("100", "101", "500")
		f.setBeforeSave(nil)
		f.book.BeforeSave = func(a trading.AccountID, o trading.BrokerOrder, x *trading.Fill) error {
			return (*f.beforeSave.Load())(a, o, x)
		}
		f.Broker = paper.New(f.book, f.board, o)
		f.run(t)
		fn(t, f)
		f.stop()
	})
}

func (f *floor) run(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	over := make(chan error, 1)
	broker := f.Broker
	go func() { over <- broker.Run(ctx, f.keep) }() // ends with stop
	f.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-over; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
}

func (f *floor) keep(_ context.Context, ev trading.BrokerEvent) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.sink != nil {
		if err := f.sink(ev); err != nil {
			return err
		}
	}
	f.events = append(f.events, ev)
	return nil
}

type saveHook func(trading.AccountID, trading.BrokerOrder, *trading.Fill) error

// setBeforeSave changes what happens before writes to the book, also while orders are matched.
func (f *floor) setBeforeSave(hook saveHook) {
	if hook == nil {
		hook = func(trading.AccountID, trading.BrokerOrder, *trading.Fill) error { return nil }
	}
	f.beforeSave.Store(&hook)
}

func (f *floor) quote(bid, ask, size string) {
	f.board.PublishQuotes([]trading.Quote{quote(bid, ask, size)})
}

func (f *floor) state(s trading.QuoteState) {
	q := quote("100", "101", "500")
	q.State = s
	f.board.PublishQuotes([]trading.Quote{q})
}

func order(id string, side trading.Side, quantity, limit string, tif trading.TimeInForce) trading.Order {
	o := trading.Order{
		ID: trading.OrderID(id), Account: acct, ClientOrderID: trading.ClientOrderID(id), Symbol: "AAPL",
		Side: side, Type: trading.Market, Quantity: num(quantity), TimeInForce: tif,
	}
	if limit != "" {
		o.Type, o.LimitPrice = trading.Limit, num(limit)
	}
	return o
}

func (f *floor) submit(t *testing.T, o trading.Order) trading.BrokerOrder {
	t.Helper()
	b, err := f.Submit(t.Context(), acct, o)
	if err != nil {
		t.Fatalf("Submit: %v", err)
	}
	return b
}

// lives is what was reported of an order, in a line.
func (f *floor) lives(t *testing.T, id, want string) {
	t.Helper()
	synctest.Wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	got := ""
	for _, ev := range f.events {
		if string(ev.Order.ClientOrderID) != id {
			continue
		}
		if got != "" {
			got += " "
		}
		got += string(ev.Order.Status)
		if ev.Fill != nil {
			got += fmt.Sprintf("(%s@%s)", ev.Fill.Quantity, ev.Fill.Price)
		}
	}
	if got != want {
		t.Errorf("order %s:\n got %s\nwant %s", id, got, want)
	}
}

func wantRefused(t *testing.T, err error, want trading.Code) {
	t.Helper()
	var r *trading.Refusal
	if !errors.As(err, &r) || r.Code != want || r.Message == "" {
		t.Errorf("error %v, want a refusal with code %s", err, want)
	}
}

func TestSubmit_MarketOrder_IsFilledInTheSameCommit(t *testing.T) {
	onFloor(t, paper.Options{}, func(t *testing.T, f *floor) {
		writes := 0
		f.setBeforeSave(func(trading.AccountID, trading.BrokerOrder, *trading.Fill) error { writes++; return nil })
		if b := f.submit(t, order("m", trading.Buy, "10", "", trading.Day)); b.Status != trading.Filled {
			t.Errorf("order is %s", b.Status)
		}
		f.lives(t, "m", "filled(10@101)")
		if writes != 1 {
			t.Errorf("%d writes", writes)
		}
	})
}

func TestQuote_SizeIsSharedInOrderOfArrival(t *testing.T) {
	onFloor(t, paper.Options{}, func(t *testing.T, f *floor) {
		for _, id := range []string{"first", "second", "third"} {
			f.submit(t, order(id, trading.Buy, "10", "99", trading.GTC))
		}
		f.quote("98", "99", "15")
		f.lives(t, "first", "filled(10@99)")
		f.lives(t, "second", "partially_filled(5@99)")
		f.lives(t, "third", "")
		f.quote("98", "98.5", "15")
		f.lives(t, "second", "partially_filled(5@99) filled(5@98.5)")
		f.lives(t, "third", "filled(10@98.5)")
	})
}

func TestQuote_OddSize_FillsInWholeSteps(t *testing.T) {
	onFloor(t, paper.Options{}, func(t *testing.T, f *floor) {
		f.quote("100", "101", "2.7")
		f.submit(t, order("m", trading.Buy, "10", "", trading.Day))
		f.lives(t, "m", "partially_filled(2@101)")
	})
}

func TestQuote_WithoutBidAskOrSize_FillsAllAtThePrice(t *testing.T) {
	onFloor(t, paper.Options{}, func(t *testing.T, f *floor) {
		f.board.PublishQuotes([]trading.Quote{{Symbol: "AAPL", Price: num("100.5"), State: trading.QuoteLive}})
		f.submit(t, order("m", trading.Sell, "1000", "", trading.Day))
		f.lives(t, "m", "filled(1000@100.5)")
	})
}

func TestMarketClosedHaltedStale_OrdersWaitOrAreRefused(t *testing.T) {
	for state, code := range map[trading.QuoteState]trading.Code{
		trading.QuoteClosed: trading.CodeMarketClosed, trading.QuoteHalted: trading.CodeSymbolHalted, trading.QuoteStale: "",
	} {
		onFloor(t, paper.Options{}, func(t *testing.T, f *floor) {
			f.state(state)
			_, err := f.Submit(t.Context(), acct, order("m", trading.Buy, "10", "", trading.Day))
			if code != "" {
				wantRefused(t, err, code)
				if _, err := f.Lookup(t.Context(), acct, "m"); !errors.Is(err, trading.ErrOrderUnknown) {
					t.Errorf("a refused order is known: %v", err)
				}
			} else if err != nil {
				t.Errorf("%s: %v", state, err)
			}
			f.submit(t, order("l", trading.Buy, "10", "101", trading.GTC))
			f.lives(t, "l", "")
			f.quote("100", "101", "500")
			f.lives(t, "l", "filled(10@101)")
		})
	}
}

func TestSubmit_UnknownSymbol_IsRefused(t *testing.T) {
	onFloor(t, paper.Options{}, func(t *testing.T, f *floor) {
		o := order("m", trading.Buy, "10", "", trading.Day)
		o.Symbol = "NOPE"
		_, err := f.Submit(t.Context(), acct, o)
		wantRefused(t, err, trading.CodeUnknownSymbol)
	})
}

func TestSubmit_NoRoom_IsRefused(t *testing.T) {
	onFloor(t, paper.Options{MaxOpenOrders: 2}, func(t *testing.T, f *floor) {
		f.submit(t, order("a", trading.Buy, "1", "90", trading.GTC))
		f.submit(t, order("b", trading.Buy, "1", "90", trading.GTC))
		_, err := f.Submit(t.Context(), acct, order("c", trading.Buy, "1", "90", trading.GTC))
		wantRefused(t, err, trading.CodeBrokerUnavailable)
		if err := f.Cancel(t.Context(), acct, order("a", trading.Buy, "1", "90", trading.GTC)); err != nil {
			t.Fatal(err)
		}
		f.submit(t, order("c", trading.Buy, "1", "90", trading.GTC))
	})
}

func TestDayOrder_ExpiresAtMidnightUTC(t *testing.T) {
	onFloor(t, paper.Options{}, func(t *testing.T, f *floor) {
		f.quote("100", "101", "4")
		f.submit(t, order("day", trading.Buy, "10", "101", trading.Day))
		f.submit(t, order("gtc", trading.Buy, "10", "90", trading.GTC))
		midnight := time.Now().UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
		time.Sleep(time.Until(midnight) - time.Second)
		f.lives(t, "day", "partially_filled(4@101)")
		time.Sleep(2 * time.Second)
		f.lives(t, "day", "partially_filled(4@101) expired")
		f.lives(t, "gtc", "")
		f.quote("80", "81", "500")
		f.lives(t, "day", "partially_filled(4@101) expired")
		f.lives(t, "gtc", "filled(10@81)")
	})
}

// A quote in the first moments of a day must not fill an order of the day before.
func TestDayOrder_OfYesterdayAfterARestart_ExpiresInsteadOfFilling(t *testing.T) {
	onFloor(t, paper.Options{}, func(t *testing.T, f *floor) {
		o := order("day", trading.Buy, "10", "90", trading.Day)
		f.submit(t, o)
		f.stop()
		time.Sleep(24 * time.Hour)
		f.quote("80", "81", "500")
		f.Broker = paper.New(f.book, f.board, paper.Options{})
		f.run(t)
		wantRefused(t, f.Replace(t.Context(), acct, o, trading.Replacement{Quantity: num("20")}), trading.CodeOrderNotOpen)
		f.lives(t, "day", "expired")
	})
}

func TestReplace_LimitOfAMarketOrder_IsRefused(t *testing.T) {
	onFloor(t, paper.Options{}, func(t *testing.T, f *floor) {
		f.quote("100", "101", "4")
		o := order("m", trading.Buy, "10", "", trading.Day)
		f.submit(t, o)
		wantRefused(t, f.Replace(t.Context(), acct, o, trading.Replacement{LimitPrice: num("9")}), trading.CodeInvalidPrice)
	})
}

func TestRun_NotRunning_NothingIsDone(t *testing.T) {
	onFloor(t, paper.Options{}, func(t *testing.T, f *floor) {
		f.stop()
		_, err := f.Submit(t.Context(), acct, order("m", trading.Buy, "10", "", trading.Day))
		wantRefused(t, err, trading.CodeBrokerUnavailable)
		idle := paper.New(f.book, f.board, paper.Options{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = idle.Submit(ctx, acct, order("m", trading.Buy, "10", "", trading.Day))
		wantRefused(t, err, trading.CodeBrokerUnavailable)
		if _, err = idle.OpenOrders(ctx, acct); err == nil {
			t.Error("open orders before they are loaded")
		}
	})
}
