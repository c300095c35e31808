package engineio_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
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

	"tradewind/socketio/engineio"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// station is a server whose handler records what happens and echoes messages.
type station struct {
	*engineio.Server
	http   *httptest.Server
	opened chan *engineio.Conn
	closed chan engineio.Reason
	got    chan string
	onText func(c *engineio.Conn, text string) error
}

type recorder struct {
	st *station
	c  *engineio.Conn
}

func (r recorder) Opened() { r.st.opened <- r.c }
func (r recorder) Closed(reason engineio.Reason) {
	r.st.closed <- reason
}
func (r recorder) Message(data []byte, binary bool) error {
	if r.st.onText != nil {
		return r.st.onText(r.c, string(data))
	}
	if binary {
		r.c.Send(engineio.NewBinaryMessage(data))
		return nil
	}
	text := string(data)
	r.c.Send(engineio.NewMessage(func(dst []byte) []byte { return append(dst, text...) }))
	return nil
}

// kinds are the two ways of doing I/O: every test of a WebSocket runs on both.
func kinds(t *testing.T, f func(t *testing.T, tls bool)) {
	t.Run("plain", func(t *testing.T) { f(t, false) })
	t.Run("tls", func(t *testing.T) { f(t, true) })
}

func newStation(t testing.TB, tls bool, o engineio.Options) *station {
	st := &station{opened: make(chan *engineio.Conn, 100), closed: make(chan engineio.Reason, 100), got: make(chan string, 100)}
	st.Server = engineio.NewServer(o, func(c *engineio.Conn, r *http.Request) engineio.Handler { return recorder{st, c} })
	st.http = httptest.NewUnstartedServer(st.Server)
	if tls {
		st.http.StartTLS()
	} else {
		l, err := engineio.NewUpgradeListener(st.http.Listener, "/engine.io/", st.Server)
		if err != nil {
			t.Fatal(err)
		}
		st.http.Listener = l
		st.http.Start()
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
		st.http.Close()
		st.http.Client().CloseIdleConnections()
	})
	return st
}

// peer is a bare WebSocket client.
type peer struct {
	net.Conn
	t testing.TB
	r *bufio.Reader
}

func (st *station) dial(t *testing.T, query string) *peer {
	t.Helper()
	return st.dialQuery(t, "EIO=4"+query)
}

func (st *station) dialQuery(t *testing.T, query string) *peer {
	t.Helper()
	url := strings.Replace(st.http.URL, "http", "ws", 1) + "/engine.io/?transport=websocket&" + query
	d := ws.Dialer{Timeout: 5 * time.Second}
	if st.http.TLS != nil {
		d.TLSConfig = st.http.Client().Transport.(*http.Transport).TLSClientConfig
	}
	nc, br, _, err := d.Dial(t.Context(), url)
	if err != nil {
		t.Fatalf("dial %s: %v", url, err)
	}
	if br == nil {
		br = bufio.NewReader(nc)
	}
	p := &peer{Conn: nc, t: t, r: br}
	t.Cleanup(func() { nc.Close() })
	_ = nc.SetDeadline(time.Now().Add(20 * time.Second))
	return p
}

// open dials and reads the open packet.
func (st *station) open(t *testing.T) *peer {
	t.Helper()
	p := st.dial(t, "")
	if text := p.read(); !strings.HasPrefix(text, `0{"sid":"`) {
		t.Fatalf("open packet is %s", text)
	}
	return p
}

func (p *peer) send(text string) {
	p.t.Helper()
	if err := wsutil.WriteClientText(p.Conn, []byte(text)); err != nil {
		p.t.Fatalf("send: %v", err)
	}
}

type rw struct {
	io.Reader
	io.Writer
}

func (p *peer) next() ([]byte, ws.OpCode, error) {
	return wsutil.ReadServerData(rw{p.r, p.Conn})
}

func (p *peer) read() string {
	p.t.Helper()
	data, _, err := p.next()
	if err != nil {
		p.t.Fatalf("read: %v", err)
	}
	return string(data)
}

// closeCode reads until the server closes.
func (p *peer) closeCode() (ws.StatusCode, string) {
	p.t.Helper()
	for {
		_, _, err := p.next()
		var closed wsutil.ClosedError
		if errors.As(err, &closed) {
			return closed.Code, closed.Reason
		}
		if err != nil {
			p.t.Fatalf("expected a close frame, got %v", err)
		}
	}
}

func (st *station) wantClosed(t *testing.T, want engineio.Reason) {
	t.Helper()
	select {
	case got := <-st.closed:
		if got != want {
			t.Errorf("closed for %q, want %q", got, want)
		}
	case <-time.After(10 * time.Second):
		t.Fatalf("not closed, want %q", want)
	}
}

func TestMessagesAreEchoedInOrderWhateverTheirSize(t *testing.T) {
	kinds(t, func(t *testing.T, tls bool) {
		st := newStation(t, tls, engineio.Options{MaxOutboxBytes: 64 << 20, MaxPayload: 4 << 20})
		p := st.open(t)
		sizes := []int{0, 1, 125, 126, 4096, 65535, 65536, 70_000, 300_000, 1_500_000, 3}
		go func() {
			for i, n := range sizes {
				_ = wsutil.WriteClientText(p.Conn, fmt.Appendf(nil, "4%d%s", i, strings.Repeat("x", n)))
				_ = wsutil.WriteClientBinary(p.Conn, bytes.Repeat([]byte{byte(i)}, n))
			}
		}()
		for i, n := range sizes {
			if got, want := p.read(), fmt.Sprint("4", i)+strings.Repeat("x", n); got != want {
				t.Fatalf("message %d: %d bytes, want %d", i, len(got), len(want))
			}
			data, op, err := p.next()
			if err != nil || op != ws.OpBinary || !bytes.Equal(data, bytes.Repeat([]byte{byte(i)}, n)) {
				t.Fatalf("binary %d: %v, %d bytes, %v", i, op, len(data), err)
			}
		}
	})
}

func TestFragmentsArePutTogetherAroundControlFrames(t *testing.T) {
	kinds(t, func(t *testing.T, tls bool) {
		st := newStation(t, tls, engineio.Options{})
		p := st.open(t)
		for _, f := range []ws.Frame{
			ws.NewFrame(ws.OpText, false, []byte("4he")), ws.NewPingFrame([]byte("hi")),
			ws.NewFrame(ws.OpContinuation, false, []byte("l")), ws.NewFrame(ws.OpContinuation, true, []byte("lo")),
		} {
			if err := ws.WriteFrame(p.Conn, ws.MaskFrame(f)); err != nil {
				t.Fatal(err)
			}
		}
		header, err := ws.ReadHeader(p.r)
		payload := make([]byte, header.Length)
		if err == nil {
			_, err = io.ReadFull(p.r, payload)
		}
		if err != nil || header.OpCode != ws.OpPong || string(payload) != "hi" {
			t.Fatalf("got %v %q, %v", header, payload, err)
		}
		if got := p.read(); got != "4hello" {
			t.Errorf("got %q", got)
		}
	})
}

func TestTheServerPingsAndEndsWhoDoesNotAnswer(t *testing.T) {
	kinds(t, func(t *testing.T, tls bool) {
		st := newStation(t, tls, engineio.Options{PingInterval: 100 * time.Millisecond, PingTimeout: 100 * time.Millisecond})
		p := st.open(t)
		for range 3 {
			if got := p.read(); got != "2" {
				t.Fatalf("got %q, want a ping", got)
			}
			p.send("3")
		}
		p.closeCode()
		st.wantClosed(t, engineio.PingTimeout)
	})
}

func TestEveryEndHasItsCodeAndReason(t *testing.T) {
	kinds(t, func(t *testing.T, tls bool) {
		for name, c := range map[string]struct {
			send   string
			reason engineio.Reason
			code   ws.StatusCode
		}{
			"unknown packet":     {"xyz", engineio.ParseError, 1007},
			"ping from a client": {"2", engineio.TransportError, 1002},
			"close packet":       {"1", engineio.TransportClose, 1000},
			"too large":          {"4" + strings.Repeat("x", 2000), engineio.PayloadTooLarge, 1009},
			"bad UTF-8":          {"4\xff\xfe", engineio.TransportError, 1002},
		} {
			t.Run(name, func(t *testing.T) {
				st := newStation(t, tls, engineio.Options{MaxPayload: 1000})
				p := st.open(t)
				p.send(c.send)
				if code, reason := p.closeCode(); code != c.code || reason != string(c.reason) {
					t.Errorf("close frame %d %q, want %d %q", code, reason, c.code, c.reason)
				}
				st.wantClosed(t, c.reason)
			})
		}
	})
}

func TestAFloodingClientIsToldEvenWhileItSends(t *testing.T) {
	kinds(t, func(t *testing.T, tls bool) {
		st := newStation(t, tls, engineio.Options{Flood: engineio.Flood{PacketsPerSecond: 50, Burst: 3}})
		p := st.open(t)
		var sending sync.WaitGroup
		sending.Go(func() {
			for range 5000 {
				if wsutil.WriteClientText(p.Conn, []byte("4x")) != nil {
					return
				}
			}
		})
		if code, reason := p.closeCode(); code != 4009 || reason != "flooding" {
			t.Errorf("close frame %d %q", code, reason)
		}
		st.wantClosed(t, engineio.Flooding)
		p.Close()
		sending.Wait()
	})
}

func TestASlowConsumerIsClosedAtItsBoundAndTellsNobodyElse(t *testing.T) {
	kinds(t, func(t *testing.T, tls bool) {
		st := newStation(t, tls, engineio.Options{MaxOutboxBytes: 200_000})
		reader := st.open(t)
		slow := <-st.opened
		other := st.open(t)
		m := engineio.NewMessage(func(dst []byte) []byte { return append(dst, bytes.Repeat([]byte("x"), 10_000)...) })
		sent := 0
		for ended := false; !ended && sent < 10_000; sent++ {
			if err := slow.Shard().Do(t.Context(), func() { slow.Send(m); ended = slow.Closed() }); err != nil {
				t.Fatal(err)
			}
		}
		st.wantClosed(t, engineio.SlowConsumer)
		other.send("4still here")
		if got := other.read(); got != "4still here" {
			t.Errorf("the other client got %q", got)
		}
		if q := st.Stats().QueuedBytes; q > 10_000 {
			t.Errorf("%d bytes are still queued", q)
		}
		if code, reason := reader.closeCode(); code != 4008 || reason != "slow consumer" {
			t.Errorf("who reads again finds close frame %d %q", code, reason)
		}
	})
}

func TestASlowReaderGetsTheNewestOfEveryKeyAndLittleOldData(t *testing.T) {
	kinds(t, func(t *testing.T, tls bool) {
		st := newStation(t, tls, engineio.Options{})
		p := st.open(t)
		if tcp, ok := p.Conn.(*net.TCPConn); ok {
			_ = tcp.SetReadBuffer(16 << 10)
		}
		c := <-st.opened
		const rounds, keys = 3000, 50
		for round := range rounds {
			if err := c.Post(t.Context(), func() {
				for k := range keys {
					c.Send(engineio.NewMessage(func(dst []byte) []byte {
						return fmt.Appendf(dst, "%d:%d:%s", k, round, strings.Repeat("p", 100))
					}).Latest(fmt.Sprint(k)))
				}
			}); err != nil {
				t.Fatal(err)
			}
		}
		newest := map[int]int{}
		bytes := 0
		for len(newest) < keys || newest[keys-1] != rounds-1 || newest[0] != rounds-1 {
			text := p.read()
			bytes += len(text)
			var k, round int
			if _, err := fmt.Sscanf(text, "4%d:%d:", &k, &round); err != nil {
				t.Fatal(err)
			}
			if round < newest[k] {
				t.Fatalf("key %d went back from %d to %d", k, newest[k], round)
			}
			newest[k] = round
		}
		for k := range keys {
			if newest[k] != rounds-1 {
				t.Errorf("key %d ended at %d of %d", k, newest[k], rounds-1)
			}
		}
		if all := rounds * keys * 110; bytes > all/4 {
			t.Errorf("%d of %d bytes were sent to a client that did not read", bytes, all)
		}
		if st.Stats().Conflated == 0 {
			t.Error("nothing was conflated")
		}
	})
}

func TestAPausedConnectionIsNotReadAndLosesNothing(t *testing.T) {
	kinds(t, func(t *testing.T, tls bool) {
		st := newStation(t, tls, engineio.Options{})
		var got []string
		release := make(chan *engineio.Conn, 1)
		st.onText = func(c *engineio.Conn, text string) error {
			got = append(got, text)
			if len(got) == 5 {
				c.Pause()
				release <- c
			}
			if len(got) == 1000 {
				st.got <- strings.Join(got, ",")
			}
			return nil
		}
		p := st.open(t)
		var want []string
		for i := range 1000 {
			p.send(fmt.Sprint("4", i))
			want = append(want, fmt.Sprint(i))
		}
		c := <-release
		n := 0
		if err := c.Shard().Do(t.Context(), func() { n = len(got) }); err != nil || n != 5 {
			t.Fatalf("a paused connection handled %d messages, %v", n, err)
		}
		_ = c.Post(t.Context(), c.Resume)
		if all := <-st.got; all != strings.Join(want, ",") {
			t.Errorf("got %.100s", all)
		}
	})
}

// Readiness that was found before a pause and looked at after it once passed for the end of the connection.
func TestAConnectionThatIsPausedAgainAtOnceIsNotTakenForGone(t *testing.T) {
	kinds(t, func(t *testing.T, tls bool) {
		st := newStation(t, tls, engineio.Options{})
		handled := 0
		st.onText = func(c *engineio.Conn, _ string) error {
			if handled++; handled == 1000 {
				st.got <- "all"
			}
			return nil
		}
		p := st.open(t)
		c := <-st.opened
		if err := c.Shard().Do(t.Context(), c.Pause); err != nil {
			t.Fatal(err)
		}
		for range 1000 {
			p.send("4hi")
		}
		for range 500 { // a message is in the kernel all the time
			if err := c.Shard().Do(t.Context(), func() { c.Resume(); c.Pause() }); err != nil {
				t.Fatal(err)
			}
		}
		_ = c.Post(t.Context(), c.Resume)
		select {
		case <-st.got:
		case reason := <-st.closed:
			t.Fatalf("closed as %q after %d messages", reason, handled)
		}
	})
}

func TestFlushedIsCalledWhenTheKernelHasEverything(t *testing.T) {
	kinds(t, func(t *testing.T, tls bool) {
		st := newStation(t, tls, engineio.Options{MaxOutboxBytes: 32 << 20})
		p := st.open(t)
		c := <-st.opened
		m := engineio.NewMessage(func(dst []byte) []byte { return append(dst, bytes.Repeat([]byte("x"), 1<<20)...) })
		flushed := make(chan struct{})
		var early bool
		_ = c.Shard().Do(t.Context(), func() {
			for range 16 {
				c.Send(m)
			}
			c.Flushed(func() { close(flushed) })
			select {
			case <-flushed:
				early = true
			default:
			}
		})
		if early {
			t.Error("flushed before anything was read")
		}
		for range 16 {
			p.read()
		}
		select {
		case <-flushed:
		case <-time.After(10 * time.Second):
			t.Error("never flushed")
		}
	})
}

func TestWhatIsQueuedStillGoesOutBeforeAForcedClose(t *testing.T) {
	kinds(t, func(t *testing.T, tls bool) {
		st := newStation(t, tls, engineio.Options{})
		p := st.open(t)
		c := <-st.opened
		_ = c.Post(t.Context(), func() {
			c.Send(engineio.NewMessage(func(dst []byte) []byte { return append(dst, "last words"...) }))
			c.Close(engineio.Drain)
		})
		if got := p.read(); got != "4last words" {
			t.Errorf("got %q", got)
		}
		if code, reason := p.closeCode(); code != 4010 || reason != "drain" {
			t.Errorf("close frame %d %q", code, reason)
		}
	})
}

func TestPingNowTellsWhoIsThere(t *testing.T) {
	kinds(t, func(t *testing.T, tls bool) {
		st := newStation(t, tls, engineio.Options{})
		p := st.open(t)
		c := <-st.opened
		answered := make(chan bool, 1)
		_ = c.Post(t.Context(), func() { c.Ping(func(ok bool) { answered <- ok }) })
		if got := p.read(); got != "2" {
			t.Fatalf("got %q", got)
		}
		p.send("3")
		if !<-answered {
			t.Error("a pong was taken for none")
		}
		_ = c.Post(t.Context(), func() { c.Ping(func(ok bool) { answered <- ok }) })
		p.Close()
		if <-answered {
			t.Error("a client that went away was taken for there")
		}
	})
}

func TestAFullServerAnswers503AndHasRoomAgain(t *testing.T) {
	st := newStation(t, false, engineio.Options{MaxConnections: 1, RetryAfter: 3 * time.Second})
	p := st.open(t)
	resp, err := st.http.Client().Get(st.http.URL + "/engine.io/?EIO=4&transport=polling")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 503 || resp.Header.Get("Retry-After") != "3" {
		t.Errorf("status %d, Retry-After %q", resp.StatusCode, resp.Header.Get("Retry-After"))
	}
	p.Close()
	st.wantClosed(t, engineio.TransportClose)
	st.open(t)
}

func TestShutdownDrainsWithoutStormAndEnds(t *testing.T) {
	kinds(t, func(t *testing.T, tls bool) {
		st := newStation(t, tls, engineio.Options{DrainPerSecond: 200})
		var peers []*peer
		for range 20 {
			peers = append(peers, st.open(t))
		}
		begin := time.Now()
		if err := st.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); took < 80*time.Millisecond {
			t.Errorf("20 connections at 200 a second were closed in %v", took)
		}
		for _, p := range peers {
			if code, _ := p.closeCode(); code != 4010 {
				t.Errorf("close code %d", code)
			}
		}
	})
}

func TestShutdownDoesNotWaitLongForAPollingClientThatStaysAway(t *testing.T) {
	st := newStation(t, false, engineio.Options{})
	st.poll(t)
	begin := time.Now()
	if err := st.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
	st.wantClosed(t, engineio.Drain)
}

func TestShutdownGivesUpWithItsContext(t *testing.T) {
	st := newStation(t, false, engineio.Options{DrainPerSecond: 1})
	for range 3 { // one at once, the others a second each
		st.open(t)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := st.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestAForeignOriginIsRefusedOnBothTransports(t *testing.T) {
	st := newStation(t, false, engineio.Options{})
	for _, transport := range []string{"polling", "websocket"} {
		req, _ := http.NewRequestWithContext(t.Context(), "GET", st.http.URL+"/engine.io/?EIO=4&transport="+transport, nil)
		req.Header.Set("Origin", "https://evil.example")
		resp, err := st.http.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != 403 {
			t.Errorf("%s: status %d", transport, resp.StatusCode)
		}
	}
}
