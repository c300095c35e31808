package conformance_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"tradewind/socketio"
)

// identity is what the CONNECT of a server with recovery is answered with.
type identity struct{ SID, PID string }

// visitor is a client that keeps what a stock one keeps of its session: the last
// argument of the last event that ended in a string.
type visitor struct {
	*socket
	identity
	offset string
	missed []string // names of what came before it had its bearings
}

// recovering starts a server with recovery whose sockets join the room "r" when they are new.
func recovering(t *testing.T, o socketio.Options) (*socketio.Server, *server) {
	t.Helper()
	server := socketio.NewServer(o)
	server.OnConnect(func(ctx context.Context, s *socketio.Socket) {
		if !s.Recovered() {
			_ = s.Join(ctx, "r") // fails when the client has gone already
		}
	})
	socketio.OnAck(server, "fence", func(context.Context, *socketio.Socket, socketio.None) (int, error) { return 0, nil })
	return server, newServer(t, listen(t, server, server.Close)+"/socket.io/")
}

// visit joins "/", with what is kept of an earlier visit unless that is nil.
func (s *server) visit(t *testing.T, before *visitor) *visitor {
	t.Helper()
	v := &visitor{socket: s.open(t)}
	auth := map[string]string{}
	if before != nil {
		if auth["pid"] = before.PID; before.offset != "" {
			auth["offset"] = before.offset
			v.offset = before.offset
		}
	}
	body, err := json.Marshal(auth)
	if err != nil {
		t.Fatal(err)
	}
	v.send("40" + string(body))
	answer := v.next()
	if err := json.Unmarshal([]byte(answer[2:]), &v.identity); err != nil || answer[:2] != "40" || v.PID == "" {
		t.Fatalf("CONNECT is answered with %s", answer)
	}
	v.send(`421["fence"]`)
	for {
		packet := v.next()
		if packet == "431[0]" {
			return v
		}
		v.missed = append(v.missed, v.note(packet))
	}
}

// note keeps the offset of an event, as stock clients do, and returns its name.
func (v *visitor) note(packet string) (name string) {
	v.t.Helper()
	var args []any
	if err := json.Unmarshal([]byte(packet[2:]), &args); err != nil {
		v.t.Fatalf("%s: %v", packet, err)
	}
	if offset, ok := args[len(args)-1].(string); ok {
		v.offset = offset
	}
	return fmt.Sprint(args[0])
}

func (v *visitor) expectEvent(name string) {
	v.t.Helper()
	if got := v.note(v.next()); got != name {
		v.t.Fatalf("event %q came, want %q", got, name)
	}
}

// expectRecovered checks that v is the visitor before, and what it missed meanwhile.
func (v *visitor) expectRecovered(before *visitor, missed ...string) {
	v.t.Helper()
	if v.identity != before.identity || fmt.Sprint(v.missed) != fmt.Sprint(missed) {
		v.t.Fatalf("came back as %v to %q, was %v and missed %q", v.identity, v.missed, before.identity, missed)
	}
}

// Trap 32: sessions that Node and its adapters do not recover, each in its case. A
// network that breaks in the middle of what was missed is in
// TestStockClientIsRecoveredInTheMiddleOfWhatItMissed. A node that crashes
// (streams adapter 27) needs several nodes.
func TestTrap32_SessionsThatOthersLoseAreRecovered(t *testing.T) {
	emit := func(t *testing.T, e socketio.Emitter, event string, args ...any) {
		t.Helper()
		if err := e.Emit(t.Context(), event, args...); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("a volatile event that ends in a string (socket.io 5539)", func(t *testing.T) {
		server, s := recovering(t, socketio.Options{Recovery: &socketio.Recovery{}})
		v := s.visit(t, nil)
		emit(t, server.To("r"), "seen")
		v.expectEvent("seen")
		for _, e := range []socketio.Emitter{server.Volatile(), server.Local()} {
			emit(t, e, "last", "looks like an offset")
			v.expectEvent("last")
		}
		v.conn.Close()
		emit(t, server.To("r"), "missed")
		s.visit(t, v).expectRecovered(v, "missed")
	})
	t.Run("a session without events (socket.io 5538)", func(t *testing.T) {
		server, s := recovering(t, socketio.Options{Recovery: &socketio.Recovery{}})
		v := s.visit(t, nil)
		v.conn.Close()
		emit(t, server.To("r"), "missed")
		s.visit(t, v).expectRecovered(v, "missed")
	})
	t.Run("a quiet phase longer than events are kept (socket.io 5282)", func(t *testing.T) {
		t.Parallel()
		const quiet = 2500 * time.Millisecond // more than MaxDisconnection, a heartbeat's silence and an upgrade together
		server, s := recovering(t, socketio.Options{
			Recovery: &socketio.Recovery{MaxDisconnection: time.Second}, PingInterval: 100 * time.Millisecond, PingTimeout: 400 * time.Millisecond, UpgradeTimeout: 50 * time.Millisecond,
		})
		v := s.visit(t, nil)
		emit(t, server.To("r"), "seen")
		v.expectEvent("seen")
		for begin := time.Now(); time.Since(begin) < quiet; { // that the time passes is what this is about
			if m, err := v.read(patience); m != "2" {
				t.Fatalf("got %q, %v", m, err)
			}
			v.send("3")
		}
		emit(t, server.To("elsewhere"), "not for it") // the log forgets what is too old
		v.conn.Close()
		emit(t, server.To("r"), "missed")
		s.visit(t, v).expectRecovered(v, "missed")
	})
	t.Run("again and again, while the old connections are still open (socket.io 4880, streams adapter 26)", func(t *testing.T) {
		server, s := recovering(t, socketio.Options{Recovery: &socketio.Recovery{}, PingInterval: 100 * time.Millisecond, PingTimeout: 200 * time.Millisecond})
		ended := make(chan socketio.Reason, 100)
		server.OnDisconnect(func(_ *socketio.Socket, r socketio.Reason) { ended <- r })
		v := s.visit(t, nil)
		for range 5 {
			back := s.visit(t, v) // the old connection is never closed by its client
			back.expectRecovered(v)
			if r := receive(t, ended); r != socketio.ReplacedByClient {
				t.Fatalf("the old connection ended for %q", r)
			}
			v.expectClosed(patience)
			emit(t, server.To("r"), "live")
			back.expectEvent("live")
			v = back
		}
		for range 5 { // for longer than the ping timeouts of the old connections
			if m, err := v.read(patience); m != "2" {
				t.Fatalf("got %q, %v", m, err)
			}
			v.send("3")
		}
		emit(t, server.To("r"), "still here")
		v.expectEvent("still here")
	})
}

// Trap 33: middlewares are skipped when a session is recovered, so that a token
// which was revoked meanwhile slips in; here they run, and the session is for its owner (Node's skipMiddlewares).
func TestTrap33_RevokedSessionIsNotRecovered(t *testing.T) {
	tokenKey := socketio.NewKey[string]("token")
	revoked := make(chan struct{})
	server, s := recovering(t, socketio.Options{Recovery: &socketio.Recovery{
		Owner: func(s *socketio.Socket) string { token, _ := tokenKey.Get(s); return token },
	}})
	server.Use(func(_ context.Context, sock *socketio.Socket) error {
		var auth struct{ Token string }
		err := sock.DecodeAuth(&auth)
		select {
		case <-revoked:
			if auth.Token == "ann" {
				err = &socketio.ConnectError{Message: "revoked"}
			}
		default:
		}
		tokenKey.Set(sock, auth.Token)
		return err
	})
	ask := func(auth string) (answer string) {
		sock := s.open(t)
		defer sock.conn.Close()
		sock.send("40" + auth)
		if answer, err := sock.read(patience); err == nil {
			return answer
		}
		return "closed"
	}
	// ann has a session, which she can come back to, and its id as a part of an auth.
	ann := func(t *testing.T) (id identity, pid string) {
		answer := ask(`{"token":"ann"}`)
		if err := json.Unmarshal([]byte(answer[2:]), &id); err != nil {
			t.Fatal(err)
		}
		pid = fmt.Sprintf(`"pid":%q`, id.PID)
		if got := ask(`{"token":"ann",` + pid + `}`); got != answer {
			t.Fatalf("%s is not recovered: %s", answer, got)
		}
		return id, pid
	}
	t.Run("another user", func(t *testing.T) {
		before, pid := ann(t)
		var bob identity
		eventually(t, func() bool { // a foreign session costs one more connection
			got := ask(`{"token":"bob",` + pid + `}`)
			return got[:2] == "40" && json.Unmarshal([]byte(got[2:]), &bob) == nil
		})
		if bob.SID == before.SID || bob.PID == before.PID {
			t.Error("another user got the session")
		}
	})
	t.Run("revoked meanwhile", func(t *testing.T) {
		_, pid := ann(t)
		close(revoked)
		if got := ask(`{"token":"ann",` + pid + `}`); got != `44{"message":"revoked"}` {
			t.Errorf("who is revoked is answered %s", got)
		}
	})
}
