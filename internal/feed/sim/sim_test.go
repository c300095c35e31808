package sim_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/govalues/decimal"
	"go.uber.org/goleak"

	"tradewind/internal/feed/sim"
	"tradewind/internal/trading"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// tape keeps everything that a feed publishes.
type tape struct {
	quotes  [][]trading.Quote
	at      []time.Duration
	status  []trading.FeedStatus
	started time.Time
}

func (tp *tape) PublishQuotes(quotes []trading.Quote) {
	tp.quotes = append(tp.quotes, append([]trading.Quote(nil), quotes...))
	tp.at = append(tp.at, time.Since(tp.started))
}

func (tp *tape) PublishStatus(s trading.FeedStatus) { tp.status = append(tp.status, s) }

// of returns the quotes of one symbol and when they came.
func (tp *tape) of(s trading.Symbol) (quotes []trading.Quote, at []time.Duration) {
	for n, batch := range tp.quotes {
		for _, q := range batch {
			if q.Symbol == s {
				quotes, at = append(quotes, q), append(at, tp.at[n])
			}
		}
	}
	return quotes, at
}

// record runs a feed in a bubble of fake time and returns what it published.
// The bubble's clock starts at 2000-01-01 00:00 UTC; the feed starts after wait.
func record(t *testing.T, o sim.Options, wait, length time.Duration) *tape {
	t.Helper()
	tp := &tape{}
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(wait)
		tp.started = time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), length)
		defer cancel()
		if err := sim.New(o).Run(ctx, tp); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return tp
}

func TestFeed_Default_EverySymbolChangesAtLeastOnceASecond(t *testing.T) {
	for name, o := range map[string]sim.Options{
		"default":            {},
		"slow spread":        {Symbols: 100, Rate: 1},
		"burst":              {Symbols: 100, Rate: 5, Mode: sim.Burst},
		"more than slots":    {Symbols: 1000, Rate: 5},
		"one symbol":         {Symbols: 1, Rate: 50},
		"another seed":       {Seed: 77},
		"rate not a divisor": {Symbols: 7, Rate: 3},
	} {
		t.Run(name, func(t *testing.T) {
			tp := record(t, o, 0, 10*time.Second)
			for _, i := range sim.New(o).Instruments() {
				quotes, at := tp.of(i.Symbol)
				if len(quotes) == 0 || at[0] != 0 {
					t.Fatalf("%s: no quote at the start", i.Symbol)
				}
				for n := 1; n < len(quotes); n++ {
					if quotes[n].Price.Equal(quotes[n-1].Price) {
						t.Errorf("%s: update %d leaves the price at %v", i.Symbol, n, quotes[n].Price)
					}
					if gap := at[n] - at[n-1]; gap > time.Second {
						t.Errorf("%s: waited %v for update %d", i.Symbol, gap, n)
					}
				}
				if at[len(at)-1] < 9*time.Second {
					t.Errorf("%s: last update at %v of 10s", i.Symbol, at[len(at)-1])
				}
			}
		})
	}
}

func TestFeed_Default_KnowsTheTickersEverybodyExpects(t *testing.T) {
	known := make(map[trading.Symbol]trading.Instrument)
	for _, i := range sim.New(sim.Options{}).Instruments() {
		known[i.Symbol] = i
	}
	if len(known) != 30 {
		t.Errorf("%d different symbols, want 30", len(known))
	}
	for _, s := range []trading.Symbol{"AAPL", "MSFT", "GOOGL", "AMZN", "NVDA", "TSLA", "SPY"} {
		if known[s].Name == "" {
			t.Errorf("%s is missing or has no name", s)
		}
	}
}

func TestFeed_ManySymbols_AreGeneratedAfterTheRealOnes(t *testing.T) {
	all := sim.New(sim.Options{Symbols: 2000}).Instruments()
	if len(all) != 2000 || all[0].Symbol != "AAPL" || all[30].Symbol != "SYM001" || all[1999].Symbol != "SYM1970" {
		t.Errorf("got %d instruments, %s, %s … %s", len(all), all[0].Symbol, all[30].Symbol, all[len(all)-1].Symbol)
	}
}

func TestFeed_Rate_IsKeptWithoutDrift(t *testing.T) {
	tp := record(t, sim.Options{Symbols: 100, Rate: 3}, 0, time.Minute+time.Millisecond)
	for _, s := range []trading.Symbol{"AAPL", "SYM070"} {
		if quotes, _ := tp.of(s); len(quotes) < 180 || len(quotes) > 182 {
			t.Errorf("%s: %d quotes in a minute at 3 a second", s, len(quotes))
		}
	}
}

func TestFeed_Modes_LayOutTheRound(t *testing.T) {
	burst := record(t, sim.Options{Symbols: 100, Rate: 5, Mode: sim.Burst}, 0, 1100*time.Millisecond)
	if len(burst.quotes) != 6 {
		t.Errorf("burst: %d batches in 1.1 s at 5 a second and the first, want 6", len(burst.quotes))
	}
	for n, batch := range burst.quotes {
		if len(batch) != 100 {
			t.Errorf("burst %d has %d quotes, want all 100", n, len(batch))
		}
	}
	spread := record(t, sim.Options{Symbols: 100, Rate: 5}, 0, 1100*time.Millisecond)
	for n, batch := range spread.quotes[1:] {
		if len(batch) != 10 {
			t.Errorf("spread: tick %d has %d quotes, want 10 every 20 ms", n, len(batch))
		}
	}
}

func TestFeed_SameSeed_IsTheSameMarket(t *testing.T) {
	first, _ := record(t, sim.Options{Seed: 3}, 0, 3*time.Second).of("TSLA")
	again, _ := record(t, sim.Options{Seed: 3, Symbols: 200}, 0, 3*time.Second).of("TSLA")
	other, _ := record(t, sim.Options{Seed: 4}, 0, 3*time.Second).of("TSLA")
	if first[0] != again[0] {
		t.Errorf("same seed, other price: %v and %v", first[0], again[0])
	}
	if first[0].Price.Equal(other[0].Price) {
		t.Errorf("other seed, same price: %v", first[0].Price)
	}
}

func TestFeed_Quotes_AreSane(t *testing.T) {
	// A day with midnight in the middle.
	tp := record(t, sim.Options{Symbols: 60, Rate: 1, Mode: sim.Burst}, 23*time.Hour+59*time.Minute, 2*time.Minute)
	last := make(map[trading.Symbol]trading.Quote)
	for _, batch := range tp.quotes {
		for _, q := range batch {
			if !q.Price.IsPos() || q.Price.Scale() != 2 || !q.Bid.Less(q.Price) || !q.Price.Less(q.Ask) || !q.Bid.IsPos() {
				t.Fatalf("%s: bid %v, price %v, ask %v", q.Symbol, q.Bid, q.Price, q.Ask)
			}
			if whole, _, _ := q.BidSize.Int64(0); whole < 100 {
				t.Errorf("%s: bid size %v", q.Symbol, q.BidSize)
			}
			if whole, _, _ := q.AskSize.Int64(0); whole < 100 {
				t.Errorf("%s: ask size %v", q.Symbol, q.AskSize)
			}
			if q.State != trading.QuoteLive || q.Time.Location() != time.UTC {
				t.Errorf("%s: state %s, time %v", q.Symbol, q.State, q.Time)
			}
			if before, ok := last[q.Symbol]; ok && before.Time.Day() == q.Time.Day() && q.Volume.Less(before.Volume) {
				t.Errorf("%s: volume fell from %v to %v", q.Symbol, before.Volume, q.Volume)
			}
			last[q.Symbol] = q
		}
	}
}

func TestFeed_Midnight_ChangeAndVolumeStartAgain(t *testing.T) {
	tp := record(t, sim.Options{Rate: 1, Mode: sim.Burst}, 23*time.Hour+59*time.Minute+55*time.Second, 10*time.Second)
	quotes, at := tp.of("AAPL")
	var reference trading.Decimal
	for n, q := range quotes {
		ref, _ := q.Price.Sub(q.Change)
		if n > 0 && at[n] != 5*time.Second && !ref.Equal(reference) {
			t.Errorf("at %v the reference moved from %v to %v", at[n], reference, ref)
		}
		if at[n] == 5*time.Second && ref.Equal(reference) {
			t.Errorf("the reference is still %v after midnight", ref)
		}
		reference = ref
		share, _ := q.Change.Quo(ref)
		percent, _ := share.Mul(decimal.Hundred)
		if off, _ := percent.SubAbs(q.ChangePercent); decimal.MustParse("0.005").Less(off) {
			t.Errorf("change %v of %v is %v %%, published %v", q.Change, ref, percent, q.ChangePercent)
		}
	}
	if before, after := quotes[4].Volume, quotes[6].Volume; !after.Less(before) {
		t.Errorf("volume %v before and %v after midnight", before, after)
	}
}

// pausing is a sink that holds the feed up once, as a machine that sleeps would.
type pausing struct {
	tape
	at    time.Duration
	pause time.Duration
}

func (p *pausing) PublishQuotes(quotes []trading.Quote) {
	p.tape.PublishQuotes(quotes)
	if p.pause > 0 && time.Since(p.started) >= p.at {
		time.Sleep(p.pause)
		p.pause = 0
	}
}

func TestFeed_AfterAPause_CatchesUpWithOneUpdateEach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pausing{tape: tape{started: time.Now()}, at: 2 * time.Second, pause: 30 * time.Second}
		ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
		defer cancel()
		if err := sim.New(sim.Options{Symbols: 100, Rate: 5}).Run(ctx, p); err != nil {
			t.Errorf("Run: %v", err)
		}
		quotes, at := p.of("SYM050")
		for n := 2; n < len(quotes); n++ {
			// One quote may follow the missed one early, never a third within a round.
			if at[n]-at[n-2] < 200*time.Millisecond {
				t.Errorf("three quotes between %v and %v", at[n-2], at[n])
			}
		}
		if len(quotes) < 48 || len(quotes) > 55 {
			t.Errorf("%d quotes in 10 s at 5 a second", len(quotes))
		}
	})
}
