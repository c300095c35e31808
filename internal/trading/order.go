package trading

import "time"

// Side is the direction of an order.
type Side string

// The sides.
const (
	Buy  Side = "buy"
	Sell Side = "sell"
)

// OrderType says at what price an order trades.
type OrderType string

// The order types.
const (
	Market OrderType = "market"
	Limit  OrderType = "limit"
)

// TimeInForce says how long an order works.
type TimeInForce string

// The times in force.
const (
	Day TimeInForce = "day"
	GTC TimeInForce = "gtc"
)

// OrderStatus is a state of an order's life.
type OrderStatus string

// The states of an order. Terminal ones never leave; canceling and replacing
// return to working or partially_filled when the broker refuses, and yield to a
// fill that arrives.
const (
	Submitting      OrderStatus = "submitting"
	Unknown         OrderStatus = "unknown"
	Accepted        OrderStatus = "accepted"
	Working         OrderStatus = "working"
	PartiallyFilled OrderStatus = "partially_filled"
	Filled          OrderStatus = "filled"
	Canceling       OrderStatus = "canceling"
	Replacing       OrderStatus = "replacing"
	Canceled        OrderStatus = "canceled"
	Rejected        OrderStatus = "rejected"
	Expired         OrderStatus = "expired"
	Replaced        OrderStatus = "replaced"
)

// Order is an order as the ledger knows it.
type Order struct {
	ID             OrderID
	Account        AccountID
	ClientOrderID  ClientOrderID
	BrokerOrderID  BrokerOrderID // empty until the broker has answered
	Symbol         Symbol
	Side           Side
	Type           OrderType
	TimeInForce    TimeInForce
	Quantity       Decimal
	LimitPrice     Decimal // zero for market orders
	ReservePrice   Decimal // of a market buy: the price per unit at which it reserves buying power; zero otherwise
	FilledQuantity Decimal
	FilledAmount   Decimal // what the fills cost or brought in total
	AvgFillPrice   Decimal // FilledAmount / FilledQuantity, rounded to MoneyScale; zero until something is filled
	Status         OrderStatus
	Pending        Replacement // what was asked of the broker and is not decided yet; zero when nothing is
	Reason         string      // why it was rejected, canceled or expired, or a change refused: a sentence for the user
	Code           Code        // why it was rejected, for programs
	RequestHash    string      // of the body that placed it, to tell a repeat from a conflict
	CreatedAt      time.Time
	UpdatedAt      time.Time
}

// Remaining is the size that is not filled yet, never below zero.
func (o Order) Remaining() Decimal {
	left, err := Sub(o.Quantity, o.FilledQuantity)
	if err != nil || left.IsNeg() {
		return Decimal{}
	}
	return left
}

// OrderRequest is an order as a client asks for it.
type OrderRequest struct {
	Symbol        Symbol
	Side          Side
	Type          OrderType
	Quantity      Decimal
	LimitPrice    Decimal // zero for market orders
	TimeInForce   TimeInForce
	ClientOrderID ClientOrderID // empty: one is made
}

// Replacement changes a working order; zero fields stay as they are.
type Replacement struct {
	Quantity   Decimal
	LimitPrice Decimal
}

// Fill is one execution of an order.
type Fill struct {
	ID       ExecutionID
	OrderID  OrderID
	Symbol   Symbol
	Side     Side
	Quantity Decimal
	Price    Decimal
	Time     time.Time
}
