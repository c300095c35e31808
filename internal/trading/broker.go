package trading

import (
	"context"
	"errors"
	"time"
)

// Errors of a Broker, beside *Refusal for a definite no.
var (
	// ErrOutcomeUnknown means that the request may or may not have reached the
	// broker: nobody may send it again before evidence shows what happened.
	ErrOutcomeUnknown = errors.New("broker did not answer: outcome unknown")
	// ErrOrderUnknown means that the broker knows no such order now.
	ErrOrderUnknown = errors.New("broker knows no such order")
)

// BrokerOrder is an order as the broker sees it.
type BrokerOrder struct {
	ID             BrokerOrderID
	ClientOrderID  ClientOrderID
	Symbol         Symbol
	Side           Side
	Type           OrderType
	TimeInForce    TimeInForce
	Quantity       Decimal
	LimitPrice     Decimal
	FilledQuantity Decimal
	Status         OrderStatus
	Reason         string
	UpdatedAt      time.Time
}

// BrokerEvent is something that happened to an order at the broker. Events of
// one order come in order; any event may come twice.
type BrokerEvent struct {
	Account AccountID
	Order   BrokerOrder // after the event
	Fill    *Fill       // set for an execution; its OrderID is empty, the client order id in Order tells
	Refused string      // set when a cancel or replace was refused: a sentence
	// Gap says that events may have been missed and nothing else: the account, or
	// all accounts of the broker when Account is empty, must be reconciled.
	Gap bool
}

// Broker executes orders of the accounts it is given. All methods may be called
// concurrently, are bounded by ctx, and return *Refusal for a definite no and
// ErrOutcomeUnknown when the answer was lost.
type Broker interface {
	// Name is the broker's word in BROKER and in an account: paper, alpaca.
	Name() string
	// Submit places an order under our client order id. A second Submit with the same id never makes a second order.
	Submit(ctx context.Context, account AccountID, o Order) (BrokerOrder, error)
	// Cancel asks to cancel; the outcome comes as an event.
	Cancel(ctx context.Context, account AccountID, o Order) error
	// Replace asks to change size or limit; the outcome comes as an event.
	Replace(ctx context.Context, account AccountID, o Order, r Replacement) error
	// Lookup finds an order by client order id; ErrOrderUnknown if the broker has none.
	Lookup(ctx context.Context, account AccountID, id ClientOrderID) (BrokerOrder, error)
	// Executions returns the account's fills since a time, oldest first.
	Executions(ctx context.Context, account AccountID, since time.Time) ([]BrokerEvent, error)
	// OpenOrders returns the account's orders that are not terminal.
	OpenOrders(ctx context.Context, account AccountID) ([]BrokerOrder, error)
	// Run delivers events to sink until ctx ends. It is called once. An error of
	// sink means that the event was not kept: it is delivered again.
	Run(ctx context.Context, sink func(context.Context, BrokerEvent) error) error
}

// AuthoritativeLookup is implemented by a Broker whose ErrOrderUnknown is proof
// at once, because it answers from its own durable book.
type AuthoritativeLookup interface{ LookupIsAuthoritative() }

// PositionReporter is implemented by a Broker that keeps positions of its own,
// which reconciliation compares with the ledger.
type PositionReporter interface {
	// Positions returns what the broker holds for an account. An error is no
	// information; it never means that there is nothing.
	Positions(ctx context.Context, account AccountID) (map[Symbol]Decimal, error)
}

// PaperBook is the durable book of the paper broker: its orders and executions,
// as a real broker would keep them on its side. Methods may be called concurrently.
type PaperBook interface {
	// SaveOrder inserts or updates an order and, in the same commit, adds the execution if there is one.
	// It has to outlive a crash of the machine from the first ledger append on that begins after it returned:
	// until then nobody but the broker has heard of it.
	// ErrDuplicateExecution: the execution is there already and nothing was stored.
	SaveOrder(ctx context.Context, account AccountID, o BrokerOrder, execution *Fill) error
	// PaperOrder finds an order by client order id, ErrNotFound if there is none.
	PaperOrder(ctx context.Context, account AccountID, id ClientOrderID) (BrokerOrder, error)
	// OpenPaperOrders returns what the broker has to work on, of all accounts, oldest first.
	OpenPaperOrders(ctx context.Context) (map[AccountID][]BrokerOrder, error)
	// PaperExecutions returns an account's fills since a time, oldest first, each with its order.
	PaperExecutions(ctx context.Context, account AccountID, since time.Time) ([]BrokerEvent, error)
}
