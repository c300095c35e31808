package executor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tradewind/internal/trading"
)

// Cancel implements trading.OrderExecutor.
func (e *Executor) Cancel(ctx context.Context, user trading.UserID, id trading.OrderID) (trading.Order, error) {
	return e.change(ctx, user, id, request{
		ask: func(_ *trading.Account, o trading.Order) (trading.Order, *trading.Refusal) {
			o.Status, o.Reason = trading.Canceling, ""
			return o, nil
		},
		repeats: func(o trading.Order) bool { return o.Status == trading.Canceling },
		send: func(ctx context.Context, b trading.Broker, o trading.Order) error {
			return b.Cancel(ctx, o.Account, o)
		},
		decided: func(o trading.Order) bool { return o.Status != trading.Canceling && o.Reason != "" },
	})
}

// Replace implements trading.OrderExecutor.
func (e *Executor) Replace(ctx context.Context, user trading.UserID, id trading.OrderID, r trading.Replacement) (trading.Order, error) {
	return e.change(ctx, user, id, request{
		ask: func(a *trading.Account, o trading.Order) (trading.Order, *trading.Refusal) {
			if o.Status == trading.Canceling || !o.Pending.IsZero() {
				return o, refusal(trading.CodeOrderNotOpen, time.Second, "A change of the order is under way.")
			}
			if refused := e.checkReplacement(a, o, r); refused != nil {
				return o, refused
			}
			o.Status, o.Reason, o.Pending = trading.Replacing, "", r
			return o, nil
		},
		repeats: func(o trading.Order) bool {
			return o.Pending.IsZero() && sameTerms(o.Replace(r), o.Quantity, o.LimitPrice)
		},
		send: func(ctx context.Context, b trading.Broker, o trading.Order) error {
			return b.Replace(ctx, o.Account, o, r)
		},
		decided: func(o trading.Order) bool { return o.Pending.IsZero() },
	})
}

// request is a change of an order that a user asks for.
type request struct {
	ask     func(*trading.Account, trading.Order) (trading.Order, *trading.Refusal) // the order that waits for the broker
	repeats func(trading.Order) bool                                                // it is asked for, or so, already
	send    func(context.Context, trading.Broker, trading.Order) error
	decided func(trading.Order) bool // the broker has said yes or no; of orders that are open
}

// change commits what is asked, sends it, and answers when the broker has decided
// or after AnswerTime.
func (e *Executor) change(ctx context.Context, user trading.UserID, id trading.OrderID, r request) (trading.Order, error) {
	info, broker, err := e.accountOf(ctx, user)
	if err != nil {
		return trading.Order{}, err
	}
	release, answered, err := e.reserve(ctx)
	if err != nil {
		return trading.Order{}, err
	}
	defer answered()
	w := e.watchers.watch(id)
	defer e.watchers.forget(w)
	o, sending, err := e.askChange(ctx, info.ID, id, w, r)
	if err != nil || !sending {
		release()
		return o, err
	}
	e.call(release, func(ctx context.Context) { e.sendChange(ctx, broker, o, r) })
	after := w.await(ctx, o, e.o.AnswerTime, func(o trading.Order) bool { return o.Status.Terminal() || r.decided(o) })
	if !after.Status.Terminal() && r.decided(after) && after.Reason != "" {
		return after, refusal(trading.CodeBrokerRejected, 0, "%s", after.Reason)
	}
	return after, nil
}

// askChange commits the change; sending is false when there is nothing to send.
func (e *Executor) askChange(ctx context.Context, account trading.AccountID, id trading.OrderID, w *watcher, r request) (o trading.Order, sending bool, err error) {
	if o, err = e.confirmed(ctx, account, id, w); err != nil {
		return o, false, err
	}
	l, err := e.enterAsUser(ctx, account)
	if err != nil {
		return o, false, err
	}
	defer e.leave(l)
	entry, err := e.commit(ctx, l, func(a *trading.Account, now time.Time) (*trading.Entry, error) {
		open, ok := a.Open[id]
		if !ok {
			return nil, overAlready(o)
		}
		if o = open; r.repeats(o) {
			return nil, nil
		}
		asked, refused := r.ask(a, o)
		if refused != nil {
			return nil, refused
		}
		return orderEntry(asked, now), nil
	})
	if err != nil || entry == nil {
		return o, false, err
	}
	l.inFlight[id]++
	return *entry.Order, true, nil
}

// confirmed reads an order that is to be changed, waiting until the broker has
// confirmed it: before that there is nothing to change.
func (e *Executor) confirmed(ctx context.Context, account trading.AccountID, id trading.OrderID, w *watcher) (trading.Order, error) {
	o, err := e.store.Order(ctx, account, id)
	if errors.Is(err, trading.ErrNotFound) {
		return o, refusal(trading.CodeOrderNotFound, 0, "There is no such order.")
	}
	if err != nil {
		return o, fmt.Errorf("read order %s: %w", id, err)
	}
	o = w.await(ctx, o, e.o.AnswerTime, settled)
	switch {
	case o.Status.Terminal():
		return o, overAlready(o)
	case !settled(o):
		return o, refusal(trading.CodeOrderNotOpen, time.Second, "The broker has not confirmed the order yet, try again in a moment.")
	}
	return o, nil
}

func overAlready(o trading.Order) error {
	if !o.Status.Terminal() {
		return refusal(trading.CodeOrderNotOpen, 0, "The order to %s is over.", describe(o))
	}
	return &trading.Refusal{Code: trading.CodeOrderNotOpen, Message: fmt.Sprintf("The order to %s is already %s.", describe(o), o.Status)}
}

// sendChange sends a change that is committed and in flight. Its outcome comes as
// an event, except for a refusal.
func (e *Executor) sendChange(ctx context.Context, broker trading.Broker, o trading.Order, r request) {
	bounded, cancel := context.WithTimeout(ctx, e.o.BrokerTimeout)
	err := r.send(bounded, broker, o)
	cancel()
	ctx = context.WithoutCancel(ctx)
	kept := e.settle(ctx, o, func(l *lane) error { return e.changeAnswer(ctx, l, o.ID, err) })
	if kept != nil {
		e.log.Error("keep answer of broker", "order", o.ID, "error", kept)
		e.attend(o.Account, 0, alongside)
	}
}

// changeAnswer acts on what a broker said to a cancel or replace.
func (e *Executor) changeAnswer(ctx context.Context, l *lane, id trading.OrderID, err error) error {
	var refused *trading.Refusal
	switch {
	case err == nil:
		e.attend(l.id, fillDelay, alongside) // in case the event never comes
		return nil
	case errors.As(err, &refused) && refused.Code != trading.CodeOrderNotOpen:
		return e.refuseChange(ctx, l, id, refused.Message)
	default:
		// Over already, whose event is on its way, or an answer that was lost.
		e.attend(l.id, time.Second, alongside)
		return nil
	}
}
