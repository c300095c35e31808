package wire

import (
	"time"

	"tradewind/internal/trading"
)

// Codes of errors that answer a socket event, beside those of a Refusal.
const (
	CodeRateLimited    trading.Code = "rate_limited"
	CodeInvalidPayload trading.Code = "invalid_payload"
	CodeUnknownEvent   trading.Code = "unknown_event"
	CodeUnknownSymbol  trading.Code = "unknown_symbol"
	CodeTooManySymbols trading.Code = "too_many_symbols"
	CodeCursorUnknown  trading.Code = "cursor_unknown"
	CodeInternal       trading.Code = "internal"
)

// RateLimited is the message of every error with CodeRateLimited.
const RateLimited = "Rate limit exceeded"

// Error says why an event of a client was refused. It is the error member of an
// ack, and the payload of the event error when no ack was asked for.
type Error struct {
	Code       trading.Code
	Message    string
	Event      string        // the refused event; in the event error only
	RetryAfter time.Duration // when to try again; zero: not known
	Cursor     *Cursor       // with CodeCursorUnknown: where the ledger stands
}

// Cursor is a place in an account's ledger.
type Cursor struct {
	Account trading.AccountID
	Seq     trading.Seq
}

// Error implements error.
func (e *Error) Error() string { return e.Message }

// AppendJSON implements Payload.
func (e *Error) AppendJSON(dst []byte) ([]byte, error) {
	o := openObject(dst)
	o.string("code", string(e.Code))
	o.string("message", e.Message)
	o.optionalString("event", e.Event)
	appendRetryAfter(&o, e.RetryAfter)
	appendCursor(&o, e.Cursor)
	return o.close(), nil
}

// MarshalJSON implements json.Marshaler.
func (e *Error) MarshalJSON() ([]byte, error) { return marshal(e, 128) }

func appendCursor(o *object, c *Cursor) {
	if c != nil {
		o.string("account", string(c.Account))
		o.int("seq", int64(c.Seq))
	}
}

// appendRetryAfter rounds up: who waits that long is not early.
func appendRetryAfter(o *object, d time.Duration) {
	if d > 0 {
		o.int("retryAfterMs", int64((d+time.Millisecond-1)/time.Millisecond))
	}
}

// Failure is the ack of a refused event: {ok:false, error}, with account and seq
// beside them, as in the ack of an accepted one, when a cursor was refused.
type Failure struct{ Err *Error }

// AppendJSON implements Payload.
func (f Failure) AppendJSON(dst []byte) ([]byte, error) {
	o := openObject(dst)
	o.bool("ok", false)
	if err := o.value("error", f.Err); err != nil {
		return dst, err
	}
	appendCursor(&o, f.Err.Cursor)
	return o.close(), nil
}

// MarshalJSON implements json.Marshaler.
func (f Failure) MarshalJSON() ([]byte, error) { return marshal(f, 160) }

// SessionExpired is the payload of session:expired, the last event of a socket
// whose session ended. Reason is one of the session package's.
type SessionExpired struct{ Reason string }

// AppendJSON implements Payload.
func (s SessionExpired) AppendJSON(dst []byte) ([]byte, error) {
	o := openObject(dst)
	o.string("reason", s.Reason)
	return o.close(), nil
}

// MarshalJSON implements json.Marshaler.
func (s SessionExpired) MarshalJSON() ([]byte, error) { return marshal(s, 32) }
