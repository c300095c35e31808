package sockettest

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"tradewind/socketio/client"
)

// connectTimeout bounds Dial and New; it is for servers that do not answer.
const connectTimeout = 10 * time.Second

// Server is a server that is reachable in memory. Its methods may be called concurrently.
type Server struct {
	t        testing.TB
	listener *listener
}

// New serves h, usually a *socketio.Server, and returns a connected client. The
// test fails if it cannot connect.
func New(t testing.TB, h http.Handler) *client.Client {
	t.Helper()
	return Serve(t, h).Dial(client.Options{})
}

// Serve serves h in memory until the test ends: a *socketio.Server, or a handler
// with other routes beside it. If h has a Close method it is called then, so a
// server needs no clean-up of its own; clients made by the Server are closed before it.
func Serve(t testing.TB, h http.Handler) *Server {
	s := &Server{t: t, listener: &listener{conns: make(chan net.Conn), closed: make(chan struct{})}}
	srv := &http.Server{Handler: h, ReadHeaderTimeout: connectTimeout}
	var serving sync.WaitGroup
	serving.Go(func() { _ = srv.Serve(s.listener) }) // ends when srv is closed, below
	t.Cleanup(func() {
		if c, ok := h.(io.Closer); ok {
			if err := c.Close(); err != nil {
				t.Errorf("close server: %v", err)
			}
		}
		_ = srv.Close() // connections in memory have no errors to tell
		serving.Wait()
	})
	return s
}

// Client makes a client that is not connected yet: register its handlers, then
// call Connect. o.DialContext is set.
func (s *Server) Client(o client.Options) *client.Client {
	s.t.Helper()
	o.DialContext = s.listener.dial
	c, err := client.New("http://sockettest", o)
	if err != nil {
		s.t.Fatalf("make client: %v", err)
	}
	s.t.Cleanup(func() { _ = c.Close() })
	return c
}

// Dial makes a client and connects it. The test fails if it cannot.
func (s *Server) Dial(o client.Options) *client.Client {
	s.t.Helper()
	c := s.Client(o)
	ctx, cancel := context.WithTimeout(s.t.Context(), connectTimeout)
	defer cancel()
	if err := c.Connect(ctx); err != nil {
		s.t.Fatalf("connect: %v", err)
	}
	return c
}

// listener accepts connections that were made by dial.
type listener struct {
	conns  chan net.Conn
	once   sync.Once
	closed chan struct{}
}

var errClosed = errors.New("the server in memory is closed")

func (l *listener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case l.conns <- theirs:
		return ours, nil
	case <-l.closed:
		return nil, errClosed
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (l *listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr implements net.Listener.
func (l *listener) Addr() net.Addr { return memory{} }

// memory is the address of everything here.
type memory struct{}

func (memory) Network() string { return "memory" }
func (memory) String() string  { return "sockettest" }
