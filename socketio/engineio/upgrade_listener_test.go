package engineio_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"tradewind/socketio/engineio"
)

// door is a web server behind a listener that serves handshakes itself.
type door struct {
	addr   string
	engine *engineio.Server
	others atomic.Int32 // connections that net/http saw
}

func newDoor(t *testing.T) *door {
	t.Helper()
	d := &door{}
	d.engine = engineio.NewServer(engineio.Options{}, func(c *engineio.Conn, r *http.Request) engineio.Handler {
		return echo{c: c, from: r.RemoteAddr}
	})
	mux := http.NewServeMux()
	mux.Handle("/engine.io/", d.engine)
	mux.HandleFunc("/engine.io/own", func(w http.ResponseWriter, _ *http.Request) {
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		line, err := rw.ReadString('\n')
		fmt.Fprint(conn, "got "+line)
		if err != nil {
			t.Error(err)
		}
	})
	mux.HandleFunc("/engine.io/panic", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	mux.HandleFunc("/engine.io/long", func(w http.ResponseWriter, _ *http.Request) {
		if _, err := w.Write(make([]byte, 1<<20)); err == nil {
			t.Error("an answer without bound")
		}
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "page %s%s", r.URL.Path, body)
	})
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	l, err := engineio.NewUpgradeListener(inner, "/engine.io/", mux)
	must(t, err)
	d.addr = l.Addr().String()
	web := &http.Server{Handler: mux, ConnState: func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			d.others.Add(1)
		}
	}}
	served := make(chan error, 1)
	go func() { served <- web.Serve(l) }() // ends with web.Close
	t.Cleanup(func() {
		must(t, d.engine.Close())
		must(t, web.Close())
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("Serve: %v", err)
		}
		if err := l.Close(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("second Close: %v", err)
		}
	})
	return d
}

// echo sends back what it gets, and the address of the client for "who".
type echo struct {
	c    *engineio.Conn
	from string
}

func (e echo) Opened() {}

func (e echo) Closed(engineio.Reason) {}

func (e echo) Message(data []byte, _ bool) error {
	text := string(data)
	if text == "who" {
		text = e.from
	}
	e.c.Send(engineio.NewMessage(func(dst []byte) []byte { return append(dst, text...) }))
	return nil
}

func (d *door) dial(t *testing.T) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", d.addr)
	must(t, err)
	t.Cleanup(func() { c.Close() })
	must(t, c.SetDeadline(time.Now().Add(20*time.Second)))
	return c
}

// upgrade is the head of a handshake.
func upgrade(path string, more ...string) string {
	lines := append([]string{
		"GET " + path + " HTTP/1.1", "Host: trade.example", "Connection: Upgrade", "upgrade: WebSocket",
		"Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
	}, more...)
	return strings.Join(lines, "\r\n") + "\r\n\r\n"
}

const socketTarget = "/engine.io/?EIO=4&transport=websocket"

func frame(text string) string {
	var b strings.Builder
	if err := ws.WriteFrame(&b, ws.MaskFrameInPlace(ws.NewTextFrame([]byte(text)))); err != nil {
		panic(err)
	}
	return b.String()
}

// opened reads the answer to a handshake and the open packet.
func opened(t *testing.T, c net.Conn) *bufio.Reader {
	t.Helper()
	r := bufio.NewReader(c)
	resp, err := http.ReadResponse(r, nil)
	must(t, err)
	if resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("answered with %s", resp.Status)
	}
	if open := text(t, r); !strings.HasPrefix(open, "0{") {
		t.Fatalf("opened with %q", open)
	}
	return r
}

func text(t *testing.T, r io.Reader) string {
	t.Helper()
	data, err := wsutil.ReadServerText(struct {
		io.Reader
		io.Writer
	}{r, io.Discard})
	must(t, err)
	return string(data)
}

// wantOthers checks which connections net/http had to do with.
func (d *door) wantOthers(t *testing.T, want int32) {
	t.Helper()
	if runtime.GOOS != "linux" {
		want = d.others.Load() // the listener is the one that was given
	}
	if got := d.others.Load(); got != want {
		t.Errorf("net/http saw %d connections, want %d", got, want)
	}
}

func TestUpgradeListenerServesHandshakesItself(t *testing.T) {
	d := newDoor(t)
	for range 2 { // the second time by goroutines that stayed
		conns := make([]net.Conn, 40) // more than stay
		for i := range conns {
			conns[i] = d.dial(t)
			fmt.Fprint(conns[i], upgrade(socketTarget))
		}
		for _, c := range conns {
			r := opened(t, c)
			fmt.Fprint(c, frame("4who"))
			if got, want := text(t, r), "4"+c.LocalAddr().String(); got != want {
				t.Errorf("the handler saw %q, want %q", got, want)
			}
		}
	}
	d.wantOthers(t, 0)
}

func TestUpgradeListenerKeepsWhatComesBehindTheHandshake(t *testing.T) {
	d := newDoor(t)
	long := strings.Repeat("x", 6000) // does not fit in what is read at first
	c := d.dial(t)
	fmt.Fprint(c, upgrade(socketTarget)+frame("4one")+frame("4"+long))
	r := opened(t, c)
	if got := text(t, r); got != "4one" {
		t.Errorf("got %q", got)
	}
	if got := text(t, r); got != "4"+long {
		t.Errorf("got %d bytes", len(got))
	}
}

func TestUpgradeListenerLeavesEverythingElseToNetHTTP(t *testing.T) {
	d := newDoor(t)
	want := int32(0)
	for name, request := range map[string]string{
		"page":              "GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
		"upgrade elsewhere": upgrade("/a", "X: y"),
		"post":              "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
		"no WebSocket":      "GET /a HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: close\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			want++
			c := d.dial(t)
			fmt.Fprint(c, request)
			resp, err := http.ReadResponse(bufio.NewReader(c), nil)
			must(t, err)
			body := make([]byte, len("page /a"))
			if _, err := io.ReadFull(resp.Body, body); err != nil || string(body) != "page /a" {
				t.Errorf("%s: %q, %v", resp.Status, body, err)
			}
		})
	}
	t.Run("in pieces", func(t *testing.T) {
		want++
		c := d.dial(t)
		head := upgrade(socketTarget)
		fmt.Fprint(c, head[:20])
		fmt.Fprint(c, head[20:])
		opened(t, c)
		want = d.others.Load() // one more, unless the pieces arrived together
	})
	t.Run("head beyond 4 KiB", func(t *testing.T) {
		want++
		c := d.dial(t)
		fmt.Fprint(c, upgrade(socketTarget, "X-Long: "+strings.Repeat("y", 8<<10)))
		r := opened(t, c)
		fmt.Fprint(c, frame("4late"))
		if got := text(t, r); got != "4late" {
			t.Errorf("got %q", got)
		}
	})
	d.wantOthers(t, want)
}

// TestUpgradeListenerRefusesAsNetHTTPDoes compares the answers to handshakes that
// are refused with those that a plain server gives.
func TestUpgradeListenerRefusesAsNetHTTPDoes(t *testing.T) {
	d := newDoor(t)
	plain := httptest.NewServer(d.engine)
	defer plain.Close()
	for name, request := range map[string]string{
		"unknown transport":   upgrade("/engine.io/?EIO=4&transport=pigeon"),
		"unknown session":     upgrade("/engine.io/?EIO=4&transport=websocket&sid=none"),
		"unsupported version": upgrade("/engine.io/?EIO=3&transport=websocket"),
		"polling":             upgrade("/engine.io/?EIO=4&transport=polling"),
		"foreign page":        upgrade(socketTarget, "Origin: https://evil.example"),
		"version of RFC":      strings.Replace(upgrade(socketTarget), "Version: 13", "Version: 8", 1),
		"short key":           strings.Replace(upgrade(socketTarget), "dGhl", "", 1),
		"no host":             strings.Replace(upgrade(socketTarget), "Host: trade.example\r\n", "", 1),
		"broken header":       upgrade(socketTarget, "X y"),
		"broken target":       upgrade("/engine.io/%zz"),
	} {
		t.Run(name, func(t *testing.T) {
			answers := make([]string, 2)
			for i, addr := range []string{d.addr, strings.TrimPrefix(plain.URL, "http://")} {
				c, err := net.Dial("tcp", addr)
				must(t, err)
				defer c.Close()
				must(t, c.SetDeadline(time.Now().Add(20*time.Second)))
				fmt.Fprint(c, request)
				resp, err := http.ReadResponse(bufio.NewReader(c), nil)
				must(t, err)
				body, err := io.ReadAll(resp.Body)
				must(t, err)
				answers[i] = fmt.Sprint(resp.StatusCode, " ", resp.Header.Get("Content-Type"), " ", resp.Header.Get("Vary"),
					" ", resp.Header.Get("Sec-Websocket-Version"), " ", strings.TrimSpace(string(body)))
			}
			if answers[0] != answers[1] || strings.HasPrefix(answers[0], "1") {
				t.Errorf("answered with\n%s\nand by net/http with\n%s", answers[0], answers[1])
			}
		})
	}
}

func TestUpgradeListenerRefusesABody(t *testing.T) {
	d := newDoor(t)
	c := d.dial(t)
	fmt.Fprint(c, upgrade(socketTarget, "Content-Length: 5")+"hello")
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	must(t, err)
	if resp.StatusCode != http.StatusBadRequest && runtime.GOOS == "linux" {
		t.Errorf("answered with %s", resp.Status)
	}
}

func TestUpgradeListenerLetsOtherHandlersTakeTheConnection(t *testing.T) {
	d := newDoor(t)
	c := d.dial(t)
	fmt.Fprint(c, upgrade("/engine.io/own")+"hel")
	fmt.Fprint(c, "lo\n")
	line, err := bufio.NewReader(c).ReadString('\n')
	if err != nil || line != "got hello\n" {
		t.Errorf("%q, %v", line, err)
	}
}

func TestUpgradeListenerOutlivesItsHandlers(t *testing.T) {
	d := newDoor(t)
	for _, path := range []string{"/engine.io/panic", "/engine.io/long"} {
		c := d.dial(t)
		fmt.Fprint(c, upgrade(path))
		if n, err := io.Copy(io.Discard, c); err != nil || n > 1<<10 {
			t.Errorf("%s: %d bytes, %v", path, n, err)
		}
	}
	c := d.dial(t)
	fmt.Fprint(c, upgrade(socketTarget))
	opened(t, c)
}
