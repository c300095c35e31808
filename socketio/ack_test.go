package socketio_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"tradewind/socketio"
	"tradewind/socketio/client"
)

// connected is a server with one client and its socket.
func connected(t *testing.T, o socketio.Options, setup ...func(*client.Client)) (*station, *client.Client, *socketio.Socket) {
	t.Helper()
	sockets := make(chan *socketio.Socket, 1)
	st := serve(t, o, func(io *socketio.Server) {
		io.OnConnect(func(_ context.Context, s *socketio.Socket) { sockets <- s })
		echo[int](io, "int")
	})
	c := st.client(client.Options{}, setup...)
	return st, c, next(t, sockets, "socket")
}

func TestCallReturnsTheClientsAnswer(t *testing.T) {
	_, _, s := connected(t, socketio.Options{}, func(c *client.Client) {
		c.Answer("add", func(a client.Args) []any {
			var x, y int
			_ = errors.Join(a.Decode(0, &x), a.Decode(1, &y))
			return []any{x + y, "done"}
		})
		c.Answer("nothing", func(client.Args) []any { return nil })
	})
	a, err := s.Call(soon(t), "add", 1, 2)
	must(t, err)
	var sum int
	must(t, a.Decode(0, &sum))
	if sum != 3 || a.Len() != 2 || string(a.Raw(1)) != `"done"` {
		t.Errorf("answer is %d of %d", sum, a.Len())
	}
	var missing *socketio.DecodeError
	if err := a.Decode(2, &sum); !errors.As(err, &missing) || err.Error() != "argument 3 is missing" {
		t.Errorf("decode of what is not there: %v", err)
	}
	if a, err = s.Call(soon(t), "nothing"); err != nil || a.Len() != 0 {
		t.Errorf("answer has %d arguments, %v", a.Len(), err)
	}
}

func TestCallsAnsweredInAnyOrderFindTheirCaller(t *testing.T) {
	_, _, s := connected(t, socketio.Options{}, func(c *client.Client) {
		c.Answer("echo", func(a client.Args) []any { return []any{a.Raw(0)} })
	})
	var calls sync.WaitGroup
	for i := range 200 {
		calls.Go(func() {
			a, err := s.Call(soon(t), "echo", i)
			if err != nil || string(a.Raw(0)) != fmt.Sprint(i) {
				t.Errorf("call %d got %s, %v", i, a.Raw(0), err)
			}
		})
	}
	calls.Wait()
}

func TestCallFailsWhenTheSocketEnds(t *testing.T) {
	_, c, s := connected(t, socketio.Options{})
	failed := make(chan error, 1)
	go func() { // ends with the socket
		_, err := s.Call(context.Background(), "nobody answers")
		failed <- err
	}()
	call(t, c, "int", 1)
	c.Abort()
	var why *socketio.EndedError
	if err := next(t, failed, "failure"); !errors.As(err, &why) || why.Reason != socketio.TransportClose || why.Error() != "socket ended: transport close" {
		t.Errorf("call failed with %v", err)
	}
}

func TestCallFailsWithItsContext(t *testing.T) {
	_, c, s := connected(t, socketio.Options{})
	impatient := errors.New("impatient")
	ctx, cancel := context.WithCancelCause(t.Context())
	failed := make(chan error, 1)
	go func() { // ends with ctx
		_, err := s.Call(ctx, "nobody answers")
		failed <- err
	}()
	call(t, c, "int", 1)
	cancel(impatient)
	if err := next(t, failed, "failure"); !errors.Is(err, impatient) {
		t.Errorf("call failed with %v", err)
	}
	call(t, c, "int", 1) // the socket lives
}

// Answers that nobody waits for, late, doubled or made up, change nothing.
func TestAcksForUnknownCallsAreIgnored(t *testing.T) {
	sockets := make(chan *socketio.Socket, 1)
	st := serve(t, socketio.Options{}, func(io *socketio.Server) {
		io.OnConnect(func(_ context.Context, s *socketio.Socket) { sockets <- s })
	})
	p := st.peer()
	p.join("")
	s := next(t, sockets, "socket")
	for i := range 1000 {
		p.send(fmt.Sprintf(`43%d[%d]`, i, i), `439223372036854775807[]`)
	}
	p.send(`461-5[{"_placeholder":true,"num":0}]`)
	p.sendBinary([]byte("x"))
	answers := make(chan string, 1)
	must(t, s.Ping(answering(t, p))) // all of it was read
	go func() {                      // ends with the answer
		a, err := s.Call(soon(t), "real")
		answers <- fmt.Sprint(string(a.Raw(0)), err)
	}()
	if got := p.read(); got != `420["real"]` {
		t.Fatalf("got %s", got)
	}
	p.send(`430["first"]`, `430["second"]`)
	expect(t, answers, `"first"<nil>`)
}

// answering answers one ping of the server, in a goroutine that ends with it.
func answering(t *testing.T, p *peer) context.Context {
	go func() {
		if text, err := p.next(); err == nil && text == "2" {
			p.send("3")
		}
	}()
	return soon(t)
}

func TestReservedNamesAreRefused(t *testing.T) {
	st, c, s := connected(t, socketio.Options{})
	for _, event := range []string{"", "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"} {
		if st.Emit(soon(t), event) == nil || st.To("room").Emit(soon(t), event) == nil || s.Emit(soon(t), event) == nil {
			t.Errorf("%q is emitted", event)
		}
		if _, err := s.Call(soon(t), event); err == nil {
			t.Errorf("%q is called", event)
		}
	}
	call(t, c, "int", 1)
}
