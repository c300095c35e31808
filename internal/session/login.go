package session

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"tradewind/internal/trading"
)

// Meta is what is kept of where a session began.
type Meta struct {
	UserAgent string // cut to 256 bytes
	Address   string // of the client; failed sign-ins are counted by it
}

const maxUserAgent = 256

// Login is a fresh sign-in.
type Login struct {
	SessionID string // for the client alone; it cannot be had again
	Session   trading.Session
	User      trading.User
}

// Login checks a password and begins a session. Errors: ErrWrongPassword,
// ErrBusy, *TooManyAttempts; any other error is a failure of the store. A user
// that does not exist takes as long as a wrong password.
func (m *Manager) Login(ctx context.Context, name, password string, meta Meta) (Login, error) {
	user, err := m.checkLogin(ctx, name, password, meta.Address)
	if err != nil {
		return Login{}, err
	}
	now := m.now()
	id, s := mint(user.ID, now, min(m.o.TTL, m.o.MaxAge))
	s.UserAgent, s.Address = cut(meta.UserAgent, maxUserAgent), meta.Address
	if err := m.sessions.CreateSession(ctx, s); errors.Is(err, trading.ErrNotFound) {
		return Login{}, ErrWrongPassword // removed a moment ago
	} else if err != nil {
		return Login{}, fmt.Errorf("sign in: %w", err)
	}
	if err := m.confirm(ctx, user, s); err != nil {
		return Login{}, err
	}
	if err := m.makeRoom(ctx, s); err != nil {
		m.o.Logger.Warn("old sessions not ended", "user", user.ID, "error", err)
	}
	return Login{SessionID: id, Session: s, User: user}, nil
}

// checkLogin finds the user with that name and password.
func (m *Manager) checkLogin(ctx context.Context, name, password, address string) (trading.User, error) {
	allowed := func() error {
		if wait := m.o.Attempts.Wait(name, address); wait > 0 {
			return &TooManyAttempts{RetryAfter: wait}
		}
		return nil
	}
	if err := allowed(); err != nil { // those who are shut out do not queue for a turn
		return trading.User{}, err
	}
	var user trading.User
	if checkName(name) == nil && len(password) <= MaxPasswordBytes {
		var err error
		user, err = m.users.UserByName(ctx, name)
		if err != nil && !errors.Is(err, trading.ErrNotFound) {
			return trading.User{}, fmt.Errorf("sign in: %w", err)
		}
	}
	right := false
	err := m.hashers.check(ctx, user.PasswordHash, password[:min(len(password), MaxPasswordBytes)], allowed, func(matches bool) {
		if right = matches; !right {
			m.o.Attempts.Failed(name, address)
		}
	})
	if err != nil {
		return trading.User{}, err
	}
	if !right {
		return trading.User{}, ErrWrongPassword
	}
	return user, nil
}

// confirm takes a new session back when the password changed, or the user went,
// while it was made: the change ended the sessions that it could see.
func (m *Manager) confirm(ctx context.Context, user trading.User, s trading.Session) error {
	now, err := m.users.User(ctx, user.ID)
	if err == nil && now.PasswordHash == user.PasswordHash {
		return nil
	}
	gone := m.sessions.DeleteSession(ctx, s.Hash)
	if err != nil && !errors.Is(err, trading.ErrNotFound) {
		return fmt.Errorf("sign in: %w", errors.Join(err, gone))
	}
	if gone != nil {
		return fmt.Errorf("sign in: %w", gone)
	}
	return ErrWrongPassword
}

// makeRoom ends a user's oldest sessions when there are too many. Everyone who
// begins a session looks after it is stored, so of several at once the last sees all.
func (m *Manager) makeRoom(ctx context.Context, fresh trading.Session) error {
	all, err := m.sessions.SessionsOf(ctx, fresh.User)
	if err != nil {
		return err
	}
	for _, s := range all[:max(0, len(all)-m.o.PerUser)] {
		if s.Hash == fresh.Hash {
			continue
		}
		if err := m.end(ctx, s, ReasonTooMany); err != nil {
			return err
		}
	}
	return nil
}

// ChangePassword sets a user's password and ends the user's sessions except keep,
// a zero hash for none. Errors: ErrWrongPassword for the old one, ErrBadPassword
// for the new one, ErrBusy, *TooManyAttempts.
func (m *Manager) ChangePassword(ctx context.Context, user trading.UserID, old, new string, keep [32]byte) error {
	if err := checkPassword(new); err != nil {
		return err
	}
	u, err := m.users.User(ctx, user)
	if err != nil {
		return fmt.Errorf("change password: %w", err)
	}
	// Whoever holds a stolen session must not guess without limit either. These
	// guesses are counted apart from sign-ins, which they must not lock out.
	if _, err := m.checkLogin(ctx, u.Name, old, "password of "+string(user)); err != nil {
		return err
	}
	return m.setPassword(ctx, user, new, keep)
}

// SetPassword sets a user's password without asking for the old one and ends the
// user's sessions. Errors: ErrBadPassword, ErrBusy, trading.ErrNotFound.
func (m *Manager) SetPassword(ctx context.Context, user trading.UserID, password string) error {
	if err := checkPassword(password); err != nil {
		return err
	}
	return m.setPassword(ctx, user, password, [32]byte{})
}

func (m *Manager) setPassword(ctx context.Context, user trading.UserID, password string, keep [32]byte) error {
	hash, err := m.hashers.hash(ctx, password)
	if err != nil {
		return err
	}
	if err := m.users.SetPasswordHash(ctx, user, hash); err != nil {
		return err
	}
	return m.endAll(ctx, user, keep, ReasonPasswordChanged)
}

// cut shortens a text to at most n bytes of valid UTF-8.
func cut(text string, n int) string {
	if len(text) > n {
		for n > 0 && !utf8.RuneStart(text[n]) {
			n--
		}
		text = text[:n]
	}
	return strings.ToValidUTF8(text, "")
}
