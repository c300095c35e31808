package exampletest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"tradewind/socketio"
	"tradewind/socketio/client"
)

// patience is how long a test waits for what must come.
const patience = 10 * time.Second

// Server is an example that is being served.
type Server struct {
	// URL is its address, without a path.
	URL string
	t   testing.TB
}

// Serve serves h until the test ends. If h has a Close method it is called then,
// after the clients have been closed.
func Serve(t testing.TB, h http.Handler) *Server {
	srv := httptest.NewServer(h)
	t.Cleanup(func() {
		if c, ok := h.(io.Closer); ok {
			if err := c.Close(); err != nil {
				t.Errorf("close server: %v", err)
			}
		}
		srv.Close()
	})
	return &Server{URL: srv.URL, t: t}
}

// Client makes a client that is not connected yet.
func (s *Server) Client(o client.Options) *client.Client {
	s.t.Helper()
	c, err := client.New(s.URL, o)
	if err != nil {
		s.t.Fatalf("make client: %v", err)
	}
	s.t.Cleanup(func() { _ = c.Close() }) // tests look at Err where an end matters
	return c
}

// Dial makes a client and connects it. The test fails if it cannot.
func (s *Server) Dial(o client.Options) *client.Client {
	s.t.Helper()
	c := s.Client(o)
	if err := c.Connect(s.t.Context()); err != nil {
		s.t.Fatalf("connect: %v", err)
	}
	return c
}

// Listen collects the arguments of an event as JSON arrays, up to 100 that nobody
// has taken yet.
func Listen(t testing.TB, c *client.Client, event string) <-chan string {
	heard := make(chan string, 100)
	c.On(event, func(a client.Args) {
		select {
		case heard <- a.String():
		default:
			t.Errorf("%s: too many events that nobody takes", event)
		}
	})
	return heard
}

// Next is what comes next. The test fails if nothing comes.
func Next(t testing.TB, heard <-chan string) string {
	t.Helper()
	select {
	case text := <-heard:
		return text
	case <-time.After(patience):
		t.Fatal("nothing came")
		return ""
	}
}

// Call sends an event and returns the arguments of its acknowledgement as a JSON
// array. What the server has sent to c before the acknowledgement has been handled
// by then.
func Call(t testing.TB, c *client.Client, event string, args ...any) string {
	t.Helper()
	ack, err := c.Call(t.Context(), event, args...)
	if err != nil {
		t.Fatalf("%s: %v", event, err)
	}
	return ack.String()
}

// Stall makes c stop reading, and sends it more than the network takes: what io sends
// to it next waits at the server. It reads on after resume, or at the end of the test.
func Stall(t testing.TB, io *socketio.Server, c *client.Client) (resume func()) {
	t.Helper()
	busy, read := make(chan string), make(chan struct{})
	resume = sync.OnceFunc(func() { close(read) })
	t.Cleanup(resume)
	c.On("stall", func(client.Args) { busy <- "busy"; <-read })
	own := io.To(socketio.Room(c.ID()))
	if err := own.Emit(t.Context(), "stall"); err != nil {
		t.Fatal(err)
	}
	Next(t, busy)
	for range 10 {
		if err := own.Emit(t.Context(), "filler", strings.Repeat("x", 50_000)); err != nil {
			t.Fatal(err)
		}
	}
	untilBehind(t, io, own)
	return resume
}

// untilBehind returns when the network does not take any more: volatile events are dropped then.
func untilBehind(t testing.TB, io *socketio.Server, own socketio.Emitter) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for before := io.Stats().VolatileDropped; io.Stats().VolatileDropped == before; {
		if err := own.Volatile().Emit(t.Context(), "filler"); err != nil {
			t.Fatal(err)
		}
		select {
		case <-tick.C:
		case <-late:
			t.Fatal("the network takes everything")
		}
	}
}
