package gateway

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"tradewind/internal/trading"
	"tradewind/internal/wire"
)

// quotes leads prices from the board to the sockets that watch them, at most one
// quote of a symbol per interval: the first change after a quiet interval goes
// out at once, of those that follow the newest when the interval is over.
type quotes struct {
	room     quoteRoom
	interval time.Duration
	metrics  *metrics
	log      *slog.Logger
	newest   atomic.Int64 // when the last quote came, Unix nanoseconds; 0: none yet

	// sending is held over a flush and over a snapshot, so that no socket gets an
	// older quote after a newer one. Taken before mu. The board never waits for it.
	sending sync.Mutex

	mu      sync.Mutex
	symbols map[trading.Symbol]*ticker
	waiting []*ticker // changed and not sent yet; each is in it once
	pace    pace
	due     chan struct{} // something may have to be sent earlier than planned
}

// ticker is one symbol.
type ticker struct {
	quote    trading.Quote
	version  uint64 // counts changes; 0: no quote yet
	watchers int    // sockets that watch it
	fast     int    // those of them that get it at full speed
	waiting  bool
	sentAt   time.Time
}

// quoteRoom sends a quote to the sockets that watch its symbol at full speed.
// slow says that there are others, which must not get it.
type quoteRoom interface {
	sendQuote(ctx context.Context, symbol trading.Symbol, encoded json.RawMessage, slow bool) error
}

// watcher is a socket that watches symbols.
type watcher interface {
	outlet
	// watch puts the socket into the rooms of added symbols and takes it out of
	// those of removed ones; slow says whether it is left out of what is sent there at full speed.
	watch(ctx context.Context, added, removed []trading.Symbol, slow bool) error
}

// watchlist is what one socket watches. It belongs to quotes.sending.
type watchlist struct {
	symbols  []trading.Symbol
	interval time.Duration // 0: full speed
	slow     *slowWatcher  // set with an interval
}

func newQuotes(room quoteRoom, interval time.Duration, m *metrics, log *slog.Logger) *quotes {
	return &quotes{room: room, interval: interval, metrics: m, log: log,
		symbols: make(map[trading.Symbol]*ticker), due: make(chan struct{}, 1)}
}

// publish takes quotes from the board. It does not block and keeps no slice.
func (q *quotes) publish(changed []trading.Quote) {
	q.newest.Store(time.Now().UnixNano())
	q.mu.Lock()
	defer q.mu.Unlock()
	waited := len(q.waiting)
	for i := range changed {
		t := q.tickerLocked(changed[i].Symbol)
		t.quote = changed[i]
		t.version++
		switch {
		case t.waiting:
			q.metrics.conflated(wire.EventQuote, 1)
		case t.fast > 0:
			t.waiting = true
			q.waiting = append(q.waiting, t)
		}
	}
	if len(q.waiting) > waited {
		q.wake()
	}
}

// seed takes the quotes that the board has before anything was published here.
func (q *quotes) seed(board *trading.Board) {
	var known []trading.Quote
	for _, i := range board.Instruments() {
		if quote, ok := board.Quote(i.Symbol); ok {
			known = append(known, quote)
		}
	}
	if len(known) > 0 {
		q.publish(known)
	}
}

func (q *quotes) tickerLocked(symbol trading.Symbol) *ticker {
	t := q.symbols[symbol]
	if t == nil {
		t = &ticker{quote: trading.Quote{Symbol: symbol}}
		q.symbols[symbol] = t
	}
	return t
}

func (q *quotes) wake() {
	select {
	case q.due <- struct{}{}:
	default:
	}
}

// run sends what is due until ctx ends.
func (q *quotes) run(ctx context.Context) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		next := min(q.flush(ctx), q.flushSlow(ctx))
		timer.Reset(max(next, q.interval/20)) // what is due at nearly the same time goes together
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-q.due:
		}
	}
}

// flush sends the quotes whose interval is over and returns when the next is due.
func (q *quotes) flush(ctx context.Context) time.Duration {
	q.sending.Lock()
	defer q.sending.Unlock()
	quotes, slow, next := q.take(time.Now())
	for i := range quotes {
		encoded, err := encode(wire.Quote(quotes[i]))
		if err != nil {
			q.log.Error("encode quote", "symbol", quotes[i].Symbol, "error", err)
			continue
		}
		if err := q.room.sendQuote(ctx, quotes[i].Symbol, encoded, slow); err != nil {
			q.log.Warn("send quote", "symbol", quotes[i].Symbol, "error", err)
		}
	}
	return next
}

// take removes what is due from waiting.
func (q *quotes) take(now time.Time) (due []trading.Quote, slow bool, next time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	next = time.Hour
	kept := q.waiting[:0]
	for _, t := range q.waiting {
		switch left := t.sentAt.Add(q.interval).Sub(now); {
		case t.fast == 0:
			t.waiting = false // the last one left; nothing is encoded for nobody
		case left > 0:
			next = min(next, left)
			kept = append(kept, t)
		default:
			t.waiting, t.sentAt = false, now
			due = append(due, t.quote)
		}
	}
	clear(q.waiting[len(kept):])
	q.waiting = kept
	return due, q.pace.len() > 0, next
}

// watch makes symbols the list of a socket, and sends the newest quote of each.
// The symbols are known ones, without repeats. An empty list ends it.
func (q *quotes) watch(ctx context.Context, w watcher, list *watchlist, symbols []trading.Symbol, interval time.Duration) error {
	if interval <= q.interval {
		interval = 0
	}
	q.sending.Lock()
	defer q.sending.Unlock()
	added, removed := difference(list.symbols, symbols)
	if err := w.watch(ctx, added, removed, interval > 0); err != nil {
		return err
	}
	snapshot := q.replaceLocked(w, list, symbols, interval)
	for _, quote := range snapshot {
		encoded, err := encode(wire.Quote(quote))
		if err != nil {
			return err
		}
		if err := w.send(ctx, wire.EventQuote, string(quote.Symbol), encoded); err != nil {
			return err
		}
	}
	return nil
}

// replaceLocked, with sending held, books the change and returns the newest
// quote of each symbol that has one. It is what listeners have been told of, not
// the board, whose newest quote may overtake one that still waits here.
func (q *quotes) replaceLocked(w watcher, list *watchlist, symbols []trading.Symbol, interval time.Duration) []trading.Quote {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.forgetLocked(list)
	list.symbols, list.interval = symbols, interval
	if interval > 0 && len(symbols) > 0 {
		list.slow = q.pace.add(w, list, time.Now())
	}
	snapshot := make([]trading.Quote, 0, len(symbols))
	for _, symbol := range symbols {
		t := q.tickerLocked(symbol)
		t.watchers++
		if list.slow != nil {
			list.slow.sent[symbol] = t.version
		} else {
			t.fast++
		}
		if t.version > 0 {
			snapshot = append(snapshot, t.quote)
		}
	}
	q.metrics.watching.Add(float64(len(symbols)))
	if list.slow != nil {
		q.wake()
	}
	return snapshot
}

// forget ends what a socket watches when it has ended.
func (q *quotes) forget(list *watchlist) {
	q.sending.Lock()
	defer q.sending.Unlock()
	q.mu.Lock()
	defer q.mu.Unlock()
	q.forgetLocked(list)
}

func (q *quotes) forgetLocked(list *watchlist) {
	if list.slow != nil {
		q.pace.remove(list.slow)
	}
	for _, symbol := range list.symbols {
		t := q.symbols[symbol]
		if list.slow == nil {
			t.fast--
		}
		if t.watchers--; t.watchers == 0 && t.version == 0 {
			delete(q.symbols, symbol) // never quoted: what clients ask for must not stay
		}
	}
	list.slow = nil
	q.metrics.watching.Sub(float64(len(list.symbols)))
	list.symbols = nil
}

// age is how long ago the last quote came; false when none has come yet.
func (q *quotes) age(now time.Time) (time.Duration, bool) {
	newest := q.newest.Load()
	return now.Sub(time.Unix(0, newest)), newest != 0
}

// difference returns what is in next only and what is in previous only.
func difference(previous, next []trading.Symbol) (added, removed []trading.Symbol) {
	was := make(map[trading.Symbol]bool, len(previous))
	for _, s := range previous {
		was[s] = true
	}
	for _, s := range next {
		if was[s] {
			delete(was, s)
		} else {
			added = append(added, s)
		}
	}
	for _, s := range previous {
		if was[s] {
			removed = append(removed, s)
		}
	}
	return added, removed
}
