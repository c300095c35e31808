package socketio_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
	"go.uber.org/goleak"

	"tradewind/socketio"
	"tradewind/socketio/client"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds every wait of these tests; none of them needs that long.
const patience = 15 * time.Second

// station is a running server with everything that ends with its test.
type station struct {
	*socketio.Server
	t    *testing.T
	http *httptest.Server
	tls  *tls.Config // nil on plain TCP

	hijack func() // called when a connection is about to be taken over
}

// ServeHTTP implements http.Handler.
func (st *station) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	st.Server.ServeHTTP(hijacked{w, st}, r)
}

type hijacked struct {
	http.ResponseWriter
	st *station
}

// Unwrap is for http.ResponseController.
func (h hijacked) Unwrap() http.ResponseWriter { return h.ResponseWriter }

// Hijack implements http.Hijacker.
func (h hijacked) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if h.st.hijack != nil {
		h.st.hijack()
	}
	return http.NewResponseController(h.ResponseWriter).Hijack()
}

// serve starts a server on plain TCP, which is read by epoll on Linux.
func serve(t *testing.T, o socketio.Options, setup func(io *socketio.Server)) *station {
	t.Helper()
	return start(t, o, false, setup)
}

// onBothStreams runs a test on plain TCP and on TLS, the two ways of doing I/O.
func onBothStreams(t *testing.T, test func(t *testing.T, serve func(socketio.Options, func(*socketio.Server)) *station)) {
	for name, secure := range map[string]bool{"plain": false, "tls": true} {
		t.Run(name, func(t *testing.T) {
			test(t, func(o socketio.Options, setup func(*socketio.Server)) *station { return start(t, o, secure, setup) })
		})
	}
}

func start(t *testing.T, o socketio.Options, secure bool, setup func(io *socketio.Server)) *station {
	t.Helper()
	st := &station{Server: socketio.NewServer(o), t: t}
	if setup != nil {
		setup(st.Server)
	}
	st.http = httptest.NewUnstartedServer(st)
	st.http.Config.ErrorLog = log.New(io.Discard, "", 0) // of clients that leave in the middle of a handshake
	if secure {
		st.http.StartTLS()
		st.tls = st.http.Client().Transport.(*http.Transport).TLSClientConfig
	} else {
		st.http.Start()
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		st.http.CloseClientConnections()
		st.http.Close()
		st.http.Client().CloseIdleConnections()
	})
	return st
}

// client connects a client. Each setup is called before it connects: on it
// handlers are registered that must miss nothing.
func (st *station) client(o client.Options, setup ...func(*client.Client)) *client.Client {
	st.t.Helper()
	c, err := st.dial(o, setup...)
	if err != nil {
		st.t.Fatalf("connect: %v", err)
	}
	return c
}

// dial is client for tests that expect a refusal.
func (st *station) dial(o client.Options, setup ...func(*client.Client)) (*client.Client, error) {
	st.t.Helper()
	if o.TLS == nil {
		o.TLS = st.tls
	}
	c, err := client.New(st.http.URL, o)
	if err != nil {
		st.t.Fatal(err)
	}
	for _, f := range setup {
		f(c)
	}
	st.t.Cleanup(func() { c.Close() })
	return c, c.Connect(soon(st.t))
}

// hear registers a channel that takes the arguments of an event, as a JSON array.
func hear(c *client.Client, event string) <-chan string {
	got := make(chan string, 20_000)
	c.On(event, func(a client.Args) { got <- a.String() })
	return got
}

// soon is a context that ends with the test, or when it hangs.
func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// next is what comes next from a channel.
func next[T any](t *testing.T, ch <-chan T, what string) T {
	t.Helper()
	select {
	case v, ok := <-ch:
		if !ok {
			t.Fatalf("%s: nothing comes any more", what)
		}
		return v
	case <-time.After(patience):
		t.Fatalf("%s: nothing came", what)
		panic("unreachable")
	}
}

// expect compares what comes next.
func expect[T comparable](t *testing.T, ch <-chan T, want ...T) {
	t.Helper()
	for _, w := range want {
		if got := next(t, ch, fmt.Sprintf("want %v", w)); got != w {
			t.Fatalf("got %v, want %v", got, w)
		}
	}
}

// over waits until a channel is closed.
func over(t *testing.T, ch <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-ch:
	case <-time.After(patience):
		t.Fatalf("%s: still not", what)
	}
}

// eventually waits for a state of the server that has no event of its own.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: still not", what)
		}
	}
}

// call calls and returns the ack as a JSON array.
func call(t *testing.T, c *client.Client, event string, args ...any) string {
	t.Helper()
	a, err := c.Call(soon(t), event, args...)
	if err != nil {
		t.Fatalf("call %s: %v", event, err)
	}
	return a.String()
}

// emit emits from a client.
func emit(t *testing.T, c *client.Client, event string, args ...any) {
	t.Helper()
	if err := c.Emit(soon(t), event, args...); err != nil {
		t.Fatalf("emit %s: %v", event, err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// peer is a bare WebSocket client: it reads only when told and can say anything.
type peer struct {
	net.Conn
	t      *testing.T
	r      *bufio.Reader
	opened string // the open packet
}

// peer opens a WebSocket and reads the open packet.
func (st *station) peer() *peer {
	st.t.Helper()
	return st.peerOf("4")
}

// peerOf is peer with a revision of Engine.IO.
func (st *station) peerOf(revision string) *peer {
	st.t.Helper()
	d := ws.Dialer{Timeout: patience, NetDial: func(ctx context.Context, network, addr string) (net.Conn, error) {
		nc, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		if err == nil {
			err = nc.(*net.TCPConn).SetReadBuffer(64 << 10) // what it does not read waits at the server
		}
		return nc, err
	}, TLSConfig: st.tls}
	nc, br, _, err := d.Dial(soon(st.t), strings.Replace(st.http.URL, "http", "ws", 1)+"/socket.io/?transport=websocket&EIO="+revision)
	if err != nil {
		st.t.Fatalf("dial: %v", err)
	}
	if br == nil {
		br = bufio.NewReader(nc)
	}
	_ = nc.SetDeadline(time.Now().Add(patience))
	st.t.Cleanup(func() { nc.Close() })
	p := &peer{Conn: nc, t: st.t, r: br}
	if p.opened = p.read(); !strings.HasPrefix(p.opened, `0{"sid":"`) {
		st.t.Fatalf("open packet is %s", p.opened)
	}
	return p
}

// join joins a namespace, "" for the default one.
func (p *peer) join(namespace string) {
	p.t.Helper()
	if namespace != "" {
		namespace += ","
	}
	p.send("40" + namespace)
	if got := p.read(); !strings.HasPrefix(got, "40"+namespace+`{"sid":"`) {
		p.t.Fatalf("CONNECT of %q answered with %s", namespace, got)
	}
}

func (p *peer) send(packets ...string) {
	p.t.Helper()
	for _, text := range packets {
		if err := wsutil.WriteClientText(p.Conn, []byte(text)); err != nil {
			p.t.Fatalf("send: %v", err)
		}
	}
}

func (p *peer) sendBinary(b []byte) {
	p.t.Helper()
	if err := wsutil.WriteClientBinary(p.Conn, b); err != nil {
		p.t.Fatalf("send: %v", err)
	}
}

// read is the next message's text.
func (p *peer) read() string {
	p.t.Helper()
	text, err := p.next()
	if err != nil {
		p.t.Fatalf("read: %v", err)
	}
	return text
}

func (p *peer) next() (string, error) {
	b, _, err := wsutil.ReadServerData(struct {
		io.Reader
		io.Writer
	}{p.r, p.Conn})
	return string(b), err
}

// end reads on until the connection ends and returns the close frame's code.
func (p *peer) end() ws.StatusCode {
	p.t.Helper()
	for {
		_, err := p.next()
		if closed, ok := err.(wsutil.ClosedError); ok {
			return closed.Code
		}
		if err != nil {
			p.t.Fatalf("ended without a close frame: %v", err)
		}
	}
}
