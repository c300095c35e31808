package socketio_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"tradewind/socketio"
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
		text := p.read()
		if answer, ok := strings.CutPrefix(text, "43"+namespace+"999"); ok {
			return before, answer == "[true]"
		}
		before = append(before, text)
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
	p.Close()
	eventually(st.t, "the end is noticed", func() bool { return st.Stats().Sockets < before })
}
