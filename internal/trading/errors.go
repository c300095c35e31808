package trading

import (
	"errors"
	"time"
)

// Errors that stores return; test with errors.Is.
var (
	ErrNotFound               = errors.New("not found")
	ErrSeqTaken               = errors.New("ledger seq is taken")
	ErrSeqGap                 = errors.New("ledger seq would leave a gap")
	ErrDuplicateClientOrderID = errors.New("client order id is taken")
	ErrDuplicateExecution     = errors.New("execution is in the ledger already")
	ErrNameTaken              = errors.New("name is taken")
)

// Code names why something was refused, for programs. It appears on the wire.
type Code string

// The codes of refused orders and order requests.
const (
	CodeUnknownSymbol       Code = "unknown_symbol"
	CodeInvalidQuantity     Code = "invalid_quantity"
	CodeInvalidPrice        Code = "invalid_price"
	CodeInsufficientFunds   Code = "insufficient_buying_power"
	CodeInsufficientShares  Code = "insufficient_position"
	CodeMarketClosed        Code = "market_closed"
	CodeSymbolHalted        Code = "symbol_halted"
	CodeNoPrice             Code = "no_price"
	CodeOrderTooLarge       Code = "order_too_large"
	CodeTooManyOrders       Code = "too_many_open_orders"
	CodeNotSubmitted        Code = "not_submitted"        // proven never to have reached the broker
	CodeBrokerRejected      Code = "broker_rejected"      // the broker's own refusal
	CodeAccountReconciling  Code = "account_reconciling"  // 503
	CodeIdempotencyConflict Code = "idempotency_conflict" // 409: the same client order id with another body
	CodeOrderNotFound       Code = "order_not_found"      // 404
	CodeOrderNotOpen        Code = "order_not_open"       // 409: cancel or replace of an order that is over
	CodeRateLimited         Code = "rate_limited"         // 429
	CodeBrokerUnavailable   Code = "broker_unavailable"   // 503: nothing was sent
)

// Refusal is an error with a code for programs and a sentence for the user.
// Order is set when the refusal became a rejected order in the ledger.
type Refusal struct {
	Code       Code
	Message    string
	Order      *Order
	RetryAfter time.Duration // when it makes sense to try again; zero when it does not, or nobody knows
}

// Error implements error.
func (r *Refusal) Error() string { return r.Message }
