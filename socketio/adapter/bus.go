package adapter

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
)

// Bus joins servers of one process: each server that is given the bus's Join as
// its Factory is a node of one cluster. It is for tests, for programs that serve
// on several ports, and, with recovery, for a server that is alone. All methods
// may be called concurrently.
type Bus struct {
	options BusOptions

	mu         sync.Mutex
	namespaces map[string]*group
}

// BusOptions configure a Bus.
type BusOptions struct {
	// Recovery keeps sessions and a log of broadcasts in memory. nil: it does not.
	Recovery *LogOptions
}

// NewBus makes a bus without nodes.
func NewBus(o BusOptions) *Bus {
	if o.Recovery != nil {
		log := o.Recovery.withDefaults()
		o.Recovery = &log
	}
	return &Bus{options: o, namespaces: map[string]*group{}}
}

// Join is a Factory.
func (b *Bus) Join(namespace string, local Local) (Adapter, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	g := b.namespaces[namespace]
	if g == nil {
		g = &group{bus: b, namespace: namespace, turn: make(chan struct{}, 1)}
		if b.options.Recovery != nil {
			g.log = newLog(*b.options.Recovery)
		}
		b.namespaces[namespace] = g
	}
	n := &node{group: g, local: local, name: fmt.Sprintf("node %d", g.joined)}
	g.joined++
	if g.log == nil {
		g.add(n)
		return n, nil
	}
	// In turn, so that what is logged before this moment, and nothing else, is not delivered here.
	g.turn <- struct{}{}
	n.start = g.log.newest()
	g.add(n)
	<-g.turn
	return recoverer{n}, nil
}

var _ Factory = (*Bus)(nil).Join

// group is the nodes of one namespace.
type group struct {
	bus       *Bus
	namespace string
	joined    int // nodes there have been; guarded by the bus's mu

	turn chan struct{} // capacity 1: held over a broadcast that is logged, so that log and deliveries have one order
	log  *log          // nil without recovery

	mu    sync.RWMutex
	nodes []*node
}

func (g *group) add(n *node) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.nodes = append(slices.Clip(g.nodes), n)
}

// remove takes a node out, and forgets a namespace that has no node and nothing to recover.
func (g *group) remove(n *node) {
	g.bus.mu.Lock()
	defer g.bus.mu.Unlock()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.nodes = slices.DeleteFunc(slices.Clone(g.nodes), func(other *node) bool { return other == n })
	if len(g.nodes) == 0 && g.bus.namespaces[g.namespace] == g {
		delete(g.bus.namespaces, g.namespace)
	}
}

func (g *group) snapshot() []*node {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.nodes
}

// inTurn runs f while nothing that is logged is delivered.
func (g *group) inTurn(ctx context.Context, f func() error) error {
	select {
	case g.turn <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-g.turn }()
	return f()
}

// node is one server in one namespace.
type node struct {
	group  *group
	local  Local
	name   string
	start  string
	closed atomic.Bool
}

var _ Adapter = (*node)(nil)

// Broadcast implements Adapter.
func (n *node) Broadcast(ctx context.Context, b *Broadcast) error {
	if n.closed.Load() {
		return ErrClosed
	}
	if n.group.log == nil || b.Volatile {
		return n.deliver(ctx, b)
	}
	return n.group.inTurn(ctx, func() error { return n.deliver(ctx, n.group.log.append(b)) })
}

// deliver gives b to every node, to the others too when one fails.
func (n *node) deliver(ctx context.Context, b *Broadcast) error {
	return n.each(func(to *node) error {
		err := to.local.Deliver(ctx, b)
		if to != n && err != nil && ctx.Err() == nil {
			return nil // it is being closed
		}
		return err
	})
}

// each calls f for every node and joins the errors.
func (n *node) each(f func(*node) error) error {
	var errs []error
	for _, to := range n.group.snapshot() {
		if err := f(to); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Call implements Adapter.
func (n *node) Call(ctx context.Context, b *Broadcast, answer func(Payload)) (int, error) {
	nodes := n.group.snapshot()
	locals := make([]Local, len(nodes))
	for i, to := range nodes {
		locals[i] = to.local
	}
	return callAll(ctx, locals, b, answer)
}

// Sockets implements Adapter.
func (n *node) Sockets(ctx context.Context, sel Selection) ([]Socket, error) {
	var all []Socket
	partial := &PartialError{}
	for _, to := range n.group.snapshot() {
		sockets, err := to.local.Sockets(ctx, sel)
		if err != nil {
			partial.Missing, partial.Err = append(partial.Missing, to.name), err
			continue
		}
		all = append(all, sockets...)
	}
	if partial.Err != nil {
		return all, partial
	}
	return all, nil
}

// Join implements Adapter.
func (n *node) Join(ctx context.Context, sel Selection, rooms []Room) error {
	return n.each(func(to *node) error { return to.local.Join(ctx, sel, rooms) })
}

// Leave implements Adapter.
func (n *node) Leave(ctx context.Context, sel Selection, rooms []Room) error {
	return n.each(func(to *node) error { return to.local.Leave(ctx, sel, rooms) })
}

// Disconnect implements Adapter.
func (n *node) Disconnect(ctx context.Context, sel Selection, connections bool) error {
	return n.each(func(to *node) error { return to.local.Disconnect(ctx, sel, connections) })
}

// ServerEmit implements Adapter.
func (n *node) ServerEmit(_ context.Context, p Payload) error {
	return n.each(func(to *node) error {
		if to == n {
			return nil
		}
		return to.local.ServerEvent(p, nil)
	})
}

// ServerCall implements Adapter.
func (n *node) ServerCall(ctx context.Context, p Payload) ([]Payload, error) {
	var others []*node
	for _, to := range n.group.snapshot() {
		if to != n {
			others = append(others, to)
		}
	}
	type answer struct {
		of      int
		payload Payload
		err     error
	}
	answers := make(chan answer, len(others))
	for i, to := range others {
		if err := to.local.ServerEvent(p, func(p Payload) { answers <- answer{of: i, payload: p} }); err != nil {
			answers <- answer{of: i, err: err}
		}
	}
	var got []Payload
	partial := &PartialError{}
	waiting := make(map[int]bool, len(others))
	for i := range others {
		waiting[i] = true
	}
	for len(waiting) > 0 {
		select {
		case a := <-answers:
			delete(waiting, a.of)
			if a.err != nil {
				partial.Missing, partial.Err = append(partial.Missing, others[a.of].name), a.err
				continue
			}
			got = append(got, a.payload)
		case <-ctx.Done():
			for i := range others {
				if waiting[i] {
					partial.Missing = append(partial.Missing, others[i].name)
				}
			}
			partial.Err = context.Cause(ctx)
			return got, partial
		}
	}
	if partial.Err != nil {
		return got, partial
	}
	return got, nil
}

// Close implements Adapter.
func (n *node) Close() error {
	if !n.closed.Swap(true) {
		n.group.remove(n)
	}
	return nil
}
