package exampletest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

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
