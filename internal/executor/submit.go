package executor

import (
	"context"
	"errors"
	"time"

	"tradewind/internal/trading"
)

// fillDelay is how long the stream may take to report a fill that an answer has
// told of, before the broker is asked.
const fillDelay = 5 * time.Second

// submit sends an order whose intent is committed and in flight, once, and brings
// what came of it into the ledger.
func (e *Executor) submit(ctx context.Context, broker trading.Broker, o trading.Order) {
	bounded, cancel := context.WithTimeout(ctx, e.o.BrokerTimeout)
	answer, err := broker.Submit(bounded, o.Account, o)
	cancel()
	// The answer is kept even when Run has stopped waiting.
	ctx = context.WithoutCancel(ctx)
	kept := e.settle(ctx, o, func(l *lane) error {
		var refused *trading.Refusal
		switch {
		case err == nil:
			found, err := e.learn(ctx, l, o.ID, answer, fromStream)
			if found == fillsMissing {
				e.attend(o.Account, fillDelay, alongside)
			}
			return err
		case errors.As(err, &refused):
			return e.reject(ctx, l, o.ID, refused)
		default:
			e.log.Warn("answer of broker lost", "order", o.ID, "broker", broker.Name(), "error", err)
			e.counts.unknown.Add(1)
			e.attend(o.Account, 0, alongside)
			return e.doubt(ctx, l, o.ID)
		}
	})
	if kept != nil {
		e.log.Error("keep answer of broker", "order", o.ID, "error", kept)
		e.attend(o.Account, 0, alongside)
	}
}

// settle runs fn with the turn of an order's account and ends one of its calls in
// flight, whatever came of it.
func (e *Executor) settle(ctx context.Context, o trading.Order, fn func(l *lane) error) error {
	l, err := e.enter(ctx, o.Account)
	if l == nil {
		e.land(o)
		return err
	}
	defer e.leave(l)
	err = fn(l)
	landed(l, o.ID)
	return err
}

// land ends a call in flight whose account cannot be read now. A fold that is
// loaded later must not believe that the order is still being submitted.
func (e *Executor) land(o trading.Order) {
	l := e.hold(o.Account, 0)
	l.turn <- struct{}{} // without a deadline: every holder is bounded by its own
	landed(l, o.ID)
	e.leave(l)
}

func landed(l *lane, id trading.OrderID) {
	if l.inFlight[id]--; l.inFlight[id] <= 0 {
		delete(l.inFlight, id)
	}
}

// reject closes an order that the broker refused. Whoever refuses an order that
// was seen working is not believed.
func (e *Executor) reject(ctx context.Context, l *lane, id trading.OrderID, r *trading.Refusal) error {
	_, err := e.commit(ctx, l, func(a *trading.Account, now time.Time) (*trading.Entry, error) {
		o, open := a.Open[id]
		if !open || !o.Status.Unsettled() {
			return nil, nil
		}
		code := r.Code
		if code == "" {
			code = trading.CodeBrokerRejected
		}
		return rejectionEntry(o, now, code, r.Message), nil
	})
	return err
}

// doubt marks an order of which nobody knows whether the broker has it.
func (e *Executor) doubt(ctx context.Context, l *lane, id trading.OrderID) error {
	_, err := e.commit(ctx, l, func(a *trading.Account, now time.Time) (*trading.Entry, error) {
		o, open := a.Open[id]
		if !open || o.Status != trading.Submitting {
			return nil, nil
		}
		o.Status = trading.Unknown
		return orderEntry(o, now), nil
	})
	return err
}
