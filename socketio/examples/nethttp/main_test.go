package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tradewind/socketio/client"
	"tradewind/socketio/examples/exampletest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve serves everything until the test ends.
func serve(t *testing.T) *exampletest.Server {
	server := newServer("http://page.example")
	s := exampletest.Serve(t, struct {
		http.Handler
		io.Closer
	}{routes(server), server})
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	return s
}

// request returns the status and the body of an answer.
func request(t *testing.T, method, url, body string, header http.Header) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func TestOtherRoutesReachTheClients(t *testing.T) {
	s := serve(t)
	heard := exampletest.Listen(t, s.Dial(client.Options{}), "news")
	if status, text := request(t, "GET", s.URL+"/clients", "", nil); status != http.StatusOK || text != "1\n" {
		t.Errorf("clients: %d %q", status, text)
	}
	if status, text := request(t, "POST", s.URL+"/news", "lunch", nil); status != http.StatusNoContent {
		t.Errorf("news: %d %q", status, text)
	}
	if got := exampletest.Next(t, heard); got != `["lunch"]` {
		t.Errorf("heard %s", got)
	}
	if status, _ := request(t, "POST", s.URL+"/news", strings.Repeat("x", 1001), nil); status != http.StatusBadRequest {
		t.Errorf("too much news: %d", status)
	}
	if status, _ := request(t, "GET", s.URL+"/nothing", "", nil); status != http.StatusNotFound {
		t.Errorf("another route: %d", status)
	}
}

func TestPagesOfKnownOriginsOnlyConnect(t *testing.T) {
	s := serve(t)
	// The statuses are those of Node.
	for transport, status := range map[client.Transport]int{client.Polling: http.StatusForbidden, client.WebSocket: http.StatusBadRequest} {
		o := client.Options{Transports: []client.Transport{transport}, Header: http.Header{"Origin": {"http://page.example"}}}
		s.Dial(o)
		o.Header = http.Header{"Origin": {"http://evil.example"}}
		var refused *client.HandshakeError
		if err := s.Client(o).Connect(t.Context()); !errors.As(err, &refused) || refused.Status != status {
			t.Errorf("%s of another origin: %v", transport, err)
		}
	}
}

func TestProgramDrainsWhenItIsStopped(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, l, newServer()) }() // ends with ctx
	c, err := client.Dial(t.Context(), "http://"+l.Addr().String(), client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	stop()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the program goes on")
	}
	select {
	case <-c.Done():
	case <-time.After(10 * time.Second):
		t.Fatal("the client is still connected")
	}
	var end *client.DisconnectError
	if !errors.As(c.Err(), &end) || end.Code != 4010 || end.Text != "drain" {
		t.Errorf("the client ended with %v", c.Err())
	}
	if err := run(t.Context(), l, newServer()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("served on a closed listener: %v", err)
	}
}
