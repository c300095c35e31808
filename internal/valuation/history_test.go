package valuation_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tradewind/internal/trading"
	"tradewind/internal/valuation"
)

// history keeps the batches it is given.
type history struct {
	mu      sync.Mutex
	batches []map[trading.AccountID]trading.ValuePoint
	err     error
}

func (h *history) AddValuePoints(_ context.Context, points map[trading.AccountID]trading.ValuePoint) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.batches = append(h.batches, maps.Clone(points))
	return h.err
}

func (h *history) fail(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.err = err
}

func (h *history) ValueHistory(context.Context, trading.AccountID, time.Time, int) ([]trading.ValuePoint, error) {
	return nil, nil
}

// take returns the batches since the last take.
func (h *history) take() []map[trading.AccountID]trading.ValuePoint {
	synctest.Wait()
	h.mu.Lock()
	defer h.mu.Unlock()
	taken := h.batches
	h.batches = nil
	return taken
}

func names(points map[trading.AccountID]trading.ValuePoint) []trading.AccountID {
	return slices.Sorted(maps.Keys(points))
}

func TestHistory_EveryMinute_APointOfWhoIsWatchedOrHasPositions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &history{}
		time.Sleep(10 * time.Second) // not at a full minute
		k := newDesk(t, valuation.Options{History: h})
		k.publish(quote("AAPL", "10", "0"))
		k.ledgers.commit("anna", shares("AAPL", "3", "20"))
		k.ledgers.commit("ben", deposit("50"))
		defer k.watch("carl")()

		time.Sleep(49 * time.Second)
		if got := h.take(); len(got) != 0 {
			t.Errorf("points before the minute: %v", got)
		}
		time.Sleep(time.Second)
		got := h.take()
		if len(got) != 1 || !slices.Equal(names(got[0]), []trading.AccountID{"anna", "carl"}) {
			t.Fatalf("first minute: %v", got)
		}
		if p := got[0]["anna"]; p.Value.String() != "30" || !p.Time.Equal(time.Now()) || p.Time.Second() != 0 {
			t.Errorf("anna: %v at %v", p.Value, p.Time)
		}

		// Anna sells all, Ben buys.
		k.publish(quote("AAPL", "12", "0"))
		k.ledgers.commit("anna", fill("AAPL", trading.Sell, "3", "12"))
		k.ledgers.commit("ben", fill("AAPL", trading.Buy, "1", "12"))
		time.Sleep(time.Minute)
		got = h.take()
		if len(got) != 1 || !slices.Equal(names(got[0]), []trading.AccountID{"ben", "carl"}) {
			t.Fatalf("second minute: %v", got)
		}
		if p := got[0]["ben"]; p.Value.String() != "50" {
			t.Errorf("ben: %v", p.Value)
		}

		// A store that is away costs the points of a minute, nothing else.
		h.fail(errors.New("store away"))
		time.Sleep(time.Minute)
		h.take()
		h.fail(nil)
		k.ledgers.fail(errors.New("ledgers away"))
		time.Sleep(time.Minute)
		if got = h.take(); len(got) != 1 || !slices.Equal(names(got[0]), []trading.AccountID{"carl"}) {
			t.Errorf("ledgers away: %v", got)
		}
		k.ledgers.fail(nil)
		time.Sleep(time.Minute)
		if got = h.take(); len(got) != 1 || !slices.Equal(names(got[0]), []trading.AccountID{"ben", "carl"}) {
			t.Errorf("ledgers back: %v", got)
		}
	})
}

func TestHistory_Restart_FindsPositionsInTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &history{}
		k := newDesk(t, valuation.Options{History: h})
		// Committed before the engine listened.
		k.ledgers.lose("anna", shares("AAPL", "3", "20"))
		time.Sleep(time.Minute)
		if got := h.take(); len(got) != 0 {
			t.Errorf("a value without a price: %v", got)
		}
		k.publish(quote("AAPL", "10", "0"))
		time.Sleep(time.Minute)
		if got := h.take(); len(got) != 1 || !slices.Equal(names(got[0]), []trading.AccountID{"anna"}) {
			t.Errorf("got %v", got)
		}
	})
}

func TestHistory_ManyAccounts_AreBatchedAndBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &history{}
		k := newDesk(t, valuation.Options{History: h, MaxRecorded: 700})
		k.publish(quote("AAPL", "10", "0"))
		for n := range 1000 {
			k.ledgers.commit(trading.AccountID([]byte{byte(n >> 8), byte(n)}), shares("AAPL", "1", "1"))
		}
		time.Sleep(time.Minute)
		got := h.take()
		if len(got) != 2 || len(got[0]) != 500 {
			t.Fatalf("%d batches, the first of %d", len(got), len(got[0]))
		}
		// The three users of the desk have no positions and give up their places.
		if n := len(got[0]) + len(got[1]); n < 697 || n > 700 {
			t.Errorf("%d accounts have a history, allowed are 700", n)
		}
	})
}
