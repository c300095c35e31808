package trading

// Ids are opaque strings, unique over the whole installation, except
// ClientOrderID and ExecutionID, which are unique per account.
type (
	// UserID names a person who signs in.
	UserID string
	// AccountID names one ledger. A user has one active account; it gets a new id for another broker and after a reset.
	AccountID string
	// OrderID is our own id of an order.
	OrderID string
	// ClientOrderID is chosen by whoever places the order, so that a repeat is recognised. At most 128 bytes.
	ClientOrderID string
	// BrokerOrderID is the broker's id of an order.
	BrokerOrderID string
	// ExecutionID identifies one fill at the broker. A fill applies once.
	ExecutionID string
	// Symbol is a ticker in upper case, such as AAPL or BTC-USD.
	Symbol string
	// Seq numbers the entries of one account's ledger from 1, without gaps.
	Seq int64
)
