package socketio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"tradewind/socketio/adapter"
	"tradewind/socketio/engineio"
	"tradewind/socketio/packet"
)

// Room names a group of sockets in a namespace. Every socket is in the room named by its own id.
type Room = adapter.Room

// Namespace is a set of sockets with their own rooms, handlers and middlewares
// over shared connections. Handlers and middlewares are registered before it
// serves; emitting may be done at any time, concurrently.
type Namespace struct {
	server *Server
	name   string

	middlewares  []func(context.Context, *Socket) error
	onConnect    []func(context.Context, *Socket)
	onDisconnect []func(*Socket, Reason)
	onUnknown    func(context.Context, *Socket, *Event)
	onError      func(context.Context, *Socket, *Event, error)
	handlers     map[string]handler

	sockets atomic.Int64
	rooms   atomic.Int64

	begin   sync.Once
	failed  error
	carrier adapter.Adapter
	shards  []*engineio.Shard
	members []*adapter.Rooms[*Socket] // by shard; each belongs to its shard

	mu       sync.RWMutex
	presence map[Room]int // shards that have members of a room; only with an adapter that asks
}

type handler func(ctx context.Context, s *Socket, ev *Event) error

func newNamespace(s *Server, name string) *Namespace {
	return &Namespace{server: s, name: name, handlers: map[string]handler{}, onError: answerError}
}

// Name is the namespace's name, with its slash.
func (n *Namespace) Name() string { return n.name }

// Use adds a middleware that every socket passes before it is connected, in the
// order of registration. An error refuses it: a *ConnectError is sent to the
// client as it is, any other error as "Internal error" and to the log. A stock client
// does not retry a refusal by itself. The socket's Context ends when it is
// refused or ends, whichever way: tie to it what the middleware reserved.
func (n *Namespace) Use(middleware func(ctx context.Context, s *Socket) error) {
	n.middlewares = append(n.middlewares, middleware)
}

// OnConnect adds a function that is called for every connected socket, after the
// client was told and before any of its events is handled.
func (n *Namespace) OnConnect(f func(ctx context.Context, s *Socket)) {
	n.onConnect = append(n.onConnect, f)
}

// OnDisconnect adds a function that is called once for every socket that passed
// the middlewares, after its last handler has returned. Its rooms are left by then.
func (n *Namespace) OnDisconnect(f func(s *Socket, r Reason)) {
	n.onDisconnect = append(n.onDisconnect, f)
}

// OnUnknown sets what happens with events that have no handler. Default: nothing.
func (n *Namespace) OnUnknown(f func(ctx context.Context, s *Socket, ev *Event)) { n.onUnknown = f }

// OnError sets what happens when a handler returns an error, panics, or its
// payload does not decode (*DecodeError). Default: the client is answered with
// {ok: false, error: {code, message}} as the ack if it waits for one, else with
// an "error" event; what is not a *DecodeError is hidden from it and logged.
func (n *Namespace) OnError(f func(ctx context.Context, s *Socket, ev *Event, err error)) {
	n.onError = f
}

// start prepares the namespace for its first use.
func (n *Namespace) start() error {
	n.begin.Do(func() {
		if n.server.closed.Load() {
			n.failed = ErrClosed
			return
		}
		if n.shards, n.failed = n.server.engine.Shards(); n.failed != nil {
			return
		}
		for range n.shards {
			n.members = append(n.members, adapter.NewRooms[*Socket](n.roomChanged))
		}
		factory := n.server.options.Adapter
		if factory == nil {
			factory = adapter.Memory
		} else {
			n.presence = map[Room]int{}
		}
		n.carrier, n.failed = factory(n.name, n)
	})
	return n.failed
}

// close ends the adapter, if there is one, and keeps the namespace from starting.
func (n *Namespace) close() error {
	n.begin.Do(func() { n.failed = ErrClosed })
	if n.carrier == nil {
		return nil
	}
	return n.carrier.Close()
}

func (n *Namespace) adapter() (adapter.Adapter, error) {
	if err := n.start(); err != nil {
		return nil, err
	}
	return n.carrier, nil
}

// roomChanged is called on a shard for its first and last member of a room.
func (n *Namespace) roomChanged(r Room, exists bool) {
	delta := 1
	if !exists {
		delta = -1
	}
	n.rooms.Add(int64(delta))
	n.present(r, delta)
}

// present notes whether there are members of a room here; a socket's own room counts as well.
func (n *Namespace) present(r Room, delta int) {
	if n.presence == nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.presence[r] += delta; n.presence[r] == 0 {
		delete(n.presence, r)
	}
}

// HasRoom implements adapter.Local.
func (n *Namespace) HasRoom(r Room) bool {
	if n.presence == nil {
		return true
	}
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.presence[r] > 0
}

// Deliver implements adapter.Local: it frames the event once and gives it to
// every shard, which sends it to its own members.
func (n *Namespace) Deliver(ctx context.Context, b *adapter.Broadcast) error {
	if err := n.start(); err != nil {
		return err
	}
	if n.server.closed.Load() {
		return ErrClosed
	}
	m := n.frame(packet.Packet{Type: packet.Event, AckID: packet.NoAck, Data: b.Data}, b.Attachments)
	n.keepLatest(m, b.Key, b.InOrder)
	for i, shard := range n.shards {
		rooms := n.members[i]
		err := shard.Post(ctx, func() {
			rooms.Select(b.Rooms, b.Except, func(s *Socket) { s.client.conn.Send(m) })
		})
		if err != nil {
			return fmt.Errorf("broadcast in %s: %w", n.name, err)
		}
	}
	return nil
}

// keepLatest gives a message its conflation key. A connection has one outbox for
// all its namespaces, so a key must not be the same in two of them.
func (n *Namespace) keepLatest(m *engineio.Message, key string, inOrder bool) {
	if key == "" {
		return
	}
	if n.name != "/" {
		key = "\x00" + n.name + "\x00" + key
	}
	if inOrder {
		m.LatestInOrder(key)
	} else {
		m.Latest(key)
	}
}

// frame makes the message of an event or ack whose JSON is ready.
func (n *Namespace) frame(p packet.Packet, attachments [][]byte) *engineio.Message {
	p.Namespace = n.name
	if p.Attachments = len(attachments); p.Attachments > 0 {
		p.Type = binaryOf(p.Type)
	}
	return engineio.NewMessage(func(dst []byte) []byte { return packet.Append(dst, p) }, attachments...)
}

// message encodes an event, or an ack when event is empty, for one client.
func (n *Namespace) message(t packet.Type, ackID int64, event string, args []any) (*engineio.Message, error) {
	data, attachments, err := appendArgs(nil, event, args)
	if err != nil {
		return nil, err
	}
	return n.frame(packet.Packet{Type: t, AckID: ackID, Data: data}, attachments), nil
}

func binaryOf(t packet.Type) packet.Type {
	if t == packet.Ack {
		return packet.BinaryAck
	}
	return packet.BinaryEvent
}

// ConnectError refuses a socket. Message and Data reach the client's
// connect_error handler.
type ConnectError struct {
	Message string
	Data    any // anything that encodes to JSON; nil for none
}

// Error implements error.
func (e *ConnectError) Error() string { return e.Message }

// encode makes the payload of CONNECT_ERROR.
func (e *ConnectError) encode() ([]byte, error) {
	return json.Marshal(struct {
		Message string `json:"message"`
		Data    any    `json:"data,omitempty"`
	}{e.Message, e.Data})
}

// answerError is the default for OnError.
func answerError(ctx context.Context, s *Socket, ev *Event, err error) {
	type failure struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Event   string `json:"event,omitempty"`
	}
	f := failure{Code: "internal", Message: "internal error"}
	var decode *DecodeError
	if errors.As(err, &decode) {
		f = failure{Code: "invalid_payload", Message: decode.Error()}
	} else {
		s.ns.server.options.Logger.Error("event handler", "event", ev.Name, "socket", s.id, "error", err)
	}
	if ev.WantsAck() {
		_ = ev.Ack(ctx, struct {
			OK    bool    `json:"ok"`
			Error failure `json:"error"`
		}{false, f})
		return
	}
	f.Event = ev.Name
	_ = s.Emit(ctx, "error", f)
}
