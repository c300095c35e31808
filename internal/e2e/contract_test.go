package e2e_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tradewind/socketio/client"
)

// A session that ends takes its sockets with it, within a second, and says so;
// other sessions of the user stay.
func TestEndOfSessionReachesItsSockets(t *testing.T) {
	s := serve(t, map[string]string{"DATA_DIR": newDir(t)}, "--demo")
	leaving, staying := s.signIn(t, "demo", "demo"), s.signIn(t, "demo", "demo")
	type end struct {
		expired string
		reason  client.Reason
		after   time.Duration
	}
	ends := make(chan end, 2)
	var begin time.Time
	for range 2 {
		tr := newTrader(t, s, leaving, client.Options{Reconnect: &client.Backoff{Delay: time.Millisecond}})
		expired := ""
		tr.On("session:expired", func(a client.Args) {
			var e struct{ Reason string }
			_ = a.Decode(0, &e)
			expired = e.Reason
		})
		tr.OnDisconnect(func(e *client.DisconnectError) { ends <- end{expired, e.Reason, time.Since(begin)} })
		tr.connect()
	}
	other := newTrader(t, s, staying, client.Options{})
	other.connect()

	begin = time.Now()
	s.must(t, "POST", "/api/logout", leaving.session, nil, nil)
	for range 2 {
		e := receive(t, ends, "the end of a socket of the session")
		if e.expired != "logout" || e.reason != client.ServerDisconnect || e.after > time.Second {
			t.Errorf("session:expired %q, then %q, after %v", e.expired, e.reason, e.after)
		}
	}
	if a := other.mustCall("clock"); !a.OK || !other.Connected() {
		t.Error("the other session's socket has ended too")
	}
	expectRefusal(t, s, map[string]string{"sessionID": leaving.session}, refusal{"Invalid session", "invalid_session", false})
}

// Every event of a client is answered: by its ack, or by the event error.
func TestEventsAreAnswered(t *testing.T) {
	s := serve(t, map[string]string{"DATA_DIR": newDir(t)}, "--demo")
	u := s.signIn(t, "demo", "demo")
	errorEvents := make(chan client.Args, 10)
	tr := newTrader(t, s, u, client.Options{})
	tr.On("error", func(a client.Args) { errorEvents <- a })
	tr.connect()
	code := func(event string, args ...any) string {
		t.Helper()
		a := tr.call(event, args...)
		if a.OK {
			return "ok"
		}
		if a.Error.Message == "" {
			t.Errorf("%s: no message in %+v", event, a)
		}
		return a.Error.Code
	}

	for _, c := range []struct {
		event string
		arg   any
		want  string
	}{
		{"no such event", nil, "unknown_event"},
		{"clock", nil, "ok"},
		{"subscribe:watchlist", 7, "invalid_payload"},
		{"subscribe:watchlist", []int{7}, "invalid_payload"},
		{"subscribe:trades", "soon", "invalid_payload"},
		{"session:refresh", map[string]string{"sessionID": "nobody has this one"}, "invalid_session"},
	} {
		args := []any{c.arg}
		if c.arg == nil {
			args = nil
		}
		if got := code(c.event, args...); got != c.want {
			t.Errorf("%s %v: %s, want %s", c.event, c.arg, got, c.want)
		}
	}
	if err := tr.Emit(t.Context(), "no such event"); err != nil {
		t.Fatal(err)
	}
	var e struct{ Code, Message, Event string }
	if err := receive(t, errorEvents, "the event error").Decode(0, &e); err != nil || e.Code != "unknown_event" || e.Event != "no such event" {
		t.Errorf("error %+v, %v", e, err)
	}

	// A cursor that the ledger has not reached.
	a := tr.call("subscribe:trades", map[string]int64{"after": 1 << 40})
	if a.OK || a.Error.Code != "cursor_unknown" {
		t.Errorf("%+v", a)
	}
	// Refused requests took no token; an accepted one does, and gives it back when it is undone.
	tr.subscribe()
	limited := tr.call("subscribe:trades")
	if limited.OK || limited.Error.Code != "rate_limited" || limited.Error.Message != "Rate limit exceeded" || limited.Error.RetryAfterMs <= 0 {
		t.Errorf("%+v", limited)
	}
	tr.mustCall("unsubscribe:trades")
	tr.mustCall("subscribe:trades")

	// The watchlist: upper case, no repeats, unknown symbols told, too many refuse all.
	a = tr.mustCall("subscribe:watchlist", []string{"aapl", "AAPL", "msft", "NOSUCHTHING"})
	if d := cmp.Diff([]string{"AAPL", "MSFT"}, a.Accepted); d != "" {
		t.Error(d)
	}
	until(t, "snapshots of both", func() bool { return tr.freshQuotes(0) == 2 })
	many := make([]string, 101)
	for i := range many {
		many[i] = fmt.Sprintf("S%d", i)
	}
	if got := code("subscribe:watchlist", many); got != "too_many_symbols" {
		t.Errorf("101 symbols: %s", got)
	}
	since := now()
	until(t, "the old list goes on", func() bool { return tr.freshQuotes(since) == 2 })
	tr.check()
}

// Whoever floods is cut off, in a way that lets a client come back.
func TestFloodingIsCutOff(t *testing.T) {
	s := serve(t, map[string]string{"DATA_DIR": newDir(t)}, "--demo")
	tr := newTrader(t, s, s.signIn(t, "demo", "demo"), client.Options{})
	tr.connect()
	for range 1000 {
		if tr.Emit(t.Context(), "clock") != nil {
			break
		}
	}
	receive(t, tr.Done(), "the end of the connection")
	var end *client.DisconnectError
	if !errors.As(tr.Err(), &end) || end.Code != 4009 || end.Text != "flooding" {
		t.Errorf("ended with %v, want 4009 flooding", tr.Err())
	}
}

// What a well-formed order is refused for becomes an event and a rejected order.
func TestRefusedOrderIsTold(t *testing.T) {
	dir := newDir(t)
	u := users(t, dir, 1, "poor", "10")[0]
	s := serve(t, map[string]string{"DATA_DIR": dir})
	tr := newTrader(t, s, u, client.Options{})
	tr.connect()
	tr.subscribe()
	status, _, err := s.try(t.Context(), "POST", "/api/orders", u.session, orderRequest{Symbol: "AAPL", Side: "buy", Type: "market", Quantity: 5, ClientOrderID: "too dear"}, nil)
	if status != 400 { // a client order id may not have spaces: ill formed, and leaves no trace
		t.Errorf("status %d, %v", status, err)
	}
	status, _, err = s.try(t.Context(), "POST", "/api/orders", u.session, orderRequest{Symbol: "AAPL", Side: "buy", Type: "market", Quantity: 5, ClientOrderID: "dear"}, nil)
	if status != 422 {
		t.Fatalf("status %d, %v", status, err)
	}
	until(t, "trade:failed", func() bool {
		for _, e := range tr.events(0) {
			if e.Event != "trade:failed" {
				continue
			}
			failed := decode[struct {
				Code   string
				Signal struct{ ClientOrderID string }
			}](t, e.Data)
			return failed.Code == "insufficient_buying_power" && failed.Signal.ClientOrderID == "dear"
		}
		return false
	})
	rejected := s.orders(t, u)
	if len(rejected) != 1 || rejected[0].Status != "rejected" {
		t.Errorf("orders %+v", rejected)
	}
	tr.check()
}
