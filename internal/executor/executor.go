package executor

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"tradewind/internal/trading"
)

// Executor implements trading.OrderExecutor and trading.Ledgers. Make one with New.
type Executor struct {
	store   trading.LedgerStore
	users   trading.UserStore
	board   *trading.Board
	brokers map[string]trading.Broker
	o       Options
	log     *slog.Logger

	listeners []func(trading.Entry) // fixed once anything runs
	limits    *orderLimits
	watchers  watchers
	counts    counters
	slots     chan struct{}         // holds a token for each broker call under way
	snapshots chan *trading.Account // to be saved
	kick      chan struct{}         // holds a token when the schedule changed

	mu    sync.Mutex
	state runState
	base  context.Context // of broker calls; ends when Run stops waiting for them
	calls sync.WaitGroup  // broker calls under way and requests that wait for them; added to only while running
	lanes map[trading.AccountID]*lane
	tasks map[trading.AccountID]*task
	// nextLook is when the schedule is gone through next unless it is kicked.
	nextLook time.Time
}

type runState int

const (
	idle runState = iota
	running
	over
)

var (
	_ trading.OrderExecutor = (*Executor)(nil)
	_ trading.Ledgers       = (*Executor)(nil)
)

// New returns an executor of the given brokers. Nothing happens before Run, but
// accounts can be read and adjusted.
func New(store trading.LedgerStore, users trading.UserStore, board *trading.Board, brokers []trading.Broker, o Options) *Executor {
	o = o.withDefaults()
	e := &Executor{
		store: store, users: users, board: board, o: o, log: o.Logger,
		brokers:   make(map[string]trading.Broker, len(brokers)),
		limits:    newOrderLimits(o.OrdersPerSecond, o.OrderBurst),
		watchers:  watchers{byOrder: make(map[trading.OrderID]map[*watcher]struct{})},
		slots:     make(chan struct{}, o.MaxInFlight),
		snapshots: make(chan *trading.Account, 64),
		kick:      make(chan struct{}, 1),
		lanes:     make(map[trading.AccountID]*lane),
		tasks:     make(map[trading.AccountID]*task),
	}
	for _, b := range brokers {
		e.brokers[b.Name()] = b
	}
	return e
}

// OnEntry implements trading.Ledgers. Entries of other nodes that this one learns
// of are handed on as well, so that there are no gaps.
func (e *Executor) OnEntry(fn func(trading.Entry)) { e.listeners = append(e.listeners, fn) }

// Run takes orders until ctx ends; then it refuses new ones, lets submissions
// finish for DrainTime and stops the brokers. Called once. An error means that
// the ledger could not be read at the start or a broker gave up.
func (e *Executor) Run(ctx context.Context) error {
	defer e.shut() // also when it never opened: requests must not wait for it
	open, err := e.store.AccountsWithOpenOrders(ctx)
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find accounts to reconcile: %w", err)
	}
	for _, account := range open {
		e.attend(account, 0, blocking)
	}
	calls, stopCalls := context.WithCancel(context.WithoutCancel(ctx))
	defer stopCalls()
	// The parts outlive ctx: a submission that is under way needs its broker.
	outer, stopParts := context.WithCancel(context.WithoutCancel(ctx))
	defer stopParts()
	g, parts := errgroup.WithContext(outer)
	for _, b := range e.brokers {
		g.Go(func() error { return e.runBroker(parts, b) })
	}
	g.Go(func() error { return e.schedule(parts) })
	g.Go(func() error { return e.saveSnapshots(parts) })
	e.open(calls)
	select {
	case <-ctx.Done():
	case <-parts.Done():
	}
	e.shut()
	e.drain(stopCalls)
	stopParts()
	return g.Wait()
}

// runBroker delivers a broker's events until ctx ends.
func (e *Executor) runBroker(ctx context.Context, b trading.Broker) error {
	sink := func(ctx context.Context, ev trading.BrokerEvent) error { return e.take(ctx, b.Name(), ev) }
	err := b.Run(ctx, sink)
	if ctx.Err() != nil {
		return nil
	}
	if err == nil {
		err = errors.New("it ended")
	}
	return fmt.Errorf("run broker %s: %w", b.Name(), err)
}

func (e *Executor) open(base context.Context) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.base, e.state = base, running
}

func (e *Executor) shut() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.state = over
}

// drain waits for the broker calls under way and cuts them off after DrainTime:
// what was not answered by then is found out at the next start.
func (e *Executor) drain(cut context.CancelFunc) {
	done := make(chan struct{})
	go func() { e.calls.Wait(); close(done) }() // ends with the calls, which end after cut at the latest
	t := time.NewTimer(e.o.DrainTime)
	defer t.Stop()
	select {
	case <-done:
	case <-t.C:
		cut()
		<-done
	}
}

// reserve makes room for one broker call of a request: start it with call, or give
// it back with release. Run waits for the call, and for the request until it calls
// answered, so that the outcome it waits for is still delivered.
func (e *Executor) reserve(ctx context.Context) (release, answered func(), err error) {
	select {
	case e.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, nil, busy()
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	switch e.state {
	case idle:
		<-e.slots
		return nil, nil, refusal(trading.CodeAccountReconciling, time.Second, "Trading is starting, try again in a moment.")
	case over:
		<-e.slots
		return nil, nil, refusal(trading.CodeBrokerUnavailable, 5*time.Second, "Trading is shutting down, try again in a moment.")
	}
	e.calls.Add(2)
	return func() { <-e.slots; e.calls.Done() }, e.calls.Done, nil
}

// call runs fn, for which room was reserved, on its own goroutine. Run owns it:
// it waits for the call and ends its context.
func (e *Executor) call(release func(), fn func(ctx context.Context)) {
	e.mu.Lock()
	base := e.base
	e.mu.Unlock()
	go func() {
		defer release()
		fn(base)
	}()
}

// saveSnapshots keeps folds so that loading an account need not start at its first entry.
func (e *Executor) saveSnapshots(ctx context.Context) error {
	for {
		select {
		case a := <-e.snapshots:
			if err := e.store.SaveSnapshot(ctx, a); err != nil {
				e.log.Warn("save snapshot", "account", a.ID, "seq", a.Seq, "error", err)
				continue
			}
			e.counts.snapshots.Add(1)
		case <-ctx.Done():
			return nil
		}
	}
}

// now is the time as the ledger keeps it.
func (e *Executor) now() time.Time { return e.o.Now().UTC().Truncate(time.Millisecond) }

func newID(prefix string) string { return prefix + rand.Text() }

func refusal(code trading.Code, retry time.Duration, format string, args ...any) *trading.Refusal {
	return &trading.Refusal{Code: code, Message: fmt.Sprintf(format, args...), RetryAfter: retry}
}

func busy() *trading.Refusal {
	return refusal(trading.CodeRateLimited, time.Second, "Too many requests for this account are waiting, try again in a moment.")
}
