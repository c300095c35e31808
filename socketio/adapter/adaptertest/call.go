package adaptertest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tradewind/socketio/adapter"
)

// outcome is what a call came to.
type outcome struct {
	answers []string // sorted
	missing int
	err     error
}

// call calls and fails the test when answers come at the same time or after the end.
func (n *node) call(ctx context.Context, b *adapter.Broadcast) outcome {
	var o outcome
	var busy, over atomic.Bool
	o.missing, o.err = n.Call(ctx, b, func(p adapter.Payload) {
		if busy.Swap(true) || over.Load() {
			n.t.Errorf("answer %s came beside another one, or after the end", p.Data)
		}
		o.answers = append(o.answers, string(p.Data))
		busy.Store(false)
	})
	over.Store(true)
	slices.Sort(o.answers)
	return o
}

// calling calls in a goroutine, which ends with the call.
func (n *node) calling(ctx context.Context, b *adapter.Broadcast) <-chan outcome {
	done := make(chan outcome, 1)
	go func() { done <- n.call(ctx, b) }()
	return done
}

func (o outcome) check(t *testing.T, missing int, names ...string) {
	t.Helper()
	var want []string
	for _, name := range names {
		want = append(want, fmt.Sprintf("[%q]", name))
	}
	slices.Sort(want)
	if o.err != nil || o.missing != missing || !slices.Equal(o.answers, want) {
		t.Errorf("answers %v, %d missing, %v; want %v and %d missing", o.answers, o.missing, o.err, want, missing)
	}
}

func to(b *adapter.Broadcast, rooms ...adapter.Room) *adapter.Broadcast {
	b.Rooms = rooms
	return b
}

// addPerNode makes sockets on every node, such as a0, a1 and a2, in rooms.
func addPerNode(nodes []*node, name string, rooms ...adapter.Room) (all []*socket) {
	for i, n := range nodes {
		all = append(all, n.add(fmt.Sprint(name, i), rooms...))
	}
	return all
}

func callCollects(t *testing.T, setup Setup) {
	nodes := cluster(t, setup)
	addPerNode(nodes, "a", "asked")
	addPerNode(nodes, "b", "asked", "too")
	addPerNode(nodes, "c")
	for _, from := range nodes {
		from.call(soon(t), to(event(`["who"]`), "asked", "too")).check(t, 0, perNode(nodes, "a", "b")...)
		from.call(soon(t), to(event(`["who"]`), "too")).check(t, 0, perNode(nodes, "b")...)
	}
	nodes[0].call(soon(t), to(event(`["who"]`), adapter.Room(idOf("a0")))).check(t, 0, "a0")
	last(nodes).call(soon(t), to(event(`["who"]`), adapter.Room(idOf("a0")))).check(t, 0, "a0")
	except := event(`["who"]`)
	except.Except = []adapter.Room{"asked", "everywhere"}
	nodes[0].call(soon(t), except).check(t, 0, perNode(nodes, "c")...)
}

func callArrivesAsSent(t *testing.T, setup Setup) {
	nodes := cluster(t, setup)
	b := &adapter.Broadcast{
		Payload:      adapter.Payload{Data: []byte(`["who",{"_placeholder":true,"num":0},"ü"]`), Attachments: [][]byte{{0, 255}}},
		Selection:    adapter.Selection{Rooms: []adapter.Room{"asked"}, Except: []adapter.Room{"nobody is here"}},
		Uncompressed: true,
	}
	says := adapter.Payload{Data: []byte(`[{"x":{"_placeholder":true,"num":0},"y":"😀"}]`), Attachments: [][]byte{{1, 0, 254}}}
	for _, s := range addPerNode(nodes, "a", "asked") {
		s.says = says
	}
	var got []adapter.Payload
	missing, err := nodes[0].Call(soon(t), b, func(p adapter.Payload) { got = append(got, p) })
	if missing != 0 || err != nil || len(got) != len(nodes) {
		t.Fatalf("%d answers, %d missing, %v", len(got), missing, err)
	}
	for i, n := range nodes {
		if arrived := n.next(); !same(arrived, b) {
			t.Errorf("node %d was asked %v", i, *arrived)
		}
		if !same(&adapter.Broadcast{Payload: got[i]}, &adapter.Broadcast{Payload: says}) {
			t.Errorf("answer %d is %s with %v", i, got[i].Data, got[i].Attachments)
		}
	}
}

func callOfNobody(t *testing.T, setup Setup) {
	nodes := cluster(t, setup)
	nodes[0].call(soon(t), to(event(`["who"]`), "nobody is here")).check(t, 0)
	all := event(`["who"]`)
	all.Except = []adapter.Room{"everywhere"}
	nodes[0].call(soon(t), all).check(t, 0)
	settled(t, nodes[0], nodes)
}

func callEndsWithoutTheEnded(t *testing.T, setup Setup) {
	nodes := cluster(t, setup)
	addPerNode(nodes, "a", "asked")
	for _, s := range addPerNode(nodes, "mute", "asked") {
		s.mute = true
	}
	done := nodes[0].calling(t.Context(), to(event(`["who"]`), "asked"))
	for i, n := range nodes {
		n.next() // it is asked
		n.end(fmt.Sprint("mute", i))
	}
	receive(t, done, "the end of the call").check(t, len(nodes), perNode(nodes, "a")...)
}

func callTellsWhatCame(t *testing.T, setup Setup) {
	nodes := cluster(t, setup)
	addPerNode(nodes, "a", "asked")
	for _, s := range addPerNode(nodes, "mute", "asked") {
		s.mute = true
	}
	withinLonger(t, func(ctx context.Context) bool {
		o := nodes[0].call(ctx, to(event(`["who"]`), "asked"))
		if len(o.answers) < len(nodes) || o.missing < len(nodes) {
			return false
		}
		o.check(t, len(nodes), perNode(nodes, "a")...)
		return true
	})
}

func callTellsNothingLater(t *testing.T, setup Setup) {
	nodes := cluster(t, setup)
	for _, s := range addPerNode(nodes, "mute", "asked") {
		s.mute = true
	}
	for range 20 {
		ctx, cancel := context.WithCancel(t.Context())
		done := nodes[0].calling(ctx, to(event(`["who"]`), "asked"))
		for _, n := range nodes {
			n.next()
		}
		cancel()
		receive(t, done, "the end of the call")
		for i, n := range nodes { // call fails the test if it is told
			n.reply(fmt.Sprint("mute", i))
		}
	}
	settled(t, nodes[0], nodes)
}

func callNamesSilentNodes(t *testing.T, setup Setup) {
	nodes := cluster(t, setup)
	if len(nodes) == 1 {
		t.Skip("the adapter has no cluster")
	}
	addPerNode(nodes, "a", "asked")
	last(nodes).hold()
	withinLonger(t, func(ctx context.Context) bool {
		o := nodes[0].call(ctx, to(event(`["who"]`), "asked"))
		silent := missingNodes(t, o.err)
		if len(o.answers) < len(nodes)-1 || silent > 1 {
			return false
		}
		o.err = nil
		o.check(t, 0, perNode(nodes[:len(nodes)-1], "a")...)
		return true
	})
}

func callsAreApart(t *testing.T, setup Setup) {
	nodes := cluster(t, setup)
	const groups = 6
	for g := range groups {
		for i, s := range addPerNode(nodes, fmt.Sprint("group", g, "of"), adapter.Room(fmt.Sprint("group", g))) {
			s.says = adapter.Payload{Data: fmt.Appendf(nil, `["%d-%d"]`, g, i)}
		}
	}
	var callers sync.WaitGroup
	for g := range groups {
		callers.Go(func() {
			var want []string
			for i := range nodes {
				want = append(want, fmt.Sprintf("%d-%d", g, i))
			}
			for range 20 {
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				nodes[g%len(nodes)].call(ctx, to(event(`["who"]`), adapter.Room(fmt.Sprint("group", g)))).check(t, 0, want...)
				cancel()
			}
		})
	}
	callers.Wait()
}

// promptly fails the test if f does not return.
func promptly(t *testing.T, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { // ends with f
		defer close(done)
		f()
	}()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatalf("%s does not return", what)
	}
}
