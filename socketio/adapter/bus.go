package adapter

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
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
	g, name := b.enter(namespace)
	n := &node{group: g, local: local, name: name}
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

// enter counts one more node of a namespace and names it.
func (b *Bus) enter(namespace string) (g *group, node string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	g = b.namespaces[namespace]
	if g == nil {
		g = &group{bus: b, namespace: namespace, turn: make(chan struct{}, 1)}
		if b.options.Recovery != nil {
			g.log = newLog(*b.options.Recovery)
		}
		b.namespaces[namespace] = g
	}
	node = fmt.Sprintf("node %d", g.entered)
	g.entered++
	g.present++
	return g, node
}

// group is the nodes of one namespace.
type group struct {
	bus       *Bus
	namespace string
	entered   int // nodes there have been; guarded by the bus's mu
	present   int // nodes there are, and those that are joining; guarded by the bus's mu

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

// remove takes a node out. A namespace without nodes is forgotten, its log and its sessions too.
func (g *group) remove(n *node) {
	g.mu.Lock()
	g.nodes = slices.DeleteFunc(slices.Clone(g.nodes), func(other *node) bool { return other == n })
	g.mu.Unlock()
	g.bus.mu.Lock()
	defer g.bus.mu.Unlock()
	if g.present--; g.present == 0 {
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
	group *group
	local Local
	name  string
	start string
	life  life
}

var _ Adapter = (*node)(nil)

// Broadcast implements Adapter.
func (n *node) Broadcast(ctx context.Context, b *Broadcast) error {
	if err := n.life.over(); err != nil {
		return err
	}
	if n.group.log == nil || b.Volatile {
		return n.deliver(ctx, b)
	}
	return n.group.inTurn(ctx, func() error { return n.deliver(ctx, n.group.log.append(b)) })
}

// deliver gives b to every node in turn, to the others too when one fails.
func (n *node) deliver(ctx context.Context, b *Broadcast) error {
	var errs []error
	for _, to := range n.group.snapshot() {
		err := to.local.Deliver(ctx, b)
		if to != n && err != nil && ctx.Err() == nil {
			continue // it is being closed
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Join implements Adapter.
func (n *node) Join(ctx context.Context, sel Selection, rooms []Room) error {
	return n.onAll(ctx, func(ctx context.Context, to *node) error { return to.local.Join(ctx, sel, rooms) })
}

// Leave implements Adapter.
func (n *node) Leave(ctx context.Context, sel Selection, rooms []Room) error {
	return n.onAll(ctx, func(ctx context.Context, to *node) error { return to.local.Leave(ctx, sel, rooms) })
}

// Disconnect implements Adapter.
func (n *node) Disconnect(ctx context.Context, sel Selection, connections bool) error {
	return n.onAll(ctx, func(ctx context.Context, to *node) error { return to.local.Disconnect(ctx, sel, connections) })
}

// onAll does f on every node and joins the errors.
func (n *node) onAll(ctx context.Context, f func(context.Context, *node) error) error {
	return n.life.during(ctx, func(ctx context.Context) error {
		return errors.Join(together(n.group.snapshot(), func(_ int, to *node) error { return f(ctx, to) })...)
	})
}

// together calls f for all nodes at the same time, so that one that is behind keeps
// no other waiting, and returns the error of each.
func together(nodes []*node, f func(i int, to *node) error) []error {
	errs := make([]error, len(nodes))
	var calls sync.WaitGroup
	for i, to := range nodes {
		calls.Go(func() { errs[i] = f(i, to) })
	}
	calls.Wait()
	return errs
}

// Close implements Adapter.
func (n *node) Close() error {
	if n.life.close() {
		n.group.remove(n)
	}
	return nil
}
