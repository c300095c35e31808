package executor

import (
	"context"
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
	maxPasses  = 8                     // accounts that are looked at at once
	taskStep   = 50 * time.Millisecond // the schedule is gone through no more often for tasks with a delay
	askAgain   = 5 * time.Second       // about a cancel that did not happen, or fills still missing
	maxBackoff = 30 * time.Second      // of a broker that fails
	overlap    = time.Minute           // of clocks, when asking for executions since an order was made
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
	early := t.due.Before(e.nextLook)
	e.mu.Unlock()
	if early {
		e.reschedule()
	}
}

// reschedule has the schedule gone through now.
func (e *Executor) reschedule() {
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
	wait = max(wait, taskStep)
	e.nextLook = now.Add(wait)
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
	early := e.tasks[account] != nil && t.due.Before(e.nextLook)
	e.mu.Unlock()
	if early {
		e.reschedule()
	}
}
