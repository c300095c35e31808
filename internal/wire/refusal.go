package wire

import (
	"time"

	"tradewind/internal/trading"
)

// Refusal is why a handshake was refused: the message of a CONNECT_ERROR and,
// by AppendJSON, its data {code, retryable, retryAfterMs?}.
type Refusal struct {
	Message    string
	Code       trading.Code
	Retryable  bool
	RetryAfter time.Duration
}

// The refusals of the handshake. After is how to give one a time to wait.
var (
	AuthRequired       = Refusal{Message: "Authentication required", Code: "auth_required"}
	InvalidSession     = Refusal{Message: "Invalid session", Code: "invalid_session"}
	AuthFailed         = Refusal{Message: "Authentication failed", Code: "auth_failed", Retryable: true}
	TooManyConnections = Refusal{Message: "Too many connections", Code: "too_many_connections", Retryable: true, RetryAfter: 2500 * time.Millisecond}
	TooManyAttempts    = Refusal{Message: "Too many attempts", Code: "too_many_attempts", Retryable: true}
)

// After returns the refusal with the time after which a retry has a chance.
func (r Refusal) After(d time.Duration) Refusal {
	r.RetryAfter = d
	return r
}

// Error implements error.
func (r Refusal) Error() string { return r.Message }

// AppendJSON implements Payload. The message is not part of the data.
func (r Refusal) AppendJSON(dst []byte) ([]byte, error) {
	o := openObject(dst)
	o.string("code", string(r.Code))
	o.bool("retryable", r.Retryable)
	appendRetryAfter(&o, r.RetryAfter)
	return o.close(), nil
}

// MarshalJSON implements json.Marshaler.
func (r Refusal) MarshalJSON() ([]byte, error) { return marshal(r, 96) }
