package trading

import "context"

// Placement is the answer to an order request.
type Placement struct {
	Order  Order
	Repeat bool // the client order id was known with the same request: nothing new was made
}

// OrderExecutor turns requests of users into orders. All methods may be called
// concurrently. Refusals are *Refusal; anything else is an internal failure.
type OrderExecutor interface {
	// Place stores the intent, submits it once, and returns when the broker has
	// accepted or refused, or after the executor's answer time with the state reached.
	Place(ctx context.Context, user UserID, r OrderRequest) (Placement, error)
	// Cancel asks the broker to cancel and returns the order as it is then (canceling, or already over).
	Cancel(ctx context.Context, user UserID, id OrderID) (Order, error)
	// Replace changes a working order.
	Replace(ctx context.Context, user UserID, id OrderID, r Replacement) (Order, error)
}

// Ledgers is the live side of the ledgers on this node.
type Ledgers interface {
	// Account returns the current fold of an account; the caller owns it. It holds
	// no entry that the listeners of OnEntry have not all been told of, so nothing
	// derived from it can overtake the entry's own event.
	Account(ctx context.Context, id AccountID) (*Account, error)
	// Adjust appends an account entry.
	Adjust(ctx context.Context, account AccountID, a Adjustment) (Entry, error)
	// OnEntry registers a listener for every entry that this node commits. To be
	// called before anything runs. Listeners are called in the order of
	// registration, per account in seq order without gaps, after the entry can be
	// read from the store; they must not block.
	OnEntry(fn func(Entry))
}
