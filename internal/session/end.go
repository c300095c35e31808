package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tradewind/internal/trading"
)

// Logout ends the session with that id. No error when it is over already.
func (m *Manager) Logout(ctx context.Context, sessionID string) error {
	hash, ok := hashOf(sessionID)
	if !ok {
		return nil
	}
	s, err := m.sessions.Session(ctx, hash)
	if errors.Is(err, trading.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("log out: %w", err)
	}
	return m.end(ctx, s, ReasonLogout)
}

// Revoke ends a session of a user by its public id; trading.ErrNotFound if the user has no such session.
func (m *Manager) Revoke(ctx context.Context, user trading.UserID, publicID string) error {
	all, err := m.Sessions(ctx, user)
	if err != nil {
		return err
	}
	for _, s := range all {
		if s.PublicID == publicID {
			return m.end(ctx, s, ReasonRevoked)
		}
	}
	return fmt.Errorf("revoke session: %w", trading.ErrNotFound)
}

// endAll ends the sessions of a user except keep.
func (m *Manager) endAll(ctx context.Context, user trading.UserID, keep [32]byte, reason string) error {
	all, err := m.sessions.SessionsOf(ctx, user)
	if err != nil {
		return err
	}
	for _, s := range all {
		if s.Hash == keep {
			m.forget(s.Hash) // the cached user is not the same any more
			continue
		}
		if err := m.end(ctx, s, reason); err != nil {
			return err
		}
	}
	return nil
}

// end removes a session from the store and tells everyone on this node.
func (m *Manager) end(ctx context.Context, s trading.Session, reason string) error {
	if err := m.sessions.DeleteSession(ctx, s.Hash); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	m.tellEnd(s, reason)
	return nil
}

// tellEnd makes an end known on this node, once.
func (m *Manager) tellEnd(s trading.Session, reason string) {
	now := m.now()
	m.mu.Lock()
	m.cache.drop(s.Hash)
	m.held.drop(s.Hash)
	fresh := m.ended.add(s.Hash, reason, now)
	m.mu.Unlock()
	if fresh {
		m.notify(s, reason)
	}
}

func (m *Manager) notify(s trading.Session, reason string) {
	for _, fn := range m.onEnd {
		fn(s, reason)
	}
}

// forget makes the next Authenticate ask the store.
func (m *Manager) forget(hash [32]byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ended.count++ // a look-up under way may hold what is to be forgotten
	m.cache.drop(hash)
}

// Ends are remembered for a while: longer than a connect takes between
// Authenticate and Hold.
const (
	rememberEnds = time.Minute
	maxEnds      = 100_000 // then the oldest are forgotten earlier
)

// endedSessions are the sessions that ended on this node lately. Manager.mu guards it.
type endedSessions struct {
	count  uint64 // of all ends ever
	byHash map[[32]byte]ending
	oldest [][32]byte // of byHash, in order
}

type ending struct {
	reason string
	at     time.Time
}

// add reports whether the end was not known yet.
func (e *endedSessions) add(hash [32]byte, reason string, now time.Time) bool {
	e.count++
	for len(e.oldest) > 0 && (len(e.oldest) >= maxEnds || now.Sub(e.byHash[e.oldest[0]].at) > rememberEnds) {
		delete(e.byHash, e.oldest[0])
		e.oldest = e.oldest[1:]
	}
	if _, known := e.byHash[hash]; known {
		return false
	}
	e.byHash[hash] = ending{reason, now}
	e.oldest = append(e.oldest, hash)
	return true
}
