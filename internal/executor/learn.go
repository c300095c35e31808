package executor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tradewind/internal/trading"
)

// evidence says how a state of the broker became known.
type evidence int

const (
	fromStream evidence = iota // an answer or event, which may be late
	fromLookup                 // asked for now, with no call of ours under way
)

// finding says what is left to find out about an order.
type finding int

const (
	nothingMissing finding = iota
	fillsMissing           // the broker has fills that the ledger lacks
	changeMissing          // a cancel that was asked for has not reached the broker
	undecided              // the broker works on a change
)

// learn brings the broker's state of an order into the ledger. Fills are not
// learned from it, they have events of their own: while some are missing the
// order's end must wait for them.
func (e *Executor) learn(ctx context.Context, l *lane, id trading.OrderID, b trading.BrokerOrder, how evidence) (finding, error) {
	var found finding
	_, err := e.commit(ctx, l, func(a *trading.Account, now time.Time) (*trading.Entry, error) {
		found = nothingMissing
		o, open := a.Open[id]
		if !open {
			return nil, nil
		}
		if b.FilledQuantity.Cmp(o.FilledQuantity) > 0 {
			found = fillsMissing
			return nil, nil
		}
		if how == fromLookup {
			found = waitingFor(o, b)
		}
		return next(o, b, how, now), nil
	})
	return found, err
}

// waitingFor says what a look-up has not shown yet of a change that was asked for.
func waitingFor(o trading.Order, b trading.BrokerOrder) finding {
	switch {
	case b.Status == trading.Canceling || b.Status == trading.Replacing:
		return undecided
	case o.Status == trading.Canceling && !b.Status.Terminal():
		return changeMissing
	}
	return nothingMissing
}

// next is the entry that a broker's state makes of an open order whose fills are
// all known, nil if it says nothing new.
func next(o trading.Order, b trading.BrokerOrder, how evidence, now time.Time) *trading.Entry {
	before := o
	if o.BrokerOrderID == "" {
		o.BrokerOrderID = b.ID
	}
	switch {
	case b.Status == trading.Rejected && !o.FilledQuantity.IsPos():
		return rejectionEntry(o, now, trading.CodeBrokerRejected, reason(b, "The broker rejected the order."))
	case b.Status == trading.Rejected, b.Status == trading.Canceled:
		return end(o, trading.Canceled, reason(b, "The broker canceled the order."), now)
	case b.Status == trading.Expired:
		return end(o, trading.Expired, reason(b, "The order expired."), now)
	case b.Status == trading.Replaced:
		return end(o, trading.Replaced, reason(b, "The order was replaced by another."), now)
	case b.Status == trading.Filled:
		// All fills are known and do not fill the order we know, so the broker's is smaller.
		if o = newTerms(o, b, fromLookup); o.Remaining().IsZero() {
			return end(o, trading.Filled, "", now)
		}
		return end(o, trading.Canceled, "The broker closed the order with fewer units than ordered.", now)
	}
	o = newTerms(o, b, how)
	switch o.Status {
	case trading.Submitting, trading.Unknown:
		o.Status = trading.Accepted
		if b.Status != trading.Accepted {
			o.Status = o.Settled()
		}
	case trading.Accepted:
		if b.Status != trading.Accepted {
			o.Status = o.Settled()
		}
	case trading.Replacing:
		if o.Pending.IsZero() {
			o.Status = o.Settled()
		}
	}
	if o.Status == before.Status && o.Pending == before.Pending && sameTerms(o, before.Quantity, before.LimitPrice) {
		return nil
	}
	return orderEntry(o, now)
}

// newTerms takes over size and limit where the broker has decided about a
// replacement. An event may be a late one from before it, so it decides only when
// it shows what was asked for; a look-up always does.
func newTerms(o trading.Order, b trading.BrokerOrder, how evidence) trading.Order {
	asked := o.Replace(o.Pending)
	switch {
	case !o.Pending.IsZero() && sameTerms(asked, b.Quantity, b.LimitPrice):
		return asked
	case how == fromStream || b.Status == trading.Replacing || b.Quantity.IsZero():
		return o
	case !o.Pending.IsZero():
		o.Pending, o.Reason = trading.Replacement{}, "The change did not reach the broker."
	}
	o.Quantity, o.LimitPrice = b.Quantity, b.LimitPrice
	return o
}

func sameTerms(o trading.Order, quantity, limit trading.Decimal) bool {
	return o.Quantity.Equal(quantity) && o.LimitPrice.Equal(limit)
}

func end(o trading.Order, status trading.OrderStatus, reason string, now time.Time) *trading.Entry {
	o.Status, o.Reason, o.Pending = status, reason, trading.Replacement{}
	return orderEntry(o, now)
}

func reason(b trading.BrokerOrder, otherwise string) string {
	if b.Reason != "" {
		return b.Reason
	}
	return otherwise
}

// take is the sink of a broker's events. An error means that the event is not in
// the ledger and must come again.
func (e *Executor) take(ctx context.Context, broker string, ev trading.BrokerEvent) error {
	if ev.Gap {
		return e.noteGap(ctx, broker, ev.Account)
	}
	l, err := e.enter(ctx, ev.Account)
	if err != nil {
		return err
	}
	defer e.leave(l)
	found, err := e.takeEvent(ctx, l, ev)
	if err != nil {
		return fmt.Errorf("take event of order %s: %w", ev.Order.ClientOrderID, err)
	}
	if found == fillsMissing {
		e.log.Warn("events of broker are missing", "account", ev.Account, "order", ev.Order.ClientOrderID)
		e.attend(ev.Account, 0, blocking)
	}
	return nil
}

func (e *Executor) takeEvent(ctx context.Context, l *lane, ev trading.BrokerEvent) (finding, error) {
	o, err := e.orderOf(ctx, l, ev.Order.ClientOrderID)
	if errors.Is(err, trading.ErrNotFound) {
		// Not ours: somebody trades at the broker past us. Positions will show it.
		e.log.Warn("event of an order that is not in the ledger", "account", l.id, "order", ev.Order.ClientOrderID)
		return nothingMissing, nil
	}
	switch {
	case err != nil:
		return nothingMissing, err
	case ev.Fill != nil:
		return e.takeFill(ctx, l, o, ev)
	case ev.Refused != "":
		return nothingMissing, e.refuseChange(ctx, l, o.ID, ev.Refused)
	}
	return e.learn(ctx, l, o.ID, ev.Order, fromStream)
}

// orderOf finds an order, open or over, by client order id.
func (e *Executor) orderOf(ctx context.Context, l *lane, id trading.ClientOrderID) (trading.Order, error) {
	for _, o := range l.account.Open {
		if o.ClientOrderID == id {
			return o, nil
		}
	}
	o, err := e.store.OrderByClientID(ctx, l.id, id)
	if err != nil {
		return o, fmt.Errorf("find order %s: %w", id, err)
	}
	if !o.Status.Terminal() {
		l.suspect = true // open in the ledger and not in the fold: another node placed it
		return o, e.refresh(ctx, l)
	}
	return o, nil
}

// takeFill applies an execution once. The order may be over: a fill that arrives
// after a cancel was real all the same.
func (e *Executor) takeFill(ctx context.Context, l *lane, over trading.Order, ev trading.BrokerEvent) (finding, error) {
	found := nothingMissing
	_, err := e.commit(ctx, l, func(a *trading.Account, now time.Time) (*trading.Entry, error) {
		o, open := a.Open[over.ID]
		if !open {
			newest, err := e.store.Order(ctx, a.ID, over.ID)
			if err != nil {
				return nil, fmt.Errorf("read order %s: %w", over.ID, err)
			}
			o = newest
		}
		if o.BrokerOrderID == "" {
			o.BrokerOrderID = ev.Order.ID
		}
		entry, err := fillEntry(o, *ev.Fill, now)
		if err != nil {
			return nil, err
		}
		found = nothingMissing
		if open && ev.Order.FilledQuantity.Cmp(entry.Order.FilledQuantity) > 0 {
			found = fillsMissing
		}
		return entry, nil
	})
	if errors.Is(err, trading.ErrDuplicateExecution) {
		return nothingMissing, nil
	}
	return found, err
}

// refuseChange returns an order from canceling or replacing, because the broker
// said no.
func (e *Executor) refuseChange(ctx context.Context, l *lane, id trading.OrderID, why string) error {
	_, err := e.commit(ctx, l, func(a *trading.Account, now time.Time) (*trading.Entry, error) {
		o, open := a.Open[id]
		asked := o.Status == trading.Canceling || o.Status == trading.Replacing || !o.Pending.IsZero()
		if !open || !asked {
			return nil, nil
		}
		if o.Status == trading.Canceling || o.Status == trading.Replacing {
			o.Status = o.Settled()
		}
		o.Pending, o.Reason = trading.Replacement{}, why
		return orderEntry(o, now), nil
	})
	return err
}
