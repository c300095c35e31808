package adaptertest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"tradewind/socketio/adapter"
)

// socket is a member of a node's namespace. The node's mu guards it.
type socket struct {
	name      string
	rooms     []adapter.Room // its own first
	handshake json.RawMessage
	data      json.RawMessage
	says      adapter.Payload // when it is called
	mute      bool            // it answers when reply is called only
	got       []string
	end       string // how it was disconnected, if it was
}

const (
	endOfSocket     = "disconnected"
	endOfConnection = "connection closed"
)

// idOf is the id of a socket: as long as those of stock servers, on which Redis channels depend.
func idOf(name string) string { return name + strings.Repeat("-", max(0, 20-len(name))) }

// add makes a socket; its name is its alone in the cluster.
func (l *local) add(name string, rooms ...adapter.Room) *socket {
	s := &socket{
		name:      name,
		rooms:     append([]adapter.Room{adapter.Room(idOf(name))}, rooms...),
		handshake: json.RawMessage(`{"headers":{"x":"ü"},"auth":{"token":"of ` + name + `"},"issued":1700000000123,"secure":false}`),
		data:      json.RawMessage(`{"nick":"` + name + `","in":[1,2.5,null,{"a":true}]}`),
		says:      adapter.Payload{Data: fmt.Appendf(nil, `[%q]`, name)},
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sockets = append(l.sockets, s)
	return s
}

// join puts the node's first socket into a room.
func (l *local) join(room adapter.Room) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sockets[0].join([]adapter.Room{room})
}

func (s *socket) join(rooms []adapter.Room) {
	for _, r := range rooms {
		if !slices.Contains(s.rooms, r) {
			s.rooms = append(s.rooms, r)
		}
	}
}

func (s *socket) leave(rooms []adapter.Room) {
	s.rooms = append(s.rooms[:1:1], slices.DeleteFunc(slices.Clone(s.rooms[1:]), func(r adapter.Room) bool { return slices.Contains(rooms, r) })...)
}

// selectedLocked evaluates a selection as its definition says.
func (l *local) selectedLocked(sel adapter.Selection) (chosen []*socket) {
	for _, s := range l.sockets {
		in := func(r adapter.Room) bool { return slices.Contains(s.rooms, r) }
		if s.end == "" && (len(sel.Rooms) == 0 || slices.ContainsFunc(sel.Rooms, in)) && !slices.ContainsFunc(sel.Except, in) {
			chosen = append(chosen, s)
		}
	}
	return chosen
}

// names lists the living sockets for which f holds, sorted.
func (l *local) names(f func(*socket) bool) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var names []string
	for _, s := range l.sockets {
		if s.end == "" && f(s) {
			names = append(names, s.name)
		}
	}
	slices.Sort(names)
	return names
}

// reached lists who got something, once for each time.
func (l *local) reached(data string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var names []string
	for _, s := range l.sockets {
		for _, got := range s.got {
			if got == data {
				names = append(names, s.name)
			}
		}
	}
	slices.Sort(names)
	return names
}

// reply answers what a mute socket was asked.
func (l *local) reply(name string) {
	l.mu.Lock()
	questions := slices.Clone(l.questions)
	l.mu.Unlock()
	for _, q := range questions {
		q.settle(name, &adapter.Payload{Data: fmt.Appendf(nil, `[%q]`, name)})
	}
}

// end ends a socket, and with it its part in calls.
func (l *local) end(name string) {
	l.mu.Lock()
	for _, s := range l.sockets {
		if s.name == name && s.end == "" {
			s.end = endOfSocket
		}
	}
	questions := slices.Clone(l.questions)
	l.mu.Unlock()
	for _, q := range questions {
		q.settle(name, nil)
	}
}

// question is a call on one node.
type question struct {
	mu      sync.Mutex
	answer  func(adapter.Payload)
	pending map[string]bool
	over    bool
	done    chan struct{}
}

// settle ends the part of one socket, with an answer or without.
func (q *question) settle(name string, answer *adapter.Payload) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.settleLocked(name, answer)
}

func (q *question) settleLocked(name string, answer *adapter.Payload) {
	if q.over || !q.pending[name] {
		return
	}
	if answer != nil {
		q.answer(*answer)
	}
	if delete(q.pending, name); len(q.pending) == 0 {
		q.over = true
		close(q.done)
	}
}

func (q *question) wait(ctx context.Context) {
	q.mu.Lock()
	none := len(q.pending) == 0
	q.mu.Unlock()
	if !none {
		select {
		case <-q.done:
		case <-ctx.Done():
		}
	}
	q.mu.Lock()
	q.over = true
	q.mu.Unlock()
}
