package socketio_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"tradewind/socketio"
	"tradewind/socketio/client"
)

// Each way to end a connection has its reason and close code, and OnDisconnect is
// called once, when everything else is over.
func TestOnDisconnectIsCalledOnceWithTheReason(t *testing.T) {
	disconnect := func(st *station, p *peer, s *socketio.Socket) {
		must(st.t, s.Disconnect(soon(st.t)))
		if got := p.read(); got != "41" {
			st.t.Errorf("got %s, want DISCONNECT", got)
		}
		p.send("41", `42["late"]`) // what was on its way is no error
	}
	closeWith := func(r socketio.Reason) func(*station, *peer, *socketio.Socket) {
		return func(st *station, p *peer, s *socketio.Socket) { must(st.t, s.CloseTransport(r)) }
	}
	const noFrame = 0
	for name, test := range map[string]struct {
		end    func(*station, *peer, *socketio.Socket)
		reason socketio.Reason
		code   ws.StatusCode
	}{
		"client leaves":        {func(_ *station, p *peer, _ *socketio.Socket) { p.send("41") }, socketio.ClientDisconnect, noFrame},
		"server disconnects":   {disconnect, socketio.ServerDisconnect, noFrame},
		"client closes":        {func(_ *station, p *peer, _ *socketio.Socket) { p.Close() }, socketio.TransportClose, noFrame},
		"close packet":         {func(_ *station, p *peer, _ *socketio.Socket) { p.send("1") }, socketio.TransportClose, ws.StatusNormalClosure},
		"ping of the client":   {func(_ *station, p *peer, _ *socketio.Socket) { p.send("2") }, socketio.TransportError, ws.StatusProtocolError},
		"no pong":              {func(*station, *peer, *socketio.Socket) {}, socketio.PingTimeout, ws.StatusNormalClosure},
		"not the protocol":     {func(_ *station, p *peer, _ *socketio.Socket) { p.send("4x") }, socketio.ParseError, ws.StatusInvalidFramePayloadData},
		"message too large":    {func(_ *station, p *peer, _ *socketio.Socket) { p.send(strings.Repeat("x", 30_000)) }, socketio.PayloadTooLarge, ws.StatusMessageTooBig},
		"flood":                {func(_ *station, p *peer, _ *socketio.Socket) { p.send(slices.Repeat([]string{`42["x"]`}, 100)...) }, socketio.Flooding, 4009},
		"closed by the server": {closeWith(socketio.ForcedClose), socketio.ForcedClose, ws.StatusNormalClosure},
		"slow consumer":        {closeWith(socketio.SlowConsumer), socketio.SlowConsumer, 4008},
		"flooding":             {closeWith(socketio.Flooding), socketio.Flooding, 4009},
		"drain":                {closeWith(socketio.Drain), socketio.Drain, 4010},
		"overload":             {closeWith(socketio.Overload), socketio.Overload, 4011},
		"shutdown":             {func(st *station, _ *peer, _ *socketio.Socket) { must(st.t, st.Shutdown(soon(st.t))) }, socketio.Drain, 4010},
		"close":                {func(st *station, _ *peer, _ *socketio.Socket) { must(st.t, st.Close()) }, socketio.ServerShutdown, noFrame},
	} {
		t.Run(name, func(t *testing.T) {
			onBothStreams(t, func(t *testing.T, serve func(socketio.Options, func(*socketio.Server)) *station) {
				sockets, ended := make(chan *socketio.Socket, 1), make(chan socketio.Reason, 10)
				o := socketio.Options{PingInterval: time.Minute, MaxPayload: 20_000, Flood: socketio.Flood{PacketsPerSecond: 20, Burst: 3}}
				if test.reason == socketio.PingTimeout {
					o.PingInterval, o.PingTimeout = 500*time.Millisecond, 50*time.Millisecond // it must have joined before the first ping
				}
				st := serve(o, func(io *socketio.Server) {
					io.OnConnect(func(_ context.Context, s *socketio.Socket) { sockets <- s })
					io.OnDisconnect(func(s *socketio.Socket, r socketio.Reason) {
						if s.Connected() || s.Context().Err() == nil {
							t.Error("connected in OnDisconnect")
						}
						ended <- r
					})
				})
				p := st.peer()
				p.join("")
				s := next(t, sockets, "socket")
				test.end(st, p, s)
				expect(t, ended, test.reason)
				if test.code != noFrame {
					if code := p.end(); code != test.code {
						t.Errorf("close code is %d, want %d", code, test.code)
					}
				}
				var why *socketio.EndedError
				if err := context.Cause(s.Context()); !errors.As(err, &why) || why.Reason != test.reason {
					t.Errorf("the context's cause is %v", err)
				}
				if !slices.Contains(socketio.Reasons(), test.reason) {
					t.Error("the reason is not on the list")
				}
				must(t, st.Close())
				if len(ended) > 0 {
					t.Errorf("ended again: %s", <-ended)
				}
				if st := st.Stats(); st.Sockets != 0 || st.Connections != 0 || st.Rooms != 0 {
					t.Errorf("left over: %+v", st)
				}
			})
		})
	}
}

// A client that does not read ends as a slow consumer when its outbox is full, and nobody waits for it.
func TestSlowConsumerEndsWhenItsOutboxIsFull(t *testing.T) {
	onBothStreams(t, func(t *testing.T, serve func(socketio.Options, func(*socketio.Server)) *station) {
		ended := make(chan socketio.Reason, 1)
		st := serve(socketio.Options{MaxOutboxBytes: 100_000}, func(io *socketio.Server) {
			io.OnDisconnect(func(_ *socketio.Socket, r socketio.Reason) { ended <- r })
		})
		p := st.peer()
		p.join("")
		filler := strings.Repeat("x", 20_000)
		for len(ended) == 0 {
			must(t, st.Emit(soon(t), "fill", filler))
			if st.Stats().MessagesOut > 5000 {
				t.Fatal("the outbox never fills")
			}
		}
		expect(t, ended, socketio.SlowConsumer)
		eventually(t, "its memory is given back", func() bool { return st.Stats().QueuedBytes == 0 })
	})
}

// The last handler of a socket is over before OnDisconnect; its context tells it to hurry.
func TestOnDisconnectRunsAfterTheLastHandler(t *testing.T) {
	steps := make(chan string, 10)
	st := serve(t, socketio.Options{}, func(io *socketio.Server) {
		socketio.On(io.Namespace, "work", func(ctx context.Context, s *socketio.Socket, i int) error {
			steps <- fmt.Sprint("begin ", i)
			<-ctx.Done()
			steps <- fmt.Sprint("end ", i)
			return nil
		})
		io.OnDisconnect(func(s *socketio.Socket, r socketio.Reason) {
			in, _ := s.Rooms(context.Background())
			steps <- fmt.Sprint("first ", r, len(in))
		})
		io.OnDisconnect(func(*socketio.Socket, socketio.Reason) { steps <- "second"; panic("is survived") })
		io.OnDisconnect(func(*socketio.Socket, socketio.Reason) { steps <- "third" })
	})
	p := st.peer()
	p.join("")
	p.send(`42["work",1]`, `42["work",2]`)
	expect(t, steps, "begin 1")
	p.send("41")
	expect(t, steps, "end 1", "begin 2", "end 2", "first client namespace disconnect0", "second", "third")
}

func TestDisconnectTellsAStockClientToStayAway(t *testing.T) {
	for name, end := range map[string]func(context.Context, *socketio.Socket) error{
		"disconnect": func(ctx context.Context, s *socketio.Socket) error { return s.Disconnect(ctx) },
		"transport":  func(_ context.Context, s *socketio.Socket) error { return s.CloseTransport(socketio.Drain) },
	} {
		for _, transport := range []client.Transport{client.WebSocket, client.Polling} {
			t.Run(name+" "+string(transport), func(t *testing.T) {
				connects := make(chan socketio.SocketID, 10)
				st := serve(t, socketio.Options{}, func(io *socketio.Server) {
					io.OnConnect(func(_ context.Context, s *socketio.Socket) { connects <- s.ID() })
					socketio.On(io.Namespace, "end me", func(ctx context.Context, s *socketio.Socket, _ socketio.None) error {
						_ = s.Emit(ctx, "bye")
						return end(ctx, s)
					})
				})
				var bye <-chan string
				c := st.client(client.Options{Transports: []client.Transport{transport}, Reconnect: &client.Backoff{Delay: time.Millisecond}},
					func(c *client.Client) { bye = hear(c, "bye") })
				first := next(t, connects, "connect")
				_ = c.Emit(soon(t), "end me") // may fail by what it causes
				expect(t, bye, "[]")          // what was emitted before still arrives
				if name == "transport" {
					if second := next(t, connects, "reconnect"); second == first {
						t.Error("the new socket has the old one's id")
					}
					return
				}
				over(t, c.Done(), "client")
				var why *client.DisconnectError
				if !errors.As(c.Err(), &why) || why.Reason != client.ServerDisconnect {
					t.Errorf("the client ended with %v", c.Err())
				}
			})
		}
	}
}

// After its end a socket's methods do nothing or say so; none blocks or panics.
func TestEndedSocketTakesNothing(t *testing.T) {
	sockets, ended := make(chan *socketio.Socket, 1), make(chan socketio.Reason, 1)
	st := serve(t, socketio.Options{}, func(io *socketio.Server) {
		io.OnConnect(func(_ context.Context, s *socketio.Socket) { sockets <- s })
		io.OnDisconnect(func(_ *socketio.Socket, r socketio.Reason) { ended <- r })
	})
	c := st.client(client.Options{})
	s := next(t, sockets, "socket")
	c.Close()
	expect(t, ended, socketio.ClientDisconnect)
	ctx := soon(t)
	for range 2 {
		_ = s.Emit(ctx, "x")
		_ = s.Join(ctx, "room")
		_ = s.Leave(ctx, "room")
		_ = s.Disconnect(ctx)
		_ = s.CloseTransport(socketio.Overload)
		var why *socketio.EndedError
		if _, err := s.Call(ctx, "x"); !errors.As(err, &why) || why.Reason != socketio.ClientDisconnect {
			t.Errorf("call: %v", err)
		}
		if err := s.Ping(ctx); !errors.As(err, &why) {
			t.Errorf("ping: %v", err)
		}
		if err := s.Flushed(ctx); !errors.As(err, &why) {
			t.Errorf("flushed: %v", err)
		}
		if in, err := s.Rooms(ctx); len(in) > 0 {
			t.Errorf("rooms: %v %v", in, err)
		}
		must(t, st.Close())
	}
	if n := st.Stats().Rooms; n != 0 {
		t.Errorf("%d rooms", n)
	}
}

func TestPingAndFlushedWaitForTheClient(t *testing.T) {
	onBothStreams(t, func(t *testing.T, serve func(socketio.Options, func(*socketio.Server)) *station) {
		sockets := make(chan *socketio.Socket, 2)
		st := serve(socketio.Options{MaxOutboxBytes: 64 << 20}, func(io *socketio.Server) {
			echo[int](io, "int")
			io.OnConnect(func(_ context.Context, s *socketio.Socket) { sockets <- s })
		})
		st.client(client.Options{})
		good := next(t, sockets, "socket")
		must(t, good.Ping(soon(t)))
		must(t, good.Emit(soon(t), "x", strings.Repeat("x", 100_000)))
		must(t, good.Flushed(soon(t)))

		p := st.peer()
		p.join("")
		s := next(t, sockets, "socket")
		short, cancel := context.WithCancelCause(t.Context())
		impatient := errors.New("impatient")
		pinged := make(chan error, 2)
		go func() { pinged <- s.Ping(short) }() // ends with short
		if got := p.read(); got != "2" {
			t.Fatalf("got %s, want a ping", got)
		}
		cancel(impatient)
		if err := next(t, pinged, "ping"); !errors.Is(err, impatient) {
			t.Errorf("ping: %v", err)
		}
		p.send("3", `420["int",1]`)
		if got := p.read(); got != `430["1"]` { // by now the pong was taken
			t.Fatalf("got %s", got)
		}
		go func() { pinged <- s.Ping(soon(t)) }() // ends with the pong
		if got := p.read(); got != "2" {
			t.Fatalf("got %s, want a ping", got)
		}
		p.send("3")
		must(t, next(t, pinged, "ping"))

		// What nobody reads is not flushed.
		fill(t, st, s)
		short, cancel = context.WithCancelCause(t.Context())
		flushed := make(chan error, 2)
		go func() { flushed <- s.Flushed(short) }() // ends with short
		go func() { flushed <- s.Flushed(soon(t)) }()
		cancel(impatient)
		if err := next(t, flushed, "flushed"); !errors.Is(err, impatient) {
			t.Errorf("flushed: %v", err)
		}
		must(t, s.CloseTransport(socketio.Overload))
		var why *socketio.EndedError
		if err := next(t, flushed, "flushed"); !errors.As(err, &why) || why.Reason != socketio.Overload {
			t.Errorf("flushed: %v", err)
		}
	})
}

// fill emits to a socket whose client does not read until its events wait at the server.
func fill(t *testing.T, st *station, s *socketio.Socket) {
	t.Helper()
	filler := strings.Repeat("x", 100_000)
	eventually(t, "events wait", func() bool {
		must(t, s.Emit(soon(t), "fill", filler))
		return st.Stats().QueuedBytes > 1_000_000
	})
}
