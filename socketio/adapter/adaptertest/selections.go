package adaptertest

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"tradewind/socketio/adapter"
)

// selected asks for sockets of all nodes and returns their ids, sorted.
func (n *node) selected(ctx context.Context, sel adapter.Selection) []string {
	n.t.Helper()
	sockets, err := n.Sockets(ctx, sel)
	if err != nil {
		n.t.Fatalf("sockets of %v: %v", sel, err)
	}
	ids := []string{}
	for _, s := range sockets {
		ids = append(ids, s.ID)
	}
	slices.Sort(ids)
	return ids
}

func idsOf(names []string) []string {
	ids := []string{}
	for _, name := range names {
		ids = append(ids, idOf(name))
	}
	slices.Sort(ids)
	return ids
}

// chooses checks that an event, a call and a question of from reach exactly the named sockets.
func chooses(t *testing.T, from *node, nodes []*node, sel adapter.Selection, names []string) {
	t.Helper()
	slices.Sort(names)
	if got := from.selected(soon(t), sel); !slices.Equal(got, idsOf(names)) {
		t.Errorf("sockets of %q are %q, want %q", sel, got, names)
	}
	for _, way := range []string{"broadcast", "call"} {
		b := event(`[%q,%d]`, way, rand.Uint64())
		b.Selection = sel
		if way == "call" {
			from.call(soon(t), b).check(t, 0, names...)
		} else {
			from.send(b)
			settled(t, from, nodes)
		}
		var reached []string
		for _, n := range nodes {
			reached = append(reached, n.reached(string(b.Data))...)
		}
		slices.Sort(reached)
		if !slices.Equal(reached, names) {
			t.Errorf("%s to %q reached %q, want %q", way, sel, reached, names)
		}
	}
}

func selectsUnionLessExceptions(t *testing.T, setup Setup) {
	nodes := cluster(t, setup)
	addPerNode(nodes, "a", "red")
	addPerNode(nodes, "b", "red", "blue")
	addPerNode(nodes, "c", "blue", "green")
	addPerNode(nodes, "d", adapter.Room(idOf("a0"))) // in the room of another one
	lonely := last(nodes).add("e", "lonely")
	own := func(name string) adapter.Room { return adapter.Room(idOf(name)) }
	rooms := func(r ...adapter.Room) []adapter.Room { return r }
	without := func(all []string, name string) []string {
		return slices.DeleteFunc(all, func(s string) bool { return s == name })
	}
	for _, c := range []struct {
		rooms, except []adapter.Room
		want          []string
	}{
		{rooms("red"), nil, perNode(nodes, "a", "b")},
		{rooms("red", "blue", "red"), nil, perNode(nodes, "a", "b", "c")},
		{rooms("lonely"), nil, []string{lonely.name}},
		{rooms("lonely", own("b0")), nil, []string{"b0", lonely.name}},
		{rooms("nobody is here"), nil, nil},
		{rooms("nobody is here", "green"), nil, perNode(nodes, "c")},
		{rooms("red"), rooms("blue"), perNode(nodes, "a")},
		{rooms("red"), rooms("red"), nil},
		{rooms("red", "green"), rooms(own("b0")), without(perNode(nodes, "a", "b", "c"), "b0")},
		{rooms("red"), rooms("nobody is here"), perNode(nodes, "a", "b")},
		{rooms(own("a0")), nil, append(perNode(nodes, "d"), "a0")},
		{rooms(own("a0")), rooms("red"), perNode(nodes, "d")},
		{nil, rooms("red", "blue", "everywhere", "lonely"), perNode(nodes, "d")},
		{rooms(), rooms("everywhere", "lonely", own("a0")), without(perNode(nodes, "a", "b", "c"), "a0")},
	} {
		sel := adapter.Selection{Rooms: c.rooms, Except: c.except}
		chooses(t, nodes[0], nodes, sel, slices.Clone(c.want))
		chooses(t, last(nodes), nodes, sel, slices.Clone(c.want))
	}
}

func selectsAsNaive(t *testing.T, setup Setup) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	nodes := cluster(t, setup)
	names := []adapter.Room{"r0", "r1", "r2", "r3", adapter.Room(idOf("s0of0")), adapter.Room(idOf("s1of0")), "nobody"}
	some := func(most int) (rooms []adapter.Room) {
		for range random.IntN(most + 1) {
			rooms = append(rooms, names[random.IntN(len(names))])
		}
		return rooms
	}
	for i, n := range nodes {
		for k := range 5 {
			var in []adapter.Room
			for _, r := range names[:4] {
				if random.IntN(3) == 0 {
					in = append(in, r)
				}
			}
			n.add(fmt.Sprintf("s%dof%d", k, i), in...)
		}
	}
	for range 40 {
		sel := adapter.Selection{Rooms: some(3), Except: some(2)}
		var want []string
		for _, n := range nodes {
			want = append(want, n.names(func(s *socket) bool {
				chosen := len(sel.Rooms) == 0
				for _, r := range s.rooms {
					chosen = chosen || slices.Contains(sel.Rooms, r)
				}
				for _, r := range s.rooms {
					chosen = chosen && !slices.Contains(sel.Except, r)
				}
				return chosen
			})...)
		}
		chooses(t, nodes[random.IntN(len(nodes))], nodes, sel, want)
	}
}

func tellsSockets(t *testing.T, setup Setup) {
	nodes := cluster(t, setup)
	addPerNode(nodes, "a", "red", "#,/ ü")
	large := last(nodes).add("large", "red")
	large.data, _ = json.Marshal(map[string]string{"text": strings.Repeat("x", 300_000)})
	sockets, err := nodes[0].Sockets(soon(t), adapter.Selection{Rooms: []adapter.Room{"red"}})
	if err != nil || len(sockets) != len(nodes)+1 {
		t.Fatalf("%d sockets, %v", len(sockets), err)
	}
	for _, got := range sockets {
		for _, n := range nodes {
			for _, s := range n.sockets {
				if idOf(s.name) != got.ID {
					continue
				}
				if got.Rooms[0] != s.rooms[0] || !reflect.DeepEqual(sorted(got.Rooms), sorted(s.rooms)) {
					t.Errorf("%s is in %q, want %q", s.name, got.Rooms, s.rooms)
				}
				if !sameJSON(got.Handshake, s.handshake) || !sameJSON(got.Data, s.data) {
					t.Errorf("%s has %.200s and %.200s", s.name, got.Handshake, got.Data)
				}
			}
		}
	}
}

func sorted(rooms []adapter.Room) []adapter.Room { return slices.Sorted(slices.Values(rooms)) }

func sameJSON(a, b []byte) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}

func socketsNameSilentNodes(t *testing.T, setup Setup) {
	nodes := cluster(t, setup)
	if len(nodes) == 1 {
		t.Skip("the adapter has no cluster")
	}
	addPerNode(nodes, "a", "red")
	nodes[1].hold() // neither the first nor the last
	withinLonger(t, func(ctx context.Context) bool {
		sockets, err := nodes[0].Sockets(ctx, adapter.Selection{Rooms: []adapter.Room{"red"}})
		if missingNodes(t, err) > 1 {
			return false
		}
		if len(sockets) != len(nodes)-1 {
			t.Errorf("%d sockets", len(sockets))
		}
		return true
	})
}

func joinsAndLeaves(t *testing.T, setup Setup) {
	nodes := cluster(t, setup)
	addPerNode(nodes, "a", "red")
	addPerNode(nodes, "b", "red", "blue")
	for k, from := range nodes {
		one, two := adapter.Room(fmt.Sprint("one", k)), adapter.Room(fmt.Sprint("two", k))
		red := adapter.Selection{Rooms: []adapter.Room{"red"}}
		must(t, from.Join(soon(t), red, []adapter.Room{one, two}))
		chooses(t, from, nodes, adapter.Selection{Rooms: []adapter.Room{one}}, perNode(nodes, "a", "b"))
		must(t, from.Leave(soon(t), adapter.Selection{Rooms: []adapter.Room{one}, Except: []adapter.Room{"blue"}}, []adapter.Room{one, "never joined"}))
		chooses(t, from, nodes, adapter.Selection{Rooms: []adapter.Room{one}}, perNode(nodes, "b"))
		chooses(t, from, nodes, adapter.Selection{Rooms: []adapter.Room{two}}, perNode(nodes, "a", "b"))
		must(t, from.Join(soon(t), adapter.Selection{Rooms: []adapter.Room{adapter.Room(idOf("a0"))}}, []adapter.Room{one}))
		chooses(t, from, nodes, adapter.Selection{Rooms: []adapter.Room{one}}, append(perNode(nodes, "b"), "a0"))
		must(t, from.Leave(soon(t), adapter.Selection{}, []adapter.Room{one, two}))
		chooses(t, from, nodes, adapter.Selection{Rooms: []adapter.Room{one, two}}, nil)
	}
}

func disconnects(t *testing.T, setup Setup) {
	nodes := cluster(t, setup)
	addPerNode(nodes, "a", "red")
	addPerNode(nodes, "b", "red", "blue")
	addPerNode(nodes, "c", "blue")
	red := adapter.Selection{Rooms: []adapter.Room{"red"}, Except: []adapter.Room{"blue"}}
	blue := adapter.Selection{Rooms: []adapter.Room{"blue"}}
	from := last(nodes)
	must(t, from.Disconnect(soon(t), red, false))
	chooses(t, from, nodes, adapter.Selection{Rooms: []adapter.Room{"red", "blue"}}, perNode(nodes, "b", "c"))
	must(t, from.Disconnect(soon(t), blue, true))
	chooses(t, from, nodes, adapter.Selection{Rooms: []adapter.Room{"red", "blue"}}, nil)
	for i, n := range nodes {
		n.mu.Lock()
		for _, s := range n.sockets[1:] {
			want := endOfConnection
			if s.name == fmt.Sprint("a", i) {
				want = endOfSocket
			}
			if s.end != want {
				t.Errorf("%s: %q, want %q", s.name, s.end, want)
			}
		}
		n.mu.Unlock()
	}
}

// What is asked of all nodes is done by the others while one does nothing.
func silentNodeKeepsNobody(t *testing.T, setup Setup) {
	nodes := cluster(t, setup)
	if len(nodes) == 1 {
		t.Skip("the adapter has no cluster")
	}
	others := []*node{nodes[0], last(nodes)}
	addPerNode(others, "a", "red")
	red := adapter.Selection{Rooms: []adapter.Room{"red"}}
	done := func(what string, f func(*socket) bool) {
		t.Helper()
		for _, n := range others {
			eventually(t, what, func() bool { return len(n.names(f)) > 0 })
		}
	}
	in := func(r adapter.Room) func(*socket) bool {
		return func(s *socket) bool { return s.name[0] == 'a' && slices.Contains(s.rooms, r) }
	}
	out := func(r adapter.Room) func(*socket) bool {
		return func(s *socket) bool { return s.name[0] == 'a' && !slices.Contains(s.rooms, r) }
	}
	goOn := nodes[1].hold()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	start := func(f func() error) { go func() { ended <- f() }() }
	start(func() error { return nodes[0].Join(ctx, red, []adapter.Room{"new"}) })
	done("the join", in("new"))
	goOn()
	must(t, receive(t, ended, "the end of the join"))

	goOn = nodes[1].hold()
	start(func() error { return nodes[0].Leave(ctx, red, []adapter.Room{"new"}) })
	done("the leaving", out("new"))
	goOn()
	must(t, receive(t, ended, "the end of the leaving"))

	nodes[1].hold()
	start(func() error { return nodes[0].Disconnect(ctx, red, false) })
	for i, n := range others {
		eventually(t, "the disconnect", func() bool { return len(n.names(func(s *socket) bool { return s.name == fmt.Sprint("a", i) })) == 0 })
	}
	cancel()
	receive(t, ended, "the end of the disconnect")
}
