package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"tradewind/socketio/adapter"
)

// patience bounds every wait; it is for broken adapters only.
const patience = 10 * time.Second

// node is one member of a cluster, in one namespace.
type node struct {
	*local
	adapter.Adapter
	factory adapter.Factory
}

const namespace = "/chat"

// cluster makes nodes whose first sockets are in a room of the node, such as "node0", and in "everywhere".
func cluster(t *testing.T, setup Setup) []*node {
	t.Helper()
	return joinAll(t, setup(t, 3))
}

func joinAll(t *testing.T, factories []adapter.Factory) []*node {
	t.Helper()
	var nodes []*node
	for i, factory := range factories {
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
	if n.Adapter, err = factory(namespace, side{n.local}); err != nil {
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

func last(nodes []*node) *node { return nodes[len(nodes)-1] }

func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// receive waits for something that is to come.
func receive[T any](t *testing.T, from <-chan T, what string) (got T) {
	t.Helper()
	select {
	case got = <-from:
	case <-time.After(patience):
		t.Fatalf("%s did not come", what)
	}
	return got
}

func (n *node) send(b *adapter.Broadcast) {
	n.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := n.Broadcast(ctx, b); err != nil {
		n.t.Fatalf("broadcast: %v", err)
	}
}

// next is the next broadcast that concerns the node; an adapter may drop the others or deliver them.
func (l *local) next() *adapter.Broadcast {
	l.t.Helper()
	for {
		if b := receive(l.t, l.got, "a broadcast"); l.concerns(b) {
			return b
		}
	}
}

// concerns tells whether any of this node's sockets can be a recipient.
func (l *local) concerns(b *adapter.Broadcast) bool {
	for _, r := range b.Rooms {
		if (side{l}).HasRoom(r) {
			return true
		}
	}
	return len(b.Rooms) == 0
}

// settled returns when all nodes have done what from has asked them before.
func settled(t *testing.T, from *node, nodes []*node) {
	t.Helper()
	from.send(event(`["settled"]`))
	for _, n := range nodes {
		for string(n.next().Data) != `["settled"]` {
		}
	}
}

// withinLonger calls ask with deadlines that grow until what it returns says that it
// had the time. ask must have ended by the deadline all the same.
func withinLonger(t *testing.T, ask func(ctx context.Context) (enough bool)) {
	t.Helper()
	for limit := 50 * time.Millisecond; limit < patience; limit *= 3 {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		enough := ask(ctx)
		late := time.Since(deadlineOf(ctx))
		cancel()
		if late > patience/2 {
			t.Fatalf("it ended %v behind its deadline", late)
		}
		if enough {
			return
		}
	}
	t.Error("what the other nodes said was not told")
}

func deadlineOf(ctx context.Context) time.Time {
	deadline, _ := ctx.Deadline()
	return deadline
}

// missingNodes checks a *PartialError and returns how many nodes it names.
func missingNodes(t *testing.T, err error) int {
	t.Helper()
	var partial *adapter.PartialError
	if !errors.As(err, &partial) {
		t.Fatalf("the error is %v, not a *PartialError", err)
	}
	if partial.Err == nil || errors.Unwrap(partial) == nil {
		t.Error("a *PartialError has no cause")
	}
	seen := map[string]bool{}
	for _, name := range partial.Missing {
		if name == "" || seen[name] {
			t.Errorf("the missing nodes are %q", partial.Missing)
		}
		seen[name] = true
	}
	return len(partial.Missing)
}

// perNode lists a name for every node, such as a0, a1, a2.
func perNode(nodes []*node, names ...string) (all []string) {
	for i := range nodes {
		for _, name := range names {
			all = append(all, fmt.Sprint(name, i))
		}
	}
	return all
}
