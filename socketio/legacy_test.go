package socketio_test

import (
	"context"
	"strings"
	"testing"

	"tradewind/socketio"
)

// dialLegacy connects as a client of Socket.IO 2 does and returns its session id.
func (st *station) dialLegacy() (*peer, string) {
	st.t.Helper()
	p := st.peerOf("3")
	_, sid, _ := strings.Cut(p.opened, `"sid":"`)
	return p, sid[:20]
}

// A client of Socket.IO 2 is in "/" without asking, and knows its ids.
func TestSocketIO2ClientsJoinAsTheyKnowIt(t *testing.T) {
	st := serve(t, socketio.Options{AllowEIO3: true, Recovery: &socketio.Recovery{}}, nil)
	ids := make(chan string, 2)
	for _, name := range []string{"/", "/custom"} {
		n := st.Of(name)
		n.Use(func(_ context.Context, s *socketio.Socket) error {
			ids <- string(s.ID()) + " " + string(s.Auth())
			return nil
		})
		socketio.OnAck(n, "protocol", func(_ context.Context, s *socketio.Socket, _ socketio.None) (int, error) {
			return s.Protocol(), nil
		})
	}
	p, sid := st.dialLegacy()
	if got := p.read(); got != "40" {
		t.Fatalf("joined with %q", got)
	}
	if got, want := <-ids, sid+" {}"; got != want {
		t.Errorf("id and auth are %q, want %q", got, want)
	}
	p.send("40/custom?token=a%2Cb&many=1&many=2,")
	if got := p.read(); got != "40/custom," {
		t.Fatalf("joined /custom with %q", got)
	}
	if got, want := <-ids, "/custom#"+sid+` {"many":["1","2"],"token":"a,b"}`; got != want {
		t.Errorf("id and auth are %q, want %q", got, want)
	}
	p.send(`42/custom,7["protocol"]`)
	if got := p.read(); got != "43/custom,7[3]" {
		t.Errorf("acknowledged with %q", got)
	}
	must(t, st.Emit(soon(t), "news", "x"))
	if got := p.read(); !strings.HasPrefix(got, `42["news","x","`) {
		t.Errorf("event is %q", got)
	}
	p.send("41/custom,", "40/custom,")
	if got := p.read(); got != "40/custom," {
		t.Errorf("joined again with %q", got)
	}
}

// Both kinds of clients share rooms and broadcasts; to its id a socket is found.
func TestOldAndNewClientsShareRooms(t *testing.T) {
	st := serve(t, socketio.Options{AllowEIO3: true}, nil)
	old, sid := st.dialLegacy()
	old.read()
	young := st.peer()
	young.join("")
	must(t, st.SocketsJoin(soon(t), "room"))
	must(t, st.To("room").Emit(soon(t), "both", 1))
	for _, p := range []*peer{old, young} {
		if got := p.read(); got != `42["both",1]` {
			t.Errorf("got %q", got)
		}
	}
	must(t, st.To(socketio.Room(sid)).Emit(soon(t), "one"))
	if got := old.read(); got != `42["one"]` {
		t.Errorf("got %q", got)
	}
}

// ERROR has one value: the data, or else the message.
func TestSocketIO2ClientsAreRefusedWithOneValue(t *testing.T) {
	st := serve(t, socketio.Options{AllowEIO3: true}, nil)
	st.Use(func(context.Context, *socketio.Socket) error { return &socketio.ConnectError{Message: "Not you"} })
	st.Of("/data").Use(func(context.Context, *socketio.Socket) error {
		return &socketio.ConnectError{Message: "Not you", Data: map[string]int{"retryAfterMs": 5}}
	})
	st.Of("/broken").Use(func(context.Context, *socketio.Socket) error { return context.Canceled })
	p, _ := st.dialLegacy()
	for _, c := range []struct{ send, want string }{
		{"", `44"Not you"`},
		{"40/data,", `44/data,{"retryAfterMs":5}`},
		{"40/broken,", `44/broken,"Internal error"`},
		{"40/nowhere?x=1,", `44/nowhere,"Invalid namespace"`},
	} {
		if c.send != "" {
			p.send(c.send)
		}
		if got := p.read(); got != c.want {
			t.Errorf("%q answered with %q, want %q", c.send, got, c.want)
		}
	}
}
