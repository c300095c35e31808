package socketio_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"tradewind/socketio"
	"tradewind/socketio/client"
)

// crowd is a server with clients in rooms, on several shards.
type crowd struct {
	*station
	sockets map[string]*socketio.Socket
	heard   map[string]<-chan string
	clients map[string]*client.Client
}

// gather connects clients; members maps each name to its rooms.
func gather(t *testing.T, members map[string][]socketio.Room) *crowd {
	t.Helper()
	connected := make(chan *socketio.Socket, 1)
	cr := &crowd{sockets: map[string]*socketio.Socket{}, heard: map[string]<-chan string{}, clients: map[string]*client.Client{}}
	cr.station = serve(t, socketio.Options{Shards: 3}, func(io *socketio.Server) {
		io.OnConnect(func(_ context.Context, s *socketio.Socket) { connected <- s })
		io.Of("/other")
	})
	for name, rooms := range members {
		cr.clients[name] = cr.client(client.Options{}, func(c *client.Client) { cr.heard[name] = hear(c, "news") })
		cr.sockets[name] = next(t, connected, "socket")
		must(t, cr.sockets[name].Join(soon(t), rooms...))
	}
	return cr
}

// reached says who gets what send emits, with a count for who gets it more than once.
func (cr *crowd) reached(t *testing.T, send func(ctx context.Context) error) string {
	t.Helper()
	must(t, send(soon(t)))
	must(t, cr.Emit(soon(t), "news", "fence")) // is behind everything that was emitted before
	var who []string
	for name, heard := range cr.heard {
		n := 0
		for next(t, heard, name) != `["fence"]` {
			n++
		}
		if n == 1 {
			who = append(who, name)
		} else if n > 1 {
			who = append(who, fmt.Sprint(name, "x", n))
		}
	}
	slices.Sort(who)
	return strings.Join(who, " ")
}

func TestEmitReachesTheSelectedSocketsOnce(t *testing.T) {
	cr := gather(t, map[string][]socketio.Room{"a": {"r", "s"}, "b": {"r"}, "c": {"s"}, "d": nil})
	a, id := cr.sockets["a"], func(name string) socketio.Room { return socketio.Room(cr.sockets[name].ID()) }
	for name, test := range map[string]struct {
		to   socketio.Emitter
		want string
	}{
		"everybody":                {cr.Except(), "a b c d"},
		"a room":                   {cr.To("r"), "a b"},
		"a union":                  {cr.To("r", "s"), "a b c"},
		"a union in steps":         {cr.To("r").To("s"), "a b c"},
		"a room named twice":       {cr.To("r", "r"), "a b"},
		"an empty room":            {cr.To("nobody"), ""},
		"no room is nobody":        {cr.To(), ""},
		"no room, then one":        {cr.To().To("s"), "a c"},
		"all but a room":           {cr.Except("r"), "c d"},
		"all but a union":          {cr.Except("r").Except("s"), "d"},
		"a room less another":      {cr.To("r").Except("s"), "b"},
		"a room less itself":       {cr.To("r").Except("r"), ""},
		"a socket's own room":      {cr.To(id("d")), "d"},
		"own room and another":     {cr.To(id("a"), "r"), "a b"},
		"all but one socket":       {cr.Except(id("d")), "a b c"},
		"the others in a room":     {a.To("r"), "b"},
		"the others in a union":    {a.To("r", "s"), "b c"},
		"the others, none named":   {a.To(), ""},
		"all others":               {a.Broadcast(), "b c d"},
		"all others less a room":   {a.Broadcast().Except("r"), "c d"},
		"keyed, others in a room":  {a.KeepLatest("k").To("r"), "b"},
		"keyed, others but a room": {a.KeepLatest("k").Except("s"), "b d"},
		"keyed, one socket":        {a.KeepLatest("k"), "a"},
		"keyed, a room":            {cr.To("r").KeepLatest("k").InOrder(), "a b"},
		"keyed, everybody":         {cr.KeepLatest("k"), "a b c d"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := cr.reached(t, func(ctx context.Context) error { return test.to.Emit(ctx, "news", 1) }); got != test.want {
				t.Errorf("reached %q, want %q", got, test.want)
			}
		})
	}
	if got := cr.reached(t, func(ctx context.Context) error { return a.Emit(ctx, "news", 1) }); got != "a" {
		t.Errorf("Socket.Emit reached %q", got)
	}
}

func TestEmittersAreValues(t *testing.T) {
	cr := gather(t, map[string][]socketio.Room{"a": {"r"}, "b": {"s"}, "c": {"t"}})
	base := cr.To("r")
	withS, withT := base.To("s"), base.To("t")
	for want, e := range map[string]socketio.Emitter{"a": base, "a b": withS, "a c": withT} {
		if got := cr.reached(t, func(ctx context.Context) error { return e.Emit(ctx, "news") }); got != want {
			t.Errorf("reached %q, want %q", got, want)
		}
	}
}

func TestJoinAndLeaveAreOrderedWithEmits(t *testing.T) {
	cr := gather(t, map[string][]socketio.Room{"a": nil, "b": {"r"}})
	a := cr.sockets["a"]
	room := func(ctx context.Context) error { return cr.To("r").Emit(ctx, "news") }
	for range 50 {
		must(t, a.Join(soon(t), "r", "r", "s"))
		if got := cr.reached(t, room); got != "a b" {
			t.Fatalf("after Join reached %q", got)
		}
		must(t, a.Leave(soon(t), "r", "never joined"))
		if got := cr.reached(t, room); got != "b" {
			t.Fatalf("after Leave reached %q", got)
		}
	}
	in, err := a.Rooms(soon(t))
	must(t, err)
	if want := []socketio.Room{socketio.Room(a.ID()), "s"}; !slices.Equal(in, want) {
		t.Errorf("rooms are %v, want %v", in, want)
	}
	// The room of its own id is a socket's for life.
	must(t, a.Leave(soon(t), socketio.Room(a.ID())))
	if got := cr.reached(t, func(ctx context.Context) error { return cr.To(socketio.Room(a.ID())).Emit(ctx, "news") }); got != "a" {
		t.Errorf("after leaving its own room reached %q", got)
	}
	if n := cr.Stats().Rooms; n != 2 {
		t.Errorf("%d rooms, want 2", n)
	}
}

func TestSocketThatEndsLeavesItsRooms(t *testing.T) {
	ended := make(chan socketio.Reason, 1)
	st := serve(t, socketio.Options{}, func(io *socketio.Server) {
		io.OnConnect(func(ctx context.Context, s *socketio.Socket) { _ = s.Join(ctx, "r", "s") })
		socketio.On(io.Namespace, "ready", func(context.Context, *socketio.Socket, socketio.None) error { return nil })
		io.OnDisconnect(func(_ *socketio.Socket, r socketio.Reason) { ended <- r })
	})
	c := st.client(client.Options{})
	call(t, c, "ready")
	if n := st.Stats().Rooms; n != 2 {
		t.Errorf("%d rooms, want 2", n)
	}
	c.Close()
	next(t, ended, "end")
	if n := st.Stats().Rooms; n != 0 {
		t.Errorf("%d rooms are left", n)
	}
}

func TestNamespacesAreApart(t *testing.T) {
	st := serve(t, socketio.Options{}, func(io *socketio.Server) {
		for _, n := range []*socketio.Namespace{io.Namespace, io.Of("a"), io.Of("/b")} {
			n.OnConnect(func(ctx context.Context, s *socketio.Socket) { _ = s.Join(ctx, "room") })
			socketio.OnAck(n, "where", func(_ context.Context, s *socketio.Socket, _ socketio.None) (string, error) {
				return s.Namespace().Name(), nil
			})
		}
	})
	if st.Of("/") != st.Namespace || st.Of("a") != st.Of("/a") {
		t.Error("a name has two namespaces")
	}
	p := st.peer()
	p.join("")
	p.join("/a")
	p.join("/b")
	for ask, want := range map[string]string{`421["where"]`: `431["/"]`, `42/a,2["where"]`: `43/a,2["/a"]`, `42/b,3["where"]`: `43/b,3["/b"]`} {
		p.send(ask)
		if got := p.read(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	must(t, st.Of("/a").To("room").Emit(soon(t), "news"))
	must(t, st.To("room").Emit(soon(t), "news"))
	for _, want := range []string{`42/a,["news"]`, `42["news"]`} {
		if got := p.read(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	p.send("41/a,", `42/b,4["where"]`) // leaving one namespace leaves the others
	if got := p.read(); got != `43/b,4["/b"]` {
		t.Errorf("got %s", got)
	}
	if n := st.Stats().Sockets; n != 2 {
		t.Errorf("%d sockets, want 2", n)
	}
	p.join("/a") // and it may come back
}
