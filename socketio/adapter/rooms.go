package adapter

// Rooms is who is in which room, for the sockets of one namespace on one shard.
// It belongs to one goroutine. S is the server's socket.
//
// A room is a slice of its members, so choosing the recipients of an emit walks
// memory in order and builds nothing: a stamp in each member tells whether it was
// chosen or excluded already.
type Rooms[S any] struct {
	rooms    map[Room]*room[S]
	own      map[Room]*Member[S] // by id: the room that every socket has for itself takes no room
	all      room[S]
	stamp    uint64
	onChange func(Room, bool) // tells of a room's first member and of its last one's leaving
}

type room[S any] struct {
	name    Room
	members []*Member[S]
	first   [1]*Member[S] // where members begins: most rooms have one
}

// Member is a socket's part in Rooms, to be embedded in it.
type Member[S any] struct {
	Socket S
	id     Room
	seats  []seat[S]
	stamp  uint64
}

// seat is a member's place in one room.
type seat[S any] struct {
	room *room[S]
	at   int
}

// NewRooms makes an empty membership. changed, if not nil, is called with true
// when a room gets its first member here and with false when the last one leaves.
func NewRooms[S any](changed func(r Room, exists bool)) *Rooms[S] {
	return &Rooms[S]{rooms: map[Room]*room[S]{}, own: map[Room]*Member[S]{}, onChange: changed}
}

// Add makes m a member of the namespace and of the room named by its id.
func (r *Rooms[S]) Add(m *Member[S], id Room, socket S) {
	m.id, m.Socket = id, socket
	r.own[id] = m
	r.sit(m, &r.all)
}

// Remove takes m out of everything.
func (r *Rooms[S]) Remove(m *Member[S]) {
	for len(m.seats) > 0 {
		r.unseat(m, len(m.seats)-1)
	}
	m.seats = nil
	if r.own[m.id] == m {
		delete(r.own, m.id)
	}
}

// Join puts m into a room; it reports false when m was there already.
func (r *Rooms[S]) Join(m *Member[S], name Room) bool {
	if name == m.id || r.find(m, name) >= 0 {
		return false
	}
	rm := r.rooms[name]
	if rm == nil {
		rm = &room[S]{name: name}
		rm.members = rm.first[:0]
		r.rooms[name] = rm
		r.changed(name, true)
	}
	r.sit(m, rm)
	return true
}

// Leave takes m out of a room. A socket never leaves the room of its own id.
func (r *Rooms[S]) Leave(m *Member[S], name Room) {
	if i := r.find(m, name); i >= 0 {
		r.unseat(m, i)
	}
}

// Of lists the rooms m is in, its own first.
func (r *Rooms[S]) Of(m *Member[S]) []Room {
	names := []Room{m.id}
	for _, s := range m.seats {
		if s.room != &r.all {
			names = append(names, s.room.name)
		}
	}
	return names
}

// Len is the number of rooms that are not somebody's own.
func (r *Rooms[S]) Len() int { return len(r.rooms) }

// Select calls f once for every member of the union of rooms, or of the whole
// namespace if there are none, except the members of except.
func (r *Rooms[S]) Select(rooms, except []Room, f func(S)) {
	if len(rooms) == 1 && len(except) == 0 { // the common case needs no stamps
		r.each(rooms[0], func(m *Member[S]) { f(m.Socket) })
		return
	}
	r.stamp++
	for _, name := range except {
		r.each(name, func(m *Member[S]) { m.stamp = r.stamp })
	}
	choose := func(m *Member[S]) {
		if m.stamp != r.stamp {
			m.stamp = r.stamp
			f(m.Socket)
		}
	}
	if len(rooms) == 0 {
		for _, m := range r.all.members {
			choose(m)
		}
		return
	}
	for _, name := range rooms {
		r.each(name, choose)
	}
}

// each walks the members of one room. f must not change the membership.
func (r *Rooms[S]) each(name Room, f func(*Member[S])) {
	if rm := r.rooms[name]; rm != nil {
		for _, m := range rm.members {
			f(m)
		}
	}
	if m := r.own[name]; m != nil {
		f(m)
	}
}

func (r *Rooms[S]) changed(name Room, exists bool) {
	if r.onChange != nil {
		r.onChange(name, exists)
	}
}

func (r *Rooms[S]) find(m *Member[S], name Room) int {
	for i := range m.seats {
		if rm := m.seats[i].room; rm.name == name && rm != &r.all {
			return i
		}
	}
	return -1
}

func (r *Rooms[S]) sit(m *Member[S], rm *room[S]) {
	m.seats = append(m.seats, seat[S]{rm, len(rm.members)})
	rm.members = append(rm.members, m)
}

// unseat frees one seat; the room's last member moves into it.
func (r *Rooms[S]) unseat(m *Member[S], i int) {
	s := m.seats[i]
	last := len(m.seats) - 1
	m.seats[i] = m.seats[last]
	m.seats[last] = seat[S]{}
	m.seats = m.seats[:last]

	rm := s.room
	end := len(rm.members) - 1
	moved := rm.members[end]
	rm.members[s.at] = moved
	rm.members[end] = nil
	rm.members = rm.members[:end]
	if moved != m {
		for j := range moved.seats {
			if moved.seats[j].room == rm {
				moved.seats[j].at = s.at
				break
			}
		}
	}
	if end == 0 && rm != &r.all {
		delete(r.rooms, rm.name)
		r.changed(rm.name, false)
	}
}
