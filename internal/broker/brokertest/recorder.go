package brokertest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"tradewind/internal/trading"
)

// patience is how long the suite waits for something that must come.
const patience = 10 * time.Second

// recorder is a sink that keeps every event and can refuse some.
type recorder struct {
	mu      sync.Mutex
	events  []trading.BrokerEvent
	refuse  int           // events still to be refused
	changed chan struct{} // closed and renewed with every event
}

func newRecorder() *recorder { return &recorder{changed: make(chan struct{})} }

func (r *recorder) sink(_ context.Context, ev trading.BrokerEvent) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.refuse > 0 {
		r.refuse--
		return errors.New("the test refuses this event")
	}
	r.events = append(r.events, ev)
	close(r.changed)
	r.changed = make(chan struct{})
	return nil
}

// of returns the events of one order so far.
func (r *recorder) of(id trading.ClientOrderID) []trading.BrokerEvent {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []trading.BrokerEvent
	for _, ev := range r.events {
		if ev.Order.ClientOrderID == id {
			out = append(out, ev)
		}
	}
	return out
}

// await waits until the events of an order satisfy a condition.
func (r *recorder) await(t *testing.T, id trading.ClientOrderID, what string, done func([]trading.BrokerEvent) bool) []trading.BrokerEvent {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for {
		r.mu.Lock()
		changed := r.changed
		r.mu.Unlock()
		events := r.of(id)
		if done(events) {
			return events
		}
		select {
		case <-changed:
		case <-deadline.C:
			t.Fatalf("order %s: no %s within %v; events: %+v", id, what, patience, events)
		}
	}
}

// status waits until the newest event of an order says that it is in a state.
func (r *recorder) status(t *testing.T, id trading.ClientOrderID, want trading.OrderStatus) []trading.BrokerEvent {
	t.Helper()
	return r.await(t, id, string(want), func(events []trading.BrokerEvent) bool {
		return len(events) > 0 && events[len(events)-1].Order.Status == want
	})
}

// fills adds up the executions among events and fails on one that came twice
// under the same id.
func fills(t *testing.T, events []trading.BrokerEvent) trading.Decimal {
	t.Helper()
	var sum trading.Decimal
	seen := make(map[trading.ExecutionID]bool)
	for _, ev := range events {
		if ev.Fill == nil {
			continue
		}
		if seen[ev.Fill.ID] {
			t.Errorf("execution %s was reported twice though the sink kept it", ev.Fill.ID)
			continue
		}
		seen[ev.Fill.ID] = true
		var err error
		if sum, err = trading.Add(sum, ev.Fill.Quantity); err != nil {
			t.Fatal(err)
		}
	}
	return sum
}
