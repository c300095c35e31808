package socketio

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"tradewind/socketio/adapter"
	"tradewind/socketio/engineio"
	"tradewind/socketio/packet"
)

// SocketID is the public id of a socket: 20 characters, unrelated to the secret
// session id of its connection.
type SocketID string

// EndedError says that a socket has ended. It is the cause with which its context ends.
type EndedError struct{ Reason Reason }

// Error implements error.
func (e *EndedError) Error() string { return "socket ended: " + string(e.Reason) }

// errNotJoined is what a call in a middleware fails with.
var errNotJoined = errors.New("socket is not connected yet")

// errRefused is the cause of a socket that a middleware refused.
var errRefused = errors.New("socket was refused by a middleware")

// Socket is one client in one namespace. All methods may be called concurrently;
// after the socket's end they do nothing or return an error.
type Socket struct {
	id     SocketID
	ns     *Namespace
	client *client

	// Owned by the shard.
	member    adapter.Member[*Socket]
	connected bool
	ended     bool
	early     []Room      // joined by a middleware, before it is connected
	online    atomic.Bool // connected, for others to read
	handshake atomic.Pointer[Handshake]

	mailbox

	mu     sync.Mutex
	auth   json.RawMessage
	ctx    context.Context // made when first asked for
	cancel context.CancelCauseFunc
	cause  error // why the socket ended
	data   []datum
	acks   map[int64]chan Args // calls that wait for the client
	calls  int64
}

func newSocket(ns *Namespace, c *client, auth json.RawMessage) *Socket {
	var b [15]byte
	_, _ = rand.Read(b[:]) // never fails
	s := &Socket{id: SocketID(base64.URLEncoding.EncodeToString(b[:])), ns: ns, client: c, auth: auth}
	s.handshake.Store(c.handshake)
	return s
}

// ID is the socket's id, which is also the name of its own room.
func (s *Socket) ID() SocketID { return s.id }

// Namespace is the namespace the socket is in.
func (s *Socket) Namespace() *Namespace { return s.ns }

// Handshake is what is known from the client's first request.
func (s *Socket) Handshake() *Handshake { return s.handshake.Load() }

// Auth is what the client sent to join, a JSON object; {} if it sent nothing. It is nil once the socket is connected.
func (s *Socket) Auth() json.RawMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.auth
}

// DecodeAuth decodes Auth into v as encoding/json does.
func (s *Socket) DecodeAuth(v any) error {
	if err := json.Unmarshal(s.Auth(), v); err != nil {
		return fmt.Errorf("decode auth: %w", err)
	}
	return nil
}

// Connected reports whether the socket is connected.
func (s *Socket) Connected() bool { return s.online.Load() }

// Context ends with the socket, with an *EndedError as its cause.
func (s *Socket) Context() context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx == nil {
		s.ctx, s.cancel = context.WithCancelCause(context.Background())
		if s.cause != nil {
			s.cancel(s.cause)
		}
	}
	return s.ctx
}

// Emit sends an event to this client, once it is connected: what a middleware
// emits is not sent.
func (s *Socket) Emit(ctx context.Context, event string, args ...any) error {
	return Emitter{ns: s.ns, to: s}.Emit(ctx, event, args...)
}

// KeepLatest is Emitter.KeepLatest for this client.
func (s *Socket) KeepLatest(key string) Emitter {
	return Emitter{ns: s.ns, to: s}.KeepLatest(key)
}

// To selects the other sockets in the rooms. Without any room it selects nobody.
func (s *Socket) To(rooms ...Room) Emitter { return s.Broadcast().To(rooms...) }

// Broadcast selects all other sockets of the namespace.
func (s *Socket) Broadcast() Emitter { return Emitter{ns: s.ns, except: []Room{Room(s.id)}} }

func (s *Socket) send(ctx context.Context, m *engineio.Message) error {
	if err := s.post(ctx, func() {
		if s.connected {
			s.client.conn.Send(m)
		}
	}); err != nil {
		return fmt.Errorf("send to socket %s: %w", s.id, err)
	}
	return nil
}

// Call emits an event and waits for the client's acknowledgement, bounded by ctx.
// The error is an *EndedError when the socket ends first. A handler that calls its
// own client waits in vain while the client's events fill the socket's queue, as
// the acknowledgement is behind them: bound ctx.
func (s *Socket) Call(ctx context.Context, event string, args ...any) (Args, error) {
	if event == "" || packet.Reserved(event) {
		return Args{}, fmt.Errorf("call %q: the name is empty or reserved by the protocol", event)
	}
	answer := make(chan Args, 1)
	s.mu.Lock()
	if s.cause != nil {
		defer s.mu.Unlock()
		return Args{}, s.cause
	}
	if s.acks == nil {
		s.acks = map[int64]chan Args{}
	}
	id := s.calls
	s.calls++
	s.acks[id] = answer
	s.mu.Unlock()
	defer s.forgetCall(id)

	m, err := s.ns.message(packet.Event, id, event, args)
	if err != nil {
		return Args{}, err
	}
	refused := make(chan struct{})
	if err := s.post(ctx, func() {
		if s.connected {
			s.client.conn.Send(m)
		} else {
			close(refused)
		}
	}); err != nil {
		return Args{}, fmt.Errorf("call %q: %w", event, err)
	}
	ended := s.Context()
	select {
	case a := <-answer:
		return a, nil
	case <-ended.Done():
		return Args{}, context.Cause(ended)
	case <-refused:
		if ended.Err() != nil {
			return Args{}, context.Cause(ended)
		}
		return Args{}, fmt.Errorf("call %q: %w", event, errNotJoined)
	case <-ctx.Done():
		return Args{}, context.Cause(ctx)
	}
}

func (s *Socket) forgetCall(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.acks, id)
}

// acknowledged takes an ack of the client; one that nobody waits for is ignored. On the shard.
func (s *Socket) acknowledged(id int64, args Args) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if answer := s.acks[id]; answer != nil {
		delete(s.acks, id)
		answer <- args
	}
}

// Join puts the socket into rooms. Emits that come later reach it there. After
// the socket's end it does nothing.
func (s *Socket) Join(ctx context.Context, rooms ...Room) error {
	return s.post(ctx, func() {
		if s.ended {
			return
		}
		for _, r := range rooms {
			if s.connected {
				s.rooms().Join(&s.member, r)
			} else {
				s.early = append(s.early, r)
			}
		}
	})
}

// Leave takes the socket out of rooms.
func (s *Socket) Leave(ctx context.Context, rooms ...Room) error {
	return s.post(ctx, func() {
		if !s.connected {
			s.early = slices.DeleteFunc(s.early, func(r Room) bool { return slices.Contains(rooms, r) })
			return
		}
		for _, r := range rooms {
			s.rooms().Leave(&s.member, r)
		}
	})
}

// Rooms lists the rooms the socket is in, its own first; none unless it is connected.
func (s *Socket) Rooms(ctx context.Context) ([]Room, error) {
	var rooms []Room
	err := s.client.conn.Shard().Do(ctx, func() {
		if s.connected {
			rooms = s.rooms().Of(&s.member)
		}
	})
	return rooms, err
}

// rooms is the membership that the socket's shard keeps.
func (s *Socket) rooms() *adapter.Rooms[*Socket] {
	return s.ns.members[s.client.conn.Shard().Index()]
}

func (s *Socket) post(ctx context.Context, f func()) error {
	if s.ns.server.closed.Load() {
		return ErrClosed
	}
	return s.client.conn.Post(ctx, f)
}

// Disconnect takes the client out of the namespace. A stock client does not come back by itself.
func (s *Socket) Disconnect(ctx context.Context) error {
	return s.post(ctx, func() {
		if !s.connected {
			return
		}
		p := packet.Packet{Type: packet.Disconnect, Namespace: s.ns.name, AckID: packet.NoAck}
		s.client.conn.Send(engineio.NewMessage(func(dst []byte) []byte { return packet.Append(dst, p) }))
		s.end(ServerDisconnect)
	})
}

// CloseTransport ends the whole connection, with a WebSocket close code that goes
// with the reason. A stock client reconnects.
func (s *Socket) CloseTransport(r Reason) error {
	return s.post(context.Background(), func() { s.client.conn.Close(r) })
}

// Flushed waits until everything emitted so far was handed to the kernel or to a
// polling response. The error is an *EndedError when the socket ended first.
func (s *Socket) Flushed(ctx context.Context) error {
	return s.wait(ctx, func(done func(bool)) { s.client.conn.Flushed(func() { done(!s.ended && !s.client.conn.Closed()) }) })
}

// Ping sends an Engine.IO ping and waits for the pong, to know whether the client is there.
func (s *Socket) Ping(ctx context.Context) error {
	return s.wait(ctx, s.client.conn.Ping)
}

// wait runs start on the shard and waits until done is called.
func (s *Socket) wait(ctx context.Context, start func(done func(ok bool))) error {
	result := make(chan bool, 1)
	if err := s.post(ctx, func() { start(func(ok bool) { result <- ok }) }); err != nil {
		return s.endedError(err)
	}
	select {
	case ok := <-result:
		if ok {
			return nil
		}
		select { // the connection is just being closed: a moment later the socket knows why
		case <-s.Context().Done():
			return context.Cause(s.Context())
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	case <-s.client.conn.Shard().Done():
		return s.endedError(ErrClosed)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// endedError is why the socket ended, or the other error while it has not.
func (s *Socket) endedError(other error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cause != nil {
		return s.cause
	}
	return other
}

// connect leads the socket through the middlewares into the namespace. In the socket's mailbox.
func (s *Socket) connect(ctx context.Context) {
	if err := s.ns.start(); err != nil { // here, because an adapter may need the network for it
		s.refuse(err)
		return
	}
	for _, middleware := range s.ns.middlewares {
		if err := s.guard(func() error { return middleware(ctx, s) }); err != nil {
			s.refuse(err)
			return
		}
	}
	connected := false
	err := s.client.conn.Shard().Do(context.Background(), func() {
		if s.ended {
			return
		}
		s.join()
		connected = true
	})
	s.passed = true
	s.mu.Lock()
	s.auth = nil
	s.mu.Unlock()
	if err != nil || !connected {
		return
	}
	for _, f := range s.ns.onConnect {
		s.run(func() { f(ctx, s) })
	}
}

// join makes the socket a member and tells the client. On the shard.
func (s *Socket) join() {
	s.connected = true
	s.online.Store(true)
	s.ns.sockets.Add(1)
	s.rooms().Add(&s.member, Room(s.id), s)
	s.ns.present(Room(s.id), 1)
	for _, r := range s.early {
		s.rooms().Join(&s.member, r)
	}
	s.early = nil
	s.client.joined()
	s.handshake.Store(s.client.handshake)
	p := packet.Packet{Type: packet.Connect, Namespace: s.ns.name, AckID: packet.NoAck, Data: []byte(`{"sid":"` + s.id + `"}`)}
	s.client.conn.Send(engineio.NewMessage(func(dst []byte) []byte { return packet.Append(dst, p) }))
}

func (s *Socket) refuse(err error) {
	var refusal *ConnectError
	if !errors.As(err, &refusal) || refusal == nil {
		s.ns.server.options.Logger.Error("connect middleware", "namespace", s.ns.name, "error", err)
		refusal = &ConnectError{Message: "Internal error"}
	}
	var body []byte
	if err := s.guard(func() (err error) { body, err = refusal.encode(); return err }); err != nil {
		s.ns.server.options.Logger.Error("encode connect error", "namespace", s.ns.name, "error", err)
		body, _ = (&ConnectError{Message: refusal.Message}).encode() // a string always encodes
	}
	_ = s.client.conn.Shard().Do(context.Background(), func() {
		if s.ended {
			return
		}
		s.ended = true
		s.client.remove(s)
		s.client.refuse(s.ns.name, body)
	})
	s.finish(errRefused)
}

// end takes the socket out of everything; OnDisconnect follows when its last handler has returned. On the shard.
func (s *Socket) end(r Reason) {
	if s.ended {
		return
	}
	s.ended = true
	s.client.remove(s)
	left := s.connected && !s.client.closed
	if s.connected {
		s.connected = false
		s.online.Store(false)
		s.ns.sockets.Add(-1)
		s.rooms().Remove(&s.member)
		s.ns.present(Room(s.id), -1)
	}
	if left {
		s.client.leave(s, r)
	}
	s.finish(&EndedError{r})
	s.close(job{run: func(context.Context) {
		if s.passed {
			for _, f := range s.ns.onDisconnect {
				s.run(func() { f(s, r) })
			}
		}
		if left {
			_ = s.post(context.Background(), s.client.gone) // fails only when there is no connection left to read
		}
	}})
	if s.choking { // last, because it reads on
		s.choking = false
		s.client.unchoke()
	}
}

// finish ends the socket's context.
func (s *Socket) finish(cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cause == nil {
		s.cause = cause
		if s.cancel != nil {
			s.cancel(cause)
		}
	}
}
