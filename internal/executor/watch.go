package executor

import (
	"context"
	"sync"
	"time"

	"tradewind/internal/trading"
)

// watchers are the requests that wait for an order to change.
type watchers struct {
	mu      sync.Mutex
	byOrder map[trading.OrderID]map[*watcher]struct{}
}

// watcher holds the newest state of an order that was told and not looked at.
type watcher struct {
	id    trading.OrderID
	state chan trading.Order // holds one
}

// watch begins to follow an order. What was committed before is not told.
func (w *watchers) watch(id trading.OrderID) *watcher {
	x := &watcher{id: id, state: make(chan trading.Order, 1)}
	w.mu.Lock()
	defer w.mu.Unlock()
	all := w.byOrder[id]
	if all == nil {
		all = make(map[*watcher]struct{})
		w.byOrder[id] = all
	}
	all[x] = struct{}{}
	return x
}

func (w *watchers) forget(x *watcher) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.byOrder[x.id], x)
	if len(w.byOrder[x.id]) == 0 {
		delete(w.byOrder, x.id)
	}
}

// tell replaces what a watcher has not looked at yet.
func (w *watchers) tell(o trading.Order) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for x := range w.byOrder[o.ID] {
		select {
		case <-x.state:
		default:
		}
		x.state <- o
	}
}

// await follows an order until done says so, ctx ends or the time is up, and
// returns the newest state known.
func (x *watcher) await(ctx context.Context, o trading.Order, limit time.Duration, done func(trading.Order) bool) trading.Order {
	t := time.NewTimer(limit)
	defer t.Stop()
	for !done(o) {
		select {
		case o = <-x.state:
		case <-t.C:
			return o
		case <-ctx.Done():
			return o
		}
	}
	return o
}
