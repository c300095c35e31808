package socketio_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tradewind/socketio"
	"tradewind/socketio/client"
)

var nickKey = socketio.NewSharedKey[string]("nick")

// recovering starts a server whose sockets join the room "r" and remember a nick
// when they are new, and that answers "fence" with whether they are recovered.
func recovering(t *testing.T, o socketio.Options, setup ...func(*socketio.Server)) *station {
	t.Helper()
	if o.Recovery == nil {
		o.Recovery = &socketio.Recovery{}
	}
	return serve(t, o, func(io *socketio.Server) {
		io.Use(func(_ context.Context, s *socketio.Socket) error {
			var auth struct{ Refuse bool }
			if err := s.DecodeAuth(&auth); err == nil && auth.Refuse {
				return &socketio.ConnectError{Message: "revoked"}
			}
			return nil
		})
		for _, f := range setup {
			f(io)
		}
		io.OnConnect(func(ctx context.Context, s *socketio.Socket) {
			if !s.Recovered() {
				_ = s.Join(ctx, "r")
				nickKey.Set(s, "nick of "+string(s.ID()))
			}
		})
		fenced(io)
	})
}

// fenced answers "fence" with whether the socket is recovered.
func fenced(on socketio.Registrar) {
	socketio.OnAck(on, "fence", func(_ context.Context, s *socketio.Socket, _ socketio.None) (bool, error) {
		return s.Recovered(), nil
	})
}

// seat is what a CONNECT was answered with.
type seat struct{ SID, PID string }

// sit joins the default namespace with an auth and returns what came up to its
// fence: OnConnect has run by then, and of a recovered socket all that it missed has come.
func (p *peer) sit(auth string) (at seat, missed []string) {
	p.t.Helper()
	return p.sitIn("", auth)
}

// sitIn is sit in the namespace with that prefix of its packets, such as "/a,".
func (p *peer) sitIn(namespace, auth string) (at seat, missed []string) {
	p.t.Helper()
	p.send("40" + namespace + auth)
	answer, ok := strings.CutPrefix(p.read(), "40"+namespace)
	if !ok {
		p.t.Fatalf("CONNECT with %.100s is answered with %s", auth, answer)
	}
	if err := json.Unmarshal([]byte(answer), &at); err != nil {
		p.t.Fatal(err)
	}
	var asked struct{ PID any }
	if auth != "" {
		if err := json.Unmarshal([]byte(auth), &asked); err != nil {
			p.t.Fatal(err)
		}
	}
	missed, recovered := p.fence(namespace)
	if recovered != (asked.PID == at.PID) { // which is how the client knows
		p.t.Errorf("the server says %v, the client was %v and is %v", recovered, asked.PID, at.PID)
	}
	return at, missed
}

// fence returns what comes before the answer to an event, and whether the server has recovered the socket.
func (p *peer) fence(namespace string) (before []string, recovered bool) {
	p.t.Helper()
	p.send("42" + namespace + `999["fence"]`)
	for {
		text := p.event()
		if answer, ok := strings.CutPrefix(text, "43"+namespace+"999"); ok {
			return before, answer == "[true]"
		}
		before = append(before, text)
	}
}

// event is the next message that is no ping; pings are answered.
func (p *peer) event() string {
	p.t.Helper()
	for {
		text := p.read()
		if text != "2" {
			return text
		}
		p.send("3")
	}
}

// closed reads on until the server has closed the connection.
func (p *peer) closed() {
	p.t.Helper()
	for {
		if _, err := p.next(); err != nil {
			return
		}
	}
}

// regular is a client that comes back at once and tells what happens to it:
// "connected true" when it was recovered, and each event with its arguments but the offset.
type regular struct {
	*client.Client
	steps chan string
}

// regular connects one. away is called when its connection has broken, before it comes back.
func (st *station) regular(o client.Options, away func(c regular)) regular {
	st.t.Helper()
	o.Reconnect = &client.Backoff{Delay: time.Millisecond, MaxDelay: 10 * time.Millisecond}
	r := regular{steps: make(chan string, 20_000)}
	ready := make(chan struct{})
	c := st.client(o, func(c *client.Client) {
		c.OnConnect(func() { r.steps <- fmt.Sprint("connected ", c.Recovered()) })
		c.OnDisconnect(func(*client.DisconnectError) {
			<-ready
			if away != nil {
				away(r)
			}
		})
		c.OnAny(func(event string, a client.Args) { r.steps <- event + " " + withoutOffset(st.t, a.String()) })
	})
	r.Client = c
	close(ready)
	return r
}

// withoutOffset is a JSON array without the string or null at its end.
func withoutOffset(t *testing.T, array string) string {
	t.Helper()
	var args []json.RawMessage
	if err := json.Unmarshal([]byte(array), &args); err != nil {
		t.Fatal(err)
	}
	if n := len(args); n > 0 && (args[n-1][0] == '"' || string(args[n-1]) == "null") {
		args = args[:n-1]
	}
	text, _ := json.Marshal(args) // was JSON
	return string(text)
}

// expect checks what has happened to a client up to a fence.
func (r regular) expect(t *testing.T, want ...string) {
	t.Helper()
	var got []string
	for len(got) < len(want) {
		got = append(got, next(t, r.steps, fmt.Sprintf("%q came, want %q", got, want)))
	}
	call(t, r.Client, "fence")
	for len(r.steps) > 0 {
		got = append(got, <-r.steps)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("got %q, want %q", got, want)
	}
}

// comeBack is the auth of a client that has seen up to offset, "" for nothing.
func comeBack(at seat, offset string) string {
	if offset == "" {
		return fmt.Sprintf(`{"pid":%q}`, at.PID)
	}
	return fmt.Sprintf(`{"pid":%q,"offset":%q}`, at.PID, offset)
}

// offsetOf is the last argument of an event.
func offsetOf(t *testing.T, event string) string {
	t.Helper()
	var args []any
	if err := json.Unmarshal([]byte(event[2:]), &args); err != nil {
		t.Fatal(err)
	}
	offset, _ := args[len(args)-1].(string)
	return offset
}

// names are what the events of a list are called.
func names(t *testing.T, events []string) string {
	t.Helper()
	var all []string
	for _, event := range events {
		var args []any
		if err := json.Unmarshal([]byte(event[2:]), &args); err != nil {
			t.Fatal(err)
		}
		all = append(all, args[0].(string))
	}
	return strings.Join(all, " ")
}

// cut ends a connection and waits until the server has noticed.
func (st *station) cut(p *peer) {
	st.t.Helper()
	before := st.Stats().Sockets
	_, err := st.FetchSockets(soon(st.t)) // after what was emitted, joined and left before
	must(st.t, err)
	p.Close()
	eventually(st.t, "the end is noticed", func() bool { return st.Stats().Sockets < before })
}
