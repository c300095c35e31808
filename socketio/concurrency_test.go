package socketio_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"tradewind/socketio"
	"tradewind/socketio/client"
)

// Emits of many goroutines, large and small, binary and text, to rooms and
// sockets: frames stay whole and what one goroutine emits stays in its order.
func TestConcurrentEmitsKeepTheOrderOfEachGoroutine(t *testing.T) {
	const goroutines, events = 16, 150
	for _, transport := range []client.Transport{client.WebSocket, client.Polling} {
		t.Run(string(transport), func(t *testing.T) {
			onBothStreams(t, func(t *testing.T, serve func(socketio.Options, func(*socketio.Server)) *station) {
				sockets := make(chan *socketio.Socket, 1)
				st := serve(socketio.Options{Shards: 2, MaxOutboxBytes: 64 << 20}, func(io *socketio.Server) {
					io.OnConnect(func(ctx context.Context, s *socketio.Socket) { _ = s.Join(ctx, "r"); sockets <- s })
				})
				type note struct{ from, n int }
				notes := make(chan note, goroutines*events)
				st.client(client.Options{Transports: []client.Transport{transport}}, func(c *client.Client) {
					c.On("n", func(a client.Args) {
						var v note
						var blob string
						if json.Unmarshal(a.Raw(0), &v.from) != nil || json.Unmarshal(a.Raw(1), &v.n) != nil || json.Unmarshal(a.Raw(2), &blob) != nil {
							t.Errorf("broken event %.100s", a)
						}
						notes <- v
					})
				})
				s := next(t, sockets, "socket")
				var emitters sync.WaitGroup
				for g := range goroutines {
					emitters.Go(func() {
						text := strings.Repeat("x", 1<<(g%15))
						for i := range events {
							var payload any = text
							if i%5 == 0 {
								payload = []byte(text)
							}
							var err error
							switch i % 3 {
							case 0:
								err = s.Emit(soon(t), "n", g, i, payload)
							case 1:
								err = st.To("r", "s").Emit(soon(t), "n", g, i, payload)
							default:
								err = st.Emit(soon(t), "n", g, i, payload)
							}
							if err != nil {
								t.Error(err)
							}
						}
					})
				}
				var seen [goroutines]int
				for range goroutines * events {
					v := next(t, notes, "event")
					if v.n != seen[v.from] {
						t.Fatalf("event %d of goroutine %d came instead of %d", v.n, v.from, seen[v.from])
					}
					seen[v.from]++
				}
				emitters.Wait()
			})
		})
	}
}

// Everything at once on the same sockets; the race detector is the judge.
func TestAllMethodsMayBeCalledConcurrently(t *testing.T) {
	key := socketio.NewKey[int]("count")
	sockets := make(chan *socketio.Socket, 10)
	st := serve(t, socketio.Options{Shards: 2}, func(io *socketio.Server) {
		io.Use(func(_ context.Context, s *socketio.Socket) error { sockets <- s; return nil })
		echo[int](io, "int")
		io.Of("/other")
	})
	var all sync.WaitGroup
	for range 4 {
		c := st.client(client.Options{}, func(c *client.Client) {
			c.Answer("ask", func(client.Args) []any { return []any{1} })
		})
		s := next(t, sockets, "socket")
		for g := range 6 {
			all.Go(func() {
				for i := range 40 {
					ctx := soon(t)
					room := socketio.Room(fmt.Sprint("room", i%3))
					_ = s.Join(ctx, room)
					_ = s.To(room).Emit(ctx, "x", i)
					_ = st.To(room).KeepLatest("k").InOrder().Emit(ctx, "x", i)
					_, _ = s.Rooms(ctx)
					_, _ = s.Auth(), s.Handshake().RemoteAddr
					_, _, _ = s.Connected(), s.Context().Err(), st.Stats()
					key.Set(s, i)
					_, _ = key.Get(s)
					_ = s.Leave(ctx, room)
					switch {
					case g == 0:
						_, _ = s.Call(ctx, "ask")
					case g == 1:
						_ = s.Flushed(ctx)
					case g == 2:
						_, _ = c.Call(ctx, "int", i)
					case g == 3 && i == 30:
						c.Abort()
					}
				}
			})
		}
	}
	all.Wait()
}
