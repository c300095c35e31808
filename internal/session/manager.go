package session

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"tradewind/internal/trading"
)

// Manager is the sign-ins of a server. New makes one.
type Manager struct {
	sessions trading.SessionStore
	users    trading.UserStore
	o        Options
	hashers  *hashers
	onEnd    []func(s trading.Session, reason string)
	wake     chan struct{} // tells Run that something is due earlier than it thinks

	mu       sync.Mutex
	cache    cache
	held     heldSessions
	ended    endedSessions
	touching map[[32]byte]struct{} // whose use is being written down now
}

// Identity is who a session id belongs to.
type Identity struct {
	User    trading.User
	Session trading.Session
}

// New makes a manager. It starts nothing: see Run.
func New(sessions trading.SessionStore, users trading.UserStore, o Options) *Manager {
	o = o.withDefaults()
	return &Manager{
		sessions: sessions,
		users:    users,
		o:        o,
		hashers:  newHashers(o),
		wake:     make(chan struct{}, 1),
		cache:    cache{byHash: make(map[[32]byte]cached), size: o.CacheSize, ttl: o.CacheTTL},
		held:     heldSessions{byHash: make(map[[32]byte]*hold)},
		ended:    endedSessions{byHash: make(map[[32]byte]ending)},
		touching: make(map[[32]byte]struct{}),
	}
}

// OnEnd registers a listener for the ends of sessions: of every session that this
// node ends, and of held ones that end by time or elsewhere. To be called before
// anything runs. Listeners run on the goroutine that ends the session and must
// not block. A session ends once; see Hold for the one exception.
func (m *Manager) OnEnd(fn func(s trading.Session, reason string)) {
	m.onEnd = append(m.onEnd, fn)
}

// now is the time as stores keep it.
func (m *Manager) now() time.Time { return m.o.Now().UTC().Truncate(time.Millisecond) }

// expiry is when a session ends that is used now.
func (m *Manager) expiry(created, now time.Time) time.Time {
	end, last := now.Add(m.o.TTL), created.Add(m.o.MaxAge)
	if last.Before(end) {
		return last
	}
	return end
}

// over reports whether a session has ended by time.
func (m *Manager) over(s trading.Session, now time.Time) bool {
	return !now.Before(m.endOf(s))
}

// Authenticate finds out whose a session id is and counts as a use of it.
// ErrInvalid if it is not valid; any other error is a failure of the store.
func (m *Manager) Authenticate(ctx context.Context, sessionID string) (Identity, error) {
	hash, ok := hashOf(sessionID)
	if !ok {
		return Identity{}, ErrInvalid
	}
	now := m.now()
	m.mu.Lock()
	_, held := m.held.byHash[hash]
	id, known := m.cache.get(hash, now, held)
	ends := m.ended.count
	m.mu.Unlock()
	if !known {
		var err error
		if id, err = m.lookUp(ctx, hash); err != nil {
			return Identity{}, err
		}
	}
	if m.over(id.Session, now) {
		return Identity{}, ErrInvalid
	}
	touched, err := m.touchIfDue(ctx, id.Session, now)
	if err != nil {
		return Identity{}, err
	}
	id.Session = touched
	if known {
		return id, nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	// What ended meanwhile must not come back through the cache: then the next caller asks the store.
	if m.ended.count == ends {
		m.cache.put(id, now)
	}
	return id, nil
}

func (m *Manager) lookUp(ctx context.Context, hash [32]byte) (Identity, error) {
	ctx, cancel := context.WithTimeout(ctx, m.o.StoreTimeout)
	defer cancel()
	s, err := m.sessions.Session(ctx, hash)
	if errors.Is(err, trading.ErrNotFound) {
		return Identity{}, ErrInvalid
	}
	if err != nil {
		return Identity{}, fmt.Errorf("authenticate: %w", err)
	}
	u, err := m.users.User(ctx, s.User)
	if errors.Is(err, trading.ErrNotFound) {
		return Identity{}, ErrInvalid
	}
	if err != nil {
		return Identity{}, fmt.Errorf("authenticate: %w", err)
	}
	return Identity{User: u, Session: s}, nil
}

// Touch counts as a use of a session. Uses are written down now and then, at most
// once a minute for sessions that live longer than that. ErrInvalid if the
// session is over.
func (m *Manager) Touch(ctx context.Context, s trading.Session) error {
	now := m.now()
	m.mu.Lock()
	if h, ok := m.held.byHash[s.Hash]; ok {
		s = h.session // newer than what a socket remembers from its beginning
	}
	m.mu.Unlock()
	if m.over(s, now) {
		return ErrInvalid
	}
	_, err := m.touchIfDue(ctx, s, now)
	return err
}

// touchIfDue moves the end of a session and returns it as it is then. A store
// that does not take the write is logged, no more: the session is valid, and the
// next use tries again.
func (m *Manager) touchIfDue(ctx context.Context, s trading.Session, now time.Time) (trading.Session, error) {
	if !m.beginTouch(s, now) {
		return s, nil
	}
	touched := s
	touched.SeenAt, touched.ExpiresAt = now, m.expiry(s.CreatedAt, now)
	ctx, cancel := context.WithTimeout(ctx, m.o.StoreTimeout)
	defer cancel()
	err := m.sessions.TouchSession(ctx, s.Hash, touched.SeenAt, touched.ExpiresAt)
	m.endTouch(touched, err)
	if errors.Is(err, trading.ErrNotFound) {
		return s, ErrInvalid
	}
	if err != nil {
		m.o.Logger.Warn("session not kept alive", "user", s.User, "error", err)
		return s, nil
	}
	return touched, nil
}

// beginTouch reports whether the use of a session is due to be written down and nobody else does or did so.
func (m *Manager) beginTouch(s trading.Session, now time.Time) bool {
	if now.Sub(s.SeenAt) < m.o.touchEvery() {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, busy := m.touching[s.Hash]; busy {
		return false
	}
	seen := s.SeenAt
	if c, ok := m.cache.byHash[s.Hash]; ok && c.id.Session.SeenAt.After(seen) {
		seen = c.id.Session.SeenAt
	}
	if h, ok := m.held.byHash[s.Hash]; ok && h.session.SeenAt.After(seen) {
		seen = h.session.SeenAt
	}
	if now.Sub(seen) < m.o.touchEvery() {
		return false
	}
	m.touching[s.Hash] = struct{}{}
	return true
}

// endTouch makes a written use known, so that nobody writes it again.
func (m *Manager) endTouch(s trading.Session, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.touching, s.Hash)
	if err != nil {
		return
	}
	if c, ok := m.cache.byHash[s.Hash]; ok {
		c.id.Session = s
		m.cache.byHash[s.Hash] = c
	}
	if h, ok := m.held.byHash[s.Hash]; ok {
		m.held.renew(h, s)
	}
}

// Sessions returns the sessions of a user that are valid now, oldest first.
func (m *Manager) Sessions(ctx context.Context, user trading.UserID) ([]trading.Session, error) {
	all, err := m.sessions.SessionsOf(ctx, user)
	if err != nil {
		return nil, err
	}
	now := m.now()
	valid := all[:0]
	for _, s := range all {
		if !m.over(s, now) {
			valid = append(valid, s)
		}
	}
	return valid, nil
}
