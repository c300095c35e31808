package adapter

// needs is the newest position that the client of a session surely needs no more.
func (l *log) needs(s *Session, offset string) uint64 {
	seen := l.at(s.Since)
	if position, ok := l.position(offset); ok {
		seen = max(seen, position)
	}
	if seen >= l.at(s.Sent) { // it has seen all that was sent, so it needs what came when it was gone
		return max(seen, l.at(s.Left))
	}
	return seen
}

// missed lists what a session has missed.
func (l *log) missed(s *Session, offset string, maxBytes int) ([]*Broadcast, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	since := l.needs(s, offset)
	if since < l.lost {
		return nil, ErrLost
	}
	filter := newFilter(l, s)
	var missed []*Broadcast
	bytes := 0
	for _, e := range l.entries[l.search(since+1):] {
		if e.broadcast == nil || !filter.selects(e) {
			continue
		}
		if bytes += size(e.broadcast); bytes > maxBytes {
			return nil, ErrLost
		}
		missed = append(missed, e.broadcast)
	}
	return missed, nil
}

// filter tells which events were meant for a session.
type filter struct {
	since uint64
	rooms map[Room]uint64 // its own among them, with the position at which each was joined
}

func newFilter(l *log, s *Session) filter {
	f := filter{since: l.at(s.Since), rooms: make(map[Room]uint64, len(s.Rooms)+1)}
	f.rooms[Room(s.ID)] = f.since
	for _, r := range s.Rooms {
		f.rooms[r.Room] = l.at(r.Since)
	}
	return f
}

func (f filter) selects(e entry) bool {
	for _, room := range e.broadcast.Except {
		if _, in := f.rooms[room]; in {
			return false
		}
	}
	if len(e.broadcast.Rooms) == 0 {
		return e.position > f.since
	}
	for _, room := range e.broadcast.Rooms {
		if since, in := f.rooms[room]; in && e.position > since {
			return true
		}
	}
	return false
}
