package gateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"tradewind/internal/gateway"
	"tradewind/internal/session"
	"tradewind/internal/wire"
	"tradewind/socketio"
	"tradewind/socketio/client"
)

// refused expects a refusal of the contract and returns its retryAfterMs.
func refused(t *testing.T, err error, message, code string, retryable bool) int {
	t.Helper()
	var refusal *client.ConnectError
	if !errors.As(err, &refusal) {
		t.Fatalf("got %v, want the refusal %q", err, message)
	}
	if refusal.Message != message || field[string](t, refusal.Data, "code") != code || field[bool](t, refusal.Data, "retryable") != retryable {
		t.Fatalf("got %q %s, want %q with %s", refusal.Message, refusal.Data, message, code)
	}
	return field[int](t, refusal.Data, "retryAfterMs")
}

func TestHandshake_Refusals_MessageAndCode(t *testing.T) {
	f := newFloor(t)
	ann := f.person("ann")
	expired, s := ann.signIn()
	if err := f.store.TouchSession(t.Context(), s.Hash, time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	revoked, r := ann.signIn()
	if err := f.sessions.Revoke(t.Context(), ann.id, r.PublicID); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		auth    any
		message string
		code    string
	}{
		"no auth":          {nil, "Authentication required", "auth_required"},
		"empty auth":       {map[string]any{}, "Authentication required", "auth_required"},
		"null session":     {map[string]any{"sessionID": nil}, "Authentication required", "auth_required"},
		"empty session":    {map[string]any{"sessionID": ""}, "Authentication required", "auth_required"},
		"unknown session":  {map[string]any{"sessionID": "nobody's"}, "Invalid session", "invalid_session"},
		"number":           {map[string]any{"sessionID": 17}, "Invalid session", "invalid_session"},
		"object":           {map[string]any{"sessionID": map[string]any{"$ne": ""}}, "Invalid session", "invalid_session"},
		"expired session":  {map[string]any{"sessionID": expired}, "Invalid session", "invalid_session"},
		"revoked session":  {map[string]any{"sessionID": revoked}, "Invalid session", "invalid_session"},
		"token, no issuer": {map[string]any{"token": "eyJ"}, "Invalid session", "invalid_session"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := f.dial(client.Options{Auth: c.auth})
			if wait := refused(t, err, c.message, c.code, false); wait != 0 {
				t.Errorf("retry after %d ms", wait)
			}
		})
	}
	if n := f.metric("refusals_total", "invalid_session"); n != 6 {
		t.Errorf("%v refusals with invalid_session counted, want 6", n)
	}
}

func TestHandshake_SessionStoreIsAway_AuthenticationFailedAndRetryable(t *testing.T) {
	f := newFloor(t)
	ann := f.person("ann")
	id, _ := ann.signIn()
	f.broken.Store(true)
	_, err := f.dial(client.Options{Auth: map[string]any{"sessionID": id}})
	refused(t, err, "Authentication failed", "auth_failed", true)
	f.broken.Store(false)
	f.connect(map[string]any{"sessionID": id})
}

func TestHandshake_Cookie_OnlyWithAnAllowedOrigin(t *testing.T) {
	f := newFloor(t, func(_ *gateway.Options, o *socketio.Options) {
		o.AllowOrigin = func(*http.Request) bool { return true }
	})
	ann := f.person("ann")
	id, _ := ann.signIn()
	dial := func(cookie, origin string, auth any) error {
		h := http.Header{}
		if cookie != "" {
			h.Set("Cookie", "other=1; tradewind_session="+cookie)
		}
		if origin != "" {
			h.Set("Origin", origin)
		}
		term, err := f.dial(client.Options{Header: h, Auth: auth})
		if err == nil {
			_ = term.Close()
		}
		return err
	}
	if err := dial(id, site, nil); err != nil {
		t.Errorf("cookie from our page: %v", err)
	}
	if err := dial(id, f.url, map[string]any{}); err != nil {
		t.Errorf("cookie from our own host, empty auth: %v", err)
	}
	refused(t, dial(id, "", nil), "Authentication required", "auth_required", false)
	refused(t, dial(id, "https://evil.example", nil), "Authentication required", "auth_required", false)
	refused(t, dial("nobody's", site, nil), "Invalid session", "invalid_session", false)
	if err := dial("", "", map[string]any{"sessionID": id}); err != nil {
		t.Errorf("auth needs no origin: %v", err)
	}
	refused(t, dial(id, site, map[string]any{"sessionID": "nobody's"}), "Invalid session", "invalid_session", false)
}

func TestHandshake_SixthConnection_RefusedUntilOneCloses(t *testing.T) {
	f := newFloor(t)
	ann, ben := f.person("ann"), f.person("ben")
	var open []*terminal
	for range 5 {
		open = append(open, ann.connect())
	}
	id, _ := ann.signIn()
	began := time.Now()
	_, err := f.dial(client.Options{Auth: map[string]any{"sessionID": id}})
	if wait := refused(t, err, "Too many connections", "too_many_connections", true); wait != 2500 {
		t.Errorf("retryAfterMs %d, want 2500", wait)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("all five answered, and still the refusal took %s", took)
	}
	ben.connect()
	for _, term := range open {
		if !term.Connected() {
			t.Fatal("a live connection was dropped")
		}
	}
	_ = open[0].Close()
	f.eventually("accepted after one closed", func() bool {
		term, err := f.dial(client.Options{Auth: map[string]any{"sessionID": id}})
		return err == nil && term.Connected()
	})
}

func TestHandshake_OneOfFiveVanished_TheNextIsAcceptedWithinThreeSeconds(t *testing.T) {
	f := newFloor(t)
	ann := f.person("ann")
	for range 4 {
		ann.connect()
	}
	ghost := ann.connect()
	ghost.freeze()
	if err := f.io.To("user:usr_ann").Emit(t.Context(), "hello"); err != nil {
		t.Fatal(err)
	}
	ghost.await("hello", 1)
	began := time.Now()
	ann.connect()
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("took %s", took)
	}
	if n := f.metric("ghosts_total"); n != 1 {
		t.Errorf("%v ghosts counted", n)
	}
	ghost.thaw()
	var end *client.DisconnectError
	if err := ghost.ended(); !errors.As(err, &end) || end.Reason == client.ServerDisconnect {
		t.Errorf("the ghost ended with %v: it must be free to reconnect", err)
	}
}

func TestHandshake_RefusedAndFailedConnects_GiveTheirSlotBack(t *testing.T) {
	f := newFloor(t, func(o *gateway.Options, _ *socketio.Options) { o.MaxPerUser, o.ConnectsPerUser = 1, 1000 })
	ann := f.person("ann")
	id, _ := ann.signIn()
	for range 20 {
		term, err := f.dial(client.Options{Auth: map[string]any{"sessionID": id}})
		if err != nil {
			t.Fatal(err)
		}
		term.Abort()
		f.eventually("the slot is free", func() bool { return f.metric("sockets") == 0 })
	}
	term := ann.connect()
	for range 3 {
		_, err := f.dial(client.Options{Auth: map[string]any{"sessionID": id}})
		refused(t, err, "Too many connections", "too_many_connections", true)
	}
	_ = term.Close()
	f.eventually("accepted after the only one closed", func() bool {
		_, err := f.dial(client.Options{Auth: map[string]any{"sessionID": id}})
		return err == nil
	})
}

func TestHandshake_RefusedByALaterMiddleware_GivesItsSlotBack(t *testing.T) {
	f := newFloor(t, func(o *gateway.Options, _ *socketio.Options) { o.MaxPerUser = 1 })
	var full atomic.Bool
	full.Store(true)
	f.io.Use(func(context.Context, *socketio.Socket) error {
		if full.Load() {
			return &socketio.ConnectError{Message: "Full"}
		}
		return nil
	})
	ann := f.person("ann")
	id, _ := ann.signIn()
	if _, err := f.dial(client.Options{Auth: map[string]any{"sessionID": id}}); err == nil {
		t.Fatal("accepted")
	}
	full.Store(false)
	f.eventually("the slot is free", func() bool { return f.gate.UsersWithSlots() == 0 })
	f.connect(map[string]any{"sessionID": id})
}

func TestHandshake_ThirtyFirstConnectOfAUserInAMinute_TooManyAttempts(t *testing.T) {
	f := newFloor(t)
	ann, ben := f.person("ann"), f.person("ben")
	id, _ := ann.signIn()
	for i := range 30 {
		term, err := f.dial(client.Options{Auth: map[string]any{"sessionID": id}})
		if err != nil {
			t.Fatalf("connect %d: %v", i+1, err)
		}
		_ = term.Close()
	}
	_, err := f.dial(client.Options{Auth: map[string]any{"sessionID": id}})
	if wait := refused(t, err, "Too many attempts", "too_many_attempts", true); wait <= 0 || wait > 120_000 {
		t.Errorf("retryAfterMs %d", wait)
	}
	ben.connect()
}

func TestHandshake_Address_LimitedExceptProxiesAndLoopback(t *testing.T) {
	f := newFloor(t, func(o *gateway.Options, _ *socketio.Options) { o.ConnectsPerAddress = 3 })
	dial := func(address string) error {
		h := http.Header{}
		if address != "" {
			h.Set("X-Forwarded-For", address)
		}
		_, err := f.dial(client.Options{Header: h, Auth: map[string]any{"sessionID": "nobody's"}})
		return err
	}
	for range 3 {
		refused(t, dial("203.0.113.7"), "Invalid session", "invalid_session", false)
		refused(t, dial("2001:db8:1:2::1"), "Invalid session", "invalid_session", false)
	}
	if wait := refused(t, dial("203.0.113.7"), "Too many attempts", "too_many_attempts", true); wait <= 0 {
		t.Errorf("retryAfterMs %d", wait)
	}
	refused(t, dial("2001:db8:1:2:ffff::9"), "Too many attempts", "too_many_attempts", true)
	refused(t, dial("203.0.113.8"), "Invalid session", "invalid_session", false)
	for range 5 {
		refused(t, dial(""), "Invalid session", "invalid_session", false)         // loopback
		refused(t, dial("10.9.0.1"), "Invalid session", "invalid_session", false) // a proxy
	}
}

func TestSession_Ends_SocketsAreToldAndStayAway(t *testing.T) {
	f := newFloor(t)
	ann := f.person("ann")
	id, s := ann.signIn()
	first, second, other := f.connect(map[string]any{"sessionID": id}), f.connect(map[string]any{"sessionID": id}), ann.connect()
	began := time.Now()
	if err := f.sessions.Revoke(t.Context(), ann.id, s.PublicID); err != nil {
		t.Fatal(err)
	}
	for _, term := range []*terminal{first, second} {
		if reason := field[string](t, term.await(wire.EventSessionExpired, 1), "reason"); reason != session.ReasonRevoked {
			t.Errorf("reason %q", reason)
		}
		var end *client.DisconnectError
		if err := term.ended(); !errors.As(err, &end) || end.Reason != client.ServerDisconnect {
			t.Errorf("ended with %v, want a DISCONNECT", err)
		}
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("took %s", took)
	}
	if !other.Connected() {
		t.Error("another session's socket was ended too")
	}
	f.eventually("the end is counted", func() bool {
		return f.metric("disconnects_total", string(socketio.ServerDisconnect)) == 2
	})
}

func TestSession_Refresh_SocketOutlivesItsFirstSession(t *testing.T) {
	f := newFloor(t)
	ann, ben := f.person("ann"), f.person("ben")
	id, old := ann.signIn()
	term := f.connect(map[string]any{"sessionID": id})
	next, s := ann.signIn()
	foreign, _ := ben.signIn()

	for _, c := range []struct {
		payload any
		code    string
	}{
		{nil, "invalid_payload"}, {map[string]any{}, "invalid_payload"}, {map[string]any{"sessionID": 5}, "invalid_payload"}, {"text", "invalid_payload"},
		{map[string]any{"sessionID": "nobody's"}, "invalid_session"}, {map[string]any{"sessionID": foreign}, "invalid_session"}, {map[string]any{"token": "eyJ"}, "invalid_session"},
	} {
		if ack := term.ask(wire.EventSessionRefresh, c.payload); field[string](t, json.RawMessage(ack), "error", "code") != c.code {
			t.Errorf("%v: %s, want %s", c.payload, ack, c.code)
		}
	}
	f.broken.Store(true)
	if ack := term.ask(wire.EventSessionRefresh, map[string]any{"sessionID": next}); field[string](t, json.RawMessage(ack), "error", "code") != "internal" {
		t.Errorf("store away: %s", ack)
	}
	f.broken.Store(false)

	ack := term.mustAsk(wire.EventSessionRefresh, map[string]any{"sessionID": next})
	if got := field[int64](t, json.RawMessage(ack), "expiresAt"); got != s.ExpiresAt.UnixMilli() {
		t.Errorf("expiresAt %d, want %d", got, s.ExpiresAt.UnixMilli())
	}
	term.mustAsk(wire.EventSessionRefresh, map[string]any{"sessionID": next}) // the same again
	if err := f.sessions.Revoke(t.Context(), ann.id, old.PublicID); err != nil {
		t.Fatal(err)
	}
	term.mustAsk(wire.EventClock)
	if err := f.sessions.Logout(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	if reason := field[string](t, term.await(wire.EventSessionExpired, 1), "reason"); reason != session.ReasonLogout {
		t.Errorf("reason %q", reason)
	}
	_ = term.ended()
}
