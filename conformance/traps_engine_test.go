package conformance_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"tradewind/conformance"
	"tradewind/socketio"
	"tradewind/socketio/engineio"
)

// engineOf starts a bare Engine.IO server with options of the test's own.
func engineOf(t *testing.T, o engineio.Options) (*engineio.Server, *server) {
	t.Helper()
	s := conformance.NewEngine(o)
	return s, newServer(t, listen(t, s, s.Close)+"/engine.io/")
}

// Trap 1: one noop at the upgrade is not enough, as the client may have begun
// another GET (socketioxide 479 and 487, python-engineio 76, engine.io-server-java 14).
func TestTrap01_UpgradeNoopsRepeat(t *testing.T) {
	s := engine(t)
	q := s.poll(t)
	sock := s.probe(t, q)
	for range 3 {
		if a := s.get(t, q); a.body != "6" {
			t.Fatalf("GET: %+v", a)
		}
	}
	sock.send("5", "4hello")
	sock.expect("4hello")
}

// Trap 2: when every GET is answered at once while the upgrade is under way, the
// client spins in a loop of requests (engine.io-protocol 50).
func TestTrap02_UpgradeNoopsArePaced(t *testing.T) {
	s := engine(t)
	q := s.poll(t)
	sock := s.probe(t, q)
	const rounds = 6 // the first may be answered at once
	begin := time.Now()
	for range rounds {
		if a := s.get(t, q); a.body != "6" {
			t.Fatalf("GET: %+v", a)
		}
	}
	if d := time.Since(begin); d < (rounds-1)*70*time.Millisecond {
		t.Errorf("%d requests were answered within %v, want about 100 ms for each", rounds, d)
	}
	sock.send("5", "4hello")
	sock.expect("4hello")
}

// Trap 3: a ping while the upgrade is under way makes the client poll again
// (socketioxide 487), and a pong that is lost in it must not end the heartbeat (Node).
func TestTrap03_HeartbeatPausesForTheUpgradeOnly(t *testing.T) {
	t.Run("no ping comes and none is missed while it is under way", func(t *testing.T) {
		t.Parallel()
		s := engine(t)
		q := s.poll(t)
		sock := s.probe(t, q)
		for begin := time.Now(); time.Since(begin) < 2*(pingInterval+pingTimeout); {
			if a := s.get(t, q); a.body != "6" {
				t.Fatalf("GET: %+v", a)
			}
		}
		sock.send("5", "4hello")
		sock.expect("4hello")
	})
	for name, pinged := range map[string]bool{"a pong that never came": true, "no ping before": false} {
		t.Run("it goes on after the upgrade, with "+name, func(t *testing.T) {
			t.Parallel()
			s := engine(t)
			q := s.poll(t)
			if pinged {
				if a := s.get(t, q); a.body != "2" {
					t.Fatalf("GET: %+v", a)
				}
			}
			sock := s.probe(t, q)
			sock.send("5")
			if m, err := sock.read(patience); m != "2" {
				t.Fatalf("after the upgrade came %q, %v, want a ping", m, err)
			}
			sock.expectClosed(2 * time.Second) // nobody answers it
		})
	}
}

// Trap 4: a session whose upgrade is begun and never finished must not stay for ever (socketioxide 731).
func TestTrap04_UnfinishedUpgradeLeaksNoSession(t *testing.T) {
	for name, messages := range map[string][]string{"after the probe": {"2probe"}, "before the probe": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			engine, s := engineOf(t, engineio.Options{PingInterval: pingInterval, PingTimeout: pingTimeout, UpgradeTimeout: 200 * time.Millisecond})
			q := s.poll(t)
			sock, _ := s.dial(t, "EIO=4&transport=websocket&sid="+sidOf(q))
			sock.send(messages...)
			sock.expectClosed(2 * time.Second)
			eventually(t, func() bool {
				st := engine.Stats()
				return st.Connections == 0 && st.ClosedByReason[engineio.PingTimeout] == 1
			})
			if a := s.get(t, q); a.status != 400 {
				t.Errorf("GET: %+v", a)
			}
		})
	}
}

// Trap 5: the first ping comes an interval after the open packet, and once: a
// burst of the timer must not send two (socketioxide 390).
func TestTrap05_FirstPingComesOnceAfterTheInterval(t *testing.T) {
	s := engine(t)
	sock := s.open(t)
	begin := time.Now()
	for pings := 0; ; {
		m, err := sock.read(patience)
		if err != nil {
			if pings != 1 {
				t.Errorf("%d pings came until the ping timeout, want one", pings)
			}
			return
		}
		if pings++; m != "2" {
			t.Fatalf("got %q", m)
		}
		if d := time.Since(begin); pings == 1 && d < pingInterval-50*time.Millisecond {
			t.Errorf("the first ping came after %v", d)
		}
	}
}

// Trap 7: a payload with a bad packet ends the session: its error is neither
// dropped nor answered with ok (zishang520 v3).
func TestTrap07_BadPollingPayloadEndsTheSession(t *testing.T) {
	s := engine(t)
	for name, payload := range map[string]string{
		"unknown packet type": "abc", "trailing separator": "4a\x1e", "bad base64": "b!!!!", "one bad packet among good ones": "4a\x1eabc\x1e4b",
	} {
		t.Run(name, func(t *testing.T) {
			q := s.poll(t)
			if a := s.do(t, "POST", q, payload); a.err == nil && a.status != 400 {
				t.Errorf("POST: %+v", a)
			}
			if a := s.get(t, q); a.status != 400 {
				t.Errorf("GET: %+v, want 400", a)
			}
		})
	}
}

// Trap 16: a message that is too large looks like a network error to both sides
// when nobody gives the reason (engine.io 706, socket.io 3946, python-socketio 1006).
func TestTrap16_TooLargeAMessageSaysSo(t *testing.T) {
	serve := func(t *testing.T) (*server, chan socketio.Reason) {
		ended := make(chan socketio.Reason, 1)
		server, s := closing(t, socketio.Options{MaxPayload: 1000})
		server.OnDisconnect(func(_ *socketio.Socket, r socketio.Reason) { ended <- r })
		return s, ended
	}
	t.Run("websocket", func(t *testing.T) {
		s, ended := serve(t)
		sock := s.joined(t)
		sock.send("4" + strings.Repeat("x", 1000))
		if code, text := sock.closeCode(); code != 1009 || text == "" {
			t.Errorf("close frame %d %q", code, text)
		}
		if r := receive(t, ended); r != socketio.PayloadTooLarge {
			t.Errorf("the server says %q", r)
		}
	})
	t.Run("polling", func(t *testing.T) {
		s, ended := serve(t)
		q := s.joinByPolling(t)
		if a := s.do(t, "POST", q, "4"+strings.Repeat("x", 1000)); a.status != 413 || a.body == "" {
			t.Errorf("POST: %+v", a)
		}
		if r := receive(t, ended); r != socketio.PayloadTooLarge {
			t.Errorf("the server says %q", r)
		}
	})
}

// Trap 27: a body over the limit is refused, not cut and its first half parsed,
// also when it does not say its length (zishang520 v3).
func TestTrap27_ChunkedBodyOverTheLimitIsRefused(t *testing.T) {
	s := engine(t)
	q := s.poll(t)
	r, w := io.Pipe()
	defer r.Close()
	go func() { // the test's; ends with the reader
		_, err := io.WriteString(w, "4head\x1e4"+strings.Repeat("x", maxPayload)+"\x1e4tail")
		w.CloseWithError(err)
	}()
	req, err := http.NewRequestWithContext(t.Context(), "POST", s.url+"?"+q, r)
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := s.client.Do(req); err == nil { // else the server has closed the connection instead
		resp.Body.Close()
		if resp.StatusCode != 413 {
			t.Errorf("POST: %d", resp.StatusCode)
		}
	}
	if a := s.get(t, q); strings.Contains(a.body, "head") || strings.Contains(a.body, "tail") {
		t.Errorf("a part of the body was taken: %.100q", a.body)
	}
}

// Trap 41: permessage-deflate costs memory for every connection and fragments it,
// so it is off unless somebody asks for it (socket.io 3477, engine.io 559, ws 497).
func TestTrap41_DeflateIsOffByDefault(t *testing.T) {
	s := engine(t)
	conn, u := s.tcp(t)
	fmt.Fprintf(conn, "GET %s?EIO=4&transport=websocket HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n", u.Path, u.Host)
	r := bufio.NewReader(conn)
	resp, err := http.ReadResponse(r, nil)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("answer %+v, %v", resp, err)
	}
	if ext, ok := resp.Header["Sec-Websocket-Extensions"]; ok {
		t.Errorf("the server takes %q", ext)
	}
	sock := &socket{t: t, conn: conn, r: r}
	parseOpen(t, sock.next())
	large := "4" + strings.Repeat("compressible ", 1000)
	sock.send(large)
	f, err := readFrame(sock.r)
	if err != nil || f.Header.Rsv != 0 || string(f.Payload) != large {
		t.Errorf("the echo has reserved bits %#x and %d bytes, %v", f.Header.Rsv, len(f.Payload), err)
	}
}
