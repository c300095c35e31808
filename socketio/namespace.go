package socketio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

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
	*Handlers

	server *Server
	name   string
	parent *ParentNamespace // of a dynamic one
	life   lifetime         // of a dynamic one

	sockets atomic.Int64
	rooms   atomic.Int64
	calls   atomic.Int64 // the next ack id: one counter, so that a broadcast has the same id for all its recipients

	begin   sync.Once
	started chan struct{} // closed when begin is over; what is below does not change then
	failed  error
	carrier adapter.Adapter
	shards  []*engineio.Shard
	members []*adapter.Rooms[*Socket] // by shard; each belongs to its shard

	recovery  adapter.Recoverer // nil: sessions are not recovered
	delivered []string          // by shard, each owned by it: the newest offset it was delivered

	mu       sync.RWMutex
	presence map[Room]int       // shards that have members of a room; only with an adapter that asks
	byPID    map[string]*Socket // only with recovery

	serverEvents serverEvents
}

func newNamespace(s *Server, name string, h *Handlers) *Namespace {
	n := &Namespace{Handlers: h, server: s, name: name, started: make(chan struct{}), byPID: map[string]*Socket{}}
	n.serverEvents.ns = n
	return n
}

// Name is the namespace's name, with its slash.
func (n *Namespace) Name() string { return n.name }

// start prepares the namespace for its first use.
func (n *Namespace) start() error {
	n.begin.Do(func() {
		defer close(n.started)
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
		n.delivered = make([]string, len(n.shards))
		if n.server.options.Adapter != nil {
			n.presence = map[Room]int{}
		}
		n.failed = n.join()
	})
	return n.failed
}

// errNoRecovery says that Options ask for what the adapter does not have.
var errNoRecovery = errors.New("Options.Recovery is set, but the adapter keeps no sessions")

// join makes the adapter.
func (n *Namespace) join() (err error) {
	if n.carrier, err = n.server.factory(n.name, local{n}); err != nil || n.server.options.Recovery == nil {
		return err
	}
	recovery, ok := n.carrier.(adapter.Recoverer)
	if !ok {
		return errors.Join(errNoRecovery, n.carrier.Close())
	}
	n.recovery = recovery
	for i := range n.delivered {
		n.delivered[i] = recovery.Start()
	}
	return nil
}

// close ends the adapter, if there is one, and keeps the namespace from starting.
func (n *Namespace) close() error {
	n.begin.Do(func() {
		n.failed = ErrClosed
		close(n.started)
	})
	if n.carrier == nil || n.failed != nil {
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

// closedOr is err, which says as well that the server is closed if it comes of that.
func (n *Namespace) closedOr(err error) error {
	if errors.Is(err, adapter.ErrClosed) && n.server.closed.Load() {
		return fmt.Errorf("%w: %w", ErrClosed, err)
	}
	return err
}

func (n *Namespace) nextAckID() int64 { return n.calls.Add(1) - 1 }

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

// frame makes the message of an event or ack whose JSON is ready.
func (n *Namespace) frame(t packet.Type, ackID int64, p adapter.Payload) (*engineio.Message, error) {
	return n.server.encode(packet.Packet{Type: t, Namespace: n.name, AckID: ackID, Data: p.Data}, p.Attachments)
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

// backgroundTimeout bounds what is done in the background when nobody gives a context.
const backgroundTimeout = 30 * time.Second

func background() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), backgroundTimeout)
}
