package session

import (
	"sync"

	"tradewind/internal/trading"
)

// Hold says that something live, such as a socket, depends on a session: until
// release is called the session is kept alive by it, and its end, for whatever
// reason, is told to the listeners of OnEnd within a second of being known.
// Holds are counted; release may be called more than once.
//
// A session that ended between Authenticate and Hold has its end told again, on
// the calling goroutine, because the listeners could not know the holder then.
func (m *Manager) Hold(s trading.Session) (release func()) {
	m.mu.Lock()
	if end, over := m.ended.byHash[s.Hash]; over {
		m.mu.Unlock()
		m.notify(s, end.reason)
		return func() {}
	}
	h, first := m.held.hold(s, m.due(s, m.now()))
	m.mu.Unlock()
	if first {
		m.alarm()
	}
	var once sync.Once
	return func() {
		once.Do(func() {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.held.release(h)
		})
	}
}

// alarm makes Run look again at what is due next.
func (m *Manager) alarm() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}
