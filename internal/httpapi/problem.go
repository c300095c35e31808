package httpapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"tradewind/internal/trading"
)

// problem is an answer of RFC 9457. It is an error, so that a handler returns it
// like any other failure.
type problem struct {
	Type   string          `json:"type"`
	Title  string          `json:"title"`
	Status int             `json:"status"`
	Detail string          `json:"detail,omitempty"`
	Code   trading.Code    `json:"code"`
	Errors []inputError    `json:"errors,omitempty"`
	Order  trading.OrderID `json:"orderId,omitempty"`

	// What a client needs to start over after a cursor was refused.
	Account trading.AccountID `json:"account,omitempty"`
	Seq     *trading.Seq      `json:"seq,omitempty"`

	Demo bool `json:"demo,omitempty"` // with 401: anybody may sign in as demo

	RetryAfterMs int64 `json:"retryAfterMs,omitempty"` // also sent as Retry-After
}

// inputError says what is wrong with one part of the request.
type inputError struct {
	Detail    string `json:"detail"`
	Pointer   string `json:"pointer,omitempty"`   // JSON pointer into the body
	Parameter string `json:"parameter,omitempty"` // name of a query parameter
	Header    string `json:"header,omitempty"`
}

// The codes of problems that are not refusals of the domain.
const (
	codeInvalidRequest    trading.Code = "invalid_request"
	codeAuthRequired      trading.Code = "auth_required"
	codeInvalidSession    trading.Code = "invalid_session"
	codeAuthFailed        trading.Code = "auth_failed"
	codeLoginFailed       trading.Code = "login_failed"
	codeWrongPassword     trading.Code = "wrong_password"
	codeTooManyAttempts   trading.Code = "too_many_attempts"
	codeBusy              trading.Code = "busy"
	codeOriginNotAllowed  trading.Code = "origin_not_allowed"
	codeNotFound          trading.Code = "not_found"
	codeMethodNotAllowed  trading.Code = "method_not_allowed"
	codeBodyTooLarge      trading.Code = "body_too_large"
	codeBodyTimeout       trading.Code = "body_timeout"
	codeUnsupportedMedia  trading.Code = "unsupported_media_type"
	codeCursorUnknown     trading.Code = "cursor_unknown"
	codeUnknownSymbol                  = trading.CodeUnknownSymbol
	codeTooManySymbols    trading.Code = "too_many_symbols"
	codeTimeout           trading.Code = "timeout"
	codeNotReady          trading.Code = "not_ready"
	codeInternal          trading.Code = "internal"
	problemTypePrefix                  = "urn:tradewind:problem:"
	defaultRetryAfter                  = time.Second
	statusClientWentAway               = 499 // in logs and metrics only: nobody is there to be answered
	internalDetail                     = "The server could not answer. The failure was logged."
	problemContentType                 = "application/problem+json"
	jsonContentType                    = "application/json"
	maxReportedInputError              = 20
)

func newProblem(status int, code trading.Code, format string, args ...any) *problem {
	return &problem{
		Type:   problemTypePrefix + string(code),
		Title:  http.StatusText(status),
		Status: status,
		Detail: fmt.Sprintf(format, args...),
		Code:   code,
	}
}

// retryAfter says when a repeat may succeed.
func (p *problem) retryAfter(d time.Duration) *problem {
	p.RetryAfterMs = max(d.Milliseconds(), 1)
	return p
}

// Error implements error.
func (p *problem) Error() string { return fmt.Sprintf("%d %s: %s", p.Status, p.Code, p.Detail) }

// invalid is the answer to input that is not well formed.
func invalid(errs ...inputError) *problem {
	details := make([]string, len(errs))
	for i, e := range errs {
		details[i] = e.Detail
	}
	p := newProblem(http.StatusBadRequest, codeInvalidRequest, "%s.", strings.Join(details, "; "))
	p.Errors = errs
	return p
}

// refusalStatus is the HTTP status of a refusal by the domain. What is not
// listed was a well-formed request that may not be carried out.
var refusalStatus = map[trading.Code]int{
	trading.CodeAccountReconciling:  http.StatusServiceUnavailable,
	trading.CodeBrokerUnavailable:   http.StatusServiceUnavailable,
	trading.CodeRateLimited:         http.StatusTooManyRequests,
	trading.CodeIdempotencyConflict: http.StatusConflict,
	trading.CodeOrderNotOpen:        http.StatusConflict,
	trading.CodeOrderNotFound:       http.StatusNotFound,
}

func refused(r *trading.Refusal) *problem {
	status, ok := refusalStatus[r.Code]
	if !ok {
		status = http.StatusUnprocessableEntity
	}
	temporary := status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests
	if temporary && r.Order != nil && r.Order.Status == trading.Rejected {
		status, temporary = http.StatusUnprocessableEntity, false // in the ledger for good: a repeat gets the same answer
	}
	p := newProblem(status, r.Code, "%s", r.Message)
	if r.Order != nil {
		p.Order = r.Order.ID
	}
	switch {
	case r.RetryAfter > 0:
		p.retryAfter(r.RetryAfter)
	case temporary:
		p.retryAfter(defaultRetryAfter)
	}
	return p
}

// asProblem turns any failure of a handler into an answer; expected is false for
// one that has to be looked into.
func asProblem(err error) (p *problem, expected bool) {
	var refusal *trading.Refusal
	switch {
	case errors.As(err, &p):
		return p, true
	case errors.As(err, &refusal):
		return refused(refusal), true
	}
	return newProblem(http.StatusInternalServerError, codeInternal, internalDetail), false
}

func writeProblem(w http.ResponseWriter, p *problem) {
	if p.RetryAfterMs > 0 {
		seconds := (p.RetryAfterMs + 999) / 1000
		w.Header().Set("Retry-After", strconv.FormatInt(seconds, 10))
	}
	body, err := json.Marshal(p)
	if err != nil { // cannot happen: plain strings and numbers
		body = []byte(`{"code":"internal"}`)
	}
	write(w, p.Status, problemContentType, body)
}

// writeJSON answers with v. It is encoded before anything is sent, so that a
// failure is still a clean 500.
func writeJSON(w http.ResponseWriter, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	write(w, status, jsonContentType, body)
	return nil
}

func write(w http.ResponseWriter, status int, contentType string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that is gone does not need the answer
}
