package adaptertest

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"tradewind/socketio/adapter"
)

// patience bounds every wait; it is for broken adapters only.
const patience = 10 * time.Second

// local is a node's namespace: it has rooms and records what is delivered.
type local struct {
	t     *testing.T
	got   chan *adapter.Broadcast
	stall chan struct{} // Deliver waits for it when not nil

	mu    sync.Mutex
	rooms []adapter.Room
}

var _ adapter.Local = (*local)(nil)

func newLocal(t *testing.T, rooms ...adapter.Room) *local {
	return &local{t: t, got: make(chan *adapter.Broadcast, 10_000), rooms: rooms}
}

// Deliver implements adapter.Local.
func (l *local) Deliver(ctx context.Context, b *adapter.Broadcast) error {
	if l.stall != nil {
		select {
		case <-l.stall:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	l.got <- b
	return nil
}

// HasRoom implements adapter.Local.
func (l *local) HasRoom(room adapter.Room) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Contains(l.rooms, room)
}

func (l *local) join(room adapter.Room) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rooms = append(l.rooms, room)
}

// concerns tells whether any of this node's sockets can be a recipient.
func (l *local) concerns(b *adapter.Broadcast) bool {
	return len(b.Rooms) == 0 || slices.ContainsFunc(b.Rooms, l.HasRoom)
}

// next is the next broadcast that concerns the node; an adapter may drop the others or deliver them.
func (l *local) next() *adapter.Broadcast {
	l.t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case b := <-l.got:
			if l.concerns(b) {
				return b
			}
		case <-deadline:
			l.t.Fatal("a broadcast was not delivered")
		}
	}
}

// node is one member of a cluster, in one namespace.
type node struct {
	*local
	adapter.Adapter
	factory adapter.Factory
}

const namespace = "/chat"

// cluster makes nodes whose sockets are in a room of the node, such as "node0", and in "everywhere".
func cluster(t *testing.T, setup Setup) []*node {
	t.Helper()
	var nodes []*node
	for i, factory := range setup(t, 3) {
		nodes = append(nodes, join(t, factory, namespace, "everywhere", roomOf(i)))
	}
	if len(nodes) == 0 {
		t.Fatal("the setup has made no node")
	}
	return nodes
}

// join makes a node's namespace; it is closed with the test.
func join(t *testing.T, factory adapter.Factory, namespace string, rooms ...adapter.Room) *node {
	t.Helper()
	n := &node{local: newLocal(t, rooms...), factory: factory}
	var err error
	if n.Adapter, err = factory(namespace, n.local); err != nil {
		t.Fatalf("make adapter of %s: %v", namespace, err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Errorf("close adapter of %s: %v", namespace, err)
		}
	})
	return n
}

func roomOf(node int) adapter.Room { return adapter.Room("node" + string(rune('0'+node))) }

func (n *node) send(b *adapter.Broadcast) {
	n.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := n.Broadcast(ctx, b); err != nil {
		n.t.Fatalf("broadcast: %v", err)
	}
}

// Call implements adapter.Local.
func (l *local) Call(ctx context.Context, b *adapter.Broadcast, expect func(int), _ func(adapter.Payload)) error {
	expect(0)
	return l.Deliver(ctx, b)
}

// Sockets implements adapter.Local.
func (l *local) Sockets(context.Context, adapter.Selection) ([]adapter.Socket, error) {
	return nil, nil
}

// Join implements adapter.Local.
func (l *local) Join(context.Context, adapter.Selection, []adapter.Room) error { return nil }

// Leave implements adapter.Local.
func (l *local) Leave(context.Context, adapter.Selection, []adapter.Room) error { return nil }

// Disconnect implements adapter.Local.
func (l *local) Disconnect(context.Context, adapter.Selection, bool) error { return nil }

// ServerEvent implements adapter.Local.
func (l *local) ServerEvent(adapter.Payload, func(adapter.Payload)) error { return nil }

// Release implements adapter.Local.
func (l *local) Release(context.Context, string) error { return nil }
