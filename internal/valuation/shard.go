package valuation

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"tradewind/internal/trading"
)

// portionSize is how many portfolios are computed under one hold of the lock.
const portionSize = 32

// maxEarly bounds the entries kept while an account is being loaded.
const maxEarly = 1000

// watched is an account that somebody watches.
type watched struct {
	id       trading.AccountID
	watchers int
	beat     beat
	book     *book         // nil until it was loaded the first time
	ready    chan struct{} // closed when that is over
	err      error         // why it failed; read after ready

	loading  bool            // a fold is being read: entries wait in early
	early    []trading.Entry // in seq order
	overflow bool            // early had no room: load again
}

func (w *watched) rhythm() *beat { return &w.beat }

// shard is a part of the watched accounts with the prices they need. The lock is
// taken inside listeners of board and ledgers, so only memory is touched under it.
type shard struct {
	engine *Engine
	wake   chan struct{} // capacity 1: there is something to send
	sent   atomic.Uint64

	mu       sync.Mutex
	accounts map[trading.AccountID]*watched
	tickers  map[trading.Symbol]*ticker // of symbols that somebody holds
	pace     pace[*watched]
}

func newShard(e *Engine) *shard {
	return &shard{
		engine:   e,
		wake:     make(chan struct{}, 1),
		accounts: make(map[trading.AccountID]*watched),
		tickers:  make(map[trading.Symbol]*ticker),
		pace:     pace[*watched]{window: e.o.Interval},
	}
}

// join implements tickers: the holding is told of the symbol's prices.
func (s *shard) join(h *holding, symbol trading.Symbol) {
	t := s.tickers[symbol]
	if t == nil {
		t = &ticker{symbol: symbol}
		// The board has a quote before its listeners hear of it, so nothing newer is missed.
		if q, ok := s.engine.board.Quote(symbol); ok {
			t.set(q)
		}
		s.tickers[symbol] = t
	}
	h.ticker, h.index = t, len(t.holders)
	t.holders = append(t.holders, h)
}

// leave implements tickers.
func (s *shard) leave(h *holding) {
	t := h.ticker
	last := len(t.holders) - 1
	t.holders[h.index] = t.holders[last]
	t.holders[h.index].index = h.index
	t.holders[last] = nil
	if t.holders = t.holders[:last]; last == 0 {
		delete(s.tickers, t.symbol)
	}
}

// onQuotes marks the accounts that hold a symbol whose price or change is new.
func (s *shard) onQuotes(quotes []trading.Quote) {
	s.mu.Lock()
	for _, q := range quotes {
		t := s.tickers[q.Symbol]
		if t == nil || !t.set(q) {
			continue
		}
		for _, h := range t.holders {
			h.stale = true
			s.pace.mark(h.book.owner)
		}
	}
	waiting := s.pace.waiting()
	s.mu.Unlock()
	if waiting {
		s.signal()
	}
}

// onEntry folds an entry into its account, if it is watched.
func (s *shard) onEntry(e trading.Entry) {
	s.mu.Lock()
	w := s.accounts[e.Account]
	if w != nil {
		s.takeLocked(w, e)
	}
	waiting := s.pace.waiting()
	s.mu.Unlock()
	if waiting {
		s.signal()
	}
}

func (s *shard) takeLocked(w *watched, e trading.Entry) {
	switch {
	case w.loading && len(w.early) < maxEarly:
		w.early = append(w.early, e)
	case w.loading:
		w.overflow = true
	case e.Seq <= w.book.fold.Seq:
	default:
		if err := w.book.apply(e); err != nil {
			s.engine.o.Logger.Warn("reload account", "account", w.id, "seq", e.Seq, "error", err)
			s.reloadLocked(w)
			return
		}
		if movesValue(e) {
			s.pace.hurry(w)
		} else {
			s.pace.mark(w)
		}
	}
}

// movesValue reports whether an entry moved money or shares, which is shown without waiting.
func movesValue(e trading.Entry) bool {
	return e.Kind == trading.EntryFill || e.Kind == trading.EntryAccount && e.Adjustment.Kind != trading.Published
}

// reloadLocked has the fold read again; until then the account is valued as it was.
func (s *shard) reloadLocked(w *watched) {
	w.loading, w.early, w.overflow = true, nil, false
	s.engine.reload(w)
}

// enter counts a watcher in. load is true for the first, who has to load the account.
func (s *shard) enter(id trading.AccountID) (w *watched, load bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w = s.accounts[id]
	if w == nil {
		w, load = &watched{id: id, ready: make(chan struct{}), loading: true}, true
		s.accounts[id] = w
	}
	w.watchers++
	return w, load
}

// exit counts a watcher out; the last one lets go of the account.
func (s *shard) exit(w *watched) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if w.watchers--; w.watchers == 0 {
		s.dropLocked(w)
	}
}

func (s *shard) dropLocked(w *watched) {
	if w.book != nil {
		w.book.close()
	}
	w.beat.gone = true
	if s.accounts[w.id] == w {
		delete(s.accounts, w.id)
	}
}

// fail tells everybody who waits for the account that it cannot be loaded.
func (s *shard) fail(w *watched, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropLocked(w)
	w.err = err
	close(w.ready)
}

// install gives an account the fold that was read, and what happened meanwhile.
func (s *shard) install(w *watched, fold *trading.Account, currency string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if w.beat.gone {
		return
	}
	w.loading = false
	switch {
	case w.book == nil:
		w.book = newBook(w, fold, currency, s)
		close(w.ready)
	case fold.Seq >= w.book.fold.Seq:
		w.book.replace(fold)
	}
	early, overflow := w.early, w.overflow
	w.early = nil
	for _, e := range early {
		if !w.loading {
			s.takeLocked(w, e)
		}
	}
	if overflow && !w.loading {
		s.reloadLocked(w)
	}
	s.pace.hurry(w)
	s.signal()
}

// show has the account sent at once.
func (s *shard) show(w *watched) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pace.hurry(w)
	s.signal()
}

// value is the portfolio of a watched account; false when it is none.
func (s *shard) value(id trading.AccountID, now time.Time) (p trading.Portfolio, priced, ok bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.accounts[id]
	if w == nil || w.book == nil {
		return p, false, false, nil
	}
	p, priced, err = w.book.portfolio(now)
	return p, priced, true, err
}

func (s *shard) signal() {
	select {
	case s.wake <- struct{}{}:
	default: // it will look
	}
}

// run sends portfolios until ctx ends.
func (s *shard) run(ctx context.Context) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	portion := make([]trading.Portfolio, 0, portionSize)
	for ctx.Err() == nil {
		portion = s.portion(portion[:0], time.Now(), timer)
		for _, p := range portion {
			s.engine.tell(p)
		}
		s.sent.Add(uint64(len(portion)))
		if len(portion) == portionSize {
			continue
		}
		clear(portion)
		select {
		case <-ctx.Done():
		case <-s.wake:
		case <-timer.C:
		}
	}
}

// portion computes the portfolios that are due, up to portionSize, and sets the
// timer to when the next window ends.
func (s *shard) portion(portion []trading.Portfolio, now time.Time, timer *time.Timer) []trading.Portfolio {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(portion) < portionSize {
		w, ok := s.pace.next(now)
		if !ok {
			break
		}
		p, _, err := w.book.portfolio(now)
		if err != nil {
			s.engine.o.Logger.Error("no portfolio", "account", w.id, "error", err)
			continue
		}
		portion = append(portion, p)
	}
	if at, ok := s.pace.wakeAt(); ok {
		timer.Reset(at.Sub(now))
	}
	return portion
}
