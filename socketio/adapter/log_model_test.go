package adapter

import (
	"slices"
	"strings"
	"time"
)

// model is what a log keeps, as anybody would write it down.
type model struct {
	options  LogOptions
	last     uint64
	lost     uint64
	kept     []modelEvent // oldest first
	sessions []*Session   // by time saved, oldest first
}

type modelEvent struct {
	position uint64
	at       time.Time
	b        *Broadcast
}

// modelSize is what an event costs by its definition: its payload, and its names, twice when it has a key.
func modelSize(b *Broadcast) int {
	names := len(b.Key)
	for _, r := range append(slices.Clone(b.Rooms), b.Except...) {
		names += perName + len(r)
	}
	if b.Key != "" {
		names *= 2
	}
	n := overhead + len(b.Data) + names
	for _, a := range b.Attachments {
		n += len(a)
	}
	return n
}

func (m *model) bytes() (n int) {
	for _, e := range m.kept {
		n += modelSize(e.b)
	}
	return n
}

func (m *model) keys() (n int) {
	for _, e := range m.kept {
		if e.b.Key != "" {
			n++
		}
	}
	return n
}

func (m *model) append(b *Broadcast, now time.Time) {
	m.last++
	m.kept = slices.DeleteFunc(m.kept, func(e modelEvent) bool {
		return b.Key != "" && e.b.Key == b.Key && slices.Equal(e.b.Rooms, b.Rooms) && slices.Equal(e.b.Except, b.Except)
	})
	m.kept = append(m.kept, modelEvent{m.last, now, b})
	m.age(now)
	for m.bytes() > m.options.MaxBytes {
		m.lost = m.kept[0].position
		m.kept = m.kept[1:]
	}
}

// age lets go of what no session can ask for any more.
func (m *model) age(now time.Time) {
	for len(m.kept) > 0 && now.Sub(m.kept[0].at) > m.options.MaxDisconnection+m.options.NoticeAfter {
		m.kept = m.kept[1:]
	}
}

// expire lets go of sessions, in the order in which they were saved.
func (m *model) expire(now time.Time) {
	m.age(now)
	for len(m.sessions) > 0 && now.After(m.sessions[0].Until) {
		m.sessions = m.sessions[1:]
	}
}

func (m *model) save(s *Session, now time.Time) {
	if s.Until.IsZero() {
		s.Until = now.Add(m.options.MaxDisconnection)
	}
	m.forget(s.PID)
	m.sessions = append(m.sessions, s)
	m.expire(now)
	for len(m.sessions) > m.options.MaxSessions {
		m.sessions = m.sessions[1:]
	}
}

func (m *model) forget(pid string) (s *Session) {
	m.sessions = slices.DeleteFunc(m.sessions, func(kept *Session) bool {
		if kept.PID != pid {
			return false
		}
		s = kept
		return true
	})
	return s
}

func (m *model) take(pid string, needs uint64, now time.Time) *Session {
	m.expire(now)
	s := m.forget(pid)
	if s == nil || now.After(s.Until) || needs < m.lost {
		return nil
	}
	return s
}

// interest is a session in positions.
type interest struct {
	since, sent, left, seen uint64
	rooms                   map[Room]uint64 // all but its own
}

// needs is the newest position that the client needs no more.
func (i interest) needs() uint64 {
	seen := max(i.since, i.seen)
	if seen < i.sent {
		return seen
	}
	return max(seen, i.left)
}

// missed lists the positions that were missed, or says that they are lost.
func (m *model) missed(i interest, own Room, maxBytes int) (positions []uint64, lost bool) {
	if i.needs() < m.lost {
		return nil, true
	}
	joined := func(r Room) (uint64, bool) {
		if r == own {
			return i.since, true
		}
		at, in := i.rooms[r]
		return at, in
	}
	bytes := 0
	for _, e := range m.kept {
		meant := len(e.b.Rooms) == 0 && e.position > i.since
		for _, r := range e.b.Rooms {
			at, in := joined(r)
			meant = meant || in && e.position > at
		}
		for _, r := range e.b.Except {
			_, in := joined(r)
			meant = meant && !in
		}
		if meant && e.position > i.needs() {
			positions = append(positions, e.position)
			bytes += modelSize(e.b)
		}
	}
	return positions, bytes > maxBytes
}

// data is an event of a size.
func data(size int) []byte { return []byte(`["` + strings.Repeat("x", size) + `"]`) }
