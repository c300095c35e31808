package main

import (
	"context"
	"fmt"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tradewind/socketio/client"
	"tradewind/socketio/examples/exampletest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// network is one that a client can use once for every token.
type network chan struct{}

func (n network) dial(ctx context.Context, kind, address string) (net.Conn, error) {
	select {
	case <-n:
		return new(net.Dialer).DialContext(ctx, kind, address)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func TestClientComesBackToItsSocketAndGetsWhatItMissed(t *testing.T) {
	for who, recovered := range map[string]bool{"Ada": true, "Eve": false} {
		t.Run(who+" comes back", func(t *testing.T) {
			s := exampletest.Serve(t, newServer())
			var name atomic.Value
			name.Store("Ada")
			auth := func() (any, error) { return map[string]any{"name": name.Load()}, nil }
			way := make(network, 2)
			c := s.Client(client.Options{Auth: auth, DialContext: way.dial, Reconnect: &client.Backoff{Delay: time.Millisecond}})
			said, welcome := exampletest.Listen(t, c, "said"), exampletest.Listen(t, c, "welcome")
			back, lost := make(chan string, 5), make(chan string, 5)
			c.OnConnect(func() { back <- fmt.Sprint(c.Recovered()) })
			c.OnDisconnect(func(*client.DisconnectError) { lost <- "lost" })
			way <- struct{}{}
			if err := c.Connect(t.Context()); err != nil {
				t.Fatal(err)
			}
			exampletest.Next(t, back)
			exampletest.Next(t, welcome)
			id := c.ID()
			bob := s.Dial(client.Options{Auth: map[string]string{"name": "Bob"}})
			if got := exampletest.Call(t, c, "join", "lobby"); got != "[1]" {
				t.Errorf("join: %s", got)
			}
			exampletest.Call(t, bob, "say", line{"lobby", "before"})
			exampletest.Next(t, said)

			c.Abort()
			exampletest.Next(t, lost)
			for i := range 3 {
				exampletest.Call(t, bob, "say", line{"lobby", fmt.Sprint("missed ", i)})
			}
			name.Store(who)
			way <- struct{}{}
			if !recovered {
				way <- struct{}{} // whoever is not the owner is cut off once more
			}
			if got := exampletest.Next(t, back); got != fmt.Sprint(recovered) || (c.ID() == id) != recovered {
				t.Errorf("%s is recovered: %s, the same socket: %v", who, got, c.ID() == id)
			}
			if !recovered {
				exampletest.Next(t, welcome)
				if got := exampletest.Call(t, c, "join", "another"); got != "[1]" || len(said) > 0 {
					t.Errorf("%s has the data of Ada (%s) or %d of her events", who, got, len(said))
				}
				return
			}
			for i := range 3 {
				if got := exampletest.Next(t, said); got[:len(`["missed 0"`)] != fmt.Sprintf(`["missed %d"`, i) {
					t.Errorf("event %d: %s", i, got)
				}
			}
			exampletest.Call(t, bob, "say", line{"lobby", "after"}) // the room has come back
			exampletest.Next(t, said)
			if got := exampletest.Call(t, c, "join", "another"); got != "[2]" || len(welcome) > 0 {
				t.Errorf("joins: %s; welcomed again: %v", got, len(welcome) > 0)
			}
		})
	}
}
