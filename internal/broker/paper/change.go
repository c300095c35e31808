package paper

import (
	"context"
	"errors"
	"fmt"

	"tradewind/internal/trading"
)

// carry brings a change into the book, then into memory, then to the outbox. The
// caller holds the order's turn and has reserved room for the change's events. An
// error means that nothing has changed and the room is given back, except
// ErrOutcomeUnknown: then nobody knows, the room stays reserved, and settle must
// find out before the next change.
func (b *Broker) carry(ctx context.Context, o *order, c change) error {
	// The write is not given up with its caller: what was begun is to be known.
	ctx = context.WithoutCancel(ctx)
	err := b.book.SaveOrder(ctx, o.account, c.after, c.fill)
	if err == nil {
		b.commit(o, c)
		return nil
	}
	b.log.Error("save paper order", "account", o.account, "order", c.after.ID, "error", err)
	b.mu.Lock()
	o.doubt = &c
	b.mu.Unlock()
	switch stored, unknown := b.settle(ctx, o); {
	case unknown != nil:
		return unknown
	case !stored:
		return fmt.Errorf("save paper order %s: %w", c.after.ID, err)
	}
	return nil
}

// commit makes a change that is in the book visible and reports it.
func (b *Broker) commit(o *order, c change) {
	b.mu.Lock()
	o.state, o.doubt = c.after, nil
	if c.after.Status.Terminal() {
		b.removeLocked(o)
	} else {
		b.listLocked(o)
	}
	b.mu.Unlock()
	for _, ev := range c.events {
		b.out.add(ev)
	}
}

// settle finds out whether a write whose outcome is unknown was stored, and acts
// on it; the caller holds the turn. ErrOutcomeUnknown: the book cannot be read either.
func (b *Broker) settle(ctx context.Context, o *order) (committed bool, err error) {
	if o.doubt == nil {
		return false, nil
	}
	c := *o.doubt
	stored, err := b.book.PaperOrder(ctx, o.account, c.after.ClientOrderID)
	switch {
	case err == nil && same(stored, c.after):
		b.commit(o, c)
		return true, nil
	case err != nil && !errors.Is(err, trading.ErrNotFound):
		return false, fmt.Errorf("read paper order %s: %w: %w", c.after.ID, trading.ErrOutcomeUnknown, err)
	}
	// Not there: as if it had never been decided.
	for range c.events {
		b.out.release()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	o.doubt = nil
	c.taken.giveBack()
	if errors.Is(err, trading.ErrNotFound) {
		b.removeLocked(o)
	}
	return false, nil
}

// same reports whether the book holds the state that was written; a store may
// have changed how its numbers and times look.
func same(stored, written trading.BrokerOrder) bool {
	return stored.ID == written.ID && stored.Status == written.Status &&
		stored.FilledQuantity.Equal(written.FilledQuantity) && stored.Quantity.Equal(written.Quantity) &&
		stored.LimitPrice.Equal(written.LimitPrice) && stored.UpdatedAt.Equal(written.UpdatedAt)
}

// takeOpen takes the turn of an order that is open. ErrOrderUnknown: there is no
// such order. A Refusal: it is over.
func (b *Broker) takeOpen(ctx context.Context, account trading.AccountID, id trading.ClientOrderID) (*order, error) {
	if err := b.await(ctx); err != nil {
		return nil, err
	}
	if o := b.find(account, id); o != nil {
		if err := o.take(ctx); err != nil {
			return nil, err
		}
		_, err := b.settle(ctx, o)
		if err == nil && !o.gone {
			return o, nil
		}
		b.passOn(o)
		if err != nil {
			return nil, err
		}
	}
	stored, err := b.stored(ctx, account, id)
	if err != nil {
		return nil, err
	}
	return nil, notOpen(stored)
}

func notOpen(o trading.BrokerOrder) error {
	return &trading.Refusal{Code: trading.CodeOrderNotOpen, Message: fmt.Sprintf("The order to %s is already %s.", describe(o), o.Status)}
}

// stored reads an order from the book.
func (b *Broker) stored(ctx context.Context, account trading.AccountID, id trading.ClientOrderID) (trading.BrokerOrder, error) {
	o, err := b.book.PaperOrder(ctx, account, id)
	if errors.Is(err, trading.ErrNotFound) {
		return o, fmt.Errorf("paper order %s: %w", id, trading.ErrOrderUnknown)
	}
	if err != nil {
		return o, fmt.Errorf("read paper order %s: %w", id, err)
	}
	return o, nil
}

// Cancel implements trading.Broker.
func (b *Broker) Cancel(ctx context.Context, account trading.AccountID, o trading.Order) error {
	open, err := b.takeOpen(ctx, account, o.ClientOrderID)
	if err != nil {
		return err
	}
	defer b.passOn(open)
	if err := b.out.reserve(ctx); err != nil {
		return err
	}
	return b.end(ctx, open, trading.Canceled, "Canceled at your request.")
}

// end closes an order without a fill. The caller holds its turn and has reserved
// room for one event.
func (b *Broker) end(ctx context.Context, o *order, status trading.OrderStatus, reason string) error {
	after := o.state
	after.Status, after.Reason, after.UpdatedAt = status, reason, b.now()
	err := b.carry(ctx, o, change{after: after, events: []trading.BrokerEvent{event(o.account, after, nil)}})
	if err != nil {
		return fmt.Errorf("end paper order %s: %w", after.ID, err)
	}
	return nil
}

// Replace implements trading.Broker. The order keeps its id and its place; with a
// better limit it may trade at once.
func (b *Broker) Replace(ctx context.Context, account trading.AccountID, o trading.Order, r trading.Replacement) error {
	open, err := b.takeOpen(ctx, account, o.ClientOrderID)
	if err != nil {
		return err
	}
	defer b.passOn(open)
	after, err := b.replaced(open.state, r)
	if err != nil {
		return err
	}
	// One for the new terms, one for a fill.
	if err := b.out.reserve(ctx); err != nil {
		return err
	}
	if err := b.out.reserve(ctx); err != nil {
		b.out.release()
		return err
	}
	c := b.decide(open.account, after)
	events := append([]trading.BrokerEvent{event(account, after, nil)}, c.events...)
	if c.events = events; len(events) == 1 {
		b.out.release()
	}
	if err := b.carry(ctx, open, c); err != nil {
		return fmt.Errorf("replace paper order %s: %w", after.ID, err)
	}
	return nil
}

// replaced is an order with new terms, or a Refusal.
func (b *Broker) replaced(o trading.BrokerOrder, r trading.Replacement) (trading.BrokerOrder, error) {
	now := b.now()
	switch {
	case expired(o, now):
		return o, &trading.Refusal{Code: trading.CodeOrderNotOpen, Message: "The day order has expired."}
	case r.LimitPrice.IsPos() && o.Type == trading.Market:
		return o, &trading.Refusal{Code: trading.CodeInvalidPrice, Message: "A market order has no limit price to change."}
	case r.Quantity.IsPos() && r.Quantity.Cmp(o.FilledQuantity) <= 0:
		return o, &trading.Refusal{Code: trading.CodeInvalidQuantity, Message: fmt.Sprintf("The new quantity must be above the %s filled already.", o.FilledQuantity)}
	}
	if r.Quantity.IsPos() {
		o.Quantity = r.Quantity
	}
	if r.LimitPrice.IsPos() {
		o.LimitPrice = r.LimitPrice
	}
	o.UpdatedAt = now
	return o, nil
}

// passOn ends a turn that a caller of the broker had: quotes that came meanwhile
// found the order taken and left, so the matcher has to look again.
func (b *Broker) passOn(o *order) {
	o.pass()
	b.mu.Lock()
	defer b.mu.Unlock()
	if !o.gone {
		b.markLocked(o.state.Symbol)
	}
}
