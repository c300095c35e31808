package executor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tradewind/internal/trading"
)

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
