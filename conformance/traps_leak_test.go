package conformance_test

import (
	"context"
	"fmt"
	"regexp"
	"runtime"
	"testing"
	"time"

	"tradewind/socketio"
)

// memory is what is alive in this process.
type memory struct{ bytes, objects int64 }

func live() memory {
	runtime.GC()
	runtime.GC() // what only finalizers and pools still held
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return memory{int64(m.HeapAlloc), int64(m.HeapObjects)}
}

// goroutines waits until there are no more than allowed, those of idle HTTP connections aside.
func (s *server) goroutines(t *testing.T, allowed int) {
	t.Helper()
	eventually(t, func() bool {
		s.client.CloseIdleConnections()
		return runtime.NumGoroutine() <= allowed
	})
	if n := runtime.NumGoroutine(); n > allowed {
		t.Errorf("%d goroutines, want at most %d", n, allowed)
	}
}

// begin has the server make what it makes with its first client.
func (s *server) begin(t *testing.T, server *socketio.Server) {
	t.Helper()
	s.joined(t).conn.Close()
	s.do(t, "POST", s.poll(t), "1")
	eventually(t, func() bool { return server.Stats().Connections == 0 })
	s.client.CloseIdleConnections()
}

// hungUp sends a part of a request, from its query on, and hangs up without reading the answer.
func (s *server) hungUp(t *testing.T, method, rest string) {
	t.Helper()
	conn, u := s.tcp(t)
	fmt.Fprintf(conn, "%s %s?%s", method, u.Path, rest)
	conn.Close()
}

// Trap 36: every connection that fails before it is complete leaves a goroutine
// and its queue behind (zishang520 184).
func TestTrap36_ConnectsThatFailLeaveNothing(t *testing.T) {
	server, s := closing(t, socketio.Options{PingInterval: pingInterval, PingTimeout: pingTimeout, UpgradeTimeout: 200 * time.Millisecond})
	server.Use(func(ctx context.Context, sock *socketio.Socket) error {
		var auth struct{ Wait, Refuse bool }
		if err := sock.DecodeAuth(&auth); err != nil || auth.Refuse {
			return &socketio.ConnectError{Message: "refused"}
		}
		if auth.Wait {
			<-ctx.Done()
		}
		return ctx.Err()
	})
	const (
		http    = " HTTP/1.1\r\nHost: x\r\n"
		upgrade = http + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
	)
	send := func(packets ...string) func(*testing.T) {
		return func(t *testing.T) {
			sock := s.open(t)
			sock.send(packets...)
			sock.conn.Close()
		}
	}
	s.begin(t, server)
	for name, fail := range map[string]func(*testing.T){
		"half a request":                func(t *testing.T) { s.hungUp(t, "GET", "EIO=4&transport=polling HT") },
		"a polling handshake unread":    func(t *testing.T) { s.hungUp(t, "GET", "EIO=4&transport=polling"+http+"\r\n") },
		"a polling handshake unused":    func(t *testing.T) { s.poll(t) },
		"a websocket handshake unread":  func(t *testing.T) { s.hungUp(t, "GET", "EIO=4&transport=websocket"+upgrade) },
		"a probe unread":                func(t *testing.T) { s.hungUp(t, "GET", "EIO=4&transport=websocket&sid="+sidOf(s.poll(t))+upgrade) },
		"a GET given up":                func(t *testing.T) { s.hungUp(t, "GET", s.poll(t)+http+"\r\n") },
		"half a POST":                   func(t *testing.T) { s.hungUp(t, "POST", s.poll(t)+http+"Content-Length: 99\r\n\r\n40") },
		"no CONNECT":                    send(),
		"rubbish":                       send("4abc"),
		"an unknown namespace":          send("40/random"),
		"a refusal":                     send(`40{"refuse":true}`),
		"gone in the middleware":        send(`40{"wait":true}`),
		"half a binary event":           send("40", `451-["message",{"_placeholder":true,"num":0}]`),
		"a version that is not offered": func(t *testing.T) { s.get(t, "EIO=3&transport=polling") },
	} {
		t.Run(name, func(t *testing.T) {
			base := runtime.NumGoroutine()
			for range 50 {
				fail(t)
			}
			eventually(t, func() bool { st := server.Stats(); return st.Connections == 0 && st.Sockets == 0 })
			s.goroutines(t, base)
		})
	}
}

// Trap 37: a goroutine for each timer, of which those leak whose timer is stopped
// too early (zishang520 v3). Here timers cost no goroutine at all.
func TestTrap37_TimersCostNoGoroutines(t *testing.T) {
	const interval = 100 * time.Millisecond
	server, s := closing(t, socketio.Options{PingInterval: interval, PingTimeout: patience})
	s.begin(t, server)
	base := runtime.NumGoroutine()
	const clients = 100
	var socks []*socket
	for range clients {
		socks = append(socks, s.joined(t))
	}
	const reading = clients // where the system has no epoll a connection has a goroutine that reads
	for range 5 {
		for _, sock := range socks {
			if m, err := sock.read(patience); m != "2" {
				t.Fatalf("got %q, %v", m, err)
			}
		}
		if n := runtime.NumGoroutine(); n > base+reading+10 { // now all wait for pongs
			t.Fatalf("%d goroutines for %d clients that are pinged", n-base, clients)
		}
		for _, sock := range socks {
			sock.send("3") // stops one timer and starts another
		}
	}
	for _, sock := range socks {
		sock.conn.Close()
	}
	for range clients { // whose upgrade timer is stopped at once
		q := s.poll(t)
		s.probe(t, q).conn.Close()
		s.do(t, "POST", q, "1")
	}
	eventually(t, func() bool { return server.Stats().Connections == 0 })
	s.goroutines(t, base)
}

// Trap 38: sessions are added and never removed, so that memory grows with every
// client that was ever there (go-socket.io 442, 480 and 606).
func TestTrap38_SessionsThatEndAreForgotten(t *testing.T) {
	server, s := closing(t, socketio.Options{})
	dynamic := server.OfPattern(regexp.MustCompile(`^/desk-\d+$`))
	dynamic.OnConnect(func(ctx context.Context, sock *socketio.Socket) { _ = sock.Emit(ctx, "here") })
	server.OnConnect(func(ctx context.Context, sock *socketio.Socket) {
		_ = sock.Join(ctx, "all", "room of "+socketio.Room(sock.ID()))
	})
	next := 0
	visit := func(n int) func(*testing.T) {
		return func(t *testing.T) { // a test of its own, so that nothing is kept of its clients
			for range n {
				next++
				desk := fmt.Sprintf("/desk-%d,", next)
				sock := s.joined(t)
				sock.send("40" + desk)
				sock.expectConnect("40" + desk)
				sock.expect("42" + desk + `["here"]`)
				sock.conn.Close()
				s.do(t, "POST", s.poll(t), "1")
			}
			eventually(t, func() bool {
				st := server.Stats()
				return st.Connections == 0 && st.Sockets == 0 && st.Rooms == 0 && st.QueuedBytes == 0 && len(dynamic.Namespaces()) == 0
			})
			s.client.CloseIdleConnections()
		}
	}
	t.Run("a few, after which what is made once is made", visit(50))
	before := live()
	const n = 300
	t.Run("many", visit(n))
	const perVisit = 512 // bytes, of a WebSocket, a polling session and a namespace
	if grown := live().bytes - before.bytes; grown > n*perVisit {
		t.Errorf("%d bytes are left of each of %d visits", grown/n, n)
	}
}
