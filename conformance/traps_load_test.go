package conformance_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"tradewind/socketio"
)

// readers are a client of each transport that has joined "/", as functions that
// return its next packet, "B…" for an attachment.
func (s *server) readers(t *testing.T) map[string]func() string {
	t.Helper()
	query := s.joinByPolling(t)
	var queue []string
	return map[string]func() string{
		"websocket": s.joined(t).next,
		"polling": func() string {
			for len(queue) == 0 {
				a := s.get(t, query)
				if a.err != nil || a.status != 200 {
					t.Fatalf("GET: %+v", a)
				}
				queue = strings.Split(a.body, "\x1e")
			}
			packet := queue[0]
			queue = queue[1:]
			if text, ok := strings.CutPrefix(packet, "b"); ok {
				data, err := base64.StdEncoding.DecodeString(text)
				if err != nil {
					t.Fatalf("%s: %v", packet, err)
				}
				return "B" + string(data)
			}
			return packet
		},
	}
}

// concurrently runs f(0) to f(n-1) at the same time and waits for them when the test is over.
func concurrently(t *testing.T, n int, f func(i int) error) {
	var running sync.WaitGroup
	t.Cleanup(running.Wait)
	for i := range n {
		running.Go(func() {
			if err := f(i); err != nil {
				t.Error(err)
			}
		})
	}
}

// Trap 8: under load another packet comes between a binary event and its
// attachments, which ends the client with a parse error (socketioxide 232, python-socketio 37).
func TestTrap08_AttachmentsFollowTheirEventUnderLoad(t *testing.T) {
	server, s, _ := joining(t, socketio.Options{MaxOutboxBytes: 64 << 20})
	readers := s.readers(t)
	const emitters, each = 8, 100
	concurrently(t, emitters, func(g int) error {
		for i := range each {
			tag := fmt.Sprintf("%d.%d", g, i)
			if err := errors.Join(
				server.Emit(t.Context(), "text", tag),
				server.Emit(t.Context(), "binary", tag, []byte("first of "+tag), []byte("second of "+tag)),
			); err != nil {
				return err
			}
		}
		return nil
	})
	for name, next := range readers {
		t.Run(name, func(t *testing.T) {
			for range 2 * emitters * each {
				event := next()
				if strings.HasPrefix(event, `42["text",`) {
					continue
				}
				tag, ok := strings.CutPrefix(event, `452-["binary","`)
				tag, _, _ = strings.Cut(tag, `"`)
				if a, b := next(), next(); !ok || a != "Bfirst of "+tag || b != "Bsecond of "+tag {
					t.Fatalf("%s is followed by %q and %q", event, a, b)
				}
			}
		})
	}
}

// Trap 15: emits of several goroutines corrupt each other's frames (go-socket.io
// 99, zishang520 52), and a goroutine for each packet loses the order (graarh 50, mtfelian 11).
func TestTrap15_ConcurrentEmitsArriveWholeAndInOrder(t *testing.T) {
	t.Run("out", func(t *testing.T) {
		server, s, joined := joining(t, socketio.Options{MaxOutboxBytes: 64 << 20})
		readers := s.readers(t)
		members := []*socketio.Socket{receive(t, joined), receive(t, joined)}
		const emitters, each = 16, 100
		filler := strings.Repeat("0123456789", 20)
		concurrently(t, emitters, func(g int) error {
			for i := range each {
				if g%2 == 0 { // to everybody
					if err := server.Emit(t.Context(), "n", g, i, filler); err != nil {
						return err
					}
					continue
				}
				for _, m := range members { // to each one
					if err := m.Emit(t.Context(), "n", g, i, filler); err != nil {
						return err
					}
				}
			}
			return nil
		})
		for name, next := range readers {
			t.Run(name, func(t *testing.T) {
				var want [emitters]int
				for range emitters * each {
					packet := next()
					var g, i int
					if _, err := fmt.Sscanf(packet, `42["n",%d,%d,`, &g, &i); err != nil || packet != fmt.Sprintf(`42["n",%d,%d,"%s"]`, g, i, filler) {
						t.Fatalf("got %.300q", packet)
					}
					if i != want[g] {
						t.Fatalf("event %d of emitter %d came where %d was due", i, g, want[g])
					}
					want[g]++
				}
			})
		}
	})
	t.Run("in", func(t *testing.T) {
		s := sockets(t)
		sock := s.joined(t)
		for i := range 200 {
			sock.send(fmt.Sprintf(`42["message",%d]`, i))
		}
		for i := range 200 {
			sock.expect(fmt.Sprintf(`42["message-back",%d]`, i))
		}
	})
}

// Trap 35: broadcasts with acks keep their callbacks for every client that never
// answers (socket.io 4984 and 5442), and callers of a client that has gone wait
// for ever (socket.io 2275).
func TestTrap35_UnansweredCallsEndAndLeakNothing(t *testing.T) {
	t.Run("timeouts leave nothing", func(t *testing.T) {
		server, s, _ := joining(t, socketio.Options{})
		const clients, batches, each = 10, 20, 50
		var silent []*socket
		for range clients {
			silent = append(silent, s.joined(t))
		}
		ask := func() {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			var asked sync.WaitGroup
			defer asked.Wait()
			for range each {
				asked.Go(func() {
					var none *socketio.NoAnswerError
					if _, err := server.Call(ctx, "question"); !errors.As(err, &none) && !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("a call that nobody answers ends with %v", err)
					}
				})
			}
		}
		ask() // what is made once is made
		before := live()
		for range batches {
			ask()
		}
		const leak = batches * each * clients // objects, if each call left one for each client
		if grown := live().objects - before.objects; grown > leak/10 {
			t.Errorf("%d objects are left of %d calls to %d clients", grown, batches*each, clients)
		}
		for _, sock := range silent { // late answers are ignored, and the clients stay
			sock.send(`430["late"]`, `431["late"]`, `42["message"]`)
			for sock.next() != `42["message-back"]` {
			}
		}
	})
	t.Run("the end of a client ends its calls", func(t *testing.T) {
		server, s, joined := joining(t, socketio.Options{})
		answers, leaves := s.joined(t), s.joined(t)
		receive(t, joined)
		gone := receive(t, joined)
		all, one := make(chan error, 1), make(chan error, 1)
		got := make(chan []socketio.Args, 1)
		concurrently(t, 1, func(int) error { _, err := gone.Call(context.Background(), "one"); one <- err; return nil })
		leaves.expect(`420["one"]`)
		concurrently(t, 1, func(int) error {
			args, err := server.Call(context.Background(), "all")
			got <- args
			all <- err
			return nil
		})
		leaves.expect(`421["all"]`)
		answers.expect(`421["all"]`)
		answers.send(`431["here"]`)
		leaves.conn.Close()
		var ended *socketio.EndedError
		if err := receive(t, one); !errors.As(err, &ended) || ended.Reason != socketio.TransportClose {
			t.Errorf("the call of one ends with %v", err)
		}
		if args := receive(t, got); len(args) != 1 || string(args[0].Raw(0)) != `"here"` {
			t.Errorf("the call of all got %v", args)
		}
		var none *socketio.NoAnswerError
		if err := receive(t, all); !errors.As(err, &none) || none.Missing != 1 {
			t.Errorf("the call of all ends with %v", err)
		}
	})
}
