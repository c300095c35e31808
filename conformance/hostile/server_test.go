package hostile_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"go.uber.org/goleak"

	"tradewind/conformance"
	"tradewind/socketio"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	// The heartbeat is short, so that a session whose client is gone without a word is soon noticed.
	pingInterval = 500 * time.Millisecond
	pingTimeout  = 2 * time.Second
	maxPayload   = 1_100_000 // a million brackets fit into it
	// patience bounds the waits of one client.
	patience = 10 * time.Second
	// settling bounds the wait until nothing is left: a polling session that the
	// server closed is kept for 30 s, so that its client can be told.
	settling = 60 * time.Second
)

// soak tells whether the long variants are wanted.
func soak() bool { return os.Getenv("TRADEWIND_SOAK") != "" }

// seed is TRADEWIND_SEED or a new one. It is printed when the test fails, and with -v.
func seed(t testing.TB) uint64 {
	t.Helper()
	s := uint64(time.Now().UnixNano())
	if text := os.Getenv("TRADEWIND_SEED"); text != "" {
		var err error
		if s, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("TRADEWIND_SEED=%s: %v", text, err)
		}
	}
	t.Logf("seed %d (again with: TRADEWIND_SEED=%d)", s, s)
	return s
}

// station is a running server whose sessions are counted until their memory is given back.
type station struct {
	*socketio.Server
	t    testing.TB
	http *httptest.Server
	host string // of the listener, with the port
	log  *watcher

	opened, collected atomic.Int64 // sessions, and those whose memory was given back
}

// serve starts a server with the namespaces that the states need.
func serve(t testing.TB, o socketio.Options) *station {
	t.Helper()
	st := &station{t: t, log: &watcher{}}
	o.PingInterval, o.PingTimeout, o.MaxPayload = pingInterval, pingTimeout, maxPayload
	o.AllowEIO3, o.PerMessageDeflate = true, true
	o.ConnectTimeout = 10 * time.Second
	if o.UpgradeTimeout == 0 {
		o.UpgradeTimeout = time.Second
	}
	o.RemoteAddr = st.count
	o.Logger = slog.New(slog.NewTextHandler(st.log, nil))
	st.Server = socketio.NewServer(o)
	conformance.Echo(st.Namespace)
	conformance.Echo(st.Of("/custom"))
	handle(st.Namespace)
	handle(st.Of("/custom"))
	st.Of("/slow").Use(func(ctx context.Context, _ *socketio.Socket) error { return wait(ctx, 200*time.Millisecond) })
	st.Of("/refuse").Use(func(context.Context, *socketio.Socket) error { return &socketio.ConnectError{Message: "no"} })
	socketio.OnEvent(st.Of("/blocked"), "wait", func(ctx context.Context, _ *socketio.Socket, _ *socketio.Event) error {
		return wait(ctx, 2*time.Millisecond)
	})
	socketio.OnEvent(st.Of("/hold"), "wait", func(ctx context.Context, _ *socketio.Socket, _ *socketio.Event) error {
		return wait(ctx, time.Minute)
	})
	st.Of("/called").OnConnect(func(_ context.Context, s *socketio.Socket) { call(s) })

	st.http = httptest.NewUnstartedServer(st)
	st.http.Config.ErrorLog = log.New(st.log, "", 0)
	st.http.Config.ReadHeaderTimeout = pingTimeout // half-open requests are the HTTP server's to end
	st.http.Start()
	st.host = strings.TrimPrefix(st.http.URL, "http://")
	t.Cleanup(st.end)
	return st
}

func (st *station) end() {
	if err := st.Close(); err != nil {
		st.t.Errorf("close: %v", err)
	}
	st.http.CloseClientConnections()
	st.http.Close()
}

// handle adds what an application has beside the echoes.
func handle(n *socketio.Namespace) {
	socketio.On(n, "count", func(context.Context, *socketio.Socket, int) error { return nil })
	socketio.On(n, "sink", func(context.Context, *socketio.Socket, socketio.Args) error { return nil })
	socketio.On(n, "join", func(ctx context.Context, s *socketio.Socket, room string) error {
		return s.Join(ctx, socketio.Room(room), "everybody")
	})
}

// call asks the client for an ack that a hostile one never sends. The goroutine ends with the socket.
func call(s *socketio.Socket) {
	go func() { _, _ = s.Call(s.Context(), "are you there?") }()
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// count makes the address of a session. Its text is an object of its own that
// nothing but the session refers to, so it is collected when the session, its
// sockets, timers, handlers and calls are.
func (st *station) count(r *http.Request) string {
	text := new([64]byte)
	n := copy(text[:], r.RemoteAddr)
	st.opened.Add(1)
	runtime.AddCleanup(text, func(collected *atomic.Int64) { collected.Add(1) }, &st.collected)
	return unsafe.String(&text[0], n)
}

// living is how many sessions still have memory.
func (st *station) living() int64 { return st.opened.Load() - st.collected.Load() }

// watcher is what the server logs. It keeps what should not be there, and counts the rest.
type watcher struct {
	mu     sync.Mutex
	lines  int
	panics []string
}

// Write implements io.Writer for one record.
func (w *watcher) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lines++
	if bytes.Contains(line, []byte("panic")) && len(w.panics) < 10 {
		w.panics = append(w.panics, string(line))
	}
	return len(line), nil
}

func (w *watcher) check(t testing.TB) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, line := range w.panics {
		t.Errorf("the server logged: %.2000s", line)
	}
}

// eventually polls a condition. why says what is missing when it does not come true.
func eventually(t testing.TB, within time.Duration, why func() string) {
	t.Helper()
	deadline := time.Now().Add(within)
	for {
		missing := why()
		if missing == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("after %v: %s", within, missing)
		}
		time.Sleep(10 * time.Millisecond) // between two looks at the condition
	}
}

// footprint is what the process holds while no client is there.
type footprint struct {
	heap       uint64
	goroutines int
}

// rest waits until nothing of any client is left, and measures.
func (st *station) rest(goroutines int) footprint {
	st.t.Helper()
	eventually(st.t, settling, func() string {
		s := st.Stats()
		if s.Connections != 0 || s.WebSockets != 0 || s.Sockets != 0 || s.Rooms != 0 || s.QueuedBytes != 0 || s.ShardBacklog != 0 {
			return fmt.Sprintf("left: %d connections, %d WebSockets, %d sockets, %d rooms, %d queued bytes, %d tasks",
				s.Connections, s.WebSockets, s.Sockets, s.Rooms, s.QueuedBytes, s.ShardBacklog)
		}
		return ""
	})
	eventually(st.t, settling, func() string {
		runtime.GC()
		if n := st.living(); n != 0 {
			return fmt.Sprintf("memory of %d sessions of %d is not given back", n, st.opened.Load())
		}
		return ""
	})
	if goroutines > 0 {
		eventually(st.t, settling, func() string {
			if n := runtime.NumGoroutine(); n > goroutines {
				return fmt.Sprintf("%d goroutines, %d before\n%s", n, goroutines, stacks())
			}
			return ""
		})
	}
	for range 3 { // what pools keep goes with the second collection
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return footprint{m.HeapAlloc, runtime.NumGoroutine()}
}

func stacks() []byte {
	b := make([]byte, 1<<16)
	return b[:runtime.Stack(b, true)]
}

// heapTolerance is how much more memory in use there may be after a round than
// before it: what maps, pools and free lists keep that grew with the load.
const heapTolerance = 4 << 20

func (st *station) compare(before, after footprint) {
	st.t.Helper()
	st.t.Logf("heap in use %d KiB before, %d KiB after; goroutines %d before, %d after; sessions %d",
		before.heap>>10, after.heap>>10, before.goroutines, after.goroutines, st.opened.Load())
	if after.heap > before.heap+heapTolerance {
		st.t.Errorf("heap in use grew by %d KiB, allowed are %d", (after.heap-before.heap)>>10, heapTolerance>>10)
	}
}
