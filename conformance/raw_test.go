package conformance_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
	"go.uber.org/goleak"

	"tradewind/conformance"
	"tradewind/socketio/engineio"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The times of the public suites.
const (
	pingInterval   = 300 * time.Millisecond
	pingTimeout    = 200 * time.Millisecond
	connectTimeout = time.Second
	maxPayload     = 1_000_000
	patience       = 5 * time.Second
)

// server is the address of what is tested, and raw requests to it.
type server struct {
	url    string // with the path, up to the query
	client *http.Client
}

// engine starts a bare Engine.IO server.
func engine(t *testing.T) *server {
	t.Helper()
	if url := os.Getenv("ENGINE_URL"); url != "" {
		return newServer(t, url)
	}
	s := conformance.NewEngine(engineio.Options{
		PingInterval: pingInterval, PingTimeout: pingTimeout, MaxPayload: maxPayload,
		AllowOrigin: func(*http.Request) bool { return true },
	})
	return newServer(t, listen(t, s, s.Close)+"/engine.io/")
}

// listen serves a handler on a free port until the test is over.
func listen(t *testing.T, h http.Handler, end func() error) string {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(func() {
		srv.CloseClientConnections()
		if err := end(); err != nil {
			t.Errorf("close the server: %v", err)
		}
		srv.Close()
	})
	return srv.URL
}

func newServer(t *testing.T, url string) *server {
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &server{url: url, client: &http.Client{Transport: transport, Timeout: patience}}
}

// tcp opens a bare connection, for what no HTTP client says. It ends with the test.
func (s *server) tcp(t *testing.T) (net.Conn, *url.URL) {
	t.Helper()
	u, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(patience))
	return conn, u
}

// answer is an HTTP answer with its body.
type answer struct {
	status int
	body   string
	header http.Header
	err    error // the connection broke instead
}

func (s *server) do(t *testing.T, method, query, body string) answer {
	t.Helper()
	return s.doContext(t.Context(), method, query, body)
}

func (s *server) doContext(ctx context.Context, method, query, body string) answer {
	req, err := http.NewRequestWithContext(ctx, method, s.url+"?"+query, strings.NewReader(body))
	if err != nil {
		return answer{err: err}
	}
	if body != "" {
		req.Header.Set("Content-Type", "text/plain;charset=UTF-8")
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return answer{err: err}
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, string(b), resp.Header, err}
}

func (s *server) get(t *testing.T, query string) answer {
	t.Helper()
	return s.do(t, http.MethodGet, query, "")
}

// background makes a request that is waiting while the test goes on.
func (s *server) background(t *testing.T, method, query, body string) <-chan answer {
	out := make(chan answer, 1)
	go func() { out <- s.doContext(t.Context(), method, query, body) }()
	return out
}

// handshake is the open packet.
type handshake struct {
	SID          string
	Upgrades     []string
	PingInterval int
	PingTimeout  int
	MaxPayload   int
}

func parseOpen(t *testing.T, packet string) (h handshake, keys map[string]any) {
	t.Helper()
	if !strings.HasPrefix(packet, "0{") {
		t.Fatalf("open packet %q", packet)
	}
	if err := json.Unmarshal([]byte(packet[1:]), &h); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(packet[1:]), &keys); err != nil {
		t.Fatal(err)
	}
	return h, keys
}

// poll opens a session by polling and returns the query of its requests.
func (s *server) poll(t *testing.T) (query string) {
	t.Helper()
	a := s.get(t, "EIO=4&transport=polling")
	if a.err != nil || a.status != http.StatusOK {
		t.Fatalf("handshake: %+v", a)
	}
	h, _ := parseOpen(t, a.body)
	return "EIO=4&transport=polling&sid=" + h.SID
}

func sidOf(query string) string {
	_, sid, _ := strings.Cut(query, "sid=")
	return sid
}

// socket is a raw WebSocket.
type socket struct {
	t    *testing.T
	conn net.Conn
	r    io.Reader
}

// dial opens a WebSocket. ok is false when the server refused the upgrade.
func (s *server) dial(t *testing.T, query string) (sock *socket, status int) {
	t.Helper()
	d := ws.Dialer{Timeout: patience, OnStatusError: func(code int, _ []byte, _ io.Reader) { status = code }}
	conn, early, _, err := d.Dial(t.Context(), "ws"+strings.TrimPrefix(s.url, "http")+"?"+query)
	if err != nil {
		if status == 0 {
			t.Fatalf("open websocket: %v", err)
		}
		return nil, status
	}
	sock = &socket{t: t, conn: conn, r: conn}
	if early != nil {
		head := make([]byte, early.Buffered())
		_, _ = io.ReadFull(early, head)
		sock.r = io.MultiReader(strings.NewReader(string(head)), conn)
	}
	t.Cleanup(func() { conn.Close() })
	return sock, http.StatusSwitchingProtocols
}

// open is dial for a new session, past the open packet.
func (s *server) open(t *testing.T) *socket {
	t.Helper()
	sock, status := s.dial(t, "EIO=4&transport=websocket")
	if sock == nil {
		t.Fatalf("websocket refused with %d", status)
	}
	h, _ := parseOpen(t, sock.next())
	if len(h.Upgrades) != 0 {
		t.Errorf("upgrades of a websocket: %v", h.Upgrades)
	}
	return sock
}

func (s *socket) send(messages ...string) {
	s.t.Helper()
	for _, m := range messages {
		if err := wsutil.WriteClientText(s.conn, []byte(m)); err != nil {
			s.t.Logf("send %.40q: %v", m, err)
		}
	}
}

func (s *socket) sendBinary(b string) {
	s.t.Helper()
	if err := wsutil.WriteClientBinary(s.conn, []byte(b)); err != nil {
		s.t.Logf("send binary: %v", err)
	}
}

var errNothing = errors.New("nothing came")

// read returns the next message, "B…" for a binary one.
func (s *socket) read(wait time.Duration) (string, error) {
	_ = s.conn.SetReadDeadline(time.Now().Add(wait))
	b, op, err := wsutil.ReadServerData(struct {
		io.Reader
		io.Writer
	}{s.r, s.conn})
	var late net.Error
	if errors.As(err, &late) && late.Timeout() {
		return "", errNothing
	}
	if op == ws.OpBinary {
		return "B" + string(b), err
	}
	return string(b), err
}

// next is the next message but pings, which are answered.
func (s *socket) next() string {
	s.t.Helper()
	for {
		m, err := s.read(patience)
		if err != nil {
			s.t.Fatalf("wait for a message: %v", err)
		}
		if m != "2" {
			return m
		}
		s.send("3")
	}
}

func (s *socket) expect(messages ...string) {
	s.t.Helper()
	for _, want := range messages {
		if got := s.next(); got != want {
			s.t.Fatalf("got %.200q, want %.200q", got, want)
		}
	}
}

// expectClosed waits for the end of the connection. What still comes is read,
// and pings are not answered unless alive says so.
func (s *socket) expectClosed(within time.Duration, alive ...string) {
	s.t.Helper()
	deadline := time.Now().Add(within)
	for {
		m, err := s.read(time.Until(deadline))
		if errors.Is(err, errNothing) {
			s.t.Fatalf("still open after %v", within)
		}
		if err != nil {
			return
		}
		if m == "2" && len(alive) > 0 {
			s.send("3")
		}
	}
}

// keepAlive is for expectClosed: the client answers pings, so that it is not a ping timeout that closes.
const keepAlive = "keep alive"

func receive[T any](t *testing.T, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(patience):
		t.Fatalf("nothing within %v", patience)
		panic("unreachable")
	}
}
