package socketio_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tradewind/socketio"
	"tradewind/socketio/adapter"
)

var auctionName = regexp.MustCompile(`^/auction-[0-9]+$`)

// counted counts the adapters that are made and closed.
type counted struct{ made, closed atomic.Int64 }

type countedAdapter struct {
	adapter.Adapter
	of *counted
}

func (c *counted) factory(namespace string, local adapter.Local) (adapter.Adapter, error) {
	c.made.Add(1)
	inner, err := adapter.Memory(namespace, local)
	return countedAdapter{inner, c}, err
}

func (a countedAdapter) Close() error {
	a.of.closed.Add(1)
	return a.Adapter.Close()
}

func TestNamespacesOfAPatternShareHandlersAndNothingElse(t *testing.T) {
	var parent *socketio.ParentNamespace
	st := serve(t, socketio.Options{}, func(io *socketio.Server) {
		parent = io.OfPattern(auctionName)
		socketio.OnEvent(parent, "bid", func(ctx context.Context, s *socketio.Socket, ev *socketio.Event) error {
			return s.Namespace().Emit(ctx, "bid", ev.Args.Raw(0))
		})
		parent.OnConnect(func(ctx context.Context, s *socketio.Socket) { _ = s.Join(ctx, "r") })
	})
	p := st.peer()
	p.join("/auction-1")
	p.join("/auction-2")
	p.send(`42/auction-1,["bid",7]`)
	if got := p.read(); got != `42/auction-1,["bid",7]` {
		t.Errorf("came %s", got)
	}
	must(t, parent.Emit(soon(t), "closing"))
	got := []string{p.read(), p.read()}
	if got[0] == got[1] || !strings.HasSuffix(got[0], `,["closing"]`) || !strings.HasSuffix(got[1], `,["closing"]`) {
		t.Errorf("came %q", got)
	}
	p.send("40/auction-x,")
	if got := p.read(); got != `44/auction-x,{"message":"Invalid namespace"}` {
		t.Errorf("a name that does not fit is answered %s", got)
	}
	if n := len(parent.Namespaces()); n != 2 {
		t.Errorf("there are %d namespaces", n)
	}
}

func TestEmptyDynamicNamespacesGo(t *testing.T) {
	var count counted
	st := serve(t, socketio.Options{Adapter: count.factory}, func(io *socketio.Server) { io.OfPattern(auctionName) })
	p := st.peer()
	for i := range 300 {
		name := fmt.Sprintf("/auction-%d", i)
		p.join(name)
		p.send("41" + name)
	}
	eventually(t, "all are gone", func() bool { return socketio.DynamicNamespaces(st.Server) == 0 && count.closed.Load() == 300 })
	if made := count.made.Load(); made != 300 {
		t.Errorf("%d adapters were made", made)
	}
	pinned := st.Of("/auction-7")
	p.join("/auction-7")
	p.send("41/auction-7")
	eventually(t, "its socket is gone", func() bool { return st.Stats().Sockets == 0 })
	if st.Of("/auction-7") != pinned {
		t.Error("a namespace that the program asked for has gone")
	}
}

// Joining and leaving at the same time must neither lose a socket nor close an adapter in use.
func TestDynamicNamespacesComeAndGoUnderLoad(t *testing.T) {
	var count counted
	st := serve(t, socketio.Options{Adapter: count.factory}, func(io *socketio.Server) {
		socketio.OnEvent(io.OfPattern(auctionName), "ping", func(ctx context.Context, s *socketio.Socket, ev *socketio.Event) error {
			return s.Namespace().To(socketio.Room(s.ID())).Emit(ctx, "pong")
		})
	})
	var clients sync.WaitGroup
	for range 8 {
		p := st.peer()
		clients.Go(func() {
			for range 100 {
				p.join("/auction-1")
				p.send(`42/auction-1,["ping"]`)
				if got := p.read(); got != `42/auction-1,["pong"]` {
					t.Errorf("came %s", got)
				}
				p.send("41/auction-1")
			}
		})
	}
	clients.Wait()
	eventually(t, "it is gone", func() bool {
		return socketio.DynamicNamespaces(st.Server) == 0 && count.made.Load() == count.closed.Load()
	})
}

func TestParentsDecideByFunction(t *testing.T) {
	hang := make(chan struct{})
	st := serve(t, socketio.Options{}, func(io *socketio.Server) {
		io.OfFunc(func(ctx context.Context, name string, auth json.RawMessage) (bool, error) {
			switch name {
			case "/refused":
				return false, &socketio.ConnectError{Message: "not you", Data: 7}
			case "/broken":
				return false, errors.New("secret")
			case "/panics":
				panic("of the parent")
			case "/hangs":
				<-ctx.Done()
				close(hang)
				return true, nil
			}
			return strings.HasPrefix(name, "/ok") && string(auth) == `{"key":1}`, nil
		})
	})
	p := st.peer()
	for packet, want := range map[string]string{
		`40/refused,`:                    `44/refused,{"message":"not you","data":7}`,
		`40/broken,`:                     `44/broken,{"message":"Internal error"}`,
		`40/panics,`:                     `44/panics,{"message":"Internal error"}`,
		`40/ok,{"key":2}`:                `44/ok,{"message":"Invalid namespace"}`,
		"40/" + strings.Repeat("x", 300): "44/" + strings.Repeat("x", 300) + `,{"message":"Invalid namespace"}`,
	} {
		p.send(packet)
		if got := p.read(); got != want {
			t.Errorf("%.40s is answered %.80s", packet, got)
		}
	}
	p.send(`40/ok,{"key":1}`)
	if got := p.read(); !strings.HasPrefix(got, `40/ok,{"sid":"`) {
		t.Errorf("answered %s", got)
	}
	q := st.peer()
	q.send(`40/ok,{"key":2}`) // it is there, but the function decides about this client too
	if got := q.read(); got != `44/ok,{"message":"Invalid namespace"}` {
		t.Errorf("answered %s", got)
	}
	q.send("40/hangs,", "40/hangs,") // twice is a violation
	q.end()
	over(t, hang, "the parent that hangs is told")
}

func TestNamespacesAreBounded(t *testing.T) {
	st := serve(t, socketio.Options{MaxNamespaces: 3, MaxDynamicNamespaces: 4}, func(io *socketio.Server) { io.OfPattern(auctionName) })
	p, q := st.peer(), st.peer()
	for i := range 3 {
		p.join(fmt.Sprintf("/auction-%d", i))
	}
	p.send("40/auction-4,")
	if got := p.read(); got != `44/auction-4,{"message":"Too many namespaces"}` {
		t.Errorf("answered %s", got)
	}
	q.join("/auction-4")
	q.send("40/auction-5,")
	if got := q.read(); got != `44/auction-5,{"message":"Too many namespaces"}` {
		t.Errorf("answered %s", got)
	}
	q.join("/auction-1")
}

func TestEventsPassMiddlewaresAndObservers(t *testing.T) {
	steps := make(chan string, 100)
	var metrics socketio.Metrics
	metrics.Connected = func(*socketio.Socket) { steps <- "connected" }
	metrics.Ended = func(_ *socketio.Socket, r socketio.Reason) { steps <- "ended " + string(r) }
	metrics.Refused = func(namespace string, err error) { steps <- "refused " + namespace + " " + err.Error() }
	metrics.Handled = func(_ *socketio.Socket, event string, took time.Duration, err error) {
		steps <- fmt.Sprint("handled ", event, " ", took >= 0, " ", err)
	}
	st := serve(t, socketio.Options{Metrics: metrics}, func(io *socketio.Server) {
		io.OnAny(func(_ context.Context, _ *socketio.Socket, ev *socketio.Event) { steps <- "any " + ev.Name })
		io.UseEvent(func(_ context.Context, _ *socketio.Socket, ev *socketio.Event) error {
			steps <- "middleware"
			if ev.Name == "bad" {
				return errors.New("too fast")
			}
			return nil
		})
		for _, name := range []string{"good", "bad"} {
			socketio.On(io, name, func(context.Context, *socketio.Socket, socketio.None) error { steps <- "handler"; return nil })
		}
		io.OnError(func(_ context.Context, _ *socketio.Socket, ev *socketio.Event, err error) {
			steps <- "error " + err.Error()
		})
		io.OnAnyOutgoing(func(out *socketio.Outgoing) {
			steps <- fmt.Sprint("out ", out.Name, " ", out.Args.Len(), " ", out.Rooms)
		})
	})
	p := st.peer()
	p.join("")
	p.send(`42["good"]`, `42["bad"]`, `42["made up"]`)
	expect(t, steps, "connected", "any good", "middleware", "handler", "handled good true <nil>",
		"any bad", "middleware", "handled bad true too fast", "error too fast",
		"any made up", "middleware", "handled  true <nil>")
	p.send("40/none,")
	expect(t, steps, "refused /none Invalid namespace")
	must(t, st.To("a", "b").Emit(soon(t), "news", 1, 2))
	expect(t, steps, "out news 2 [a b]")
	p.send("41")
	expect(t, steps, "ended client namespace disconnect")
}
