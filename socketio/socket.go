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
	early     *[]Room      // joined by a middleware, before it is connected; nil: none
	phase     atomic.Int32 // for others to read
	connected bool
	ended     bool
	handshake atomic.Pointer[Handshake]
	recovery  *recoverable // nil without recovery; set before the middlewares run

	mailbox

	mu     sync.Mutex
	auth   json.RawMessage
	ctx    context.Context // made when first asked for
	cancel context.CancelCauseFunc
	cause  error // why the socket ended
	data   []datum
	acks   map[int64]answers // calls that wait for the client

	restored map[string]json.RawMessage // shared data that came with the session
}

// The phases of a socket.
const (
	phaseJoining int32 = iota // not connected yet
	phaseOnline
	phaseOver // was connected
)

func newSocket(ns *Namespace, c *client, auth json.RawMessage) *Socket {
	s := &Socket{id: SocketID(newID()), ns: ns, client: c, auth: auth}
	if c.legacy() {
		s.id = legacyID(ns.name, c.conn.SID())
	}
	s.handshake.Store(c.handshake)
	return s
}

// newID makes 20 characters that cannot be guessed.
func newID() string {
	var b [15]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.URLEncoding.EncodeToString(b[:])
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

// Recovered reports whether the client has come back to this socket after its
// connection broke; see Options.Recovery. Middlewares can ask for it too: the
// socket has its id and its shared data already, and gets its rooms after them.
func (s *Socket) Recovered() bool { return s.recovery != nil && s.recovery.session != nil }

// Protocol is the revision of Engine.IO that the client speaks: 4, or 3 for a
// client of Socket.IO 2; see Options.AllowEIO3.
func (s *Socket) Protocol() int { return s.client.conn.Protocol() }

// Connected reports whether the socket is connected.
func (s *Socket) Connected() bool { return s.phase.Load() == phaseOnline }

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

// Volatile is Emitter.Volatile for this client.
func (s *Socket) Volatile() Emitter { return Emitter{ns: s.ns, to: s}.Volatile() }

// Uncompressed is Emitter.Uncompressed for this client.
func (s *Socket) Uncompressed() Emitter { return Emitter{ns: s.ns, to: s}.Uncompressed() }

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

// Join puts the socket into rooms. Emits that come later reach it there. After
// the socket's end it does nothing.
func (s *Socket) Join(ctx context.Context, rooms ...Room) error {
	return s.post(ctx, func() {
		if s.ended {
			return
		}
		if s.connected {
			s.enter(rooms)
		} else {
			if s.early == nil {
				s.early = new([]Room)
			}
			*s.early = append(*s.early, rooms...)
		}
	})
}

// enter puts a connected socket into rooms. On the shard.
func (s *Socket) enter(rooms []Room) {
	for _, r := range rooms {
		if s.rooms().Join(&s.member, r) && s.recovery != nil {
			s.recovery.joined[r] = s.ns.delivered[s.client.conn.Shard().Index()]
		}
	}
}

// exit takes a connected socket out of rooms. On the shard.
func (s *Socket) exit(rooms []Room) {
	for _, r := range rooms {
		s.rooms().Leave(&s.member, r)
		if s.recovery != nil {
			delete(s.recovery.joined, r)
		}
	}
}

// Leave takes the socket out of rooms.
func (s *Socket) Leave(ctx context.Context, rooms ...Room) error {
	return s.post(ctx, func() {
		switch {
		case s.connected:
			s.exit(rooms)
		case s.early != nil:
			*s.early = slices.DeleteFunc(*s.early, func(r Room) bool { return slices.Contains(rooms, r) })
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
	return s.post(ctx, s.disconnect)
}

// disconnect tells the client to leave. On the shard.
func (s *Socket) disconnect() {
	if !s.connected {
		return
	}
	s.client.send(packet.Packet{Type: packet.Disconnect, Namespace: s.ns.name, AckID: packet.NoAck})
	s.end(ServerDisconnect)
}

// DisconnectClient takes the client out of all namespaces and closes the
// connection. A stock client does not come back by itself.
func (s *Socket) DisconnectClient(ctx context.Context) error {
	return s.post(ctx, func() {
		if s.connected {
			s.client.disconnect()
		}
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
