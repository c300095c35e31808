package session

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"tradewind/internal/trading"
)

// How Run goes about its work.
const (
	sweepEvery  = time.Minute
	reviewBatch = 500                    // held sessions read from the store at once
	reviewPause = 200 * time.Millisecond // between looks, so that work comes in batches; well within the second an end may take
	listenEvery = 500 * time.Millisecond // for writes of other processes
	touchers    = 32                     // writes at once: the store commits them together
)

// Run removes expired sessions from the store and watches the held ones until ctx
// ends. It is called once.
func (m *Manager) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return m.sweep(ctx) })
	g.Go(func() error { return m.watch(ctx) })
	if others, ok := m.sessions.(foreignWrites); ok {
		g.Go(func() error { return m.listen(ctx, others) })
	}
	return g.Wait()
}

// foreignWrites is a power that a store may have: to notice cheaply that another
// process has written to it. The number changes when one has.
type foreignWrites interface {
	ForeignWrites(ctx context.Context) (int64, error)
}

// listen has the held sessions checked at once when another process has written:
// a command line tool may have ended some.
func (m *Manager) listen(ctx context.Context, others foreignWrites) error {
	ticker := time.NewTicker(listenEvery)
	defer ticker.Stop()
	before, known := int64(0), false
	for {
		// A store that does not answer is told of by the watch.
		if now, err := others.ForeignWrites(ctx); err == nil {
			if known && now != before {
				m.suspect()
			}
			before, known = now, true
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// suspect believes nothing that was known of sessions.
func (m *Manager) suspect() {
	m.mu.Lock()
	m.ended.count++ // a look-up under way may hold what is to be forgotten
	clear(m.cache.byHash)
	m.held.scheduleAll(m.now())
	m.mu.Unlock()
	m.alarm()
}

// sweep removes what expired unheld.
func (m *Manager) sweep(ctx context.Context) error {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		if n, err := m.sessions.DeleteExpired(ctx, m.now()); err != nil && ctx.Err() == nil {
			m.o.Logger.Warn("expired sessions not removed", "error", err)
		} else if n > 0 {
			m.o.Logger.Debug("expired sessions removed", "count", n)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// watch looks at held sessions when they are due.
func (m *Manager) watch(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	planned := time.Now()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-m.wake:
			// Only ever earlier: many connects must not put the look off again and again.
			if next := time.Now().Add(max(reviewPause, m.untilDue())); next.Before(planned) {
				planned = next
				timer.Reset(time.Until(planned))
			}
		case <-timer.C:
			for m.review(ctx) == reviewBatch && ctx.Err() == nil {
			}
			planned = time.Now().Add(max(reviewPause, m.untilDue()))
			timer.Reset(time.Until(planned))
		}
	}
}

func (m *Manager) untilDue() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.held.queue) == 0 {
		return time.Hour // Hold wakes us
	}
	return m.held.queue[0].due.Sub(m.now())
}

// review looks at up to a batch of sessions that are due and returns how many there were.
func (m *Manager) review(ctx context.Context) int {
	now := m.now()
	m.mu.Lock()
	var batch []trading.Session
	for len(batch) < reviewBatch && len(m.held.queue) > 0 && !m.held.queue[0].due.After(now) {
		h := m.held.queue[0]
		batch = append(batch, h.session)
		m.held.schedule(h, m.due(h.session, now)) // whatever comes of it
	}
	m.mu.Unlock()
	if len(batch) == 0 {
		return 0
	}
	hashes := make([][32]byte, len(batch))
	for i, s := range batch {
		hashes[i] = s.Hash
	}
	stored, err := m.sessions.SessionsByHash(ctx, hashes)
	if ctx.Err() != nil {
		return 0
	}
	if err != nil {
		m.o.Logger.Warn("held sessions not checked", "count", len(batch), "error", err)
		m.settleBlind(batch, now)
	} else {
		m.settle(ctx, batch, stored, now)
	}
	return len(batch)
}

// settleBlind is settle without the store: only time can end a session then.
func (m *Manager) settleBlind(batch []trading.Session, now time.Time) {
	for _, s := range batch {
		if m.over(s, now) {
			m.tellEnd(s, ReasonExpired) // the sweep removes it later
		}
	}
}

// settle ends the sessions that are gone or over and keeps the others alive.
func (m *Manager) settle(ctx context.Context, batch, stored []trading.Session, now time.Time) {
	exists := make(map[[32]byte]trading.Session, len(stored))
	for _, s := range stored {
		exists[s.Hash] = s
	}
	var writes errgroup.Group
	writes.SetLimit(touchers)
	for _, s := range batch {
		current, ok := exists[s.Hash]
		switch {
		case !ok && m.over(s, now):
			m.tellEnd(s, ReasonExpired) // a sweep was faster
		case !ok:
			m.tellEnd(s, ReasonRevoked)
		case m.over(current, now):
			writes.Go(func() error {
				m.expire(ctx, current)
				return nil
			})
		default:
			writes.Go(func() error {
				m.keepAlive(ctx, current, now)
				return nil
			})
		}
	}
	_ = writes.Wait() // none fails
}

// expire ends a session whose time is over. The listeners are told even if the store does not answer: the sweep removes it later.
func (m *Manager) expire(ctx context.Context, s trading.Session) {
	m.tellEnd(s, ReasonExpired)
	if err := m.sessions.DeleteSession(ctx, s.Hash); err != nil && ctx.Err() == nil {
		m.o.Logger.Warn("expired session not removed", "user", s.User, "error", err)
	}
}

// keepAlive counts a live socket as a use.
func (m *Manager) keepAlive(ctx context.Context, s trading.Session, now time.Time) {
	touched, err := m.touchIfDue(ctx, s, now)
	if err != nil { // it ended between reading and writing
		m.tellEnd(s, ReasonRevoked)
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if h, ok := m.held.byHash[s.Hash]; ok {
		m.held.renew(h, touched)
		m.held.schedule(h, m.due(h.session, now))
	}
}

// endOf is when a session ends if nobody uses it again.
func (m *Manager) endOf(s trading.Session) time.Time {
	if last := s.CreatedAt.Add(m.o.MaxAge); last.Before(s.ExpiresAt) {
		return last
	}
	return s.ExpiresAt
}

// due is when a held session has to be looked at next: when it ends, when its use
// has to be written down, or when it is to be compared with the store. What should
// have been done already and was not waits for the next comparison.
func (m *Manager) due(s trading.Session, now time.Time) time.Time {
	next := now.Add(m.o.Recheck)
	for _, t := range []time.Time{m.endOf(s), s.SeenAt.Add(m.o.touchEvery())} {
		if t.After(now) && t.Before(next) {
			next = t
		}
	}
	return next
}
