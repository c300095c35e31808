package e2e_test

import (
	"database/sql"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	_ "modernc.org/sqlite" // looks into the store of a server that is running

	"tradewind/socketio/client"
)

// refusal is what a refused client sees.
type refusal struct {
	Message   string
	Code      string
	Retryable bool
}

// refused connects and returns the refusal, and how long to wait before the next try.
func refused(t *testing.T, s *server, auth any) (refusal, time.Duration) {
	t.Helper()
	c, err := client.Dial(t.Context(), s.url, client.Options{Auth: auth})
	if err == nil {
		c.Close()
		t.Fatal("the client was let in")
	}
	var e *client.ConnectError
	if !errors.As(err, &e) {
		t.Fatalf("err = %v, want a refusal of the namespace", err)
	}
	data := decode[struct {
		Code         string
		Retryable    bool
		RetryAfterMs int64
	}](t, e.Data)
	return refusal{e.Message, data.Code, data.Retryable}, time.Duration(data.RetryAfterMs) * time.Millisecond
}

func expectRefusal(t *testing.T, s *server, auth any, want refusal) time.Duration {
	t.Helper()
	got, wait := refused(t, s, auth)
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	return wait
}

// Every refusal of the contract, word for word.
func TestHandshakeRefusals(t *testing.T) {
	dir := newDir(t)
	people := users(t, dir, 4, "guest", "1000")
	s := serve(t, map[string]string{"DATA_DIR": dir})
	session := func(u user) any { return map[string]string{"sessionID": u.session} }

	t.Run("no credential", func(t *testing.T) {
		for _, auth := range []any{nil, map[string]any{}, map[string]any{"other": 1}} {
			expectRefusal(t, s, auth, refusal{"Authentication required", "auth_required", false})
		}
	})
	t.Run("unknown session", func(t *testing.T) {
		expectRefusal(t, s, map[string]any{"sessionID": "nobody has this one"}, refusal{"Invalid session", "invalid_session", false})
	})
	t.Run("a session that is not a string", func(t *testing.T) {
		for _, id := range []any{7, true, []string{"x"}, map[string]any{"$ne": ""}} {
			expectRefusal(t, s, map[string]any{"sessionID": id}, refusal{"Invalid session", "invalid_session", false})
		}
	})
	t.Run("a session that was signed out", func(t *testing.T) {
		u := people[0]
		s.must(t, "POST", "/api/logout", u.session, nil, nil)
		expectRefusal(t, s, session(u), refusal{"Invalid session", "invalid_session", false})
	})
	t.Run("the sixth connection; let in when one has closed, or has vanished", func(t *testing.T) {
		u := people[1]
		var open []*client.Client
		var gates []*gate
		for range 5 {
			c, g := gated(t, s, u)
			open, gates = append(open, c), append(gates, g)
		}
		tooMany := refusal{"Too many connections", "too_many_connections", true}
		if wait := expectRefusal(t, s, session(u), tooMany); wait != 2500*time.Millisecond {
			t.Errorf("wait %v, want 2.5 s", wait)
		}
		open[0].Close()
		until(t, "a place is free", func() bool {
			c, g := tryGated(t, s, u)
			if c == nil {
				return false
			}
			open[0], gates[0] = c, g
			return true
		})
		expectRefusal(t, s, session(u), tooMany)

		// One stops to answer, without a close: the next connect finds out.
		gates[1].shut()
		defer gates[1].open()
		if err := open[1].Emit(t.Context(), "nonsense"); err != nil { // answered by the event error, whose handler waits
			t.Fatal(err)
		}
		gates[1].waitForVisitor(t)
		begin := time.Now()
		c, err := client.Dial(t.Context(), s.url, client.Options{Auth: session(u)})
		if err != nil {
			t.Fatalf("not let in after one has vanished: %v", err)
		}
		defer c.Close()
		if took := time.Since(begin); took > 3*time.Second {
			t.Errorf("let in after %v, want 3 s at most", took)
		}
	})
	t.Run("too many attempts", func(t *testing.T) {
		u := people[2]
		for range 30 {
			c, err := client.Dial(t.Context(), s.url, client.Options{Auth: session(u)})
			if err != nil {
				t.Fatal(err)
			}
			c.Close()
			// The server sees the end of a connection in its own time; the cap must not be what refuses.
			until(t, "the connection has ended", func() bool {
				n, found := s.metric("tradewind_socketio_connections")
				return !found || n <= 5
			})
		}
		wait := expectRefusal(t, s, session(u), refusal{"Too many attempts", "too_many_attempts", true})
		if wait <= 0 || wait > 2*time.Minute {
			t.Errorf("wait %v, want up to two minutes", wait)
		}
	})
	t.Run("the session store does not answer", func(t *testing.T) {
		files, err := filepath.Glob(filepath.Join(dir, "*.db"))
		if err != nil || len(files) != 1 {
			t.Fatalf("databases %v, %v", files, err)
		}
		db, err := sql.Open("sqlite", files[0])
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.Exec("PRAGMA busy_timeout=5000; ALTER TABLE sessions RENAME TO sessions_gone"); err != nil {
			t.Fatal(err)
		}
		expectRefusal(t, s, session(people[3]), refusal{"Authentication failed", "auth_failed", true})
		if _, err := db.Exec("ALTER TABLE sessions_gone RENAME TO sessions"); err != nil {
			t.Fatal(err)
		}
		c, err := client.Dial(t.Context(), s.url, client.Options{Auth: session(people[3])})
		if err != nil {
			t.Fatalf("not let in when the store answers again: %v", err)
		}
		c.Close()
	})
	t.Run("a full server refuses by HTTP, which clients retry", func(t *testing.T) {
		dir := newDir(t)
		u := users(t, dir, 1, "one", "1")[0]
		s := serve(t, map[string]string{"DATA_DIR": dir, "MAX_CONNECTIONS": "1"})
		c, err := client.Dial(t.Context(), s.url, client.Options{Auth: session(u)})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		for _, transport := range []client.Transport{client.WebSocket, client.Polling} {
			_, err = client.Dial(t.Context(), s.url, client.Options{Auth: session(u), Transports: []client.Transport{transport}})
			var e *client.HandshakeError
			if !errors.As(err, &e) || e.Status != 503 || e.RetryAfter <= 0 {
				t.Errorf("%s: err = %v, want 503 with Retry-After", transport, err)
			}
		}
	})
}

// gated is a connected client whose events can be held up.
func gated(t *testing.T, s *server, u user) (*client.Client, *gate) {
	t.Helper()
	c, g := tryGated(t, s, u)
	if c == nil {
		t.Fatalf("%s was not let in", u.name)
	}
	return c, g
}

func tryGated(t *testing.T, s *server, u user) (*client.Client, *gate) {
	t.Helper()
	g := &gate{}
	c, err := client.New(s.url, client.Options{Auth: map[string]string{"sessionID": u.session}})
	if err != nil {
		t.Fatal(err)
	}
	c.OnAny(func(string, client.Args) { g.pass() })
	if c.Connect(t.Context()) != nil {
		return nil, nil
	}
	t.Cleanup(func() { g.open(); c.Close() })
	return c, g
}
