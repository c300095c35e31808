package candles_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"
	"go.uber.org/goleak"

	"tradewind/internal/candles"
	"tradewind/internal/trading"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	d        = decimal.MustParse
	sameness = cmp.Comparer(func(a, b trading.Decimal) bool { return a.Equal(b) })
	noon     = time.Date(2025, 3, 4, 12, 0, 0, 0, time.UTC)
)

func board(symbols ...trading.Symbol) *trading.Board {
	var all []trading.Instrument
	for _, s := range symbols {
		all = append(all, trading.Instrument{Symbol: s})
	}
	return trading.NewBoard(all)
}

func quote(at time.Duration, price, volume string) trading.Quote {
	return trading.Quote{Symbol: "AAPL", Price: d(price), Volume: d(volume), Time: noon.Add(at), State: trading.QuoteLive}
}

func candle(at time.Duration, open, high, low, last, volume string) trading.Candle {
	return trading.Candle{Time: noon.Add(at), Open: d(open), High: d(high), Low: d(low), Close: d(last), Volume: d(volume)}
}

func read(t *testing.T, s *candles.Store, i trading.Interval, limit int) []trading.Candle {
	t.Helper()
	got, err := s.Candles(t.Context(), "AAPL", i, limit)
	if err != nil {
		t.Fatalf("Candles: %v", err)
	}
	return got
}

func compare(t *testing.T, got []trading.Candle, want ...trading.Candle) {
	t.Helper()
	if diff := cmp.Diff(want, got, sameness); diff != "" {
		t.Errorf("candles differ (-want +got):\n%s", diff)
	}
}

func TestStore_Quotes_BecomeCandlesOfEveryInterval(t *testing.T) {
	b := board("AAPL")
	s := candles.New(b, candles.Options{})
	for _, q := range []trading.Quote{
		quote(10*time.Second, "100", "5000"),
		quote(20*time.Second, "103", "5010"),
		quote(30*time.Second, "99", "5030"),
		quote(59*time.Second, "101", "5031"),
		quote(60*time.Second, "102", "5040"),
		// Nothing for four minutes.
		quote(5*time.Minute, "98", "5100"),
	} {
		b.PublishQuotes([]trading.Quote{q})
	}
	compare(t, read(t, s, trading.Minute, 0),
		candle(0, "100", "103", "99", "101", "31"),
		candle(time.Minute, "102", "102", "102", "102", "9"),
		candle(5*time.Minute, "98", "98", "98", "98", "60"))
	compare(t, read(t, s, trading.Minute, 2),
		candle(time.Minute, "102", "102", "102", "102", "9"),
		candle(5*time.Minute, "98", "98", "98", "98", "60"))
	compare(t, read(t, s, trading.FiveMinutes, 0),
		candle(0, "100", "103", "99", "102", "40"),
		candle(5*time.Minute, "98", "98", "98", "98", "60"))
	compare(t, read(t, s, trading.OneDay, 0), candle(-12*time.Hour, "100", "103", "98", "98", "100"))
}

func TestStore_OddQuotes_DoNoHarm(t *testing.T) {
	b := board("AAPL")
	s := candles.New(b, candles.Options{})
	halted := quote(70*time.Second, "500", "20")
	halted.State = trading.QuoteHalted
	other := quote(70*time.Second, "7", "1")
	other.Symbol = "MSFT"
	b.PublishQuotes([]trading.Quote{quote(61*time.Second, "100", "10"), halted, other})
	b.PublishQuotes([]trading.Quote{quote(30*time.Second, "1", "10")})  // from before the candle
	b.PublishQuotes([]trading.Quote{quote(80*time.Second, "101", "4")}) // volume began again
	compare(t, read(t, s, trading.Minute, 0), candle(time.Minute, "100", "101", "100", "101", "4"))
}

func TestStore_UnknownSymbolOrInterval_IsNotFound(t *testing.T) {
	s := candles.New(board("AAPL"), candles.Options{})
	if _, err := s.Candles(t.Context(), "XXX", trading.Minute, 0); !errors.Is(err, trading.ErrNotFound) {
		t.Errorf("unknown symbol: %v", err)
	}
	if _, err := s.Candles(t.Context(), "AAPL", "2m", 0); !errors.Is(err, trading.ErrNotFound) {
		t.Errorf("unknown interval: %v", err)
	}
	if got := read(t, s, trading.Minute, 0); len(got) != 0 {
		t.Errorf("candles without quotes: %v", got)
	}
}

func TestStore_LongRow_KeepsTheNewestBars(t *testing.T) {
	b := board("AAPL")
	s := candles.New(b, candles.Options{Bars: 100})
	for n := range 1000 {
		b.PublishQuotes([]trading.Quote{quote(time.Duration(n)*time.Minute, "100", "0")})
		if got := len(read(t, s, trading.Minute, 0)); got != min(n+1, 100) {
			t.Fatalf("after %d minutes: %d candles", n+1, got)
		}
	}
	got := read(t, s, trading.Minute, 0)
	if first := got[0].Time; !first.Equal(noon.Add(900 * time.Minute)) {
		t.Errorf("oldest is of %v", first)
	}
}

func TestStore_ManySymbols_HaveShorterRows(t *testing.T) {
	b := board("AAPL", "A", "B", "C")
	s := candles.New(b, candles.Options{Memory: 4 * 5 * 104 * 80})
	for n := range 300 {
		b.PublishQuotes([]trading.Quote{quote(time.Duration(n)*time.Minute, "100", "0")})
	}
	if got := len(read(t, s, trading.Minute, 0)); got != 80 {
		t.Errorf("%d candles in memory for 80", got)
	}
}

// past is the history of a feed.
type past struct {
	mu      sync.Mutex
	candles []trading.Candle
	err     error
	asked   int
}

func (p *past) History(_ context.Context, _ trading.Symbol, i trading.Interval, n int) ([]trading.Candle, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	if i != trading.Minute {
		return nil, p.err
	}
	return p.candles[max(0, len(p.candles)-n):], p.err
}

func TestStore_History_ComesBeforeTheQuotes(t *testing.T) {
	history := []trading.Candle{
		candle(-2*time.Minute, "90", "92", "89", "91", "7"),
		candle(-time.Minute, "91", "96", "90", "95", "8"),
		candle(0, "95", "97", "94", "96", "3"),
	}
	t.Run("asked for after the first quotes", func(t *testing.T) {
		b, p := board("AAPL"), &past{candles: history}
		s := candles.New(b, candles.Options{History: p})
		b.PublishQuotes([]trading.Quote{quote(10*time.Second, "98", "100")})
		b.PublishQuotes([]trading.Quote{quote(20*time.Second, "96", "101")})
		want := append([]trading.Candle(nil), history[:2]...)
		want = append(want, candle(0, "95", "98", "94", "96", "3"))
		compare(t, read(t, s, trading.Minute, 0), want...)
		b.PublishQuotes([]trading.Quote{quote(30*time.Second, "93", "102")})
		want[2] = candle(0, "95", "98", "93", "93", "4")
		compare(t, read(t, s, trading.Minute, 0), want...)
		if p.asked != 1 {
			t.Errorf("history was asked for %d times", p.asked)
		}
	})
	t.Run("asked for before the first quote", func(t *testing.T) {
		b := board("AAPL")
		s := candles.New(b, candles.Options{History: &past{candles: history}})
		compare(t, read(t, s, trading.Minute, 0), history...)
		b.PublishQuotes([]trading.Quote{quote(30*time.Second, "93", "100")})
		b.PublishQuotes([]trading.Quote{quote(60*time.Second, "99", "102")})
		compare(t, read(t, s, trading.Minute, 2),
			candle(0, "95", "97", "93", "93", "3"),
			candle(time.Minute, "99", "99", "99", "99", "2"))
	})
	t.Run("fails once", func(t *testing.T) {
		p := &past{candles: history, err: errors.New("away")}
		s := candles.New(board("AAPL"), candles.Options{History: p})
		if _, err := s.Candles(t.Context(), "AAPL", trading.Minute, 0); !errors.Is(err, p.err) {
			t.Errorf("got %v", err)
		}
		p.err = nil
		compare(t, read(t, s, trading.Minute, 0), history...)
	})
}

func TestStore_ReadersAndQuotes_AtOnce(t *testing.T) {
	b := board("AAPL")
	s := candles.New(b, candles.Options{History: &past{}})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for range 200 {
				for _, i := range trading.Intervals {
					if _, err := s.Candles(t.Context(), "AAPL", i, 10); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	for n := range 1000 {
		b.PublishQuotes([]trading.Quote{quote(time.Duration(n)*time.Second, "100", "0")})
	}
	readers.Wait()
	if got := len(read(t, s, trading.Minute, 0)); got != 17 {
		t.Errorf("%d candles of 1,000 seconds", got)
	}
}
