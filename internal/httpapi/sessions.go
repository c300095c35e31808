package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"tradewind/internal/session"
	"tradewind/internal/trading"
	"tradewind/internal/wire"
)

// Sessions is what the API needs of the sign-ins; a *session.Manager.
type Sessions interface {
	Login(ctx context.Context, name, password string, meta session.Meta) (session.Login, error)
	Authenticate(ctx context.Context, sessionID string) (session.Identity, error)
	Logout(ctx context.Context, sessionID string) error
	Revoke(ctx context.Context, user trading.UserID, publicID string) error
	ChangePassword(ctx context.Context, user trading.UserID, old, new string, keep [32]byte) error
	Sessions(ctx context.Context, user trading.UserID) ([]trading.Session, error)
}

var _ Sessions = (*session.Manager)(nil)

// logout ends the session of this request.
func (a *api) logout(w http.ResponseWriter, c *call) error {
	if err := a.Sessions.Logout(c.Context(), c.session.id); err != nil {
		return fmt.Errorf("log out: %w", err)
	}
	a.clearCookie(w, c.Request)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// me answers with who is signed in.
func (a *api) me(w http.ResponseWriter, c *call) error {
	account, err := a.Users.Account(c.Context(), c.user.Account)
	if err != nil {
		return fmt.Errorf("read account %s: %w", c.user.Account, err)
	}
	return writeJSON(w, http.StatusOK, struct {
		User    wire.User    `json:"user"`
		Account wire.Account `json:"account"`
		Session wire.Session `json:"session"`
	}{wire.User(c.user), wire.Account(account), wire.Session{Session: c.session.Session, Current: true}})
}

// listSessions answers with where the user is signed in, the last used first.
func (a *api) listSessions(w http.ResponseWriter, c *call) error {
	sessions, err := a.Sessions.Sessions(c.Context(), c.user.ID)
	if err != nil {
		return fmt.Errorf("list sessions: %w", err)
	}
	slices.SortStableFunc(sessions, func(x, y trading.Session) int { return y.SeenAt.Compare(x.SeenAt) })
	answer := struct {
		Sessions []wire.Session `json:"sessions"`
	}{make([]wire.Session, len(sessions))}
	for i, s := range sessions {
		answer.Sessions[i] = wire.Session{Session: s, Current: s.Hash == c.session.Hash}
	}
	return writeJSON(w, http.StatusOK, answer)
}

// deleteSession ends a session of the user by its public id.
func (a *api) deleteSession(w http.ResponseWriter, c *call) error {
	id := c.PathValue("id")
	err := trading.ErrNotFound
	if len(id) <= maxID {
		err = a.Sessions.Revoke(c.Context(), c.user.ID, id)
	}
	if errors.Is(err, trading.ErrNotFound) {
		return newProblem(http.StatusNotFound, codeNotFound, "You have no such session.")
	}
	if err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	if id == c.session.PublicID {
		a.clearCookie(w, c.Request)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
