package socketio_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"tradewind/socketio"
)

// slowClient is a client that has joined the namespaces and does not read while the
// server's events pile up; next is what it reads once it does, fillers left out.
type slowClient struct {
	*station
	*peer
	sockets map[string]*socketio.Socket
}

func newSlowClient(t *testing.T, serve func(socketio.Options, func(*socketio.Server)) *station, namespaces ...string) *slowClient {
	t.Helper()
	connected := make(chan *socketio.Socket, 1)
	st := serve(socketio.Options{MaxOutboxBytes: 64 << 20}, func(io *socketio.Server) {
		for _, name := range namespaces {
			io.Of(name).OnConnect(func(_ context.Context, s *socketio.Socket) { connected <- s })
		}
	})
	sc := &slowClient{station: st, peer: st.peer(), sockets: map[string]*socketio.Socket{}}
	for _, name := range namespaces {
		sc.join(strings.TrimSuffix(name, "/"))
		sc.sockets[name] = next(t, connected, "socket")
	}
	fill(t, st, sc.sockets[namespaces[0]])
	return sc
}

// rest reads everything up to the event "end", fillers left out.
func (sc *slowClient) rest() string {
	sc.station.t.Helper()
	var all []string
	for {
		text := sc.read()
		switch {
		case strings.Contains(text, `"end"`):
			return strings.Join(all, " ")
		case !strings.Contains(text, `"fill"`):
			all = append(all, strings.TrimPrefix(text, "42"))
		}
	}
}

func TestKeepLatestSendsASlowClientTheNewestValueOfEachKey(t *testing.T) {
	onBothStreams(t, func(t *testing.T, serve func(socketio.Options, func(*socketio.Server)) *station) {
		sc := newSlowClient(t, serve, "/")
		for i := range 1001 {
			for _, key := range []string{"AAPL", "TSLA"} {
				must(t, sc.KeepLatest(key).Emit(soon(t), "quote", key, i))
			}
		}
		eventually(t, "2000 values are replaced", func() bool { return sc.Stats().Conflated == 2000 })
		must(t, sc.Emit(soon(t), "end"))
		if got, want := sc.rest(), `["quote","AAPL",1000] ["quote","TSLA",1000]`; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

func TestKeepLatestTakesThePlaceOfTheOldValueUnlessInOrder(t *testing.T) {
	onBothStreams(t, func(t *testing.T, serve func(socketio.Options, func(*socketio.Server)) *station) {
		sc := newSlowClient(t, serve, "/")
		s := sc.sockets["/"]
		must(t, s.KeepLatest("free").Emit(soon(t), "free", 1))
		must(t, s.KeepLatest("ordered").Emit(soon(t), "ordered", 1))
		must(t, s.Emit(soon(t), "fact"))
		must(t, sc.KeepLatest("free").Emit(soon(t), "free", 2)) // room and socket share the key
		must(t, s.KeepLatest("ordered").InOrder().Emit(soon(t), "ordered", 2))
		must(t, sc.To(socketio.Room(s.ID())).KeepLatest("ordered").InOrder().Emit(soon(t), "ordered", 3))
		must(t, sc.Emit(soon(t), "end"))
		if got, want := sc.rest(), `["free",2] ["fact"] ["ordered",3]`; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

// A connection has one outbox for all its namespaces: a key of one must not replace the other's value.
func TestKeepLatestKeysOfNamespacesAreApart(t *testing.T) {
	sc := newSlowClient(t, func(o socketio.Options, f func(*socketio.Server)) *station { return start(t, o, false, f) }, "/", "/a", "/b")
	for i := range 2 {
		must(t, sc.KeepLatest("k").Emit(soon(t), "v", i))
		must(t, sc.Of("/a").KeepLatest("k").Emit(soon(t), "v", i))
		must(t, sc.sockets["/b"].KeepLatest("k").Emit(soon(t), "v", i))
	}
	must(t, sc.Emit(soon(t), "end"))
	if got, want := sc.rest(), `["v",1] /a,["v",1] /b,["v",1]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A fast client gets every value: nothing is skipped that could be sent.
func TestKeepLatestSkipsNothingForAFastClient(t *testing.T) {
	st := serve(t, socketio.Options{}, nil)
	p := st.peer()
	p.join("")
	for i := range 20 {
		must(t, st.KeepLatest("k").Emit(soon(t), "v", i))
		if got := p.read(); got != fmt.Sprintf(`42["v",%d]`, i) {
			t.Fatalf("got %s", got)
		}
	}
}

// Ordered events are never skipped or dropped, and arrive in their order.
func TestSlowClientThatReadsAgainMissesNothing(t *testing.T) {
	onBothStreams(t, func(t *testing.T, serve func(socketio.Options, func(*socketio.Server)) *station) {
		sc := newSlowClient(t, serve, "/")
		var want []string
		for i := range 2000 {
			must(t, sc.Emit(soon(t), "n", i))
			want = append(want, fmt.Sprintf(`["n",%d]`, i))
		}
		must(t, sc.Emit(soon(t), "end"))
		if sc.rest() != strings.Join(want, " ") {
			t.Error("events are missing or out of order")
		}
	})
}
