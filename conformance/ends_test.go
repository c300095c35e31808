package conformance_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"tradewind/conformance"
	"tradewind/socketio"
	"tradewind/socketio/engineio"
)

// closing starts a server whose event "end" ends the connection for the reason it names.
func closing(t *testing.T, o socketio.Options) (*socketio.Server, *server) {
	t.Helper()
	o.Origins = []string{"*"}
	s := conformance.NewSocket(o)
	socketio.On(s.Namespace, "end", func(_ context.Context, sock *socketio.Socket, r socketio.Reason) error {
		return sock.CloseTransport(r)
	})
	socketio.On(s.Namespace, "leave", func(ctx context.Context, sock *socketio.Socket, _ socketio.None) error {
		return sock.Disconnect(ctx)
	})
	return s, newServer(t, listen(t, s, s.Close)+"/socket.io/")
}

// closeCode reads until the close frame, over packets that are allowed, and returns its code and text.
func (s *socket) closeCode(allowed ...string) (code int, text string) {
	s.t.Helper()
	_ = s.conn.SetReadDeadline(time.Now().Add(patience))
	for {
		f, err := readFrame(s.r)
		if err != nil {
			s.t.Fatalf("no close frame: %v", err)
		}
		if f.Header.OpCode != ws.OpClose {
			known := string(f.Payload) == "2"
			for _, a := range allowed {
				known = known || string(f.Payload) == a
			}
			if !known {
				s.t.Errorf("got %.100q before the close frame", f.Payload)
			}
			continue
		}
		if len(f.Payload) < 2 {
			return 0, ""
		}
		return int(binary.BigEndian.Uint16(f.Payload)), string(f.Payload[2:])
	}
}

// joinByPolling joins "/" by polling and returns the query of the session.
func (s *server) joinByPolling(t *testing.T) (query string) {
	t.Helper()
	query = s.poll(t)
	s.do(t, "POST", query, "40")
	for got := ""; !strings.Contains(got, "auth"); {
		a := s.get(t, query)
		if a.status != 200 {
			t.Fatalf("GET: %+v", a)
		}
		got += a.body
	}
	return query
}

// The server ends a connection: without a DISCONNECT packet, so that clients
// come back, and with a close code that says why.
func TestServerEndsConnection(t *testing.T) {
	_, s := closing(t, socketio.Options{})
	for reason, want := range map[socketio.Reason]int{
		socketio.SlowConsumer: 4008, socketio.Flooding: 4009, socketio.Drain: 4010, socketio.Overload: 4011, socketio.ForcedClose: 1000,
	} {
		t.Run("websocket, "+string(reason), func(t *testing.T) {
			sock := s.joined(t)
			sock.send(`42["end","` + string(reason) + `"]`)
			code, text := sock.closeCode()
			if code != want || want > 4000 && text != string(reason) {
				t.Errorf("close frame %d %q, want %d %q", code, text, want, reason)
			}
		})
	}
	t.Run("polling, a GET that waits is answered 1", func(t *testing.T) {
		q := s.joinByPolling(t)
		get := s.background(t, "GET", q, "")
		s.do(t, "POST", q, `42["end","drain"]`)
		if a := receive(t, get); a.status != 200 || a.body != "1" {
			t.Errorf("GET: %+v", a)
		}
		if a := s.get(t, q); a.status != 400 {
			t.Errorf("GET after the end: %+v", a)
		}
	})
	t.Run("polling, what waits comes before the 1", func(t *testing.T) {
		q := s.joinByPolling(t)
		s.do(t, "POST", q, `42["message","last"]`+"\x1e"+`42["end","drain"]`)
		got := ""
		for range 2 { // the event may have come alone
			a := s.get(t, q)
			if a.status != 200 {
				break
			}
			got += a.body + "\x1e"
			if strings.HasSuffix(a.body, "1") {
				break
			}
		}
		if !strings.HasPrefix(got, `42["message-back","last"]`) || !strings.HasSuffix(got, "\x1e1\x1e") {
			t.Errorf("got %q, want the event and then 1", got)
		}
	})
	t.Run("a namespace is left with DISCONNECT and the connection stays", func(t *testing.T) {
		sock := s.joined(t)
		sock.send(`42["leave"]`)
		sock.expect("41")
		sock.send("40")
		sock.expectConnect("40")
	})
}

func TestLimits(t *testing.T) {
	t.Run("many fragments of a message are counted together", func(t *testing.T) {
		_, s := closing(t, socketio.Options{MaxPayload: 1000})
		sock := s.joined(t)
		for i := range 20 {
			f := ws.NewFrame(ws.OpContinuation, false, []byte(strings.Repeat("x", 100)))
			if i == 0 {
				f.Header.OpCode = ws.OpText
			}
			if ws.WriteFrame(sock.conn, ws.MaskFrame(f)) != nil {
				break // closed already
			}
		}
		if code, _ := sock.closeCode(); code != 1009 {
			t.Errorf("close code %d", code)
		}
	})
	t.Run("flooding is 4009", func(t *testing.T) {
		_, s := closing(t, socketio.Options{Flood: socketio.Flood{PacketsPerSecond: 10, Burst: 3}})
		sock := s.joined(t)
		for range 100 {
			sock.send(`42["nobody"]`)
		}
		if code, text := sock.closeCode(); code != 4009 || text != "flooding" {
			t.Errorf("close frame %d %q", code, text)
		}
	})
	t.Run("a full server is 503", func(t *testing.T) {
		_, s := closing(t, socketio.Options{MaxConnections: 1, RetryAfter: 7 * time.Second})
		first := s.joined(t)
		a := s.get(t, "EIO=4&transport=polling")
		if a.status != 503 || a.header.Get("Retry-After") != "7" {
			t.Errorf("handshake: %+v", a)
		}
		first.conn.Close()
		eventually(t, func() bool { return s.get(t, "EIO=4&transport=polling").status == 200 })
	})
	t.Run("an upgrade that is not finished in time leaves polling alone", func(t *testing.T) {
		_, s := closing(t, socketio.Options{UpgradeTimeout: 200 * time.Millisecond})
		q := s.poll(t)
		sock, _ := s.dial(t, "EIO=4&transport=websocket&sid="+sidOf(q))
		sock.send("2probe")
		sock.expect("3probe")
		sock.expectClosed(2 * time.Second)
		if a := s.do(t, "POST", q, "40"); a.body != "ok" {
			t.Fatalf("POST: %+v", a)
		}
		eventually(t, func() bool {
			a := s.get(t, q)
			if a.status != 200 {
				t.Fatalf("GET: %+v", a)
			}
			return strings.Contains(a.body, "40{")
		})
		again, _ := s.dial(t, "EIO=4&transport=websocket&sid="+sidOf(q)) // and another try is allowed
		again.send("2probe")
		again.expect("3probe")
	})
	t.Run("a session that nobody polls ends", func(t *testing.T) {
		s := engine(t)
		q := s.poll(t)
		wait := time.NewTimer(pingInterval + pingTimeout + 300*time.Millisecond)
		<-wait.C // nothing can be asked meanwhile: every request would be a sign of life
		if a := s.get(t, q); a.status != 400 {
			t.Errorf("GET: %+v", a)
		}
	})
	t.Run("an event while the middleware is pending ends the connection", func(t *testing.T) {
		pending := make(chan struct{})
		server := socketio.NewServer(socketio.Options{})
		server.Use(func(ctx context.Context, _ *socketio.Socket) error {
			select {
			case <-pending:
			case <-ctx.Done():
			}
			return ctx.Err()
		})
		s := newServer(t, listen(t, server, server.Close)+"/socket.io/")
		defer close(pending)
		sock := s.open(t)
		sock.send("40", `42["message"]`)
		sock.expectClosed(2*time.Second, keepAlive)
	})
}

func TestHandshakeIsDecidedByTheUser(t *testing.T) {
	s := conformance.NewEngine(engineio.Options{AllowRequest: func(r *http.Request) error {
		switch r.URL.Query().Get("who") {
		case "late":
			return &engineio.HTTPError{Status: 503, Message: "later", RetryAfter: 3 * time.Second}
		case "nobody":
			return errors.New("not you")
		}
		return nil
	}})
	srv := newServer(t, listen(t, s, s.Close)+"/engine.io/")
	for _, c := range []struct {
		who, body, retry  string
		status, webSocket int
	}{
		{"nobody", `{"code":4,"message":"not you"}`, "", 403, 400}, // an upgrade is refused with 400 whatever the code, as Node does
		{"late", "later", "3", 503, 503},
	} {
		t.Run(c.who, func(t *testing.T) {
			a := srv.get(t, "EIO=4&transport=polling&who="+c.who)
			if a.status != c.status || !strings.Contains(a.body, c.body) || a.header.Get("Retry-After") != c.retry {
				t.Errorf("%+v", a)
			}
			if sock, status := srv.dial(t, "EIO=4&transport=websocket&who="+c.who); sock != nil || status != c.webSocket {
				t.Errorf("websocket: status %d, want %d", status, c.webSocket)
			}
		})
	}
	t.Run("it is asked about handshakes only", func(t *testing.T) {
		q := srv.poll(t)
		if a := srv.do(t, "POST", q+"&who=nobody", "4x"); a.body != "ok" {
			t.Errorf("POST: %+v", a)
		}
	})
}

func TestOrigins(t *testing.T) {
	s := conformance.NewEngine(engineio.Options{AllowOrigin: func(r *http.Request) bool { return r.Header.Get("Origin") == "http://app" }})
	srv := newServer(t, listen(t, s, s.Close)+"/engine.io/")
	ask := func(t *testing.T, method, query string, header http.Header) answer {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, srv.url+"?"+query, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header = header
		resp, err := srv.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		return answer{resp.StatusCode, string(b), resp.Header, err}
	}
	const handshake = "EIO=4&transport=polling"
	upgrade := func(origin string) http.Header {
		return http.Header{
			"Origin": {origin}, "Connection": {"Upgrade"}, "Upgrade": {"websocket"},
			"Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="},
		}
	}
	t.Run("an allowed one is told so", func(t *testing.T) {
		a := ask(t, "GET", handshake, http.Header{"Origin": {"http://app"}})
		if a.status != 200 || a.header.Get("Access-Control-Allow-Origin") != "http://app" || a.header.Get("Access-Control-Allow-Credentials") != "true" || a.header.Get("Vary") != "Origin" {
			t.Errorf("%+v", a)
		}
	})
	t.Run("no origin is no browser", func(t *testing.T) {
		if a := ask(t, "GET", handshake, http.Header{}); a.status != 200 || a.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%+v", a)
		}
	})
	t.Run("a foreign one is refused by polling", func(t *testing.T) {
		if a := ask(t, "GET", handshake, http.Header{"Origin": {"http://evil"}}); a.status != 403 || a.body != `{"code":4,"message":"Forbidden"}` {
			t.Errorf("%+v", a)
		}
	})
	t.Run("a foreign one is refused by websocket", func(t *testing.T) {
		if a := ask(t, "GET", "EIO=4&transport=websocket", upgrade("http://evil")); a.status != 403 && a.status != 400 {
			t.Errorf("%+v", a)
		}
	})
	t.Run("a foreign one cannot take a session over", func(t *testing.T) {
		q := srv.poll(t)
		if a := ask(t, "GET", "EIO=4&transport=websocket&sid="+sidOf(q), upgrade("http://evil")); a.status != 403 && a.status != 400 {
			t.Errorf("%+v", a)
		}
	})
	t.Run("a preflight is answered before anything is checked", func(t *testing.T) {
		a := ask(t, "OPTIONS", "", http.Header{"Origin": {"http://app"}, "Access-Control-Request-Method": {"POST"}, "Access-Control-Request-Headers": {"x-token"}})
		if a.status != 204 || !strings.Contains(a.header.Get("Access-Control-Allow-Methods"), "POST") || a.header.Get("Access-Control-Allow-Headers") != "x-token" {
			t.Errorf("%+v", a)
		}
	})
}

// readFrame reads a frame of the server, which is trusted to send a bounded one here.
func readFrame(r io.Reader) (ws.Frame, error) {
	header, err := ws.ReadHeader(r)
	if err != nil {
		return ws.Frame{}, err
	}
	f := ws.Frame{Header: header, Payload: make([]byte, header.Length)}
	_, err = io.ReadFull(r, f.Payload)
	return f, err
}
