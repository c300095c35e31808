package adapter

import "context"

// Room names a group of sockets in a namespace. Every socket is in the room named by its own id.
type Room string

// Broadcast is an event on its way to the sockets of a namespace. It is read-only
// once it was given to an Adapter.
type Broadcast struct {
	Data        []byte   // the event as a JSON array: its name, then its arguments
	Attachments [][]byte // what the placeholders in Data stand for
	Rooms       []Room   // the union of these; none: the whole namespace
	Except      []Room   // less the members of these
	Key         string   // conflation key, empty for none
	InOrder     bool     // with Key: a replacement stays behind what was sent after the value it replaces
}

// Local is this node's side of a namespace.
type Local interface {
	// Deliver sends b to the selected sockets of this node, each at most once. It
	// waits, bounded by ctx, only while the node is far behind.
	Deliver(ctx context.Context, b *Broadcast) error
	// HasRoom reports whether this node may have a member of the room, so that a
	// message for a room that is not here can be dropped before it is decoded.
	HasRoom(room Room) bool
}

// Adapter carries the emits of one namespace. All methods may be called concurrently.
type Adapter interface {
	// Broadcast delivers b to the selected sockets of all nodes. What one goroutine
	// broadcasts arrives in its order at each socket.
	Broadcast(ctx context.Context, b *Broadcast) error
	// Close ends the adapter and waits for what it started.
	Close() error
}

// Factory makes the adapter of a namespace. It is called once per namespace.
type Factory func(namespace string, local Local) (Adapter, error)

// Memory is the Factory of a server that is alone.
func Memory(_ string, local Local) (Adapter, error) { return memory{local}, nil }

type memory struct{ local Local }

func (m memory) Broadcast(ctx context.Context, b *Broadcast) error { return m.local.Deliver(ctx, b) }
func (m memory) Close() error                                      { return nil }
