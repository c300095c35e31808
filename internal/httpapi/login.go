package httpapi

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"tradewind/internal/wire"
)

// Bounds of what signs in.
const (
	maxLoginBody   = 4 << 10
	maxUsername    = 128
	maxPassword    = 1024
	minNewPassword = 8
	maxUserAgent   = 256
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
	name, password := f.requiredText("username", maxUsername), f.requiredText("password", maxPassword)
	if err := f.done(); err != nil {
		return err
	}
	id, session, err := a.Sessions.Login(c.Context(), SignIn{
		Name: name, Password: password, Address: a.Rules.ClientAddr(c.Request), UserAgent: userAgent(c.Request),
	})
	if errors.Is(err, errWrong) {
		return newProblem(http.StatusUnauthorized, codeLoginFailed, "The name or the password is wrong.")
	}
	if err != nil {
		return signInFailure(err)
	}
	user, err := a.Users.User(c.Context(), session.User)
	if err != nil {
		return fmt.Errorf("read user %s: %w", session.User, err)
	}
	a.setCookie(w, c.Request, id)
	return writeJSON(w, http.StatusOK, struct {
		SessionID string    `json:"sessionID"`
		User      wire.User `json:"user"`
		ExpiresAt int64     `json:"expiresAt"`
	}{id, wire.User(user), session.ExpiresAt.UnixMilli()})
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
	current, next := f.requiredText("currentPassword", maxPassword), f.requiredText("newPassword", maxPassword)
	if next != "" && len(next) < minNewPassword {
		f.fail("newPassword", "newPassword must have at least %d bytes", minNewPassword)
	}
	if err := f.done(); err != nil {
		return err
	}
	err = a.Sessions.ChangePassword(c.Context(), c.session.id, current, next, a.Rules.ClientAddr(c.Request))
	if errors.Is(err, errWrong) {
		return newProblem(http.StatusForbidden, codeWrongPassword, "The current password is wrong.")
	}
	if err != nil {
		return signInFailure(err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// signInFailure is the answer when a password could not even be checked.
func signInFailure(err error) error {
	var tooMany *limited
	switch {
	case errors.As(err, &tooMany):
		return newProblem(http.StatusTooManyRequests, codeTooManyAttempts, "Too many failed sign-ins: wait before the next.").retryAfter(tooMany.after)
	case errors.Is(err, errBusy):
		return newProblem(http.StatusServiceUnavailable, codeBusy, "Too many sign-ins at once: try again.").retryAfter(defaultRetryAfter)
	}
	return fmt.Errorf("sign in: %w", err)
}

// userAgent is what the client says it is, cut to what is worth keeping.
func userAgent(r *http.Request) string {
	agent := r.UserAgent()
	if len(agent) > maxUserAgent {
		agent = agent[:maxUserAgent]
	}
	return strings.ToValidUTF8(agent, "")
}
