package conformance_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tradewind/socketio"
)

// Trap 31: a socket in two of the rooms gets an event once (socketioxide sends it twice).
func TestTrap31_SocketInTwoRoomsGetsAnEventOnce(t *testing.T) {
	server, s, joined := joining(t, socketio.Options{})
	sock := s.joined(t)
	member := receive(t, joined)
	ctx := t.Context()
	if err := member.Join(ctx, "a", "b", "c"); err != nil {
		t.Fatal(err)
	}
	own := socketio.Room(member.ID())
	for i, to := range []socketio.Emitter{
		server.To("a", "b"), server.To("a").To("b"), server.To("a", "a"), server.To("a", own), server.To("b").To("c").To("a").Except("d"),
	} {
		if err := to.Emit(ctx, "once", i); err != nil {
			t.Fatal(err)
		}
		sock.expect(fmt.Sprintf(`42["once",%d]`, i))
	}
	sock.send(`42["message"]`)
	sock.expect(`42["message-back"]`) // nothing came twice
}

// Trap 34: volatile events of one burst are lost but for the first, even for a
// client that reads (socket.io 3350), and of those that wait for a slow one the
// oldest are kept, where prices want the newest (socket.io 3388).
func TestTrap34_BurstsArriveAndSlowClientsGetTheNewestValue(t *testing.T) {
	t.Run("a client that reads gets a volatile burst", func(t *testing.T) {
		_, s, joined := joining(t, socketio.Options{})
		sock := s.joined(t)
		member := receive(t, joined)
		for i := range 100 {
			if err := member.Volatile().Emit(t.Context(), "tick", i); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 100 {
			sock.expect(fmt.Sprintf(`42["tick",%d]`, i))
		}
	})
	t.Run("a client that does not read gets the newest value", func(t *testing.T) {
		server, s := closing(t, socketio.Options{})
		sock := s.joined(t)
		filler := strings.Repeat("x", 20_000)
		sent := 0
		eventually(t, func() bool { // until values wait behind what the kernel has no room for
			sent++
			if err := server.KeepLatest("AAPL").Emit(t.Context(), "price", sent, filler); err != nil {
				t.Fatal(err)
			}
			return server.Stats().Conflated >= 100
		})
		last, events := 0, 0
		for last != sent {
			var event []any
			if err := json.Unmarshal([]byte(strings.TrimPrefix(sock.next(), "42")), &event); err != nil {
				t.Fatal(err)
			}
			events++
			if price := int(event[1].(float64)); price <= last {
				t.Fatalf("price %d came after %d", price, last)
			} else {
				last = price
			}
		}
		if events > sent-100 {
			t.Errorf("%d of %d values were sent to a client that did not read", events, sent)
		}
	})
}

// Trap 39: emits from the connect handler, before the client has read its CONNECT,
// must neither overtake it nor block (go-socket.io 221).
func TestTrap39_EmitsOfTheConnectHandlerFollowCONNECT(t *testing.T) {
	const count = 2000
	server := socketio.NewServer(socketio.Options{})
	server.Use(func(ctx context.Context, s *socketio.Socket) error { return s.Emit(ctx, "too early") })
	server.OnConnect(func(ctx context.Context, s *socketio.Socket) {
		for i := range count {
			if err := s.Emit(ctx, "n", i); err != nil {
				t.Errorf("emit %d: %v", i, err)
			}
		}
	})
	socketio.OnAck(server, "fence", func(context.Context, *socketio.Socket, socketio.None) (int, error) { return count, nil })
	s := newServer(t, listen(t, server, server.Close)+"/socket.io/")
	sock := s.open(t)
	sock.send("40")
	sock.expectConnect("40")
	sock.send(`421["fence"]`)
	for i := range count {
		sock.expect(fmt.Sprintf(`42["n",%d]`, i))
	}
	sock.expect(fmt.Sprintf("431[%d]", count))
}

// Trap 42: a client in a frozen tab believes that it is connected, and the server
// must find out by itself, tell its callers, and let the client come back at once
// (feathers 1832, socket.io 4040, socket.io-client 1436).
func TestTrap42_SilentClientEndsAndComesBackAtOnce(t *testing.T) {
	server, s, joined := joining(t, socketio.Options{PingInterval: pingInterval, PingTimeout: pingTimeout})
	ended := make(chan socketio.Reason, 10)
	server.OnDisconnect(func(_ *socketio.Socket, r socketio.Reason) { ended <- r })
	begin := time.Now()
	frozen := s.joined(t)
	member := receive(t, joined)
	answer := make(chan error, 1)
	go func() { // the test's; ends with the socket
		_, err := member.Call(context.Background(), "are you there")
		answer <- err
	}()
	fresh := s.joined(t) // while the server does not know yet
	fresh.send(`42["message","fresh"]`)
	fresh.expect(`42["message-back","fresh"]`)
	frozen.expectClosed(patience)
	if d := time.Since(begin); d < pingInterval+pingTimeout-100*time.Millisecond {
		t.Errorf("the silent client was ended after %v", d)
	}
	if r := receive(t, ended); r != socketio.PingTimeout {
		t.Errorf("it ended for %q", r)
	}
	var end *socketio.EndedError
	if err := receive(t, answer); !errors.As(err, &end) || end.Reason != socketio.PingTimeout {
		t.Errorf("the call ends with %v", err)
	}
	again := s.joined(t)
	again.send(`42["message","again"]`)
	again.expect(`42["message-back","again"]`)
}

// counted counts how often it is encoded.
type counted struct{ times atomic.Int64 }

// MarshalJSON implements json.Marshaler.
func (c *counted) MarshalJSON() ([]byte, error) {
	c.times.Add(1)
	return []byte("1"), nil
}

// Trap 43: events are encoded again and again, and for rooms in which nobody is
// (socket.io-adapter 38). Here it is once for an emit, which tells the emitter of
// a value that does not encode, and for nobody there is nothing else to pay.
func TestTrap43_EventIsEncodedOnceWhoeverListens(t *testing.T) {
	server, s, joined := joining(t, socketio.Options{})
	const clients = 20
	for range clients {
		s.joined(t)
		if err := receive(t, joined).Join(t.Context(), "all", "most"); err != nil {
			t.Fatal(err)
		}
	}
	out := func() int64 {
		if _, err := server.FetchSockets(t.Context()); err != nil { // after what was emitted before
			t.Fatal(err)
		}
		return server.Stats().MessagesOut
	}
	for _, c := range []struct {
		name string
		to   socketio.Emitter
		sent int64
	}{
		{"a room without members", server.To("nobody"), 0},
		{"a namespace without sockets", server.Of("/custom").Except(), 0},
		{"one room", server.To("all"), clients},
		{"two rooms", server.To("all", "most"), clients},
		{"everybody", server.Except(), clients},
	} {
		t.Run(c.name, func(t *testing.T) {
			var value counted
			before := out()
			if err := c.to.Emit(t.Context(), "n", &value); err != nil {
				t.Fatal(err)
			}
			if n := value.times.Load(); n > 1 {
				t.Errorf("encoded %d times", n)
			}
			eventually(t, func() bool { return out()-before >= c.sent })
			if sent := out() - before; sent != c.sent {
				t.Errorf("%d messages were sent, want %d", sent, c.sent)
			}
			if queued := server.Stats().QueuedBytes; c.sent == 0 && queued != 0 {
				t.Errorf("%d bytes are queued for nobody", queued)
			}
		})
	}
}
