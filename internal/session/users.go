package session

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"tradewind/internal/trading"
)

// MaxNameLength is how many characters a user name may have.
const MaxNameLength = 64

// The demo user, the one whose password may be short. Only this pair is exempt.
const (
	DemoName     = "demo"
	DemoPassword = "demo"
)

// IsDemo reports whether a user is the demo user and still has the password that
// everybody knows. It hashes once.
func IsDemo(u trading.User) bool {
	stored, err := parsePHC(u.PasswordHash)
	return err == nil && u.Name == DemoName && stored.matches(DemoPassword)
}

// currency of new accounts.
const currency = "USD"

// checkName refuses names that cannot be told apart or printed.
func checkName(name string) error {
	if !utf8.ValidString(name) || name == "" || utf8.RuneCountInString(name) > MaxNameLength || strings.TrimSpace(name) != name {
		return ErrBadName
	}
	for _, r := range name {
		if !unicode.IsPrint(r) {
			return ErrBadName
		}
	}
	return nil
}

// CreateUser makes a user with an account and its first deposit (Options.Fund).
// Errors: ErrBadName, ErrBadPassword, trading.ErrNameTaken, ErrBusy.
func (m *Manager) CreateUser(ctx context.Context, name, password string) (trading.User, error) {
	if err := checkName(name); err != nil {
		return trading.User{}, err
	}
	demo := name == DemoName && password == DemoPassword
	if err := checkPassword(password); err != nil && !demo {
		return trading.User{}, err
	}
	// Funded before it exists: look first, so that a taken name leaves no ledger behind.
	if _, err := m.users.UserByName(ctx, name); err == nil {
		return trading.User{}, fmt.Errorf("create user %s: %w", name, trading.ErrNameTaken)
	} else if !errors.Is(err, trading.ErrNotFound) {
		return trading.User{}, fmt.Errorf("create user %s: %w", name, err)
	}
	hash, err := m.hashers.hash(ctx, password)
	if err != nil {
		return trading.User{}, err
	}
	now := m.now()
	user := trading.User{ID: trading.UserID("u_" + randomText(publicIDBytes)), Name: name, PasswordHash: hash, CreatedAt: now}
	account := trading.AccountInfo{
		ID: trading.AccountID("a_" + randomText(publicIDBytes)), User: user.ID, Broker: m.o.Broker, Currency: currency, CreatedAt: now,
	}
	user.Account = account.ID
	if err := m.o.Fund(ctx, account); err != nil {
		return trading.User{}, fmt.Errorf("fund the account of %s: %w", name, err)
	}
	if err := m.users.CreateUser(ctx, user, account); err != nil {
		return trading.User{}, err
	}
	return user, nil
}

// RemoveUser ends a user's sessions and removes the user; ledgers stay.
func (m *Manager) RemoveUser(ctx context.Context, user trading.UserID) error {
	all, err := m.sessions.SessionsOf(ctx, user)
	if err != nil {
		return err
	}
	if err := m.users.RemoveUser(ctx, user); err != nil {
		return err
	}
	for _, s := range all { // the store removed them with the user
		m.tellEnd(s, ReasonUserRemoved)
	}
	return nil
}
