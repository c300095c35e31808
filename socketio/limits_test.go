package socketio_test

import (
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tradewind/socketio"
	"tradewind/socketio/client"
)

// A call keeps 16 MiB of answers, and counts the others as not answered.
func TestCallKeepsSixteenMegabytesOfAnswers(t *testing.T) {
	st := serve(t, socketio.Options{}, nil)
	const clients, size = 20, 900_000
	for range clients {
		st.client(client.Options{}, func(c *client.Client) {
			c.Answer("all you have", func(client.Args) []any { return []any{strings.Repeat("x", size)} })
		})
	}
	answers, err := st.Call(soon(t), "all you have")
	var missing *socketio.NoAnswerError
	if !errors.As(err, &missing) || !strings.Contains(err.Error(), "16 MiB") {
		t.Fatalf("call: %v", err)
	}
	const kept = 16 << 20 / (size + len(`[""]`))
	if len(answers) != kept || missing.Missing != clients-kept {
		t.Errorf("%d answers kept and %d missing, want %d of %d kept", len(answers), missing.Missing, kept, clients)
	}
}

// A server whose handlers are behind takes 1,024 events of other servers and
// refuses more; what it took is handled.
func TestEventsOfOtherServersAreBounded(t *testing.T) {
	nodes := pair(t)
	started, goOn := make(chan struct{}, 1), make(chan struct{})
	var handled atomic.Int64
	socketio.OnServerEvent(nodes[1], "work", func(context.Context, *socketio.ServerEvent) error {
		if handled.Add(1) == 1 {
			started <- struct{}{}
			<-goOn
		}
		return nil
	})
	must(t, nodes[0].ServerSideEmit(soon(t), "work"))
	next(t, started, "the first event")
	const bound = 1024
	for i := range bound {
		if err := nodes[0].ServerSideEmit(soon(t), "work"); err != nil {
			t.Fatalf("event %d: %v", i, err)
		}
	}
	for range 10 {
		_ = nodes[0].ServerSideEmit(soon(t), "work") // whether a sender hears of it is its adapter's matter
	}
	close(goOn)
	eventually(t, "what was taken is handled", func() bool { return handled.Load() == bound+1 })
	must(t, nodes[0].ServerSideEmit(soon(t), "work"))
	eventually(t, "there is room again", func() bool { return handled.Load() == bound+2 })
}

func TestEmptyNamespacesAreKeptIfTold(t *testing.T) {
	var adapters counted
	st := serve(t, socketio.Options{KeepEmptyNamespaces: true, Adapter: adapters.factory}, func(io *socketio.Server) {
		io.OfPattern(auctionName)
	})
	p := st.peer()
	for range 3 {
		p.join("/auction-1")
		p.send("41/auction-1,")
	}
	p.join("/auction-2") // after the last one has left
	eventually(t, "it has left", func() bool { return st.Stats().Sockets == 1 })
	if made, closed := adapters.made.Load(), adapters.closed.Load(); made != 2 || closed != 0 {
		t.Errorf("%d adapters were made and %d closed", made, closed)
	}
}

// A server that is closed does not wait for parents that obey their context, and nobody is let in by them any more.
func TestCloseWhileAParentIsAsked(t *testing.T) {
	asked, told := make(chan struct{}, 1), make(chan error, 1)
	st := serve(t, socketio.Options{}, func(io *socketio.Server) {
		parent := io.OfFunc(func(ctx context.Context, _ string, _ json.RawMessage) (bool, error) {
			asked <- struct{}{}
			<-ctx.Done()
			told <- ctx.Err()
			return true, nil
		})
		parent.OnConnect(func(context.Context, *socketio.Socket) { t.Error("a socket was let in") })
	})
	p := st.peer()
	p.send("40/slow,")
	next(t, asked, "the question")
	must(t, st.Close())
	if err := next(t, told, "the end of the context"); !errors.Is(err, context.Canceled) {
		t.Errorf("context ended with %v", err)
	}
}

// Functions for metrics may have bugs: they end no connection and no server.
func TestMetricsThatPanicHarmNobody(t *testing.T) {
	var called [4]atomic.Int64
	st := serve(t, socketio.Options{Metrics: socketio.Metrics{
		Connected: func(*socketio.Socket) { called[0].Add(1); panic("connected") },
		Refused:   func(string, error) { called[1].Add(1); panic("refused") },
		Ended:     func(*socketio.Socket, socketio.Reason) { called[2].Add(1); panic("ended") },
		Handled:   func(*socketio.Socket, string, time.Duration, error) { called[3].Add(1); panic("handled") },
	}}, func(io *socketio.Server) {
		io.OfPattern(regexp.MustCompile(`^/made$`))
		socketio.OnAck(io, "twice", func(_ context.Context, _ *socketio.Socket, n int) (int, error) { return 2 * n, nil })
	})
	p := st.peer()
	p.join("")
	p.send("40/nowhere,")
	if got := p.read(); got != `44/nowhere,{"message":"Invalid namespace"}` {
		t.Errorf("refused with %s", got)
	}
	for range 2 {
		p.send(`421["twice",4]`)
		if got := p.read(); got != "431[8]" {
			t.Errorf("answered with %s", got)
		}
	}
	p.send("41")
	eventually(t, "all were called", func() bool {
		return called[0].Load() == 1 && called[1].Load() == 1 && called[2].Load() == 1 && called[3].Load() == 2
	})
}
