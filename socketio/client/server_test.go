package client_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"testing"
	"time"

	"tradewind/socketio"
	"tradewind/socketio/client"
)

// realServer is a server of this module, ended after the test.
func realServer(t *testing.T, o socketio.Options, prepare func(*socketio.Server)) (*socketio.Server, string) {
	t.Helper()
	s := socketio.NewServer(o)
	prepare(s)
	srv := httptest.NewServer(s)
	t.Cleanup(func() {
		srv.CloseClientConnections()
		if err := s.Close(); err != nil {
			t.Errorf("close server: %v", err)
		}
		srv.Close()
	})
	return s, srv.URL
}

func TestWithTheServerOfThisModule(t *testing.T) {
	onEachTransport(t, func(t *testing.T, o client.Options) {
		s, address := realServer(t, socketio.Options{PingInterval: 100 * time.Millisecond, PingTimeout: 5 * time.Second}, func(s *socketio.Server) {
			s.Use(func(_ context.Context, sock *socketio.Socket) error {
				var auth struct{ Name string }
				if err := sock.DecodeAuth(&auth); err != nil || auth.Name == "" {
					return &socketio.ConnectError{Message: "Who are you?", Data: map[string]bool{"retryable": false}}
				}
				return nil
			})
			socketio.OnAck(s.Namespace, "double", func(_ context.Context, _ *socketio.Socket, n int) (int, error) { return 2 * n, nil })
			socketio.OnEvent(s.Namespace, "echo", func(ctx context.Context, _ *socketio.Socket, ev *socketio.Event) error {
				return ev.Ack(ctx, ev.Args.Forward()...)
			})
			socketio.On(s.Namespace, "leave", func(ctx context.Context, sock *socketio.Socket, _ socketio.None) error {
				return sock.Disconnect(ctx)
			})
			socketio.On(s.Namespace, "drop", func(_ context.Context, sock *socketio.Socket, _ socketio.None) error {
				return sock.CloseTransport(socketio.SlowConsumer)
			})
		})

		_, err := client.Dial(t.Context(), address, o)
		var refused *client.ConnectError
		if !errors.As(err, &refused) || refused.Message != "Who are you?" || string(refused.Data) != `{"retryable":false}` {
			t.Fatalf("err = %v", err)
		}

		o.Auth = map[string]string{"name": "ann"}
		o.Reconnect = &client.Backoff{Delay: time.Millisecond}
		connects, ends := make(chan struct{}, 10), make(chan *client.DisconnectError, 10)
		got := make(chan int, 1000)
		c := connect(t, address, o, func(c *client.Client) {
			c.OnConnect(func() { connects <- struct{}{} })
			c.OnDisconnect(func(e *client.DisconnectError) { ends <- e })
			c.On("tick", func(a client.Args) {
				var n int
				_ = a.Decode(0, &n)
				got <- n
			})
			c.Answer("question", func(a client.Args) []any { return []any{a.Raw(0), "yes"} })
		})
		within(t, connects, "connect")

		if a, err := c.Call(t.Context(), "double", 21); err != nil || a.String() != "[42]" {
			t.Errorf("ack %v, %v", a, err)
		}
		if a, err := c.Call(t.Context(), "echo", []byte("blob"), "text"); err != nil || a.String() != `["YmxvYg==","text"]` {
			t.Errorf("ack %v, %v", a, err)
		}
		for n := range 300 {
			if err := s.Emit(t.Context(), "tick", n); err != nil {
				t.Fatal(err)
			}
		}
		for n := range 300 {
			if g := within(t, got, "tick"); g != n {
				t.Fatalf("got %d, want %d", g, n)
			}
		}

		// The server drops the connection: the client comes back as another socket.
		before := c.ID()
		_ = c.Emit(t.Context(), "drop") // by polling the connection may end before its POST is answered
		end := within(t, ends, "end")
		if end.Reason != client.TransportClose || o.Transports[len(o.Transports)-1] == client.WebSocket && end.Code != 4008 {
			t.Errorf("ended with %v", end)
		}
		within(t, connects, "second connect")
		if c.ID() == before || c.ID() == "" {
			t.Errorf("id %q after %q", c.ID(), before)
		}

		// It lives through several heartbeats, and stays away when it is told to leave.
		deadline := time.Now().Add(patience)
		for s.Stats().MessagesIn < 10 && time.Now().Before(deadline) {
			if _, err := c.Call(t.Context(), "double", 1); err != nil {
				t.Fatal(err)
			}
		}
		_ = c.Emit(t.Context(), "leave") // by polling the connection may end before its POST is answered
		if end := within(t, ends, "end"); end.Reason != client.ServerDisconnect {
			t.Errorf("ended with %v", end)
		}
		within(t, c.Done(), "end of the client")
	})
}

func TestDrainIsALostConnection(t *testing.T) {
	onEachTransport(t, func(t *testing.T, o client.Options) {
		s, address := realServer(t, socketio.Options{}, func(*socketio.Server) {})
		c := dial(t, address, o)
		if err := s.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		within(t, c.Done(), "end of the client")
		var end *client.DisconnectError
		if !errors.As(c.Err(), &end) || !(end.Reason == client.TransportClose || end.Reason == client.TransportError) {
			t.Errorf("err = %v", c.Err())
		}
		_, err := client.Dial(t.Context(), address, o)
		var refused *client.HandshakeError
		if !errors.As(err, &refused) || refused.Status != 503 || refused.RetryAfter <= 0 {
			t.Errorf("err = %v, want 503 with Retry-After", err)
		}
	})
}
