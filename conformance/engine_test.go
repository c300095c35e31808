package conformance_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var openKeys = map[string]bool{"sid": true, "upgrades": true, "pingInterval": true, "pingTimeout": true, "maxPayload": true}

func keySet(m map[string]any) map[string]bool {
	out := map[string]bool{}
	for k := range m {
		out[k] = true
	}
	return out
}

func TestEngineHandshake(t *testing.T) { engineHandshake(t, engine(t)) }

func engineHandshake(t *testing.T, s *server) {
	t.Run("polling", func(t *testing.T) {
		a := s.get(t, "EIO=4&transport=polling")
		if a.status != 200 {
			t.Fatalf("%+v", a)
		}
		h, keys := parseOpen(t, a.body)
		if d := cmp.Diff(openKeys, keySet(keys)); d != "" {
			t.Error(d)
		}
		want := handshake{h.SID, []string{"websocket"}, 300, 200, maxPayload}
		if d := cmp.Diff(want, h); d != "" || len(h.SID) != 20 {
			t.Errorf("sid %q %s", h.SID, d)
		}
		for name, want := range map[string]string{
			"Content-Type": "text/plain; charset=UTF-8", "Cache-Control": "no-store", "Content-Length": fmt.Sprint(len(a.body)),
		} {
			if got := a.header.Get(name); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
	})
	t.Run("websocket", func(t *testing.T) {
		sock, _ := s.dial(t, "EIO=4&transport=websocket")
		h, keys := parseOpen(t, sock.next())
		if d := cmp.Diff(openKeys, keySet(keys)); d != "" {
			t.Error(d)
		}
		if h.Upgrades == nil || len(h.Upgrades) != 0 || h.PingInterval != 300 || h.PingTimeout != 200 || h.MaxPayload != maxPayload {
			t.Errorf("%+v", h)
		}
	})
	t.Run("unknown parameters are ignored", func(t *testing.T) {
		if a := s.get(t, "EIO=4&transport=polling&t=abc123&user=x"); a.status != 200 {
			t.Errorf("%+v", a)
		}
	})
}

// Trap 6: the code of an error is a number, and the right one for each error, in
// the order they are checked (socketioxide sends strings, zishang520 sends 4 for 5).
func TestTrap06_ErrorsHaveTheirNumber(t *testing.T) { engineErrors(t, engine(t)) }

func engineErrors(t *testing.T, s *server) {
	poll := s.poll(t)
	for _, c := range []struct{ name, method, query, want string }{
		{"transport missing", "GET", "EIO=4", `{"code":0,"message":"Transport unknown"}`},
		{"transport unknown", "GET", "EIO=4&transport=abc", `{"code":0,"message":"Transport unknown"}`},
		{"transport before session", "GET", "EIO=4&transport=abc&sid=nope", `{"code":0,"message":"Transport unknown"}`},
		{"session unknown", "GET", "EIO=4&transport=polling&sid=nope", `{"code":1,"message":"Session ID unknown"}`},
		{"POST without session", "POST", "EIO=4&transport=polling", `{"code":2,"message":"Bad handshake method"}`},
		{"PUT without session", "PUT", "EIO=4&transport=polling", `{"code":2,"message":"Bad handshake method"}`},
		{"method before version", "POST", "transport=polling", `{"code":2,"message":"Bad handshake method"}`},
		{"websocket without upgrade", "GET", "EIO=4&transport=websocket", `{"code":3,"message":"Bad request"}`},
		{"version missing", "GET", "transport=polling", `{"code":5,"message":"Unsupported protocol version"}`},
		{"version unknown", "GET", "EIO=abc&transport=polling", `{"code":5,"message":"Unsupported protocol version"}`},
		{"version 3", "GET", "EIO=3&transport=polling", `{"code":5,"message":"Unsupported protocol version"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := s.do(t, c.method, c.query, "")
			if a.status != 400 || a.body != c.want || !strings.HasPrefix(a.header.Get("Content-Type"), "application/json") {
				t.Errorf("got %d %q %q, want %q", a.status, a.body, a.header.Get("Content-Type"), c.want)
			}
		})
	}
	for _, c := range []struct {
		name, query string
	}{
		{"websocket: transport unknown", "EIO=4&transport=abc"},
		{"websocket: session unknown", "EIO=4&transport=websocket&sid=nope"},
		{"websocket: version missing", "transport=websocket"},
		{"websocket: version unknown", "EIO=abc&transport=websocket"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if sock, status := s.dial(t, c.query); sock != nil || status != 400 {
				t.Errorf("status %d, want a refusal before the upgrade", status)
			}
		})
	}
	t.Run("other methods of a session", func(t *testing.T) {
		if a := s.do(t, "PUT", poll, "x"); a.status < 400 {
			t.Errorf("%+v", a)
		}
	})
}

func TestEnginePolling(t *testing.T) { enginePolling(t, engine(t)) }

func enginePolling(t *testing.T, s *server) {
	post := func(t *testing.T, query, body string) {
		t.Helper()
		a := s.do(t, "POST", query, body)
		if a.status != 200 || a.body != "ok" || a.header.Get("Content-Type") != "text/html" || a.header.Get("Cache-Control") != "no-store" {
			t.Fatalf("POST: %+v", a)
		}
	}
	// want collects what GETs bring until it is as long as expected; the server may spread packets over several.
	want := func(t *testing.T, query, payload string) {
		t.Helper()
		got := ""
		for len(got) < len(payload) {
			a := s.get(t, query)
			if a.status != 200 {
				t.Fatalf("GET: %+v after %q", a, got)
			}
			for part := range strings.SplitSeq(a.body, "\x1e") {
				if part == "2" {
					post(t, query, "3")
					continue
				}
				if got != "" {
					got += "\x1e"
				}
				got += part
			}
		}
		if got != payload {
			t.Errorf("got %q, want %q", got, payload)
		}
	}
	t.Run("one packet there and back", func(t *testing.T) {
		q := s.poll(t)
		post(t, q, "4hello")
		want(t, q, "4hello")
	})
	t.Run("several packets there and back, in order", func(t *testing.T) {
		q := s.poll(t)
		post(t, q, "4test1\x1e4test2\x1e4test3")
		want(t, q, "4test1\x1e4test2\x1e4test3")
	})
	t.Run("binary is base64", func(t *testing.T) {
		q := s.poll(t)
		post(t, q, "4hello\x1ebAQIDBA==")
		want(t, q, "4hello\x1ebAQIDBA==")
	})
	t.Run("what waits comes in one payload", func(t *testing.T) {
		q := s.poll(t)
		for i := range 3 {
			post(t, q, fmt.Sprintf("4m%d", i))
		}
		a := s.get(t, q)
		if body := strings.TrimSuffix(a.body, "\x1e2"); body != "4m0\x1e4m1\x1e4m2" {
			t.Errorf("got %q", a.body)
		}
	})
	t.Run("unicode is counted in bytes by nobody", func(t *testing.T) {
		q := s.poll(t)
		post(t, q, "4żółw 🎈\x1e4b")
		want(t, q, "4żółw 🎈\x1e4b")
	})
	t.Run("a ping from the client ends the session", func(t *testing.T) {
		q := s.poll(t)
		s.do(t, "POST", q, "2")
		if a := s.get(t, q); a.status != 400 {
			t.Errorf("GET: %+v", a)
		}
	})
	t.Run("an unasked pong does not", func(t *testing.T) {
		q := s.poll(t)
		post(t, q, "3")
		post(t, q, "4x")
		want(t, q, "4x")
	})
	t.Run("octet-stream ends the session", func(t *testing.T) {
		q := s.poll(t)
		resp, err := s.client.Post(s.url+"?"+q, "application/octet-stream", strings.NewReader("4x"))
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode != 400 {
				t.Errorf("POST: %d", resp.StatusCode)
			}
		}
		if a := s.get(t, q); a.status != 400 {
			t.Errorf("GET: %+v", a)
		}
	})
	t.Run("too large a POST is 413", func(t *testing.T) {
		q := s.poll(t)
		a := s.do(t, "POST", q, "4"+strings.Repeat("x", maxPayload))
		if a.err == nil && a.status != 413 {
			t.Errorf("POST: %d %q", a.status, a.body)
		}
	})
	t.Run("a POST of the largest size is taken", func(t *testing.T) {
		q := s.poll(t)
		post(t, q, "4"+strings.Repeat("x", maxPayload-1))
	})
	t.Run("a second GET ends the session, the first answers 1", func(t *testing.T) {
		q := s.poll(t)
		first := s.background(t, "GET", q, "")
		var second answer
		// Whichever the server takes as the second is refused; the other one is told to close.
		second = s.get(t, q)
		one := receive(t, first)
		if one.status != 200 {
			one, second = second, one
		}
		if one.status != 200 || one.body != "1" || second.status != 400 && second.status != 500 {
			t.Errorf("one %+v, other %+v", one, second)
		}
		if a := s.get(t, q); a.status != 400 {
			t.Errorf("GET: %+v", a)
		}
	})
	t.Run("a second POST ends the session", func(t *testing.T) {
		q := s.poll(t)
		r, w := io.Pipe()
		ctx, cancel := context.WithCancel(t.Context())
		req, _ := http.NewRequestWithContext(ctx, "POST", s.url+"?"+q, r)
		first := make(chan struct{})
		go func() {
			defer close(first)
			if resp, err := s.client.Do(req); err == nil {
				resp.Body.Close()
			}
		}()
		if _, err := io.WriteString(w, "4"); err != nil { // taken: the request is under way
			t.Fatal(err)
		}
		ended := false
		for deadline := time.Now().Add(patience); !ended && time.Now().Before(deadline); {
			ended = s.do(t, "POST", q, "4x").status == 400
		}
		if !ended {
			t.Error("a second POST was accepted")
		}
		if a := s.get(t, q); a.status != 400 {
			t.Errorf("GET: %+v", a)
		}
		cancel()
		w.CloseWithError(context.Canceled)
		receive(t, first)
	})
	t.Run("a close packet answers the waiting GET with 6", func(t *testing.T) {
		q := s.poll(t)
		get := s.background(t, "GET", q, "")
		post(t, q, "4seen") // its echo tells that the GET waits, or comes with the next one
		if a := receive(t, get); a.body != "4seen" {
			t.Fatalf("GET: %+v", a)
		}
		get = s.background(t, "GET", q, "")
		deadline := time.Now().Add(patience)
		for a := (answer{}); ; {
			post(t, q, "1")
			a = receive(t, get)
			if a.body == "6" {
				break
			}
			if a.status == 400 { // the POST was faster than the GET: another session, another try
				q = s.poll(t)
				get = s.background(t, "GET", q, "")
				time.Sleep(20 * time.Millisecond) // only gives the GET a head start; the loop decides
			} else if a.body == "2" {
				get = s.background(t, "GET", q, "")
			}
			if time.Now().After(deadline) {
				t.Fatalf("GET: %+v, want 6", a)
			}
		}
		if a := s.get(t, q); a.status != 400 {
			t.Errorf("GET: %+v", a)
		}
	})
	t.Run("a GET that is given up ends the session", func(t *testing.T) {
		q := s.poll(t)
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		defer cancel()
		s.doContext(ctx, "GET", q, "")
		eventually(t, func() bool { return s.get(t, q).status == 400 })
	})
}

// eventually polls for a condition that the server reaches in its own time.
func eventually(t *testing.T, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if ok() {
			return
		}
	}
	t.Errorf("not so within %v", patience)
}

func TestEngineHeartbeat(t *testing.T) { engineHeartbeat(t, engine(t)) }

func engineHeartbeat(t *testing.T, s *server) {
	t.Run("polling: three rounds", func(t *testing.T) {
		t.Parallel()
		q := s.poll(t)
		for range 3 {
			if a := s.get(t, q); a.status != 200 || a.body != "2" {
				t.Fatalf("GET: %+v", a)
			}
			if a := s.do(t, "POST", q, "3"); a.body != "ok" {
				t.Fatalf("POST: %+v", a)
			}
		}
	})
	t.Run("websocket: three rounds, the next ping an interval after the pong", func(t *testing.T) {
		t.Parallel()
		sock := s.open(t)
		last := time.Now()
		for range 3 {
			if m, err := sock.read(patience); m != "2" {
				t.Fatalf("got %q %v", m, err)
			}
			if d := time.Since(last); d < pingInterval-50*time.Millisecond {
				t.Errorf("ping after %v", d)
			}
			last = time.Now()
			sock.send("3")
		}
	})
	t.Run("polling: no pong ends the session", func(t *testing.T) {
		t.Parallel()
		q := s.poll(t)
		if a := s.get(t, q); a.body != "2" {
			t.Fatalf("GET: %+v", a)
		}
		begin := time.Now()
		a := s.get(t, q) // the server ends the wait
		if d := time.Since(begin); d > 2*time.Second {
			t.Errorf("ended after %v", d)
		}
		if a.body != "1" && a.status != 400 && a.err == nil {
			t.Errorf("GET: %+v", a)
		}
		if a := s.get(t, q); a.status != 400 {
			t.Errorf("GET: %+v", a)
		}
	})
	t.Run("websocket: no pong ends the session", func(t *testing.T) {
		t.Parallel()
		begin := time.Now()
		sock := s.open(t)
		sock.expectClosed(2 * time.Second)
		if d := time.Since(begin); d < pingInterval+pingTimeout-100*time.Millisecond {
			t.Errorf("ended after %v", d)
		}
	})
	t.Run("messages do not count as a pong", func(t *testing.T) {
		t.Parallel()
		sock := s.open(t)
		if m, _ := sock.read(patience); m != "2" {
			t.Fatalf("got %q", m)
		}
		sock.send("4still here")
		sock.expectClosed(2 * time.Second)
	})
}

func TestEngineWebSocket(t *testing.T) { engineWebSocket(t, engine(t)) }

func engineWebSocket(t *testing.T, s *server) {
	t.Run("text and binary there and back", func(t *testing.T) {
		sock := s.open(t)
		sock.send("4hello", "4żółw 🎈")
		sock.sendBinary("\x01\x02\x03\x04")
		sock.send("4")
		sock.expect("4hello", "4żółw 🎈", "B\x01\x02\x03\x04", "4")
	})
	t.Run("a message of the largest size is taken", func(t *testing.T) {
		sock := s.open(t)
		big := "4" + strings.Repeat("x", maxPayload-1)
		sock.send(big)
		sock.expect(big)
	})
	for name, message := range map[string]string{"unknown packet type": "abc", "a ping": "2", "nothing": ""} {
		t.Run("session ends on "+name, func(t *testing.T) {
			sock := s.open(t)
			sock.send(message)
			sock.expectClosed(2*time.Second, keepAlive)
		})
	}
	t.Run("session ends on too large a message", func(t *testing.T) {
		sock := s.open(t)
		sock.send("4" + strings.Repeat("x", maxPayload))
		sock.expectClosed(2*time.Second, keepAlive)
	})
	for _, message := range []string{"0", "5", "6", "3"} {
		t.Run("a packet of type "+message+" changes nothing", func(t *testing.T) {
			sock := s.open(t)
			sock.send(message, "4on")
			sock.expect("4on")
		})
	}
	t.Run("a close packet ends the session", func(t *testing.T) {
		sock := s.open(t)
		sock.send("1")
		sock.expectClosed(2 * time.Second)
	})
	t.Run("b64=1 gives binary as text", func(t *testing.T) {
		sock, _ := s.dial(t, "EIO=4&transport=websocket&b64=1")
		sock.next()
		sock.sendBinary("\x01\x02\x03\x04")
		if got := sock.next(); got != "bAQIDBA==" {
			t.Errorf("got %q", got)
		}
	})
	t.Run("an unmasked frame ends the session", func(t *testing.T) {
		sock := s.open(t)
		_, _ = sock.conn.Write([]byte("\x81\x024x"))
		sock.expectClosed(2*time.Second, keepAlive)
	})
	t.Run("fragments make one message", func(t *testing.T) {
		sock := s.open(t)
		_, _ = sock.conn.Write([]byte("\x01\x82\x00\x00\x00\x004a"))
		_, _ = sock.conn.Write([]byte("\x89\x80\x00\x00\x00\x00")) // a WebSocket ping between them
		_, _ = sock.conn.Write([]byte("\x80\x81\x00\x00\x00\x00b"))
		sock.expect("4ab")
	})
	t.Run("bytes one at a time", func(t *testing.T) {
		sock := s.open(t)
		for _, b := range []byte("\x81\x83\x00\x00\x00\x004ab") {
			_, _ = sock.conn.Write([]byte{b})
		}
		sock.expect("4ab")
	})
	t.Run("many messages in one write keep their order", func(t *testing.T) {
		sock := s.open(t)
		var all []byte
		for i := range 200 {
			all = append(all, 0x81, 0x84, 0, 0, 0, 0, '4')
			all = append(all, fmt.Sprintf("%03d", i)...)
		}
		_, _ = sock.conn.Write(all)
		for i := range 200 {
			sock.expect(fmt.Sprintf("4%03d", i))
		}
	})
	t.Run("a frame sent with the handshake is not lost", func(t *testing.T) {
		conn, u := s.tcp(t)
		fmt.Fprintf(conn, "GET %s?EIO=4&transport=websocket HTTP/1.1\r\nHost: %s\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n"+
			"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n\x81\x84\x00\x00\x00\x004hey", u.Path, u.Host)
		r := bufio.NewReader(conn)
		resp, err := http.ReadResponse(r, nil)
		if err != nil || resp.StatusCode != 101 || resp.Header.Get("Sec-WebSocket-Accept") != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
			t.Fatalf("answer %+v, %v", resp, err)
		}
		sock := &socket{t: t, conn: conn, r: r}
		parseOpen(t, sock.next())
		sock.expect("4hey")
	})
}

// probe opens a WebSocket for a session that is on polling and has it probed.
func (s *server) probe(t *testing.T, query string) *socket {
	t.Helper()
	sock, status := s.dial(t, "EIO=4&transport=websocket&sid="+sidOf(query))
	if sock == nil {
		t.Fatalf("status %d", status)
	}
	sock.send("2probe")
	sock.expect("3probe")
	return sock
}

func TestEngineUpgrade(t *testing.T) { engineUpgrade(t, engine(t)) }

func engineUpgrade(t *testing.T, s *server) {
	upgraded := func(t *testing.T) (string, *socket) {
		t.Helper()
		q := s.poll(t)
		sock := s.probe(t, q)
		sock.send("5", "4hello")
		sock.expect("4hello")
		return q, sock
	}
	t.Run("probe, upgrade, messages", func(t *testing.T) {
		_, sock := upgraded(t)
		sock.sendBinary("\x01")
		sock.expect("B\x01")
	})
	t.Run("a GET that waits is answered 6 after the probe", func(t *testing.T) {
		q := s.poll(t)
		get := s.background(t, "GET", q, "")
		sock := s.probe(t, q)
		if a := receive(t, get); a.body != "6" {
			t.Errorf("GET: %+v", a)
		}
		sock.send("5", "4hello")
		sock.expect("4hello")
	})
	t.Run("messages of the upgrade's time are not lost", func(t *testing.T) {
		q := s.poll(t)
		s.do(t, "POST", q, "4before")
		sock := s.probe(t, q)
		s.do(t, "POST", q, "4during")
		sock.send("5", "4after")
		got := []string{}
		for len(got) < 3 {
			got = append(got, sock.next())
		}
		if d := cmp.Diff([]string{"4before", "4during", "4after"}, got); d != "" {
			t.Error(d)
		}
	})
	t.Run("upgrade without waiting for the probe's answer", func(t *testing.T) {
		q := s.poll(t)
		sock, _ := s.dial(t, "EIO=4&transport=websocket&sid="+sidOf(q))
		sock.send("2probe", "5")
		sock.expect("3probe")
		sock.send("4hello")
		sock.expect("4hello")
		if a := s.get(t, q); a.status != 400 {
			t.Errorf("GET after the upgrade: %+v", a)
		}
	})
	t.Run("polling after the upgrade is a bad request", func(t *testing.T) {
		q, sock := upgraded(t)
		for _, method := range []string{"GET", "POST"} {
			if a := s.do(t, method, q, ""); a.status != 400 || a.body != `{"code":3,"message":"Bad request"}` {
				t.Errorf("%s: %+v", method, a)
			}
		}
		sock.send("4still")
		sock.expect("4still")
	})
	t.Run("a second websocket of the session is closed, the first goes on", func(t *testing.T) {
		q, sock := upgraded(t)
		if second, _ := s.dial(t, "EIO=4&transport=websocket&sid="+sidOf(q)); second != nil {
			second.send("2probe")
			second.expectClosed(time.Second)
		}
		sock.send("4still")
		sock.expect("4still")
	})
	t.Run("a second probe is closed, the first goes on", func(t *testing.T) {
		q := s.poll(t)
		first := s.probe(t, q)
		if second, _ := s.dial(t, "EIO=4&transport=websocket&sid="+sidOf(q)); second != nil {
			second.expectClosed(time.Second)
		}
		first.send("5", "4mine")
		first.expect("4mine")
	})
	t.Run("anything else on a probe closes it and leaves polling alone", func(t *testing.T) {
		q := s.poll(t)
		sock, _ := s.dial(t, "EIO=4&transport=websocket&sid="+sidOf(q))
		sock.send("4not a probe")
		sock.expectClosed(2 * time.Second)
		if a := s.do(t, "POST", q, "4on"); a.body != "ok" {
			t.Fatalf("POST: %+v", a)
		}
		if a := s.get(t, q); a.body != "4on" {
			t.Errorf("GET: %+v", a)
		}
	})
	t.Run("a probe that vanishes leaves polling alone", func(t *testing.T) {
		q := s.poll(t)
		sock := s.probe(t, q)
		sock.conn.Close()
		s.do(t, "POST", q, "4on")
		eventually(t, func() bool { // a GET may still get the probe's 6
			a := s.get(t, q)
			if a.status != 200 {
				t.Fatalf("GET: %+v", a)
			}
			return strings.Contains(a.body, "4on")
		})
	})
}
