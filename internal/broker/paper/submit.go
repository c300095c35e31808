package paper

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tradewind/internal/trading"
)

// Submit implements trading.Broker. An order that can trade now is filled in the
// same commit that makes it known; the fill itself comes as an event.
func (b *Broker) Submit(ctx context.Context, account trading.AccountID, o trading.Order) (trading.BrokerOrder, error) {
	if err := b.await(ctx); err != nil {
		return trading.BrokerOrder{}, err
	}
	for {
		placed, fresh, err := b.enter(account, o)
		if err != nil {
			return trading.BrokerOrder{}, err
		}
		if fresh {
			defer b.passOn(placed)
			return b.place(ctx, placed)
		}
		// Somebody submitted the same order: its outcome is ours.
		if err := placed.take(ctx); err != nil {
			return trading.BrokerOrder{}, fmt.Errorf("wait for order %s: %w: %w", o.ClientOrderID, trading.ErrOutcomeUnknown, err)
		}
		_, err = b.settle(ctx, placed)
		state, gone := placed.state, placed.gone
		b.passOn(placed)
		if err != nil || !gone {
			return state, err
		}
	}
}

// enter makes an order known with its turn taken, or returns the one that is.
func (b *Broker) enter(account trading.AccountID, o trading.Order) (placed *order, fresh bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if known := b.orders[account][o.ClientOrderID]; known != nil {
		return known, false, nil
	}
	if b.count >= b.o.MaxOpenOrders {
		return nil, false, unavailable("The paper broker has no room for more open orders.")
	}
	placed = b.insertLocked(account, trading.BrokerOrder{
		ID: trading.BrokerOrderID(newID("paper-")), ClientOrderID: o.ClientOrderID,
		Symbol: o.Symbol, Side: o.Side, Type: o.Type, TimeInForce: o.TimeInForce,
		Quantity: o.Quantity, LimitPrice: o.LimitPrice,
		Status: trading.Working, UpdatedAt: b.now(),
	})
	placed.turn <- struct{}{}
	return placed, true, nil
}

// place decides what becomes of a new order, of which the caller has the turn.
func (b *Broker) place(ctx context.Context, o *order) (state trading.BrokerOrder, err error) {
	defer func() {
		if !o.listed && o.doubt == nil {
			b.forget(o)
		}
	}()
	known, err := b.book.PaperOrder(ctx, o.account, o.state.ClientOrderID)
	switch {
	case err == nil: // over already, or it would have been in memory
		return known, nil
	case !errors.Is(err, trading.ErrNotFound):
		b.log.Error("read paper order", "account", o.account, "error", err)
		return state, unavailable("The paper broker cannot read its book.")
	}
	if err := b.refuse(o.state); err != nil {
		return state, err
	}
	if err := b.out.reserve(ctx); err != nil {
		return state, unavailable("The paper broker is busy.")
	}
	c := b.decide(o.account, o.state)
	if len(c.events) == 0 {
		b.out.release()
	}
	switch err := b.carry(ctx, o, c); {
	case errors.Is(err, trading.ErrOutcomeUnknown):
		return state, err
	case err != nil:
		return state, unavailable("The paper broker cannot write its book.")
	}
	return c.after, nil
}

func (b *Broker) forget(o *order) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.removeLocked(o)
}

// refuse says no to what cannot wait for a quote.
func (b *Broker) refuse(o trading.BrokerOrder) error {
	if _, known := b.board.Instrument(o.Symbol); !known {
		return &trading.Refusal{Code: trading.CodeUnknownSymbol, Message: fmt.Sprintf("The paper broker does not trade %s.", o.Symbol)}
	}
	if o.Type != trading.Market {
		return nil
	}
	switch q, _ := b.board.Quote(o.Symbol); q.State {
	case trading.QuoteClosed:
		return &trading.Refusal{Code: trading.CodeMarketClosed, Message: fmt.Sprintf("The market of %s is closed.", o.Symbol)}
	case trading.QuoteHalted:
		return &trading.Refusal{Code: trading.CodeSymbolHalted, Message: fmt.Sprintf("Trading in %s is halted.", o.Symbol)}
	}
	return nil
}

// Lookup implements trading.Broker.
func (b *Broker) Lookup(ctx context.Context, account trading.AccountID, id trading.ClientOrderID) (trading.BrokerOrder, error) {
	if o := b.find(account, id); o != nil {
		// A submission may be under way: its outcome is what the caller asks for.
		if err := o.take(ctx); err != nil {
			return trading.BrokerOrder{}, fmt.Errorf("look up order %s: %w", id, err)
		}
		defer b.passOn(o)
		if _, err := b.settle(ctx, o); err != nil {
			return trading.BrokerOrder{}, err
		}
		if !o.gone {
			return o.state, nil
		}
	}
	return b.stored(ctx, account, id)
}

// Executions implements trading.Broker.
func (b *Broker) Executions(ctx context.Context, account trading.AccountID, since time.Time) ([]trading.BrokerEvent, error) {
	events, err := b.book.PaperExecutions(ctx, account, since)
	if err != nil {
		return nil, fmt.Errorf("executions of account %s: %w", account, err)
	}
	return events, nil
}

// OpenOrders implements trading.Broker.
func (b *Broker) OpenOrders(ctx context.Context, account trading.AccountID) ([]trading.BrokerOrder, error) {
	if err := b.await(ctx); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var open []*order
	for _, o := range b.orders[account] {
		if o.listed {
			open = append(open, o)
		}
	}
	slices.SortFunc(open, byArrival)
	out := make([]trading.BrokerOrder, len(open))
	for i, o := range open {
		out[i] = o.state
	}
	return out, nil
}
