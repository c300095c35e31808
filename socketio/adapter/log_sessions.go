package adapter

import "time"

// save keeps a session until its time is over or there are too many.
func (l *log) save(s *Session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if s.Until.IsZero() {
		s.Until = now.Add(l.options.MaxDisconnection)
	}
	l.saves++
	kept := saved{s, l.saves}
	l.sessions[s.PID] = kept
	l.queue = append(l.queue, kept)
	l.expire(now)
	for len(l.sessions) > l.options.MaxSessions {
		l.drop()
	}
}

// take removes a session and returns it, unless what its client needs is lost.
func (l *log) take(pid, offset string) *Session {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.expire(now)
	s, ok := l.sessions[pid]
	if !ok {
		return nil
	}
	delete(l.sessions, pid)
	if now.After(s.Until) || l.needs(s.Session, offset) < l.lost {
		return nil
	}
	return s.Session
}

// expire lets go of sessions and events whose time is over.
func (l *log) expire(now time.Time) {
	l.trim(now)
	for len(l.queue) > 0 && (now.After(l.queue[0].Until) || !l.waits(l.queue[0])) {
		l.drop()
	}
	if len(l.queue) > minGarbage && len(l.queue) > 2*len(l.sessions) { // many were taken behind one that waits
		kept := make([]saved, 0, 2*len(l.sessions))
		for _, s := range l.queue {
			if l.waits(s) {
				kept = append(kept, s)
			}
		}
		l.queue = kept
	}
}

func (l *log) waits(s saved) bool { return l.sessions[s.PID] == s }

// drop removes the one that was saved first.
func (l *log) drop() {
	s := l.queue[0]
	l.queue[0] = saved{}
	l.queue = l.queue[1:]
	if l.waits(s) {
		delete(l.sessions, s.PID)
	}
}
