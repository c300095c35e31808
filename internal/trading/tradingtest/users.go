package tradingtest

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"tradewind/internal/trading"
)

var _ trading.UserStore = (*UserStore)(nil)

// UserStore keeps users and accounts in memory.
type UserStore struct {
	mu       sync.RWMutex
	users    map[trading.UserID]trading.User
	accounts map[trading.AccountID]trading.AccountInfo
}

// NewUserStore returns an empty store.
func NewUserStore() *UserStore {
	return &UserStore{
		users:    make(map[trading.UserID]trading.User),
		accounts: make(map[trading.AccountID]trading.AccountInfo),
	}
}

// CreateUser implements trading.UserStore.
func (s *UserStore) CreateUser(_ context.Context, u trading.User, a trading.AccountInfo) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, other := range s.users {
		if strings.EqualFold(other.Name, u.Name) {
			return fmt.Errorf("create user %s: %w", u.Name, trading.ErrNameTaken)
		}
	}
	u.Account = a.ID
	s.users[u.ID], s.accounts[a.ID] = u, a
	return nil
}

// UserByName implements trading.UserStore.
func (s *UserStore) UserByName(_ context.Context, name string) (trading.User, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, u := range s.users {
		if strings.EqualFold(u.Name, name) {
			return u, nil
		}
	}
	return trading.User{}, fmt.Errorf("user %s: %w", name, trading.ErrNotFound)
}

// User implements trading.UserStore.
func (s *UserStore) User(_ context.Context, id trading.UserID) (trading.User, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if u, known := s.users[id]; known {
		return u, nil
	}
	return trading.User{}, fmt.Errorf("user %s: %w", id, trading.ErrNotFound)
}

// Users implements trading.UserStore.
func (s *UserStore) Users(context.Context) ([]trading.User, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	byName := func(a, b trading.User) int { return cmp.Compare(a.Name, b.Name) }
	return slices.SortedFunc(maps.Values(s.users), byName), nil
}

// SetPasswordHash implements trading.UserStore.
func (s *UserStore) SetPasswordHash(_ context.Context, id trading.UserID, hash string) error {
	return s.change(id, func(u *trading.User) { u.PasswordHash = hash })
}

// SetAccount implements trading.UserStore.
func (s *UserStore) SetAccount(_ context.Context, id trading.UserID, a trading.AccountInfo) error {
	return s.change(id, func(u *trading.User) {
		u.Account = a.ID
		s.accounts[a.ID] = a
	})
}

func (s *UserStore) change(id trading.UserID, fn func(*trading.User)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, known := s.users[id]
	if !known {
		return fmt.Errorf("change user %s: %w", id, trading.ErrNotFound)
	}
	fn(&u)
	s.users[id] = u
	return nil
}

// Account implements trading.UserStore.
func (s *UserStore) Account(_ context.Context, id trading.AccountID) (trading.AccountInfo, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if a, known := s.accounts[id]; known {
		return a, nil
	}
	return trading.AccountInfo{}, fmt.Errorf("account %s: %w", id, trading.ErrNotFound)
}

// RemoveUser implements trading.UserStore.
func (s *UserStore) RemoveUser(_ context.Context, id trading.UserID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.users[id]; !known {
		return fmt.Errorf("remove user %s: %w", id, trading.ErrNotFound)
	}
	delete(s.users, id)
	return nil
}
