package session

import (
	"errors"
	"fmt"
	"time"
)

// Errors of Manager; test with errors.Is. Any other error is a failure of the store.
var (
	// ErrInvalid means that the session is unknown, expired or revoked, or that the id is none.
	ErrInvalid = errors.New("invalid session")
	// ErrWrongPassword means that there is no such user with that password. It does not say which of both.
	ErrWrongPassword = errors.New("wrong name or password")
	// ErrBusy means that too many passwords are being checked: try again.
	ErrBusy = errors.New("too many sign-ins at once")
	// ErrBadName means that a name is empty, too long or not printable.
	ErrBadName = fmt.Errorf("a name has 1 to %d printable characters, no space at its ends", MaxNameLength)
	// ErrBadPassword means that a new password is too short or too long.
	ErrBadPassword = fmt.Errorf("a password has at least %d characters and at most %d bytes", MinPasswordLength, MaxPasswordBytes)
)

// TooManyAttempts is the error when sign-ins failed too often.
type TooManyAttempts struct {
	RetryAfter time.Duration
}

// Error implements error.
func (e *TooManyAttempts) Error() string {
	return fmt.Sprintf("too many failed sign-ins: next in %s", e.RetryAfter.Round(time.Second))
}

// Why a session ended, as listeners of OnEnd are told and clients are shown.
const (
	ReasonLogout          = "logout"
	ReasonRevoked         = "revoked" // from another session of the user, or by someone else with the store in hand
	ReasonExpired         = "expired"
	ReasonPasswordChanged = "password_changed"
	ReasonUserRemoved     = "user_removed"
	ReasonTooMany         = "too_many_sessions" // the oldest went to make room for a new one
)
