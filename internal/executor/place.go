package executor

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"tradewind/internal/trading"
)

// Place implements trading.OrderExecutor.
func (e *Executor) Place(ctx context.Context, user trading.UserID, r trading.OrderRequest) (trading.Placement, error) {
	p, err := e.place(ctx, user, r)
	var refused *trading.Refusal
	if errors.As(err, &refused) {
		e.counts.refuse(refused.Code)
	}
	return p, err
}

func (e *Executor) place(ctx context.Context, user trading.UserID, r trading.OrderRequest) (trading.Placement, error) {
	info, broker, err := e.accountOf(ctx, user)
	if err != nil {
		return trading.Placement{}, err
	}
	hash := requestHash(r)
	if r.ClientOrderID == "" {
		r.ClientOrderID = trading.ClientOrderID(newID("tw-"))
	} else if p, err := e.repeat(ctx, info.ID, r.ClientOrderID, hash); !errors.Is(err, trading.ErrNotFound) {
		return p, err
	}
	if wait, ok := e.limits.take(user, e.o.Now()); !ok {
		return trading.Placement{}, refusal(trading.CodeRateLimited, wait, "Too many orders, try again in a moment.")
	}
	release, answered, err := e.reserve(ctx)
	if err != nil {
		e.limits.giveBack(user)
		return trading.Placement{}, err
	}
	defer answered()
	w, order, err := e.intend(ctx, info.ID, r, hash)
	if err != nil {
		release()
		if !rejected(err) {
			e.limits.giveBack(user)
		}
		if errors.Is(err, trading.ErrDuplicateClientOrderID) {
			return e.repeat(ctx, info.ID, r.ClientOrderID, hash)
		}
		return trading.Placement{}, err
	}
	defer e.watchers.forget(w)
	e.call(release, func(ctx context.Context) { e.submit(ctx, broker, order) })
	return placed(w.await(ctx, order, e.o.AnswerTime, settled), newOrder)
}

// intend checks a request and commits its intent, which is then in flight, or its
// rejection, which is a Refusal. The watcher sees everything after the intent.
func (e *Executor) intend(ctx context.Context, account trading.AccountID, r trading.OrderRequest, hash string) (*watcher, trading.Order, error) {
	l, err := e.enterAsUser(ctx, account)
	if err != nil {
		return nil, trading.Order{}, err
	}
	defer e.leave(l)
	if e.reconciling(account) {
		return nil, trading.Order{}, refusal(trading.CodeAccountReconciling, time.Second, "The account is being compared with its broker, try again in a moment.")
	}
	id := trading.OrderID(newID("ord-"))
	entry, err := e.commit(ctx, l, func(a *trading.Account, now time.Time) (*trading.Entry, error) {
		o := trading.Order{
			ID: id, Account: account, ClientOrderID: r.ClientOrderID,
			Symbol: r.Symbol, Side: r.Side, Type: r.Type, TimeInForce: r.TimeInForce,
			Quantity: r.Quantity, LimitPrice: r.LimitPrice,
			Status: trading.Submitting, RequestHash: hash, CreatedAt: now,
		}
		if o.TimeInForce == "" {
			o.TimeInForce = trading.Day
		}
		if refused := e.checkOrder(a, &o); refused != nil {
			return rejectionEntry(o, now, refused.Code, refused.Message), nil
		}
		return orderEntry(o, now), nil
	})
	if err != nil {
		if !storedNothing(err) {
			// The intent may be there all the same: nobody submits it, so it must be found and closed.
			e.attend(account, 0, alongside)
		}
		return nil, trading.Order{}, fmt.Errorf("place order %s: %w", r.ClientOrderID, err)
	}
	if entry.Kind == trading.EntryRejection {
		_, err := placed(*entry.Order, newOrder)
		return nil, trading.Order{}, err
	}
	l.inFlight[id]++
	return e.watchers.watch(id), *entry.Order, nil
}

// rejected reports whether a refusal became an order in the ledger.
func rejected(err error) bool {
	var r *trading.Refusal
	return errors.As(err, &r) && r.Order != nil
}

// storedNothing reports whether an append failed without leaving an entry.
func storedNothing(err error) bool {
	return errors.Is(err, trading.ErrDuplicateClientOrderID) || errors.Is(err, trading.ErrDuplicateExecution) ||
		errors.Is(err, trading.ErrSeqTaken) || errors.Is(err, trading.ErrSeqGap) || errors.Is(err, trading.ErrBadEntry)
}

// repeat answers a request whose client order id is taken: the order as it is, once
// it is settled or the answer time is over. ErrNotFound: the id is free.
func (e *Executor) repeat(ctx context.Context, account trading.AccountID, id trading.ClientOrderID, hash string) (trading.Placement, error) {
	o, err := e.store.OrderByClientID(ctx, account, id)
	if err != nil {
		return trading.Placement{}, fmt.Errorf("look for order %s: %w", id, err)
	}
	if o.RequestHash != hash {
		return trading.Placement{}, refusal(trading.CodeIdempotencyConflict, 0, "The client order id %s belongs to another order.", id)
	}
	if !settled(o) {
		w := e.watchers.watch(o.ID)
		defer e.watchers.forget(w)
		if o, err = e.store.Order(ctx, account, o.ID); err != nil {
			return trading.Placement{}, fmt.Errorf("read order %s: %w", o.ID, err)
		}
		o = w.await(ctx, o, e.o.AnswerTime, settled)
	}
	return placed(o, knownOrder)
}

const (
	newOrder   = false
	knownOrder = true
)

// placed is the answer for an order; a rejected one is a Refusal, a repeat of it too.
func placed(o trading.Order, repeat bool) (trading.Placement, error) {
	p := trading.Placement{Order: o, Repeat: repeat}
	if o.Status == trading.Rejected {
		return p, &trading.Refusal{Code: o.Code, Message: o.Reason, Order: &o}
	}
	return p, nil
}

// settled reports whether the broker has accepted or refused.
func settled(o trading.Order) bool { return !o.Status.Unsettled() }

// accountOf finds the user's active account and its broker.
func (e *Executor) accountOf(ctx context.Context, user trading.UserID) (trading.AccountInfo, trading.Broker, error) {
	u, err := e.users.User(ctx, user)
	if err != nil {
		return trading.AccountInfo{}, nil, fmt.Errorf("find account of user %s: %w", user, err)
	}
	info, broker, err := e.brokerOf(ctx, u.Account)
	if err == nil && broker == nil {
		err = refusal(trading.CodeBrokerUnavailable, 0, "No broker executes orders of this account.")
	}
	return info, broker, err
}

// brokerOf is the broker of an account, nil when this installation runs none for it.
func (e *Executor) brokerOf(ctx context.Context, account trading.AccountID) (trading.AccountInfo, trading.Broker, error) {
	info, err := e.users.Account(ctx, account)
	if err != nil {
		return info, nil, fmt.Errorf("find broker of account %s: %w", account, err)
	}
	return info, e.brokers[info.Broker], nil
}

// requestHash tells requests apart that carry the same client order id. Numbers
// that are equal hash equally.
func requestHash(r trading.OrderRequest) string {
	if r.TimeInForce == "" {
		r.TimeInForce = trading.Day
	}
	h := sha256.New()
	fmt.Fprintf(h, "%q %q %q %q %q %q", r.Symbol, r.Side, r.Type, r.TimeInForce, r.Quantity.Trim(0), r.LimitPrice.Trim(0))
	return hex.EncodeToString(h.Sum(nil))
}
