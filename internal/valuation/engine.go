package valuation

import (
	"context"
	"fmt"
	"hash/maphash"
	"sync"
	"time"

	"tradewind/internal/trading"
)

// Engine computes portfolios.
type Engine struct {
	o       Options
	ledgers trading.Ledgers
	users   trading.UserStore
	board   *trading.Board

	seed     maphash.Seed
	shards   []*shard
	listen   sync.Once
	recorder *recorder // nil without history

	mu          sync.Mutex
	onPortfolio []func(trading.Portfolio)
	lost        []*watched // whose fold has to be read again; each is in it once
	lostNews    chan struct{}
	reloads     uint64
}

var _ trading.Valuer = (*Engine)(nil)

// New returns an engine. It starts nothing and listens to nothing yet.
func New(ledgers trading.Ledgers, users trading.UserStore, board *trading.Board, o Options) *Engine {
	e := &Engine{
		o: o.withDefaults(), ledgers: ledgers, users: users, board: board,
		seed:     maphash.MakeSeed(),
		lostNews: make(chan struct{}, 1),
	}
	for range e.o.Shards {
		e.shards = append(e.shards, newShard(e))
	}
	if e.o.History != nil {
		e.recorder = newRecorder(e)
	}
	return e
}

// Listen registers the engine with the ledgers and the board; a second call does
// nothing. It is to be called before anything runs and after the registration of
// everything that has to see an entry before the portfolio with its seq exists.
// Run calls it if nobody has.
func (e *Engine) Listen() {
	e.listen.Do(func() {
		e.ledgers.OnEntry(e.onEntry)
		e.board.OnQuotes(e.onQuotes)
	})
}

// OnPortfolio implements trading.Valuer. Listeners are called by the workers of
// Run: those of one account never at the same time, those of different accounts
// possibly so. A portfolio that was computed before the last release may arrive
// after it.
func (e *Engine) OnPortfolio(fn func(trading.Portfolio)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.onPortfolio = append(e.onPortfolio, fn)
}

func (e *Engine) tell(p trading.Portfolio) {
	e.mu.Lock()
	listeners := e.onPortfolio
	e.mu.Unlock()
	for _, fn := range listeners {
		fn(p)
	}
}

// Run works until ctx ends, which is no error, and returns when everything that
// it started is over.
func (e *Engine) Run(ctx context.Context) error {
	e.Listen()
	var parts sync.WaitGroup
	for _, s := range e.shards {
		parts.Go(func() { s.run(ctx) })
	}
	parts.Go(func() { e.runReloads(ctx) })
	if e.recorder != nil {
		parts.Go(func() { e.recorder.run(ctx) })
	}
	parts.Wait()
	return nil
}

func (e *Engine) onQuotes(quotes []trading.Quote) {
	for _, s := range e.shards {
		s.onQuotes(quotes)
	}
}

func (e *Engine) onEntry(entry trading.Entry) {
	if e.recorder != nil && movesValue(entry) {
		e.recorder.add(entry.Account)
	}
	e.shard(entry.Account).onEntry(entry)
}

func (e *Engine) shard(id trading.AccountID) *shard {
	return e.shards[maphash.String(e.seed, string(id))%uint64(len(e.shards))]
}

// Watch implements trading.Valuer. Every call has the account's portfolio sent to
// the listeners at once, whether it was watched before or not. release may be
// called more than once; only the first call counts.
func (e *Engine) Watch(ctx context.Context, account trading.AccountID) (release func(), err error) {
	s := e.shard(account)
	for {
		w, load := s.enter(account)
		if load {
			if err := e.load(ctx, s, w); err != nil {
				return nil, err
			}
		}
		select {
		case <-w.ready:
		case <-ctx.Done():
			s.exit(w)
			return nil, fmt.Errorf("watch account %s: %w", account, context.Cause(ctx))
		}
		if w.err == nil {
			if !load {
				s.show(w)
			}
			return sync.OnceFunc(func() { s.exit(w) }), nil
		}
		// It was another caller who did not get it loaded, perhaps for want of time.
		if ctx.Err() != nil {
			return nil, w.err
		}
	}
}

// load reads an account for its first watcher.
func (e *Engine) load(ctx context.Context, s *shard, w *watched) error {
	currency, err := e.currency(ctx, w.id)
	if err != nil {
		s.fail(w, err)
		return err
	}
	fold, err := e.fold(ctx, w.id)
	if err != nil {
		s.fail(w, err)
		return err
	}
	s.install(w, fold, currency)
	return nil
}

func (e *Engine) currency(ctx context.Context, id trading.AccountID) (string, error) {
	info, err := e.users.Account(ctx, id)
	if err != nil {
		return "", fmt.Errorf("currency of account %s: %w", id, err)
	}
	return info.Currency, nil
}

func (e *Engine) fold(ctx context.Context, id trading.AccountID) (*trading.Account, error) {
	fold, err := e.ledgers.Account(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("value account %s: %w", id, err)
	}
	return fold, nil
}

// Value implements trading.Valuer.
func (e *Engine) Value(ctx context.Context, account trading.AccountID) (trading.Portfolio, error) {
	now := time.Now()
	if p, _, ok, err := e.shard(account).value(account, now); ok {
		return p, err
	}
	currency, err := e.currency(ctx, account)
	if err != nil {
		return trading.Portfolio{}, err
	}
	fold, err := e.fold(ctx, account)
	if err != nil {
		return trading.Portfolio{}, err
	}
	p, _, err := newBook(nil, fold, currency, spot{e.board}).portfolio(now)
	return p, err
}

// spot is the tickers of a book that is valued once.
type spot struct{ board *trading.Board }

func (s spot) join(h *holding, symbol trading.Symbol) {
	h.ticker = &ticker{symbol: symbol}
	if q, ok := s.board.Quote(symbol); ok {
		h.ticker.set(q)
	}
}

func (s spot) leave(*holding) {}

// Stats counts what the engine does.
type Stats struct {
	Watched    int    // accounts
	Portfolios uint64 // handed to the listeners
	Merged     uint64 // changes that went into a later portfolio
	Reloads    uint64 // accounts read again because an entry was missing
}

// Stats returns the counters.
func (e *Engine) Stats() Stats {
	var all Stats
	for _, s := range e.shards {
		s.mu.Lock()
		all.Watched += len(s.accounts)
		all.Merged += s.pace.merged
		s.mu.Unlock()
		all.Portfolios += s.sent.Load()
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	all.Reloads = e.reloads
	return all
}
