package main

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"tradewind/conformance/process"
)

// The command as a process. That it passes the cases of the public suites is
// tested beside those, in package conformance.
func TestProcess(t *testing.T) {
	bin := process.Build(t)
	for _, protocol := range []string{"engine", "socket"} {
		t.Run(protocol, func(t *testing.T) {
			t.Run("has the times of the public suites", func(t *testing.T) {
				p := process.Start(t, bin, protocol)
				if got, want := handshake(t, p, protocol), (open{300, 200, 1_000_000}); got != want {
					t.Errorf("open packet %+v, want %+v", got, want)
				}
			})
			t.Run("takes others from the environment", func(t *testing.T) {
				p := process.Start(t, bin, protocol, "PING_INTERVAL_MS=12345", "PING_TIMEOUT_MS=23456", "MAX_PAYLOAD=999")
				if got, want := handshake(t, p, protocol), (open{12_345, 23_456, 999}); got != want {
					t.Errorf("open packet %+v, want %+v", got, want)
				}
				conn := dial(t, p, protocol)
				if err := wsutil.WriteClientText(conn, []byte(strings.Repeat("4", 1000))); err != nil {
					t.Fatal(err)
				}
				var closed wsutil.ClosedError
				if err := untilClosed(conn); !errors.As(err, &closed) || closed.Code != ws.StatusMessageTooBig {
					t.Errorf("a message over MAX_PAYLOAD: %v", err)
				}
			})
			t.Run("allows all origins", func(t *testing.T) { allowsAllOrigins(t, process.Start(t, bin, protocol), protocol) })
			for _, s := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
				t.Run("ends well with clients on it by "+s.String(), func(t *testing.T) {
					p := process.Start(t, bin, protocol, "PING_INTERVAL_MS=60000")
					conn := dial(t, p, protocol)
					handshake(t, p, protocol)
					if err := p.End(s); err != nil {
						t.Errorf("it ended with %v", err)
					}
					if err := untilClosed(conn); errors.Is(err, os.ErrDeadlineExceeded) {
						t.Error("a client is still connected")
					}
				})
			}
		})
	}
	t.Run("waits for CONNECT as long as it is told", func(t *testing.T) {
		p := process.Start(t, bin, "socket", "CONNECT_TIMEOUT_MS=1500", "PING_INTERVAL_MS=60000")
		begin := time.Now()
		err := untilClosed(dial(t, p, "socket"))
		if d := time.Since(begin); d < 1400*time.Millisecond || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("closed after %v: %v", d, err)
		}
	})
}

func TestProcessThatCannotStartSaysWhyAndExitsWith1(t *testing.T) {
	bin := process.Build(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, port, _ := net.SplitHostPort(taken.Addr().String())
	for name, c := range map[string]struct {
		args []string
		env  string
		want []string // in what it says
	}{
		"no protocol":         {nil, "", []string{"usage: server engine|socket"}},
		"two protocols":       {[]string{"engine", "socket"}, "", []string{"usage: server engine|socket"}},
		"unknown protocol":    {[]string{"pigeon"}, "", []string{`"pigeon"`, "engine and socket"}},
		"port that is taken":  {[]string{"engine"}, "PORT=" + port, []string{port, "address already in use"}},
		"port beyond all":     {[]string{"socket"}, "PORT=65536", []string{"PORT", `"65536"`, "from 0 to 65535"}},
		"port that is a name": {[]string{"socket"}, "PORT=http", []string{"PORT", `"http"`, "from 0 to 65535"}},
		"no interval":         {[]string{"socket"}, "PING_INTERVAL_MS=0", []string{"PING_INTERVAL_MS", `"0"`, "from 1"}},
		"negative timeout":    {[]string{"engine"}, "PING_TIMEOUT_MS=-5", []string{"PING_TIMEOUT_MS", `"-5"`, "from 1"}},
		"time with a unit":    {[]string{"socket"}, "CONNECT_TIMEOUT_MS=1s", []string{"CONNECT_TIMEOUT_MS", `"1s"`}},
		"time beyond all":     {[]string{"socket"}, "CONNECT_TIMEOUT_MS=9223372036854775", []string{"CONNECT_TIMEOUT_MS", "to 86400000"}},
		"no payload":          {[]string{"engine"}, "MAX_PAYLOAD=0", []string{"MAX_PAYLOAD", `"0"`, "from 1"}},
		"broken payload":      {[]string{"engine"}, "MAX_PAYLOAD=1e6", []string{"MAX_PAYLOAD", `"1e6"`}},
	} {
		t.Run(name, func(t *testing.T) {
			code, said := process.Refuse(t, bin, []string{"HOST=127.0.0.1", c.env}, c.args...)
			if code != 1 || strings.Count(said, "\n") != 1 {
				t.Errorf("exit code %d, and it said %q; want 1 and one line", code, said)
			}
			for _, want := range c.want {
				if !strings.Contains(said, want) {
					t.Errorf("it said %q, without %s", said, want)
				}
			}
		})
	}
}

// open is what of the open packet comes from the environment.
type open struct{ PingInterval, PingTimeout, MaxPayload int }

func url(p *process.Process, protocol, transport string) string {
	return p.URL + "/" + protocol + ".io/?EIO=4&transport=" + transport
}

// handshake opens a session by polling.
func handshake(t *testing.T, p *process.Process, protocol string) (o open) {
	t.Helper()
	body := ask(t, http.MethodGet, url(p, protocol, "polling"), http.Header{}, http.StatusOK).body
	if err := json.Unmarshal([]byte(strings.TrimPrefix(body, "0")), &o); err != nil {
		t.Fatalf("open packet %q: %v", body, err)
	}
	return o
}

// dial opens a session by WebSocket, which is closed after the test.
func dial(t *testing.T, p *process.Process, protocol string) net.Conn {
	t.Helper()
	d := ws.Dialer{Timeout: 5 * time.Second, Header: ws.HandshakeHeaderHTTP{"Origin": {"https://anywhere.example"}}}
	conn, early, _, err := d.Dial(t.Context(), "ws"+strings.TrimPrefix(url(p, protocol, "websocket"), "http"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if early == nil {
		return conn
	}
	return afterHandshake{conn, early}
}

// afterHandshake is a connection some of whose bytes came with the handshake.
type afterHandshake struct {
	net.Conn
	r io.Reader // which goes on with the connection
}

func (c afterHandshake) Read(b []byte) (int, error) { return c.r.Read(b) }

// untilClosed reads what comes and returns the error that ends it.
func untilClosed(conn net.Conn) error {
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	for {
		if _, _, err := wsutil.ReadServerData(conn); err != nil {
			return err
		}
	}
}

type answer struct {
	body   string
	header http.Header
}

func ask(t *testing.T, method, url string, header http.Header, status int) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header, req.Close = header, true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != status {
		t.Fatalf("%s %s: %d %q %v, want %d", method, url, resp.StatusCode, body, err, status)
	}
	return answer{string(body), resp.Header}
}

// allowsAllOrigins is what the public suites call cors "*": whatever the origin,
// requests, preflights and WebSockets are allowed.
func allowsAllOrigins(t *testing.T, p *process.Process, protocol string) {
	for _, origin := range []string{"https://anywhere.example", "http://localhost:8080", "null"} {
		h := http.Header{"Origin": {origin}}
		preflight := http.Header{"Origin": {origin}, "Access-Control-Request-Method": {"POST"}, "Access-Control-Request-Headers": {"content-type"}}
		for _, a := range []answer{
			ask(t, http.MethodGet, url(p, protocol, "polling"), h, http.StatusOK),
			ask(t, http.MethodOptions, url(p, protocol, "polling"), preflight, http.StatusNoContent),
		} {
			if got := a.header.Get("Access-Control-Allow-Origin"); got != "*" && got != origin {
				t.Errorf("origin %s: Access-Control-Allow-Origin %q", origin, got)
			}
		}
	}
	dial(t, p, protocol) // which comes from another origin
}
