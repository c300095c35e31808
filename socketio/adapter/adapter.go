package adapter

import (
	"context"
	"encoding/json"
	"errors"
)

// Room names a group of sockets in a namespace. Every socket is in the room named by its own id.
type Room string

// Selection is a set of sockets of a namespace: the union of Rooms, or the whole
// namespace if there are none, less the members of Except. It is evaluated on
// each node for its own sockets, each of which it holds at most once.
type Selection struct {
	Rooms  []Room
	Except []Room
}

// Payload is the arguments of an event, of an acknowledgement or of a server's
// event, as they travel between nodes.
type Payload struct {
	Data        []byte   // a JSON array; of an event its name, then its arguments
	Attachments [][]byte // what the placeholders in Data stand for
}

// Broadcast is an event on its way to the sockets of a namespace. It is read-only
// once it was given to an Adapter.
type Broadcast struct {
	Payload
	Selection
	Key          string // conflation key, empty for none
	InOrder      bool   // with Key: a replacement stays behind what was sent after the value it replaces
	Volatile     bool   // dropped for clients that are behind, and not kept for recovery
	Uncompressed bool   // is not worth compressing
	// Offset is the event's place in the log of an adapter that keeps one, which
	// sets it for what it has logged: all but volatile events. Empty: the event is not
	// replayed.
	Offset string
}

// Socket is what a node tells of one of its sockets.
type Socket struct {
	ID        string
	Rooms     []Room          // its own first
	Handshake json.RawMessage // an object as Node makes it: headers, time, address, xdomain, secure, issued, url, query, auth
	Data      json.RawMessage // an object
}

// Local is this node's side of a namespace. All methods may be called
// concurrently; those that wait are bounded by ctx.
type Local interface {
	// Deliver sends b to the selected sockets of this node, each at most once, in
	// the order of the calls. It waits only while the node is far behind.
	Deliver(ctx context.Context, b *Broadcast) error
	// Call delivers b and asks for acknowledgements. It calls answer for each socket
	// that acknowledges, and expect once with the number of those it was sent to,
	// which may be after the first answers, and not at all when there is an error. It
	// returns when every one has acknowledged or ended, or when ctx ends, and calls
	// nothing any more then. Neither function may block.
	Call(ctx context.Context, b *Broadcast, expect func(sockets int), answer func(Payload)) error
	// HasRoom reports whether this node may have a member of the room, so that a
	// message for a room that is not here can be dropped before it is decoded.
	HasRoom(room Room) bool
	// Sockets tells of the selected sockets of this node.
	Sockets(ctx context.Context, sel Selection) ([]Socket, error)
	// Join and Leave put the selected sockets of this node into rooms and take them out.
	Join(ctx context.Context, sel Selection, rooms []Room) error
	Leave(ctx context.Context, sel Selection, rooms []Room) error
	// Disconnect takes the selected sockets of this node out of the namespace, or,
	// with connections, takes their clients out of all namespaces and closes them.
	Disconnect(ctx context.Context, sel Selection, connections bool) error
	// ServerEvent gives an event of another server to its handler, after those given
	// before. ack is nil when nobody waits for an answer; else it is called at most
	// once, at any time. The error says that too many events wait already.
	ServerEvent(p Payload, ack func(Payload)) error
	// Release ends the socket that still lives under a private session id, because
	// its client has come back elsewhere, and returns when its session was saved.
	Release(ctx context.Context, pid string) error
}

// Adapter carries what is emitted and asked in one namespace. All methods may be
// called concurrently, and those that wait are bounded by ctx. Every node does
// what one goroutine broadcasts and asks of Sockets, Join, Leave and Disconnect
// in that order: who has joined a room gets what is sent to it then.
type Adapter interface {
	// Broadcast delivers b to the selected sockets of all nodes. What one goroutine
	// broadcasts arrives in its order at each socket.
	Broadcast(ctx context.Context, b *Broadcast) error
	// Call is Broadcast with acknowledgements: answer is called for each as it
	// comes, one at a time. It returns when all recipients have answered or ended,
	// or when ctx ends, with the number of those that have not answered; answer is not
	// called any more then. When nodes do not tell in time how many they have asked,
	// the error is a *PartialError and the number is of the others'. An answer of
	// another node may be cut to its first argument.
	Call(ctx context.Context, b *Broadcast, answer func(Payload)) (missing int, err error)
	// Sockets tells of the selected sockets of all nodes. When nodes do not answer in
	// time it returns what the others said with a *PartialError.
	Sockets(ctx context.Context, sel Selection) ([]Socket, error)
	// Join and Leave put the selected sockets of all nodes into rooms and take them
	// out. A node that is behind keeps no other from it.
	Join(ctx context.Context, sel Selection, rooms []Room) error
	Leave(ctx context.Context, sel Selection, rooms []Room) error
	// Disconnect is Local.Disconnect on all nodes, in the same way.
	Disconnect(ctx context.Context, sel Selection, connections bool) error
	// ServerEmit gives an event to the handlers of all other servers, in the order of
	// one goroutine's calls.
	ServerEmit(ctx context.Context, p Payload) error
	// ServerCall is ServerEmit with one answer of every other server. When some do
	// not answer it returns what the others said with a *PartialError.
	ServerCall(ctx context.Context, p Payload) ([]Payload, error)
	// Close ends the adapter and waits for what it started; a second call changes
	// nothing. What is asked then ends with ErrClosed, as does what still waits, but
	// for a Broadcast.
	Close() error
}

// PartialError says that nodes did not answer. What comes with it is what the others said.
type PartialError struct {
	Missing []string // the nodes, by whatever name the adapter has for them
	Err     error    // why it was not waited for any longer
}

// Error implements error.
func (e *PartialError) Error() string {
	text := "no answer of"
	for _, node := range e.Missing {
		text += " " + node
	}
	return text + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *PartialError) Unwrap() error { return e.Err }

// ErrClosed says that the adapter is closed.
var ErrClosed = errors.New("adapter is closed")

// Factory makes the adapter of a namespace. The methods of local wait until it has
// returned, so it must not wait for them. It is called once per namespace, and
// again for a dynamic namespace that comes back after it was empty and closed.
type Factory func(namespace string, local Local) (Adapter, error)
