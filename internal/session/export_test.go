package session

// OccupyHashers takes every turn to hash a password until release.
func (m *Manager) OccupyHashers() (release func()) {
	for range cap(m.hashers.slots) {
		m.hashers.slots <- struct{}{}
	}
	return func() {
		for range cap(m.hashers.slots) {
			<-m.hashers.slots
		}
	}
}

// Tracked is how many windows the limiter remembers.
func (l *LoginLimiter) Tracked() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.windows)
}

// Held is how many sessions are watched.
func (m *Manager) Held() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.held.queue)
}

// Cached is how many sessions the cache holds.
func (m *Manager) Cached() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.cache.byHash)
}
