package adaptertest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"tradewind/socketio/adapter"
)

// local is a node's namespace: it has sockets, and records what is delivered.
type local struct {
	t      *testing.T
	got    chan *adapter.Broadcast // by Deliver and Call
	events chan serverEvent
	waits  chan struct{} // told when something has begun to wait for a node that is held

	mu        sync.Mutex
	sockets   []*socket // the first one lives as long as the node
	questions []*question
	delivered []string                                    // Data of what came by Deliver
	held      chan struct{}                               // until it is closed nothing is done here
	answer    func(adapter.Payload) adapter.Payload       // to server events; nil: a test reads events
	release   func(ctx context.Context, pid string) error // nil: nobody lives under it
	refuses   bool                                        // server events
}

// serverEvent is what ServerEvent was given.
type serverEvent struct {
	adapter.Payload
	ack func(adapter.Payload)
}

// side is what the adapter sees of it.
type side struct{ *local }

var _ adapter.Local = side{}

var errRefused = errors.New("too many events wait already")

func newLocal(t *testing.T, rooms ...adapter.Room) *local {
	l := &local{t: t, got: make(chan *adapter.Broadcast, 10_000), events: make(chan serverEvent, 1000), waits: make(chan struct{}, 1000)}
	if len(rooms) > 0 {
		l.add("resident of "+string(rooms[len(rooms)-1]), rooms...)
	}
	return l
}

// hold makes the node answer nothing until the function that it returns is called, and at the end of the test.
func (l *local) hold() (goOn func()) {
	held := make(chan struct{})
	l.mu.Lock()
	l.held = held
	l.mu.Unlock()
	goOn = sync.OnceFunc(func() {
		l.mu.Lock()
		l.held = nil
		l.mu.Unlock()
		close(held)
	})
	l.t.Cleanup(goOn)
	return goOn
}

// ready waits while the node is held.
func (l *local) ready(ctx context.Context) error {
	l.mu.Lock()
	held := l.held
	l.mu.Unlock()
	if held == nil {
		if ctx.Err() != nil { // nothing waits for it any more
			return context.Cause(ctx)
		}
		return nil
	}
	l.waits <- struct{}{}
	select {
	case <-held:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Deliver implements adapter.Local.
func (l side) Deliver(ctx context.Context, b *adapter.Broadcast) error {
	if err := l.ready(ctx); err != nil {
		return err
	}
	l.mu.Lock()
	for _, s := range l.selectedLocked(b.Selection) {
		s.got = append(s.got, string(b.Data))
	}
	l.delivered = append(l.delivered, string(b.Data))
	l.mu.Unlock()
	l.got <- b
	return nil
}

// Call implements adapter.Local.
func (l side) Call(ctx context.Context, b *adapter.Broadcast, expect func(int), answer func(adapter.Payload)) error {
	if err := l.ready(ctx); err != nil {
		return err
	}
	q := &question{answer: answer, pending: map[string]bool{}, done: make(chan struct{})}
	l.mu.Lock()
	var talkative []*socket
	for _, s := range l.selectedLocked(b.Selection) {
		s.got = append(s.got, string(b.Data))
		q.pending[s.name] = true
		if !s.mute {
			talkative = append(talkative, s)
		}
	}
	q.mu.Lock() // so that nobody's part ends before it is told how many were asked
	l.questions = append(l.questions, q)
	l.mu.Unlock()
	asked := len(q.pending)
	if len(talkative) > 0 { // the first one is faster than the node
		q.settleLocked(talkative[0].name, &talkative[0].says)
	}
	expect(asked)
	q.mu.Unlock()
	l.got <- b
	for _, s := range talkative {
		q.settle(s.name, &s.says)
	}
	q.wait(ctx)
	return nil
}

// HasRoom implements adapter.Local.
func (l side) HasRoom(room adapter.Room) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.sockets, func(s *socket) bool { return slices.Contains(s.rooms, room) })
}

// Sockets implements adapter.Local.
func (l side) Sockets(ctx context.Context, sel adapter.Selection) ([]adapter.Socket, error) {
	if err := l.ready(ctx); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	found := []adapter.Socket{}
	for _, s := range l.selectedLocked(sel) {
		found = append(found, adapter.Socket{ID: idOf(s.name), Rooms: slices.Clone(s.rooms), Handshake: s.handshake, Data: s.data})
	}
	return found, nil
}

// Join implements adapter.Local.
func (l side) Join(ctx context.Context, sel adapter.Selection, rooms []adapter.Room) error {
	return l.each(ctx, sel, func(s *socket) { s.join(rooms) })
}

// Leave implements adapter.Local.
func (l side) Leave(ctx context.Context, sel adapter.Selection, rooms []adapter.Room) error {
	return l.each(ctx, sel, func(s *socket) { s.leave(rooms) })
}

// Disconnect implements adapter.Local.
func (l side) Disconnect(ctx context.Context, sel adapter.Selection, connections bool) error {
	var ended []string
	if err := l.each(ctx, sel, func(s *socket) {
		s.end = endOfSocket
		if connections {
			s.end = endOfConnection
		}
		ended = append(ended, s.name)
	}); err != nil {
		return err
	}
	for _, name := range ended {
		l.end(name)
	}
	return nil
}

func (l *local) each(ctx context.Context, sel adapter.Selection, f func(*socket)) error {
	if err := l.ready(ctx); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.selectedLocked(sel) {
		f(s)
	}
	return nil
}

// ServerEvent implements adapter.Local.
func (l side) ServerEvent(p adapter.Payload, ack func(adapter.Payload)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.refuses {
		return errRefused
	}
	l.events <- serverEvent{p, ack}
	if l.answer != nil && ack != nil {
		ack(l.answer(p))
	}
	return nil
}

// Release implements adapter.Local.
func (l side) Release(ctx context.Context, pid string) error {
	l.mu.Lock()
	release := l.release
	l.mu.Unlock()
	if release == nil {
		return nil
	}
	return release(ctx, pid)
}
