package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"tradewind/socketio/adapter"
)

func closesAlone(t *testing.T, setup Setup) {
	factories := setup(t, 1)
	local := newLocal(t)
	closing, err := factories[0]("/closing", side{local})
	if err != nil {
		t.Fatal(err)
	}
	stays := join(t, factories[0], namespace)
	if err := closing.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	fence(t, []*node{stays})
	if len(local.got) > 0 {
		t.Error("a closed adapter was delivered something")
	}
}

func closesUnderLoad(t *testing.T, setup Setup) {
	factories := setup(t, 2)
	var all []adapter.Adapter
	var locals []*local
	for _, f := range factories {
		l := newLocal(t)
		a, err := f(namespace, side{l})
		if err != nil {
			t.Fatal(err)
		}
		all, locals = append(all, a), append(locals, l)
	}
	var senders sync.WaitGroup
	for i := range 4 {
		senders.Go(func() {
			for range 200 { // errors are fine from the moment of Close on
				_ = all[i%len(all)].Broadcast(t.Context(), event(`["x"]`))
			}
		})
	}
	locals[0].next()
	for _, a := range all {
		if err := a.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	senders.Wait()
}

// use does everything once with a cluster.
func use(ctx context.Context, a adapter.Adapter) error {
	_, callErr := a.Call(ctx, event(`["x"]`), func(adapter.Payload) {})
	_, socketsErr := a.Sockets(ctx, adapter.Selection{})
	_, serverErr := a.ServerCall(ctx, payload(`["x"]`))
	return errors.Join(
		a.Broadcast(ctx, event(`["x"]`)), callErr, socketsErr, serverErr,
		a.Join(ctx, adapter.Selection{}, []adapter.Room{"x"}), a.Leave(ctx, adapter.Selection{}, []adapter.Room{"x"}),
		a.Disconnect(ctx, adapter.Selection{}, false), a.ServerEmit(ctx, payload(`["x"]`)))
}

// waiting lists what may wait for other nodes.
var waiting = map[string]func(context.Context, adapter.Adapter) error{
	"broadcast": func(ctx context.Context, a adapter.Adapter) error { return a.Broadcast(ctx, event(`["x"]`)) },
	"call": func(ctx context.Context, a adapter.Adapter) error {
		_, err := a.Call(ctx, event(`["x"]`), func(adapter.Payload) {})
		return err
	},
	"sockets": func(ctx context.Context, a adapter.Adapter) error {
		_, err := a.Sockets(ctx, adapter.Selection{})
		return err
	},
	"join": func(ctx context.Context, a adapter.Adapter) error {
		return a.Join(ctx, adapter.Selection{}, []adapter.Room{"x"})
	},
	"leave": func(ctx context.Context, a adapter.Adapter) error {
		return a.Leave(ctx, adapter.Selection{}, []adapter.Room{"x"})
	},
	"disconnect": func(ctx context.Context, a adapter.Adapter) error {
		return a.Disconnect(ctx, adapter.Selection{}, false)
	},
	"server emit": func(ctx context.Context, a adapter.Adapter) error { return a.ServerEmit(ctx, payload(`["x"]`)) },
	"server call": func(ctx context.Context, a adapter.Adapter) error {
		_, err := a.ServerCall(ctx, payload(`["x"]`))
		return err
	},
}

// An adapter may leave what it carries to others, so that nothing is waited for
// and there is no error; but no error is another one than the context's.
func waitIsBounded(t *testing.T, setup Setup) {
	for name, wait := range waiting {
		nodes := cluster(t, setup)
		for _, n := range nodes {
			n.hold()
		}
		for _, when := range []string{"before", "meanwhile"} {
			impatient := errors.New("impatient")
			ctx, cancel := context.WithCancelCause(t.Context())
			if when == "before" {
				cancel(impatient)
			} else {
				time.AfterFunc(time.Millisecond, func() { cancel(impatient) })
			}
			promptly(t, name, func() {
				if err := wait(ctx, nodes[0]); err != nil && !errors.Is(err, impatient) && !errors.Is(err, context.Canceled) {
					t.Errorf("%s: %v", name, err)
				}
			})
			cancel(nil)
		}
	}
}

func closesOneNode(t *testing.T, setup Setup) {
	nodes := cluster(t, setup)
	if len(nodes) == 1 {
		t.Skip("the adapter has no cluster")
	}
	must(t, nodes[1].Close())
	rest := []*node{nodes[0], last(nodes)}
	addPerNode(rest, "a", "red")
	for i, n := range rest {
		n.answersAlways(fmt.Sprint(i))
		chooses(t, n, rest, adapter.Selection{Rooms: []adapter.Room{"red"}}, perNode(rest, "a"))
	}
	if answers, err := nodes[0].ServerCall(soon(t), payload(`["who"]`)); err != nil || len(answers) != 1 {
		t.Errorf("%d answers, %v", len(answers), err)
	}
	if len(nodes[1].got) > 0 || len(nodes[1].events) > 0 {
		t.Error("a closed node was given something")
	}
}

// Close returns although something waits, and that ends too.
func closingEndsWaits(t *testing.T, setup Setup) {
	for name, wait := range waiting {
		n := cluster(t, setup)
		var goOn []func()
		for _, held := range n {
			goOn = append(goOn, held.hold())
		}
		ended := make(chan error, 1)
		go func() { ended <- wait(t.Context(), n[0]) }()
		switch name {
		case "server emit":
		case "server call":
			if len(n) > 1 {
				receive(t, n[1].events, "a server event")
			}
		default:
			receive(t, n[0].waits, name)
		}
		promptly(t, "close", func() { must(t, n[0].Close()) })
		if name == "broadcast" { // it waits for a node that is far behind, as long as its context says
			for _, f := range goOn {
				f()
			}
		}
		receive(t, ended, "the end of "+name)
	}
}

func closedSaysSo(t *testing.T, setup Setup) {
	nodes := cluster(t, setup)
	closed := nodes[0]
	must(t, closed.Close())
	must(t, closed.Close()) // once more changes nothing
	for name, f := range waiting {
		if err := f(soon(t), closed); !errors.Is(err, adapter.ErrClosed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(closed.got) > 0 {
		t.Error("a closed node was delivered something")
	}
}

// Adapters may share connections, so that it is growth that counts.
func closingLeavesNoGoroutine(t *testing.T, setup Setup) {
	const rounds = 20
	factories := setup(t, 2)
	round := func() {
		var nodes []*node
		for _, f := range factories {
			l := newLocal(t)
			l.answersAlways("x")
			a, err := f(namespace, side{l})
			must(t, err)
			nodes = append(nodes, &node{local: l, Adapter: a})
		}
		for _, n := range nodes {
			must(t, use(soon(t), n))
		}
		for _, n := range nodes {
			must(t, n.Close())
		}
	}
	round()
	before := runtime.NumGoroutine()
	for range rounds {
		round()
	}
	eventually(t, "the end of what was started", func() bool { return runtime.NumGoroutine() < before+rounds/2 })
}

// eventually waits until f holds, for what has no event to wait for.
func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !f(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s did not come", what)
		}
	}
}
