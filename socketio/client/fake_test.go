package client_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
	"go.uber.org/goleak"

	"tradewind/socketio/client"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeServer is a server that does, packet by packet, what a test tells it:
// each connection runs the test's script in a goroutine of its own.
type fakeServer struct {
	t      *testing.T
	script func(*peer)
	open   string // the handshake's JSON without the sid

	scripts sync.WaitGroup

	mu      sync.Mutex
	polls   map[string]*pollingPeer
	next    int
	Queries []string // of every request
	Headers []http.Header
}

// peer is the server's end of one connection, whatever the transport.
type peer struct {
	t    *testing.T
	n    int // of the connection, from 0
	recv func() (string, error)
	send func(string) error
	end  func()
	raw  net.Conn // nil for polling
}

const quickOpen = `"upgrades":["websocket"],"pingInterval":300,"pingTimeout":200,"maxPayload":1000`

func serve(t *testing.T, script func(*peer)) (*fakeServer, string) {
	t.Helper()
	f := &fakeServer{t: t, script: script, open: quickOpen, polls: map[string]*pollingPeer{}}
	srv := httptest.NewServer(f)
	t.Cleanup(func() {
		f.mu.Lock()
		for _, p := range f.polls {
			p.end()
		}
		f.mu.Unlock()
		srv.Close()
		f.scripts.Wait() // so that a script that fails still fails its test
	})
	return f, srv.URL
}

func (f *fakeServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	sid := q.Get("sid")
	f.mu.Lock()
	f.Queries = append(f.Queries, r.URL.Path+"?"+r.URL.RawQuery)
	f.Headers = append(f.Headers, r.Header)
	poll := f.polls[sid]
	n := f.next
	if sid == "" {
		f.next++
	}
	f.mu.Unlock()
	switch {
	case q.Get("transport") == "websocket":
		conn, _, _, err := ws.UpgradeHTTP(r, w)
		if err != nil {
			f.t.Errorf("upgrade: %v", err)
			return
		}
		f.serveWebSocket(conn, n, poll)
	case sid == "":
		f.handshakePolling(w, n)
	case poll == nil:
		http.Error(w, `{"code":1,"message":"Session ID unknown"}`, http.StatusBadRequest)
	case r.Method == http.MethodPost:
		body, _ := io.ReadAll(r.Body)
		poll.post(string(body))
		fmt.Fprint(w, "ok")
	default:
		poll.get(w, r)
	}
}

func (f *fakeServer) serveWebSocket(conn net.Conn, n int, polling *pollingPeer) {
	f.scripts.Add(1)
	defer f.scripts.Done()
	defer conn.Close()
	p := &peer{t: f.t, n: n, raw: conn, end: func() { conn.Close() }}
	p.recv = func() (string, error) {
		data, op, err := wsutil.ReadClientData(conn)
		if op == ws.OpBinary {
			return "B" + string(data), err
		}
		return string(data), err
	}
	p.send = func(s string) error {
		if b, ok := strings.CutPrefix(s, "B"); ok {
			return wsutil.WriteServerBinary(conn, []byte(b))
		}
		return wsutil.WriteServerText(conn, []byte(s))
	}
	if polling == nil {
		p.Send(fmt.Sprintf(`0{"sid":"ws%d",%s}`, n, f.open))
	} else {
		p.Expect("2probe")
		p.Send("3probe")
		p.Expect("5")
		p.n = polling.n
	}
	f.script(p)
}

// pollingPeer keeps what waits for the client's next GET.
type pollingPeer struct {
	n     int
	start func() // runs the script; not before the first POST, because a client that upgrades makes none
	out   chan string
	in    chan string
	done  chan struct{}
	once  sync.Once
	begun sync.Once
}

func (p *pollingPeer) end() { p.once.Do(func() { close(p.done) }) }

func (f *fakeServer) handshakePolling(w http.ResponseWriter, n int) {
	p := &pollingPeer{n: n, out: make(chan string, 100), in: make(chan string, 100), done: make(chan struct{})}
	server := &peer{t: f.t, n: n, end: p.end,
		recv: func() (string, error) {
			select {
			case s := <-p.in:
				return s, nil
			default:
			}
			select {
			case s := <-p.in:
				return s, nil
			case <-p.done:
				return "", io.EOF
			}
		},
		send: func(s string) error { p.out <- s; return nil },
	}
	p.start = func() {
		f.scripts.Go(func() { f.script(server) }) // ends when the client or the test ends the session
	}
	sid := fmt.Sprintf("poll%d", n)
	f.mu.Lock()
	f.polls[sid] = p
	f.mu.Unlock()
	fmt.Fprintf(w, `0{"sid":"%s",%s}`, sid, f.open)
}

func (p *pollingPeer) post(payload string) {
	p.begun.Do(p.start)
	for _, s := range strings.Split(payload, "\x1e") {
		p.in <- s
		if s == "1" {
			p.end()
		}
	}
}

func (p *pollingPeer) get(w http.ResponseWriter, r *http.Request) {
	select {
	case s := <-p.out:
		for more := true; more; {
			select {
			case next := <-p.out:
				s += "\x1e" + next
			default:
				more = false
			}
		}
		fmt.Fprint(w, s)
	case <-p.done:
		http.Error(w, `{"code":1,"message":"Session ID unknown"}`, http.StatusBadRequest)
	case <-r.Context().Done():
	}
}

// Send writes a packet; "B…" is binary.
func (p *peer) Send(packets ...string) {
	for _, s := range packets {
		if err := p.send(s); err != nil {
			p.t.Logf("fake server: send %q: %v", s, err)
		}
	}
}

// Expect reads packets and compares them.
func (p *peer) Expect(packets ...string) bool {
	for _, want := range packets {
		got, err := p.recv()
		if err != nil || got != want {
			p.t.Errorf("fake server got %q, %v, want %q", got, err, want)
			return false
		}
	}
	return true
}

// Accept answers CONNECT to "/".
func (p *peer) Accept() {
	if p.Expect("40") {
		p.Send(fmt.Sprintf(`40{"sid":"socket%d"}`, p.n))
	}
}

// Drain reads until the connection ends.
func (p *peer) Drain() {
	for {
		if _, err := p.recv(); err != nil {
			return
		}
	}
}

func dial(t *testing.T, address string, o client.Options) *client.Client {
	t.Helper()
	c, err := client.Dial(t.Context(), address, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// connect is dial for a client whose handlers are registered by prepare.
func connect(t *testing.T, address string, o client.Options, prepare func(*client.Client)) *client.Client {
	t.Helper()
	c, err := client.New(address, o)
	if err != nil {
		t.Fatal(err)
	}
	prepare(c)
	t.Cleanup(func() { c.Close() })
	if err := c.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c
}

const patience = 10 * time.Second

// within waits for a value; a test that gets none in time has failed.
func within[T any](t *testing.T, ch <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(patience):
		t.Fatalf("no %s within %v", what, patience)
		panic("unreachable")
	}
}
