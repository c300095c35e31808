package gateway

import (
	"container/heap"
	"context"
	"encoding/json"
	"time"

	"tradewind/internal/trading"
	"tradewind/internal/wire"
)

// slowWatcher is a socket that asked for quotes at a slower pace: once an interval
// it gets the newest quote of each symbol that changed.
type slowWatcher struct {
	watcher watcher
	list    *watchlist
	sent    map[trading.Symbol]uint64 // version of each symbol's quote sent last
	next    time.Time
	index   int // in the heap
}

// pace is the slow watchers by who is next. It belongs to quotes.mu.
type pace []*slowWatcher

func (p *pace) len() int { return len(*p) }

func (p *pace) add(w watcher, list *watchlist, now time.Time) *slowWatcher {
	s := &slowWatcher{watcher: w, list: list, sent: make(map[trading.Symbol]uint64, len(list.symbols)), next: now.Add(list.interval)}
	heap.Push((*paceHeap)(p), s)
	return s
}

func (p *pace) remove(s *slowWatcher) { heap.Remove((*paceHeap)(p), s.index) }

// flushSlow sends what is due to slow watchers, one after the other so that
// nothing waits for all of them, and returns when the next is due.
func (q *quotes) flushSlow(ctx context.Context) time.Duration {
	for ctx.Err() == nil {
		wait, more := q.flushNext(ctx)
		if !more {
			return wait
		}
	}
	return time.Hour
}

func (q *quotes) flushNext(ctx context.Context) (wait time.Duration, more bool) {
	q.sending.Lock()
	defer q.sending.Unlock()
	w, changed, wait := q.takeSlow(time.Now())
	if w == nil {
		return wait, false
	}
	for _, quote := range changed {
		encoded, err := encode(wire.Quote(quote))
		if err != nil || w.send(ctx, wire.EventQuote, string(quote.Symbol), json.RawMessage(encoded)) != nil {
			break // the socket has ended and will leave
		}
	}
	return 0, true
}

// takeSlow returns the slow watcher that is due with what changed for it, or how
// long there is none.
func (q *quotes) takeSlow(now time.Time) (w watcher, changed []trading.Quote, wait time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.pace) == 0 {
		return nil, nil, time.Hour
	}
	s := q.pace[0]
	if wait := s.next.Sub(now); wait > 0 {
		return nil, nil, wait
	}
	s.next = now.Add(s.list.interval)
	heap.Fix((*paceHeap)(&q.pace), 0)
	for _, symbol := range s.list.symbols {
		t := q.symbols[symbol]
		if t == nil || t.version == s.sent[symbol] {
			continue
		}
		if skipped := t.version - s.sent[symbol] - 1; skipped > 0 {
			q.metrics.conflated(wire.EventQuote, int(skipped))
		}
		s.sent[symbol] = t.version
		changed = append(changed, t.quote)
	}
	return s.watcher, changed, 0
}

// paceHeap is pace as container/heap wants it.
type paceHeap []*slowWatcher

func (h paceHeap) Len() int           { return len(h) }
func (h paceHeap) Less(i, j int) bool { return h[i].next.Before(h[j].next) }
func (h paceHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *paceHeap) Push(x any) {
	s := x.(*slowWatcher)
	s.index = len(*h)
	*h = append(*h, s)
}

func (h *paceHeap) Pop() any {
	last := len(*h) - 1
	s := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return s
}
