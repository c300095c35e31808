package valuation_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tradewind/internal/trading"
	"tradewind/internal/trading/tradingtest"
	"tradewind/internal/valuation"
)

func TestValue_Portfolio_IsCashAndPositionsAtTheNewestPrices(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newDesk(t, valuation.Options{})
		k.publish(quote("AAPL", "150.25", "-1.75"), quote("TSLA", "400", "10"), quote("MSFT", "300.10", "0.10"))
		for _, e := range []trading.Entry{
			deposit("10000"),
			fill("AAPL", trading.Buy, "10", "140"),
			fill("AAPL", trading.Buy, "5", "155"),
			fill("TSLA", trading.Buy, "0.125", "380.01"),
			fill("MSFT", trading.Buy, "3", "290"),
			fill("MSFT", trading.Sell, "3", "295.5"),
			shares("GOOGL", "4", "1000"), // no price yet
			limitBuy("MSFT", "2", "299"),
		} {
			k.ledgers.commit("anna", e)
		}
		want := "anna #8 USD cash 7793.99875 power 7195.99875 market 3303.75 total 11097.74875" +
			" day -25 (-0.22%) unrealized 81.24875 realized 16.5" +
			"; AAPL 15 × 150.25 (145) = 2253.75, 78.75 (3.62%), day -26.25" +
			"; GOOGL 4 × 250 (250) = 1000, 0 (0%), day 0" +
			"; TSLA 0.125 × 400 (380.01) = 50, 2.49875 (5.26%), day 1.25"
		p, err := k.engine.Value(t.Context(), "anna")
		if err != nil {
			t.Fatal(err)
		}
		expect(t, p, want)
		if !p.AsOf.Equal(time.Now()) || p.AsOf.Location() != time.UTC {
			t.Errorf("as of %v", p.AsOf)
		}
		// Watched accounts are valued from what the engine keeps, to the same result.
		defer k.watch("anna")()
		expect(t, k.one("anna"), want)
		reads := k.ledgers.reads
		p, err = k.engine.Value(t.Context(), "anna")
		if err != nil || k.ledgers.reads != reads {
			t.Errorf("Value of a watched account: %v, reads %d", err, k.ledgers.reads-reads)
		}
		expect(t, p, want)
		// The first price of a symbol counts like any other.
		k.publish(quote("GOOGL", "260", "1"))
		time.Sleep(window)
		expect(t, k.one("anna"), "anna #8 USD cash 7793.99875 power 7195.99875 market 3343.75 total 11137.74875"+
			" day -21 (-0.19%) unrealized 121.24875 realized 16.5"+
			"; AAPL 15 × 150.25 (145) = 2253.75, 78.75 (3.62%), day -26.25"+
			"; GOOGL 4 × 260 (250) = 1040, 40 (4%), day 4"+
			"; TSLA 0.125 × 400 (380.01) = 50, 2.49875 (5.26%), day 1.25")
	})
}

func TestValue_ShortPosition_LosesWhenThePriceRises(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newDesk(t, valuation.Options{})
		k.publish(quote("TSLA", "110", "5"))
		k.ledgers.commit("ben", fill("TSLA", trading.Sell, "10", "100"))
		p, err := k.engine.Value(t.Context(), "ben")
		if err != nil {
			t.Fatal(err)
		}
		expect(t, p, "ben #1 USD cash 1000 power 1000 market -1100 total -100 day -50 (-100%) unrealized -100 realized 0"+
			"; TSLA -10 × 110 (100) = -1100, -100 (-10%), day -50")
	})
}

func TestValue_NumbersOutOfRange_AreAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newDesk(t, valuation.Options{})
		k.publish(quote("TSLA", "9999999999", "1"))
		k.ledgers.commit("ben", shares("TSLA", "9999999999", "1"))
		if _, err := k.engine.Value(t.Context(), "ben"); err == nil {
			t.Error("no error")
		}
		defer k.watch("ben")()
		k.none("ben", "the numbers are out of range")
		k.publish(quote("TSLA", "1", "1"))
		time.Sleep(window)
		if p := k.one("ben"); p.MarketValue.String() != "9999999999" {
			t.Errorf("market value %v", p.MarketValue)
		}
	})
}

func TestWatch_Account_IsShownAtOnceAndAfterEveryWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newDesk(t, valuation.Options{})
		k.ledgers.commit("anna", deposit("100"))
		first := k.watch("anna")
		expect(t, k.one("anna"), "anna #1 USD cash 100 power 100 market 0 total 100 day 0 (0%) unrealized 0 realized 0")
		second := k.watch("anna")
		k.one("anna")
		if k.ledgers.reads != 1 || k.engine.Stats().Watched != 1 {
			t.Errorf("reads %d, watched %d", k.ledgers.reads, k.engine.Stats().Watched)
		}
		first()
		first() // counts once
		k.ledgers.commit("anna", deposit("1"))
		k.one("anna")
		second()
		k.ledgers.commit("anna", deposit("1"))
		time.Sleep(window)
		k.none("anna", "nobody watches")
		if k.engine.Stats().Watched != 0 {
			t.Error("still watched")
		}
		// What was to come at the end of the window does not come after the release.
		third := k.watch("anna")
		k.one("anna")
		k.ledgers.commit("anna", limitBuy("AAPL", "1", "1"))
		third()
		time.Sleep(window)
		k.none("anna", "nobody watches")
		defer k.watch("anna")()
		if p := k.one("anna"); p.Seq != 4 {
			t.Errorf("watched again at seq %d", p.Seq)
		}
	})
}

func TestQuotes_Changes_ComeAtOnceThenOncePerWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newDesk(t, valuation.Options{})
		k.ledgers.commit("anna", shares("AAPL", "1", "1"))
		k.publish(quote("AAPL", "10", "0"))
		defer k.watch("anna")()
		k.one("anna")
		time.Sleep(time.Second)
		k.none("anna", "nothing changed")

		k.publish(quote("AAPL", "11", "0"))
		if p := k.one("anna"); p.TotalValue.String() != "11" {
			t.Errorf("after a quiet time: %v", p.TotalValue)
		}
		for n := range 24 {
			time.Sleep(10 * time.Millisecond)
			k.publish(quote("AAPL", []string{"12", "13", "14"}[n%3], "0"))
		}
		k.none("anna", "the window is open")
		time.Sleep(10 * time.Millisecond)
		if p := k.one("anna"); p.TotalValue.String() != "14" {
			t.Errorf("at the end of the window: %v, want the newest", p.TotalValue)
		}
		time.Sleep(time.Second)
		k.none("anna", "nothing changed")
		if s := k.engine.Stats(); s.Portfolios != 3 || s.Merged != 23 {
			t.Errorf("stats %+v", s)
		}
	})
}

func TestQuotes_OfOthers_ConcernNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newDesk(t, valuation.Options{})
		k.ledgers.commit("anna", shares("AAPL", "1", "1"))
		k.ledgers.commit("ben", shares("MSFT", "1", "1"))
		k.publish(quote("AAPL", "10", "0"))
		defer k.watch("anna")()
		defer k.watch("ben")()
		k.one("anna")
		k.one("ben")
		time.Sleep(time.Second)
		k.publish(quote("AAPL", "11", "0"), quote("TSLA", "5", "0"))
		k.one("anna")
		k.none("ben", "he holds no AAPL")
		time.Sleep(time.Second)
		stale := quote("AAPL", "11", "0")
		stale.State = trading.QuoteStale
		k.publish(stale)
		k.none("anna", "the price is the same")
		// What is sold concerns her no longer.
		k.ledgers.commit("anna", fill("AAPL", trading.Sell, "1", "11"))
		if p := k.one("anna"); len(p.Positions) != 0 {
			t.Errorf("positions %v", p.Positions)
		}
		time.Sleep(time.Second)
		k.publish(quote("AAPL", "12", "0"))
		k.none("anna", "she sold her AAPL")
	})
}

func TestEntries_MoneyAndShares_DoNotWaitForTheWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newDesk(t, valuation.Options{})
		k.ledgers.commit("anna", shares("AAPL", "1", "1"))
		k.publish(quote("AAPL", "10", "0"), quote("MSFT", "20", "0"))
		defer k.watch("anna")()
		k.one("anna")

		time.Sleep(100 * time.Millisecond)
		k.publish(quote("AAPL", "11", "0"))
		k.none("anna", "the window is open")
		k.ledgers.commit("anna", fill("MSFT", trading.Buy, "2", "20"))
		if p := k.one("anna"); p.Seq != 2 || len(p.Positions) != 2 || p.TotalValue.String() != "11" {
			t.Errorf("after the fill: %s", text(p))
		}
		k.ledgers.commit("anna", deposit("5"))
		k.one("anna")
		// The window is where it was.
		k.publish(quote("AAPL", "12", "0"))
		time.Sleep(149 * time.Millisecond)
		k.none("anna", "the window is open")
		time.Sleep(time.Millisecond)
		k.one("anna")
	})
}

func TestEntries_Orders_WaitForTheWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newDesk(t, valuation.Options{})
		k.ledgers.commit("anna", deposit("1000"))
		defer k.watch("anna")()
		k.one("anna")
		time.Sleep(10 * time.Millisecond)
		k.ledgers.commit("anna", limitBuy("MSFT", "2", "100"))
		k.none("anna", "an order moves no money")
		time.Sleep(window)
		if p := k.one("anna"); p.Seq != 2 || p.BuyingPower.String() != "800" {
			t.Errorf("after the order: %s", text(p))
		}
		time.Sleep(window)
		k.ledgers.commit("anna", trading.Entry{Kind: trading.EntryAccount, Adjustment: &trading.Adjustment{Kind: trading.Published}})
		if p := k.one("anna"); p.Seq != 3 {
			t.Errorf("after a published event: seq %d", p.Seq)
		}
	})
}

// A portfolio with seq n is sent after listeners registered before Listen were
// told of entry n, while quotes and watches come from all sides.
func TestOrder_PortfolioNeverOvertakesItsEntry(t *testing.T) {
	l, users := newLedgers(), tradingtest.NewUserStore()
	board := trading.NewBoard([]trading.Instrument{{Symbol: "AAPL"}})
	engine := valuation.New(l, users, board, valuation.Options{Interval: time.Millisecond, Shards: 2})
	var mu sync.Mutex
	told := make(map[trading.AccountID]trading.Seq)
	newest := make(map[trading.AccountID]trading.Portfolio)
	l.OnEntry(func(e trading.Entry) {
		mu.Lock()
		defer mu.Unlock()
		told[e.Account] = e.Seq
	})
	engine.OnPortfolio(func(p trading.Portfolio) {
		mu.Lock()
		defer mu.Unlock()
		if p.Seq > told[p.Account] {
			t.Errorf("%s: portfolio %d, told of entry %d", p.Account, p.Seq, told[p.Account])
		}
		if before := newest[p.Account]; p.Seq < before.Seq || p.AsOf.Before(before.AsOf) {
			t.Errorf("%s: portfolio %d after %d", p.Account, p.Seq, before.Seq)
		}
		newest[p.Account] = p
	})
	ctx, stop := context.WithCancel(t.Context())
	var running, busy sync.WaitGroup
	engine.Listen()
	running.Go(func() { _ = engine.Run(ctx) })
	const entries = 300
	for _, id := range []trading.AccountID{"anna", "ben", "carl"} {
		addUser(t, users, string(id))
		release, err := engine.Watch(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		defer release()
		busy.Go(func() {
			for n := range entries {
				if n%2 == 0 {
					l.commit(id, fill("AAPL", trading.Buy, "1", "10"))
				} else {
					l.commit(id, fill("AAPL", trading.Sell, "1", "11"))
				}
			}
		})
		busy.Go(func() {
			for range 100 {
				release, err := engine.Watch(ctx, id)
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := engine.Value(ctx, id); err != nil {
					t.Error(err)
				}
				release()
			}
		})
	}
	for n := range 500 {
		board.PublishQuotes([]trading.Quote{quote("AAPL", []string{"10", "10.5", "11"}[n%3], "1")})
	}
	busy.Wait()
	deadline := time.Now().Add(10 * time.Second)
	for done := false; !done; {
		mu.Lock()
		done = newest["anna"].Seq == entries && newest["ben"].Seq == entries && newest["carl"].Seq == entries
		mu.Unlock()
		if time.Now().After(deadline) {
			t.Fatalf("the newest portfolios did not come: %v", newest)
		}
		time.Sleep(time.Millisecond)
	}
	stop()
	running.Wait()
}
