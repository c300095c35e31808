package adaptertest

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"tradewind/socketio/adapter"
)

func event(format string, args ...any) *adapter.Broadcast {
	return &adapter.Broadcast{Payload: adapter.Payload{Data: fmt.Appendf(nil, format, args...)}}
}

// fence checks that nothing else was delivered before a last broadcast.
func fence(t *testing.T, nodes []*node) {
	t.Helper()
	nodes[0].send(event(`["fence"]`))
	for i, n := range nodes {
		if b := n.next(); string(b.Data) != `["fence"]` {
			t.Errorf("node %d was delivered %s as well", i, b.Data)
		}
	}
}

func reachesEveryNodeOnce(t *testing.T, setup Setup) {
	nodes := cluster(t, setup)
	for i, from := range nodes {
		from.send(event(`["from",%d]`, i))
		for j, to := range nodes {
			if b := to.next(); string(b.Data) != fmt.Sprintf(`["from",%d]`, i) {
				t.Errorf("node %d was delivered %s of node %d", j, b.Data, i)
			}
		}
	}
	fence(t, nodes)
}

func arrivesAsSent(t *testing.T, setup Setup) {
	nodes := cluster(t, setup)
	everywhere := []adapter.Room{"everywhere"}
	odd := []adapter.Room{"#,/", "ünï\x00\n", "everywhere", adapter.Room(strings.Repeat("long", 300)), "", "1"}
	for name, b := range map[string]*adapter.Broadcast{
		"plain":              {Payload: adapter.Payload{Data: []byte(`["x"]`)}},
		"unicode":            {Payload: adapter.Payload{Data: []byte(`["😀 <&> \u0000",12345678901234567890.5,{"b":1,"a":[null,true]}]`)}},
		"large":              {Payload: adapter.Payload{Data: []byte(`["x","` + strings.Repeat("long ", 100_000) + `"]`)}},
		"binary":             {Payload: adapter.Payload{Data: []byte(`["x",{"_placeholder":true,"num":0},{"in":[{"_placeholder":true,"num":1}]}]`), Attachments: [][]byte{{0, 255, '\n'}, {}}}},
		"large binary":       {Payload: adapter.Payload{Data: []byte(`["x",{"_placeholder":true,"num":0}]`), Attachments: [][]byte{bytes.Repeat([]byte{0xff}, 300_000)}}},
		"one room":           {Payload: adapter.Payload{Data: []byte(`["x"]`)}, Selection: adapter.Selection{Rooms: everywhere}},
		"odd rooms":          {Payload: adapter.Payload{Data: []byte(`["x"]`)}, Selection: adapter.Selection{Rooms: odd}},
		"exceptions":         {Payload: adapter.Payload{Data: []byte(`["x"]`)}, Selection: adapter.Selection{Except: odd[:2]}},
		"both":               {Payload: adapter.Payload{Data: []byte(`["x"]`)}, Selection: adapter.Selection{Rooms: everywhere, Except: odd[:2]}},
		"key":                {Payload: adapter.Payload{Data: []byte(`["x"]`)}, Key: "AAPL ü"},
		"key, in order":      {Payload: adapter.Payload{Data: []byte(`["x"]`)}, Selection: adapter.Selection{Rooms: everywhere}, Key: "k", InOrder: true},
		"volatile":           {Payload: adapter.Payload{Data: []byte(`["x"]`)}, Volatile: true},
		"not compressed":     {Payload: adapter.Payload{Data: []byte(`["x"]`)}, Selection: adapter.Selection{Rooms: everywhere}, Uncompressed: true},
		"everything at once": {Payload: adapter.Payload{Data: []byte(`["x",{"_placeholder":true,"num":0}]`), Attachments: [][]byte{{1}}}, Selection: adapter.Selection{Rooms: odd, Except: odd[3:]}, Key: "k", InOrder: true, Volatile: true, Uncompressed: true},
	} {
		nodes[len(nodes)-1].send(b)
		for i, n := range nodes {
			if got := n.next(); !same(got, b) {
				t.Errorf("%s: node %d was delivered %.300q instead of %.300q", name, i, fmt.Sprint(*got), fmt.Sprint(*b))
			}
		}
	}
}

// same compares what has a meaning: rooms are sets.
func same(a, b *adapter.Broadcast) bool {
	set := func(rooms []adapter.Room) []adapter.Room { return slices.Compact(slices.Sorted(slices.Values(rooms))) }
	return bytes.Equal(a.Data, b.Data) && slices.EqualFunc(a.Attachments, b.Attachments, bytes.Equal) &&
		slices.Equal(set(a.Rooms), set(b.Rooms)) && slices.Equal(set(a.Except), set(b.Except)) && a.Key == b.Key &&
		a.InOrder == b.InOrder && a.Volatile == b.Volatile && a.Uncompressed == b.Uncompressed
}

func reachesRooms(t *testing.T, setup Setup) {
	nodes := cluster(t, setup)
	for from := range nodes {
		for i, n := range nodes {
			b := event(`["to",%d]`, i)
			b.Rooms = []adapter.Room{roomOf(i)}
			nodes[from].send(b)
			if got := n.next(); !same(got, b) {
				t.Errorf("node %d was delivered %s", i, got.Data)
			}
		}
		all := event(`["to all"]`)
		for i := range nodes {
			all.Rooms = append(all.Rooms, roomOf(i))
		}
		nodes[from].send(all)
		for i, n := range nodes {
			if got := n.next(); !same(got, all) { // once, though each room is elsewhere
				t.Errorf("node %d was delivered %s", i, got.Data)
			}
		}
	}
	fence(t, nodes)
}

func reachesLaterRooms(t *testing.T, setup Setup) {
	nodes := cluster(t, setup)
	last := nodes[len(nodes)-1]
	for i := range 3 {
		room := adapter.Room(fmt.Sprint("later", i))
		b := event(`["later",%d]`, i)
		b.Rooms = []adapter.Room{room}
		nodes[0].send(b) // before anybody is there
		fence(t, nodes)
		last.join(room)
		nodes[0].send(b)
		if got := last.next(); !same(got, b) {
			t.Errorf("was delivered %s", got.Data)
		}
	}
}

func reachesNobody(t *testing.T, setup Setup) {
	nodes := cluster(t, setup)
	b := event(`["nobody"]`)
	b.Rooms = []adapter.Room{"nobody is here"}
	nodes[0].send(b)
	fence(t, nodes)
}

func keepsOrder(t *testing.T, setup Setup) {
	nodes := cluster(t, setup)
	const events = 500
	for i := range events {
		b := event(`["n",%d]`, i)
		if i%3 == 1 { // rooms and everybody, small and large share one order
			b.Rooms = []adapter.Room{"everywhere"}
		}
		if i%50 == 2 {
			b.Data = fmt.Appendf(nil, `["n",%d,"%s"]`, i, strings.Repeat("x", 50_000))
		}
		nodes[i/100%len(nodes)].send(b)
		if i%100 == 99 { // what another node sends is in its own order
			for k, n := range nodes {
				for j := i - 99; j <= i; j++ {
					if got := n.next(); !bytes.HasPrefix(got.Data, fmt.Appendf(nil, `["n",%d`, j)) {
						t.Fatalf("node %d was delivered %.40s instead of %d", k, got.Data, j)
					}
				}
			}
		}
	}
}

func concurrentBroadcasts(t *testing.T, setup Setup) {
	nodes := cluster(t, setup)
	const goroutines, events = 8, 50
	var senders sync.WaitGroup
	for g := range goroutines {
		senders.Go(func() {
			for i := range events {
				b := event(`["n",%d,%d,"%s"]`, g, i, strings.Repeat(string(rune('a'+g)), 1+i*20))
				if err := nodes[g%len(nodes)].Broadcast(context.Background(), b); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for k, n := range nodes {
		var seen [goroutines]int
		for range goroutines * events {
			got := n.next()
			var g, i int
			if _, err := fmt.Sscanf(string(got.Data), `["n",%d,%d,`, &g, &i); err != nil || g < 0 || g >= goroutines {
				t.Fatalf("node %d was delivered %s", k, got.Data)
			}
			if i != seen[g] || bytes.Count(got.Data, []byte{byte('a' + g)}) < 1+i*20 {
				t.Fatalf("node %d was delivered %.60s instead of number %d", k, got.Data, seen[g])
			}
			seen[g]++
		}
	}
	senders.Wait()
	fence(t, nodes)
}

func namespacesApart(t *testing.T, setup Setup) {
	nodes := cluster(t, setup)
	others := make([]*node, len(nodes))
	for i, n := range nodes { // names that start alike are different all the same
		others[i] = join(t, n.factory, namespace+"s", "everywhere")
	}
	root := join(t, nodes[0].factory, "/", "everywhere")
	b := event(`["chats"]`)
	b.Rooms = []adapter.Room{"everywhere"}
	others[0].send(b)
	for i, n := range others {
		if got := n.next(); !same(got, b) {
			t.Errorf("node %d was delivered %s", i, got.Data)
		}
	}
	fence(t, nodes)
	fence(t, others)
	fence(t, []*node{root})
}

func leavesBroadcastAlone(t *testing.T, setup Setup) {
	nodes := cluster(t, setup)
	fresh := func() *adapter.Broadcast {
		return &adapter.Broadcast{
			Payload:   adapter.Payload{Data: []byte(`["x",{"_placeholder":true,"num":0}]`), Attachments: [][]byte{{1, 2, 3}}},
			Selection: adapter.Selection{Rooms: []adapter.Room{"everywhere", "a"}, Except: []adapter.Room{"c", "b"}},
			Key:       "k",
		}
	}
	b := fresh()
	nodes[0].send(b)
	for _, n := range nodes {
		n.next()
	}
	if want := fresh(); !same(b, want) || !slices.Equal(b.Rooms, want.Rooms) || !slices.Equal(b.Except, want.Except) {
		t.Errorf("the broadcast has become %v", *b)
	}
}
