package paper

import (
	"context"
	"time"

	"tradewind/internal/trading"
)

// order is one order that the broker works on.
type order struct {
	account trading.AccountID
	arrival uint64 // of this order, counted by the broker; earlier ones are served first

	// turn is full while somebody changes the order. It is held over the write to the book, which a lock must not be.
	turn chan struct{}

	// Written by the holder of the turn under Broker.mu; read under either.
	state  trading.BrokerOrder
	listed bool    // known to the book and to the matcher
	gone   bool    // over, or never came to be: no longer in Broker.orders
	doubt  *change // a write to the book whose outcome nobody knows yet
}

func newOrder(account trading.AccountID, arrival uint64, state trading.BrokerOrder) *order {
	return &order{account: account, arrival: arrival, state: state, turn: make(chan struct{}, 1)}
}

// take waits for the turn.
func (o *order) take(ctx context.Context) error {
	select {
	case o.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// tryTake takes the turn if nobody has it.
func (o *order) tryTake() bool {
	select {
	case o.turn <- struct{}{}:
		return true
	default:
		return false
	}
}

func (o *order) pass() { <-o.turn }

// change is a step of an order: the state after it and what there is to tell.
type change struct {
	after  trading.BrokerOrder
	fill   *trading.Fill         // stored in the same commit
	events []trading.BrokerEvent // reported once the change is in the book
	taken  claim
}

// expired reports whether a day order has outlived its day. Every change of a day
// order checks this first, so UpdatedAt never leaves the day of the order.
func expired(o trading.BrokerOrder, now time.Time) bool {
	return o.TimeInForce == trading.Day && o.UpdatedAt.UTC().Truncate(day).Before(now.UTC().Truncate(day))
}

const day = 24 * time.Hour

func remaining(o trading.BrokerOrder) trading.Decimal {
	return trading.Order{Quantity: o.Quantity, FilledQuantity: o.FilledQuantity}.Remaining()
}
