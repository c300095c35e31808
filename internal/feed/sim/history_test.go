package sim_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"tradewind/internal/feed/sim"
	"tradewind/internal/trading"
)

func TestHistory_Candles_MeetEachOtherAndTheLivePrice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(1000*time.Hour + 20*time.Minute + 7*time.Second)
		f := sim.New(sim.Options{})
		tp := &tape{started: time.Now()}
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		_ = f.Run(ctx, tp)
		live, _ := tp.of("NVDA")
		for _, i := range trading.Intervals {
			all, err := f.History(t.Context(), "NVDA", i, 100)
			if err != nil || len(all) != 100 {
				t.Fatalf("%s: %d candles, %v", i, len(all), err)
			}
			for n, c := range all {
				if c.Low.Cmp(c.Open) > 0 || c.Low.Cmp(c.Close) > 0 || c.High.Cmp(c.Open) < 0 || c.High.Cmp(c.Close) < 0 || !c.Low.IsPos() {
					t.Errorf("%s %v: %v %v %v %v", i, c.Time, c.Open, c.High, c.Low, c.Close)
				}
				if !c.Time.Equal(i.Start(c.Time)) || n > 0 && c.Time.Sub(all[n-1].Time) != i.Duration() {
					t.Errorf("%s: candle %d begins at %v", i, n, c.Time)
				}
				if n > 0 && !c.Open.Equal(all[n-1].Close) {
					t.Errorf("%s %v: opens at %v, the one before closed at %v", i, c.Time, c.Open, all[n-1].Close)
				}
				if !c.Volume.IsPos() {
					t.Errorf("%s %v: volume %v", i, c.Time, c.Volume)
				}
			}
			if last := all[99]; last.Time.Before(time.Now().Add(-i.Duration())) {
				t.Errorf("%s ends with %v", i, last.Time)
			}
			// The quote is a millisecond younger at most.
			if off, _ := all[99].Close.SubAbs(live[0].Price); off.String() > "0.02" {
				t.Errorf("%s closes at %v, the quote is %v", i, all[99].Close, live[0].Price)
			}
		}
	})
}

func TestHistory_AskedTwice_IsTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(500 * time.Hour)
		first, _ := sim.New(sim.Options{}).History(t.Context(), "TSLA", trading.Hour, 50)
		time.Sleep(10 * time.Hour)
		again, _ := sim.New(sim.Options{Symbols: 99}).History(t.Context(), "TSLA", trading.Hour, 60)
		for n := range 49 {
			if first[n] != again[n] {
				t.Fatalf("candle %d was %v and is %v", n, first[n], again[n])
			}
		}
	})
}

func TestHistory_BadRequests_AreRefusedOrBounded(t *testing.T) {
	f := sim.New(sim.Options{})
	if _, err := f.History(t.Context(), "XXX", trading.Minute, 5); !errors.Is(err, trading.ErrNotFound) {
		t.Errorf("unknown symbol: %v", err)
	}
	if _, err := f.History(t.Context(), "AAPL", "2m", 5); !errors.Is(err, trading.ErrNotFound) {
		t.Errorf("unknown interval: %v", err)
	}
	if all, err := f.History(t.Context(), "AAPL", trading.Minute, 0); len(all) != 0 || err != nil {
		t.Errorf("no candles wanted: %d, %v", len(all), err)
	}
	if all, err := f.History(t.Context(), "AAPL", trading.Minute, 1_000_000); len(all) != 2000 || err != nil {
		t.Errorf("a million candles wanted: %d, %v", len(all), err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.History(ctx, "AAPL", trading.Minute, 5); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}
