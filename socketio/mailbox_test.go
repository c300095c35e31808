package socketio_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"tradewind/socketio"
	"tradewind/socketio/client"
)

// Events of one socket are handled one at a time and in order, whatever transport they came on.
func TestHandlersOfOneSocketRunInOrderAndAlone(t *testing.T) {
	const events = 3000
	for _, transports := range [][]client.Transport{{client.WebSocket}, {client.Polling}, {client.Polling, client.WebSocket}} {
		t.Run(fmt.Sprint(transports), func(t *testing.T) {
			var running, overlaps atomic.Int32
			got := make(chan int, events)
			st := serve(t, socketio.Options{}, func(io *socketio.Server) {
				for _, event := range []string{"even", "odd"} {
					socketio.On(io.Namespace, event, func(_ context.Context, _ *socketio.Socket, i int) error {
						if running.Add(1) > 1 {
							overlaps.Add(1)
						}
						runtime.Gosched()
						got <- i
						running.Add(-1)
						return nil
					})
				}
			})
			c := st.client(client.Options{Transports: transports})
			n := events
			if transports[len(transports)-1] == client.Polling {
				n = 200
			}
			for i := range n {
				emit(t, c, []string{"even", "odd"}[i%2], i)
			}
			for i := range n {
				expect(t, got, i)
			}
			if overlaps.Load() > 0 {
				t.Errorf("%d handlers of one socket ran at the same time as another", overlaps.Load())
			}
		})
	}
}

func TestHandlersOfDifferentSocketsRunConcurrently(t *testing.T) {
	var both sync.WaitGroup
	both.Add(2)
	st := serve(t, socketio.Options{}, func(io *socketio.Server) {
		socketio.On(io.Namespace, "meet", func(context.Context, *socketio.Socket, socketio.None) error {
			both.Done()
			both.Wait() // for the handler of the other socket
			return nil
		})
	})
	a, b := st.client(client.Options{}), st.client(client.Options{})
	emit(t, a, "meet")
	call(t, b, "meet")
}

// A blocked handler stops the reading of its connection, so what the server holds
// for it is bounded by the handler queue, and nothing is lost.
func TestSocketWithFullQueueIsNotReadUntilItDrains(t *testing.T) {
	onBothStreams(t, func(t *testing.T, serve func(socketio.Options, func(*socketio.Server)) *station) {
		const events = 4000
		release, got := make(chan struct{}), make(chan int, events)
		st := serve(socketio.Options{HandlerQueue: 16}, func(io *socketio.Server) {
			socketio.On(io.Namespace, "work", func(_ context.Context, _ *socketio.Socket, arg []any) error {
				<-release
				got <- int(arg[0].(float64))
				return nil
			})
			echo[int](io, "int")
		})
		p := st.peer()
		p.join("")
		var sent sync.WaitGroup
		sent.Go(func() { // blocks once the kernel is full
			filler := strings.Repeat("x", 4000)
			for i := range events {
				p.send(fmt.Sprintf(`42["work",[%d,"%s"]]`, i, filler))
			}
		})
		// Others are served meanwhile.
		other := st.client(client.Options{})
		if answer := call(t, other, "int", 1); answer != `["1"]` {
			t.Errorf("another client got %s", answer)
		}
		eventually(t, "the queue is full", func() bool { return st.Stats().MessagesIn >= 16 })
		before := st.Stats().MessagesIn
		call(t, other, "int", 2)
		// One turn of reading may hold more than the queue has room for, not much more.
		if in := st.Stats().MessagesIn; in > 100 {
			t.Errorf("%d messages were read (%d before) while the queue of 16 was full", in, before)
		}
		close(release)
		for i := range events {
			expect(t, got, i)
		}
		sent.Wait()
	})
}

// The bound is on bytes as well: large events fill a queue of any length.
func TestSocketWithManyQueuedBytesIsNotRead(t *testing.T) {
	const events = 200
	release, got := make(chan struct{}), make(chan int, events)
	st := serve(t, socketio.Options{HandlerQueue: 1000}, func(io *socketio.Server) {
		socketio.On(io.Namespace, "work", func(_ context.Context, _ *socketio.Socket, text string) error {
			<-release
			got <- len(text)
			return nil
		})
	})
	p := st.peer()
	p.join("")
	var sent sync.WaitGroup
	sent.Go(func() {
		packet := `42["work","` + strings.Repeat("x", 50_000) + `"]`
		for range events {
			p.send(packet)
		}
	})
	eventually(t, "the queue is full", func() bool { return st.Stats().MessagesIn >= 6 })
	if in := st.Stats().MessagesIn; in > 20 {
		t.Errorf("%d messages of 50 KB wait for one handler", in)
	}
	close(release)
	for range events {
		expect(t, got, 50_000)
	}
	sent.Wait()
}

// A queue of one fills and drains with every event: each must wake the reading up again.
func TestSocketWithQueueOfOneLosesNothing(t *testing.T) {
	onBothStreams(t, func(t *testing.T, serve func(socketio.Options, func(*socketio.Server)) *station) {
		got := make(chan int, 2000)
		st := serve(socketio.Options{HandlerQueue: 1}, func(io *socketio.Server) {
			socketio.On(io.Namespace, "n", func(_ context.Context, _ *socketio.Socket, i int) error { got <- i; return nil })
		})
		c := st.client(client.Options{})
		for i := range 1000 {
			emit(t, c, "n", i)
		}
		for i := range 1000 {
			expect(t, got, i)
		}
	})
}

// A full queue on polling keeps the POST waiting.
func TestSocketWithFullQueueOnPollingLosesNothing(t *testing.T) {
	got := make(chan int, 300)
	st := serve(t, socketio.Options{HandlerQueue: 2}, func(io *socketio.Server) {
		socketio.On(io.Namespace, "n", func(_ context.Context, _ *socketio.Socket, i int) error {
			runtime.Gosched()
			got <- i
			return nil
		})
	})
	c := st.client(client.Options{Transports: []client.Transport{client.Polling}})
	for i := range 200 {
		emit(t, c, "n", i)
	}
	for i := range 200 {
		expect(t, got, i)
	}
}

// The handlers of one namespace may hold up the connection; when its socket ends, the other namespaces go on.
func TestSocketThatEndsWithFullQueueLetsTheConnectionGoOn(t *testing.T) {
	sockets, release := make(chan *socketio.Socket, 1), make(chan struct{})
	handled := make(chan int, 100)
	st := serve(t, socketio.Options{HandlerQueue: 2}, func(io *socketio.Server) {
		echo[int](io, "int")
		slow := io.Of("/slow")
		slow.OnConnect(func(_ context.Context, s *socketio.Socket) { sockets <- s })
		socketio.On(slow, "block", func(_ context.Context, _ *socketio.Socket, i int) error {
			<-release
			handled <- i
			return nil
		})
	})
	p := st.peer()
	p.join("")
	p.join("/slow")
	s := next(t, sockets, "socket")
	for i := range 6 {
		p.send(fmt.Sprintf(`42/slow,["block",%d]`, i))
	}
	p.send(`420["int",5]`)
	eventually(t, "the queue is full", func() bool { return st.Stats().MessagesIn >= 4 }) // two CONNECT, two events and more
	must(t, s.Disconnect(soon(t)))
	for _, want := range []string{"41/slow,", `430["5"]`} { // events still on their way to /slow do not end the connection
		if got := p.read(); got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
	}
	close(release)
	expect(t, handled, 0, 1) // what was queued before the end is still handled
}

// A client that joins, blocks a handler and leaves, again and again, is not read
// any more once a few of its sockets have left handlers behind.
func TestClientThatJoinsAndLeavesCannotPileUpHandlers(t *testing.T) {
	release := make(chan struct{})
	var blocked atomic.Int32
	ended := make(chan socketio.Reason, 200)
	st := serve(t, socketio.Options{}, func(io *socketio.Server) {
		socketio.On(io.Namespace, "block", func(context.Context, *socketio.Socket, socketio.None) error {
			blocked.Add(1)
			<-release
			return nil
		})
		io.OnDisconnect(func(_ *socketio.Socket, r socketio.Reason) { ended <- r })
	})
	p := st.peer()
	const rounds = 100
	var done sync.WaitGroup
	done.Go(func() {
		for range rounds {
			p.send("40")
			for got := ""; !strings.HasPrefix(got, "40"); {
				text, err := p.next()
				if err != nil {
					return
				}
				got = text
			}
			p.send(`42["block"]`, "41")
		}
	})
	eventually(t, "some handlers are blocked", func() bool { return blocked.Load() >= 9 })
	other := st.client(client.Options{}) // a round trip later there are no more of them
	must(t, other.Emit(soon(t), "nothing"))
	if n := blocked.Load(); n > 12 {
		t.Errorf("%d handlers of one connection are at work", n)
	}
	close(release)
	done.Wait()
	for range rounds {
		expect(t, ended, socketio.ClientDisconnect)
	}
	if n := blocked.Load(); n != rounds {
		t.Errorf("%d events were handled of %d", n, rounds)
	}
}
