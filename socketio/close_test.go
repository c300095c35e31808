package socketio_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"tradewind/socketio"
	"tradewind/socketio/adapter"
	"tradewind/socketio/client"
)

func TestEmitsAfterCloseReturnAnError(t *testing.T) {
	t.Run("alone", func(t *testing.T) { emitsAfterCloseReturnAnError(t, socketio.Options{}) })
	t.Run("on a bus", func(t *testing.T) {
		emitsAfterCloseReturnAnError(t, socketio.Options{Adapter: adapter.NewBus(adapter.BusOptions{}).Join})
	})
}

func emitsAfterCloseReturnAnError(t *testing.T, o socketio.Options) {
	st, _, s := connected(t, o)
	must(t, st.Close())
	ctx := soon(t)
	for name, err := range map[string]error{
		"everybody": st.Emit(ctx, "x"), "room": st.To("r").Emit(ctx, "x"), "socket": s.Emit(ctx, "x"),
		"unused namespace": st.Of("/unused").Emit(ctx, "x"), "join": s.Join(ctx, "r"), "keyed": s.KeepLatest("k").Emit(ctx, "x"),
		"servers": st.ServerSideEmit(ctx, "x"), "rooms": st.SocketsLeave(ctx, "r"),
	} {
		if !errors.Is(err, socketio.ErrClosed) {
			t.Errorf("%s: %v, want ErrClosed", name, err)
		}
	}
	if _, err := st.dial(client.Options{}); err == nil {
		t.Error("a closed server lets a client in")
	}
	must(t, st.Close())
	must(t, st.Shutdown(ctx))
}

func TestServerThatWasNeverUsedCloses(t *testing.T) {
	io := socketio.NewServer(socketio.Options{})
	io.Of("/a")
	must(t, io.Close())
	if err := io.Emit(t.Context(), "x"); !errors.Is(err, socketio.ErrClosed) {
		t.Errorf("emit: %v", err)
	}
}

// Emitting starts a server that nobody has connected to yet.
func TestEmitToNobodyWorks(t *testing.T) {
	io := socketio.NewServer(socketio.Options{})
	must(t, io.To("r").Emit(t.Context(), "x"))
	must(t, io.Close())
}

func TestCloseWaitsForHandlers(t *testing.T) {
	entered := make(chan bool, 1)
	var over atomic.Bool
	st := serve(t, socketio.Options{}, func(io *socketio.Server) {
		socketio.On(io.Namespace, "work", func(ctx context.Context, s *socketio.Socket, _ socketio.None) error {
			entered <- true
			<-ctx.Done()
			_ = s.Emit(context.Background(), "too late")
			_ = io.Emit(context.Background(), "too late")
			over.Store(true)
			return ctx.Err()
		})
	})
	c := st.client(client.Options{})
	emit(t, c, "work")
	next(t, entered, "handler")
	must(t, st.Close())
	if !over.Load() {
		t.Error("Close returned before the handler")
	}
}

func TestShutdownDrainsAtASteadyPace(t *testing.T) {
	const clients = 20
	st := serve(t, socketio.Options{DrainPerSecond: 100, RetryAfter: 7 * time.Second}, nil)
	var ends []<-chan struct{}
	var all []*client.Client
	for range clients {
		c := st.client(client.Options{})
		ends, all = append(ends, c.Done()), append(all, c)
	}
	began := time.Now()
	down := make(chan error, 1)
	go func() { down <- st.Shutdown(soon(t)) }() // ends when all are drained
	over(t, ends[0], "first client")
	must(t, next(t, down, "shutdown"))
	if took := time.Since(began); took < 50*time.Millisecond {
		t.Errorf("%d clients were drained in %v at 100 a second", clients, took)
	}
	for i, c := range all {
		over(t, ends[i], "client")
		var why *client.DisconnectError
		if !errors.As(c.Err(), &why) || why.Reason != client.TransportClose || why.Code != 4010 || why.Text != "drain" {
			t.Errorf("client ended with %v", c.Err())
		}
	}
	_, err := st.dial(client.Options{})
	var refused *client.HandshakeError
	if !errors.As(err, &refused) || refused.Status != http.StatusServiceUnavailable || refused.RetryAfter != 7*time.Second {
		t.Errorf("a drained server answers with %v", err)
	}
}

func TestShutdownBoundedByItsContextStillCloses(t *testing.T) {
	ended := make(chan socketio.Reason, 50)
	st := serve(t, socketio.Options{DrainPerSecond: 1, Shards: 1}, func(io *socketio.Server) {
		io.OnDisconnect(func(_ *socketio.Socket, r socketio.Reason) { ended <- r })
	})
	for range 5 {
		st.client(client.Options{})
	}
	impatient := errors.New("impatient")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(impatient)
	if err := st.Shutdown(ctx); !errors.Is(err, impatient) {
		t.Errorf("shutdown: %v", err)
	}
	if len(ended) != 5 {
		t.Errorf("%d sockets ended of 5", len(ended))
	}
}

func TestFullServerRefusesWithRetryAfter(t *testing.T) {
	st := serve(t, socketio.Options{MaxConnections: 1, RetryAfter: 1500 * time.Millisecond}, nil)
	c := st.client(client.Options{})
	_, err := st.dial(client.Options{})
	var refused *client.HandshakeError
	if !errors.As(err, &refused) || refused.Status != 503 || refused.RetryAfter != 2*time.Second {
		t.Errorf("refused with %v", err)
	}
	c.Close()
	eventually(t, "there is room again", func() bool { _, err := st.dial(client.Options{}); return err == nil })
}

// Clients that connect, emit and leave while the server closes: it neither hangs nor leaves a goroutine behind.
func TestCloseDuringAStormLeavesNothing(t *testing.T) {
	onBothStreams(t, func(t *testing.T, serve func(socketio.Options, func(*socketio.Server)) *station) {
		for range 5 {
			var connects, disconnects atomic.Int32
			st := serve(socketio.Options{HandlerQueue: 2}, func(io *socketio.Server) {
				io.Use(func(ctx context.Context, s *socketio.Socket) error { return s.Join(ctx, "r") })
				io.OnConnect(func(ctx context.Context, s *socketio.Socket) { connects.Add(1); _ = s.Emit(ctx, "hello") })
				io.OnDisconnect(func(*socketio.Socket, socketio.Reason) { disconnects.Add(1) })
				echo[int](io, "int")
				socketio.On(io.Namespace, "all", func(ctx context.Context, s *socketio.Socket, n int) error {
					return s.To("r").Emit(ctx, "all", n)
				})
			})
			var storm sync.WaitGroup
			stop := make(chan struct{})
			for i := range 12 {
				storm.Go(func() {
					for n := 0; ; n++ {
						select {
						case <-stop:
							return
						default:
						}
						o := client.Options{TLS: st.tls, ConnectTimeout: time.Second, Transports: []client.Transport{[]client.Transport{client.WebSocket, client.Polling}[i%2]}}
						c, err := client.Dial(t.Context(), st.http.URL, o)
						if err != nil {
							continue
						}
						for k := range 5 {
							_ = c.Emit(t.Context(), "all", k)
						}
						if n%2 == 0 {
							c.Abort()
						}
						c.Close()
					}
				})
			}
			eventually(t, "the storm is on", func() bool { return connects.Load() > 30 })
			must(t, st.Close())
			close(stop)
			storm.Wait()
			// Whoever passed the middlewares while it closed gets OnDisconnect without OnConnect.
			if c, d := connects.Load(), disconnects.Load(); d < c {
				t.Errorf("%d connects, %d disconnects", c, d)
			}
			if st := st.Stats(); st.Sockets != 0 || st.Rooms != 0 || st.Connections != 0 {
				t.Errorf("left over: %+v", st)
			}
		}
	})
}

// A handshake that is under way when the server closes: the client is let go, and Close does not wait for it.
func TestCloseDuringAHandshakeEndsTheConnection(t *testing.T) {
	onBothStreams(t, func(t *testing.T, serve func(socketio.Options, func(*socketio.Server)) *station) {
		st := serve(socketio.Options{Shards: 1}, nil)
		st.hijack = func() {
			if err := st.Close(); err != nil {
				t.Error(err)
			}
		}
		d := ws.Dialer{Timeout: patience, TLSConfig: st.tls}
		nc, br, _, err := d.Dial(soon(t), strings.Replace(st.http.URL, "http", "ws", 1)+"/socket.io/?EIO=4&transport=websocket")
		if err != nil {
			return // as good
		}
		defer nc.Close()
		if br == nil {
			br = bufio.NewReader(nc)
		}
		_ = nc.SetDeadline(time.Now().Add(5 * time.Second))
		_, err = io.Copy(io.Discard, br)
		if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
			t.Error("the connection of a closed server stays open")
		}
	})
}

// closing is an adapter that counts its life.
type closing struct {
	adapter.Adapter
	closed *atomic.Int32
	err    error
}

func (c closing) Close() error { c.closed.Add(1); return c.err }

func TestAdaptersAreMadeOnceAndClosedOnce(t *testing.T) {
	var made, closed atomic.Int32
	broken := errors.New("broken pipe")
	io := socketio.NewServer(socketio.Options{Adapter: func(ns string, local adapter.Local) (adapter.Adapter, error) {
		made.Add(1)
		m, err := adapter.Memory(ns, local)
		if ns == "/failing" {
			return nil, broken
		}
		return closing{m, &closed, broken}, err
	}})
	io.Of("/unused")
	for range 3 {
		must(t, io.Emit(t.Context(), "x"))
		must(t, io.Of("/b").Emit(t.Context(), "x"))
		if err := io.Of("/failing").Emit(t.Context(), "x"); !errors.Is(err, broken) {
			t.Errorf("emit without an adapter: %v", err)
		}
	}
	for range 2 {
		if err := io.Close(); !errors.Is(err, broken) {
			t.Errorf("close: %v", err)
		}
	}
	if made.Load() != 3 || closed.Load() != 2 {
		t.Errorf("%d made, %d closed", made.Load(), closed.Load())
	}
}

// A namespace whose adapter cannot start refuses its clients; others go on.
func TestNamespaceWhoseAdapterFailsRefuses(t *testing.T) {
	st := serve(t, socketio.Options{Adapter: func(ns string, local adapter.Local) (adapter.Adapter, error) {
		if ns == "/failing" {
			return nil, errors.New("no network")
		}
		return adapter.Memory(ns, local)
	}}, func(io *socketio.Server) { io.Of("/failing") })
	p := st.peer()
	p.send("40/failing,")
	if got := p.read(); got != `44/failing,{"message":"Internal error"}` {
		t.Errorf("got %s", got)
	}
	p.join("")
}

// An adapter asks HasRoom before it decodes what came for a room: a socket's own room is one as well.
func TestHasRoomKnowsRoomsAndSockets(t *testing.T) {
	st, c, s := connected(t, socketio.Options{Adapter: adapter.Memory, Shards: 2})
	must(t, s.Join(soon(t), "r"))
	call(t, c, "int", 1)
	for room, want := range map[socketio.Room]bool{"r": true, socketio.Room(s.ID()): true, "nobody": false} {
		if socketio.HasRoom(st.Namespace, room) != want {
			t.Errorf("HasRoom(%s) is %v", room, !want)
		}
	}
	c.Close()
	eventually(t, "the rooms are gone", func() bool {
		return !socketio.HasRoom(st.Namespace, "r") && !socketio.HasRoom(st.Namespace, socketio.Room(s.ID()))
	})
}

func TestServerIsAHandlerAmongOthers(t *testing.T) {
	io := socketio.NewServer(socketio.Options{})
	mux := http.NewServeMux()
	mux.Handle("/socket.io/", io)
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") })
	srv := httptest.NewServer(mux)
	defer srv.Close()
	defer io.Close()
	c, err := client.Dial(soon(t), srv.URL, client.Options{})
	must(t, err)
	defer c.Close()
	resp, err := srv.Client().Get(srv.URL + "/healthz")
	must(t, err)
	resp.Body.Close()
	if resp.StatusCode != 200 || !strings.HasPrefix(srv.URL, "http://") {
		t.Errorf("other routes answer %s", resp.Status)
	}
}
