package executor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"tradewind/internal/trading"
)

// task is an account with something to find out at its broker.
type task struct {
	due      time.Time
	blocking bool // the account may not trade before a look at the broker has succeeded
	running  bool
	again    bool // something more came up while running; due says when
	failures int  // in a row

	doubts map[trading.OrderID]doubt // of the pass that runs; one runs at a time
}

// doubt counts look-ups that did not find an order.
type doubt struct {
	since time.Time
	count int
}

// urgency says whether an account may trade while its broker is asked.
type urgency int

const (
	alongside urgency = iota
	blocking
)

const (
	maxPasses  = 8                // accounts that are looked at at once
	askAgain   = 5 * time.Second  // about a cancel that did not happen, or fills still missing
	maxBackoff = 30 * time.Second // of a broker that fails
	overlap    = time.Minute      // of clocks, when asking for executions since an order was made
)

// attend has the broker asked about an account after a while.
func (e *Executor) attend(account trading.AccountID, after time.Duration, u urgency) {
	due := e.o.Now().Add(after)
	e.mu.Lock()
	t := e.tasks[account]
	switch {
	case t == nil:
		t = &task{due: due, doubts: make(map[trading.OrderID]doubt)}
		e.tasks[account] = t
	case t.running && !t.again, due.Before(t.due):
		t.due = due
	}
	t.again = t.running
	t.blocking = t.blocking || u == blocking
	e.mu.Unlock()
	select {
	case e.kick <- struct{}{}:
	default:
	}
}

// reconciling reports whether an account may not trade now.
func (e *Executor) reconciling(account trading.AccountID) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	t := e.tasks[account]
	return t != nil && t.blocking
}

// noteGap has the accounts reconciled whose events may have been missed.
func (e *Executor) noteGap(ctx context.Context, broker string, account trading.AccountID) error {
	if account != "" {
		e.attend(account, 0, blocking)
		return nil
	}
	open, err := e.store.AccountsWithOpenOrders(ctx)
	if err != nil {
		return fmt.Errorf("find accounts to reconcile: %w", err)
	}
	for _, id := range open {
		info, err := e.users.Account(ctx, id)
		if err != nil {
			return fmt.Errorf("find broker of account %s: %w", id, err)
		}
		if info.Broker == broker {
			e.attend(id, 0, blocking)
		}
	}
	return nil
}

// schedule looks at accounts when they are due, until ctx ends.
func (e *Executor) schedule(ctx context.Context) error {
	var g errgroup.Group
	g.SetLimit(maxPasses)
	defer func() { _ = g.Wait() }() // passes return nil
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		due, wait := e.dueTasks()
		for _, account := range due {
			g.Go(func() error { e.look(ctx, account); return nil })
		}
		timer.Reset(wait)
		select {
		case <-timer.C:
		case <-e.kick:
		case <-ctx.Done():
			return nil
		}
	}
}

// dueTasks takes the tasks that are due and says when the next one is.
func (e *Executor) dueTasks() (due []trading.AccountID, wait time.Duration) {
	now := e.o.Now()
	wait = time.Hour
	e.mu.Lock()
	defer e.mu.Unlock()
	for account, t := range e.tasks {
		switch left := t.due.Sub(now); {
		case t.running:
		case left <= 0:
			t.running, t.again = true, false
			due = append(due, account)
		default:
			wait = min(wait, left)
		}
	}
	return due, wait
}

// look makes one pass over an account and decides when to look again.
func (e *Executor) look(ctx context.Context, account trading.AccountID) {
	e.mu.Lock()
	t := e.tasks[account]
	e.mu.Unlock()
	after, err := e.pass(ctx, account, t)
	if err != nil && ctx.Err() == nil {
		e.log.Warn("reconcile account", "account", account, "error", err)
	}
	e.mu.Lock()
	t.running = false
	now := e.o.Now()
	if err != nil {
		t.failures++
		after = min(time.Second<<min(t.failures-1, 5), maxBackoff)
	} else {
		t.failures = 0
		t.blocking = t.blocking && t.again
	}
	switch next := now.Add(after); {
	case after > 0 && (!t.again || next.Before(t.due)):
		t.due = next
	case after == 0 && !t.again:
		delete(e.tasks, account)
	}
	e.mu.Unlock()
	select {
	case e.kick <- struct{}{}:
	default:
	}
}

// pass compares an account's open orders with the broker: missing fills first,
// oldest first, then states. It returns when to look again, zero for never.
func (e *Executor) pass(ctx context.Context, account trading.AccountID, t *task) (again time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, e.o.BrokerTimeout+e.o.StoreTimeout)
	defer cancel()
	open, err := e.openOrders(ctx, account)
	if err != nil || len(open) == 0 {
		return 0, err
	}
	_, broker, err := e.brokerOf(ctx, account)
	if err != nil {
		return 0, err
	}
	if broker == nil {
		return 0, fmt.Errorf("no broker runs for account %s with %d open orders", account, len(open))
	}
	if err := e.replay(ctx, broker, account, open); err != nil {
		return 0, err
	}
	known, err := broker.OpenOrders(ctx, account)
	if err != nil {
		return 0, fmt.Errorf("open orders of account %s: %w", account, err)
	}
	byID := make(map[trading.ClientOrderID]trading.BrokerOrder, len(known))
	for _, b := range known {
		byID[b.ClientOrderID] = b
	}
	for _, o := range open {
		state, listed := byID[o.ClientOrderID]
		wait, err := e.compare(ctx, broker, o, state, listed, t)
		if err != nil {
			return 0, err
		}
		if wait > 0 && (again == 0 || wait < again) {
			again = wait
		}
	}
	e.prune(t, open)
	return again, e.comparePositions(ctx, broker, account)
}

// openOrders are the account's orders that nobody is talking to the broker about.
func (e *Executor) openOrders(ctx context.Context, account trading.AccountID) ([]trading.Order, error) {
	l, err := e.enter(ctx, account)
	if err != nil {
		return nil, err
	}
	defer e.leave(l)
	var open []trading.Order
	for id, o := range l.account.Open {
		if l.inFlight[id] == 0 {
			open = append(open, o)
		}
	}
	return open, nil
}

// replay applies the executions that the ledger lacks.
func (e *Executor) replay(ctx context.Context, broker trading.Broker, account trading.AccountID, open []trading.Order) error {
	since := open[0].CreatedAt
	for _, o := range open {
		if o.CreatedAt.Before(since) {
			since = o.CreatedAt
		}
	}
	events, err := broker.Executions(ctx, account, since.Add(-overlap))
	if err != nil {
		return fmt.Errorf("executions of account %s: %w", account, err)
	}
	for _, ev := range events {
		if _, err := e.store.Fill(ctx, account, ev.Fill.ID); err == nil {
			continue
		} else if !errors.Is(err, trading.ErrNotFound) {
			return fmt.Errorf("read fill %s: %w", ev.Fill.ID, err)
		}
		if err := e.replayOne(ctx, account, ev); err != nil {
			return fmt.Errorf("replay fill %s: %w", ev.Fill.ID, err)
		}
	}
	return nil
}

func (e *Executor) replayOne(ctx context.Context, account trading.AccountID, ev trading.BrokerEvent) error {
	l, err := e.enter(ctx, account)
	if err != nil {
		return err
	}
	defer e.leave(l)
	_, err = e.takeEvent(ctx, l, ev)
	return err
}

// compare brings one order to where it is at the broker.
func (e *Executor) compare(ctx context.Context, broker trading.Broker, o trading.Order, state trading.BrokerOrder, listed bool, t *task) (again time.Duration, err error) {
	if !listed {
		state, err = broker.Lookup(ctx, o.Account, o.ClientOrderID)
		if errors.Is(err, trading.ErrOrderUnknown) {
			return e.notFound(ctx, broker, o, t)
		}
		if err != nil {
			return 0, fmt.Errorf("look up order %s: %w", o.ID, err)
		}
	}
	delete(t.doubts, o.ID)
	found, err := e.learnNow(ctx, o, state)
	switch {
	case err != nil:
		return 0, err
	case found == fillsMissing || found == undecided:
		return askAgain, nil
	case found == changeMissing:
		return askAgain, e.cancelAgain(ctx, broker, o)
	}
	return 0, nil
}

// learnNow is learn with what a look-up has shown, unless somebody has begun to
// talk to the broker about the order since.
func (e *Executor) learnNow(ctx context.Context, o trading.Order, state trading.BrokerOrder) (finding, error) {
	l, err := e.enter(ctx, o.Account)
	if err != nil {
		return nothingMissing, err
	}
	defer e.leave(l)
	if l.inFlight[o.ID] > 0 {
		return nothingMissing, nil
	}
	return e.learn(ctx, l, o.ID, state, fromLookup)
}

// cancelAgain repeats a cancel that the broker seems not to have heard; a cancel
// may be sent any number of times.
func (e *Executor) cancelAgain(ctx context.Context, broker trading.Broker, o trading.Order) error {
	answer := broker.Cancel(ctx, o.Account, o)
	l, err := e.enter(ctx, o.Account)
	if err != nil {
		return err
	}
	defer e.leave(l)
	return e.changeAnswer(ctx, l, o.ID, answer)
}

// notFound acts on a broker that does not know an order. Only a broker that
// answers from its own book is believed at once; of others it takes several
// look-ups over a while, because an order may still be on its way.
func (e *Executor) notFound(ctx context.Context, broker trading.Broker, o trading.Order, t *task) (again time.Duration, err error) {
	if _, authoritative := broker.(trading.AuthoritativeLookup); !authoritative {
		d := t.doubts[o.ID]
		now := e.o.Now()
		if d.count++; d.count == 1 {
			d.since = now
		}
		t.doubts[o.ID] = d
		if d.count < e.o.LookupCount || now.Sub(d.since) < e.o.LookupSpan {
			return e.o.LookupSpan / time.Duration(max(e.o.LookupCount-1, 1)), e.stillUnknown(ctx, o)
		}
	}
	delete(t.doubts, o.ID)
	return 0, e.neverThere(ctx, o)
}

func (e *Executor) stillUnknown(ctx context.Context, o trading.Order) error {
	l, err := e.enter(ctx, o.Account)
	if err != nil {
		return err
	}
	defer e.leave(l)
	return e.doubt(ctx, l, o.ID)
}

// neverThere closes an order that the broker is proven not to have.
func (e *Executor) neverThere(ctx context.Context, o trading.Order) error {
	l, err := e.enter(ctx, o.Account)
	if err != nil {
		return err
	}
	defer e.leave(l)
	_, err = e.commit(ctx, l, func(a *trading.Account, now time.Time) (*trading.Entry, error) {
		newest, open := a.Open[o.ID]
		switch {
		case !open || l.inFlight[o.ID] > 0:
			return nil, nil
		case newest.Status.Unsettled():
			return rejectionEntry(newest, now, trading.CodeNotSubmitted, "The order never reached the broker."), nil
		}
		return end(newest, trading.Canceled, "The broker no longer knows the order.", now), nil
	})
	return err
}

// prune drops doubts about orders that are over.
func (e *Executor) prune(t *task, open []trading.Order) {
	still := make(map[trading.OrderID]bool, len(open))
	for _, o := range open {
		still[o.ID] = true
	}
	for id := range t.doubts {
		if !still[id] {
			delete(t.doubts, id)
		}
	}
}

// comparePositions reports where the broker holds something else than the ledger
// says. It corrects nothing: that takes somebody who knows why.
func (e *Executor) comparePositions(ctx context.Context, broker trading.Broker, account trading.AccountID) error {
	reporter, ok := broker.(trading.PositionReporter)
	if !ok {
		return nil
	}
	held, err := reporter.Positions(ctx, account)
	if err != nil {
		return fmt.Errorf("positions of account %s: %w", account, err)
	}
	a, err := e.Account(ctx, account)
	if err != nil {
		return err
	}
	for s, p := range a.Positions {
		if !held[s].Equal(p.Quantity) {
			e.log.Error("positions differ", "account", account, "symbol", s, "ledger", p.Quantity, "broker", held[s])
		}
	}
	for s, quantity := range held {
		if _, known := a.Positions[s]; !known && !quantity.IsZero() {
			e.log.Error("positions differ", "account", account, "symbol", s, "ledger", 0, "broker", quantity)
		}
	}
	return nil
}
