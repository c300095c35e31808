package httpapi

import (
	"errors"
	"fmt"
	"net/http"

	"tradewind/internal/session"
	"tradewind/internal/wire"
)

// Bounds of what signs in.
const (
	maxLoginBody = 16 << 10
	maxUsername  = 4 * session.MaxNameLength // in bytes
)

// login signs in and answers with the session id, and with a cookie for browsers.
func (a *api) login(w http.ResponseWriter, c *call) error {
	body, err := readBody(w, c.Request, maxLoginBody)
	if err != nil {
		return err
	}
	f, err := parseFields(body, "username", "password")
	if err != nil {
		return err
	}
	name, password := f.requiredText("username", maxUsername), f.requiredText("password", session.MaxPasswordBytes)
	if err := f.done(); err != nil {
		return err
	}
	login, err := a.Sessions.Login(c.Context(), name, password, session.Meta{UserAgent: c.UserAgent(), Address: a.address(c.Request)})
	if errors.Is(err, session.ErrWrongPassword) {
		return newProblem(http.StatusUnauthorized, codeLoginFailed, "The name or the password is wrong.")
	}
	if err != nil {
		return signInFailure(err)
	}
	a.setCookie(w, c.Request, login.SessionID)
	return writeJSON(w, http.StatusOK, struct {
		SessionID string    `json:"sessionID"`
		User      wire.User `json:"user"`
		ExpiresAt int64     `json:"expiresAt"`
	}{login.SessionID, wire.User(login.User), login.Session.ExpiresAt.UnixMilli()})
}

// changePassword sets a new password and ends the user's other sessions.
func (a *api) changePassword(w http.ResponseWriter, c *call) error {
	body, err := readBody(w, c.Request, maxLoginBody)
	if err != nil {
		return err
	}
	f, err := parseFields(body, "currentPassword", "newPassword")
	if err != nil {
		return err
	}
	current, next := f.requiredText("currentPassword", session.MaxPasswordBytes), f.requiredText("newPassword", session.MaxPasswordBytes)
	if err := f.done(); err != nil {
		return err
	}
	err = a.Sessions.ChangePassword(c.Context(), c.user.ID, current, next, c.session.Hash)
	switch {
	case errors.Is(err, session.ErrWrongPassword):
		return newProblem(http.StatusForbidden, codeWrongPassword, "The current password is wrong.")
	case errors.Is(err, session.ErrBadPassword):
		f.fail("newPassword", "newPassword: %s", session.ErrBadPassword)
		return f.done()
	case err != nil:
		return signInFailure(err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// signInFailure is the answer when a password could not even be checked.
func signInFailure(err error) error {
	var tooMany *session.TooManyAttempts
	switch {
	case errors.As(err, &tooMany):
		return newProblem(http.StatusTooManyRequests, codeTooManyAttempts, "Too many failed sign-ins: wait before the next.").retryAfter(tooMany.RetryAfter)
	case errors.Is(err, session.ErrBusy):
		return newProblem(http.StatusServiceUnavailable, codeBusy, "Too many sign-ins at once: try again.").retryAfter(defaultRetryAfter)
	}
	return fmt.Errorf("sign in: %w", err)
}
