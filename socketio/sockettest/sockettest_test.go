package sockettest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tradewind/socketio"
	"tradewind/socketio/client"
	"tradewind/socketio/sockettest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func greeter() *socketio.Server {
	io := socketio.NewServer(socketio.Options{})
	socketio.OnAck(io.Namespace, "greet", func(_ context.Context, _ *socketio.Socket, name string) (string, error) {
		return "hello " + name, nil
	})
	return io
}

func TestNewGivesAConnectedClient(t *testing.T) {
	ack, err := sockettest.New(t, greeter()).Call(t.Context(), "greet", "Ada")
	if err != nil || string(ack.Raw(0)) != `"hello Ada"` {
		t.Errorf("got %s %v", ack.Raw(0), err)
	}
}

func TestClientsOnEachTransportMeet(t *testing.T) {
	io := greeter()
	s := sockettest.Serve(t, io)
	large := strings.Repeat("news ", 50_000) // more than any buffer between them
	var got []chan string
	for _, transports := range [][]client.Transport{{client.WebSocket}, {client.Polling}, {client.Polling, client.WebSocket}} {
		heard := make(chan string, 1)
		c := s.Client(client.Options{Transports: transports})
		c.On("news", func(a client.Args) {
			var text string
			_ = a.Decode(0, &text) // an empty one is noticed below
			heard <- text
		})
		if err := c.Connect(t.Context()); err != nil {
			t.Fatal(err)
		}
		got = append(got, heard)
	}
	if err := io.Emit(t.Context(), "news", large); err != nil {
		t.Fatal(err)
	}
	for i, heard := range got {
		select {
		case text := <-heard:
			if text != large {
				t.Errorf("client %d heard %d bytes", i, len(text))
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("client %d heard nothing", i)
		}
	}
}

func TestServeTakesOtherRoutesAndRefusals(t *testing.T) {
	io := greeter()
	t.Cleanup(func() { io.Close() }) // a mux cannot be closed
	io.Use(func(_ context.Context, s *socketio.Socket) error {
		return &socketio.ConnectError{Message: "come back from " + s.Handshake().Host}
	})
	mux := http.NewServeMux()
	mux.Handle("/socket.io/", io)
	var refused *client.ConnectError
	if err := sockettest.Serve(t, mux).Client(client.Options{}).Connect(t.Context()); !errors.As(err, &refused) || refused.Message != "come back from sockettest" {
		t.Errorf("refused with %v", err)
	}
}

// stage is a testing.TB whose test can end before ours does.
type stage struct {
	testing.TB
	cleanups []func()
	failed   string
}

func (s *stage) Cleanup(f func())             { s.cleanups = append(s.cleanups, f) }
func (s *stage) Errorf(f string, args ...any) { s.failed = fmt.Sprintf(f, args...) }
func (s *stage) Fatalf(f string, args ...any) { s.failed = fmt.Sprintf(f, args...); panic(s) }

func (s *stage) end() {
	for i := len(s.cleanups) - 1; i >= 0; i-- {
		s.cleanups[i]()
	}
}

// failing is a server that complains at its end.
type failing struct{ *socketio.Server }

func (f failing) Close() error { return errors.Join(f.Server.Close(), errors.New("broken")) }

func TestEverythingEndsWithTheTest(t *testing.T) {
	st := &stage{TB: t}
	s := sockettest.Serve(st, failing{greeter()})
	c := s.Dial(client.Options{})
	st.end()
	if c.Err() == nil || !strings.Contains(st.failed, "broken") {
		t.Errorf("client is over: %v; failed with %q", c.Err(), st.failed)
	}
	st.failed = ""
	defer func() {
		if recover() != st || st.failed == "" {
			t.Errorf("dial after the end: %q", st.failed)
		}
	}()
	s.Dial(client.Options{})
}
