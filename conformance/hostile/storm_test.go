package hostile_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"tradewind/conformance/hostile"
	"tradewind/socketio"
	"tradewind/socketio/client"
)

const (
	// workers is how many hostile connections there are at a time.
	workers = 32
	// honestDuring and honestAfter bound the round trips of honest clients, while
	// the processors are busy with being hostile and when they are not.
	honestDuring = 5 * time.Second
	honestAfter  = time.Second
)

// Whatever is sent, in whatever state, honest clients of the same server are
// served, and afterwards nothing is left of it.
func TestHostilePackets(t *testing.T) {
	warmUp, packets := int64(1_000), int64(10_000)
	if soak() {
		warmUp, packets = 50_000, 1_000_000
	}
	st := serve(t, socketio.Options{})
	s := &storm{station: st, seed: seed(t)}
	s.round(warmUp)
	before := st.rest(0)
	s.thrown.Store(0)
	began, first := time.Now(), st.Stats()
	s.round(packets)
	took, last := time.Since(began), st.Stats()
	after := st.rest(before.goroutines)
	t.Logf("%d hostile packets in %v; the server took %d messages and %d MB, and closed %v",
		s.thrown.Load(), took.Round(time.Second), last.MessagesIn-first.MessagesIn, (last.BytesIn-first.BytesIn)>>20, last.ClosedByReason)
	st.compare(before, after)
	st.log.check(t)
	h := newHonest(t, st, client.WebSocket)
	defer h.Close()
	for range 10 {
		if took := h.round(t); took > honestAfter {
			t.Errorf("an honest client waited %v afterwards, allowed are %v", took, honestAfter)
		}
	}
}

// storm throws packets from many connections.
type storm struct {
	*station
	seed   uint64
	next   atomic.Uint64 // number of the next visit
	thrown atomic.Int64  // packets
}

// plan is what visit number n is: every state on both transports with every
// attack first, and then at random.
type plan struct {
	state   state
	polling bool
	attack  *attack // the first; nil: a random one
}

// plans lists every combination once.
func plans() []plan {
	var out []plan
	for _, st := range states {
		for i := range onPolling {
			out = append(out, plan{st, true, &onPolling[i]})
		}
		if st.probe {
			for i := range onProbe {
				out = append(out, plan{st, true, &onProbe[i]})
			}
			continue
		}
		for i := range onSocket {
			out = append(out, plan{st, false, &onSocket[i]})
		}
	}
	return out
}

// round throws n packets while honest clients look on.
func (s *storm) round(n int64) {
	all := plans()
	quit := make(chan struct{})
	var honest, hostiles sync.WaitGroup
	for _, transport := range []client.Transport{client.WebSocket, client.Polling} {
		h := newHonest(s.t, s.station, transport)
		honest.Go(func() {
			defer h.Close()
			h.keepOn(s.t, quit)
		})
	}
	for range workers {
		hostiles.Go(func() {
			for s.thrown.Load() < n && !s.t.Failed() {
				s.visit(all)
			}
		})
	}
	hostiles.Wait()
	close(quit)
	honest.Wait()
}

// visit is one hostile session. A packet counts when it was written while the end
// of its connection had not been seen.
func (s *storm) visit(all []plan) {
	n := s.next.Add(1) - 1
	r := hostile.Rand(s.seed, n)
	p := plan{state: states[r.IntN(len(states))], polling: r.IntN(2) == 0}
	p.polling = p.polling || p.state.probe
	if n < uint64(len(all)) {
		p = all[n]
	}
	v, err := p.state.open(s.host, p.polling)
	if err != nil {
		if !lost(err) {
			s.t.Errorf("visit %d: %v", n, err)
		}
		return
	}
	choice := onSocket
	switch {
	case p.polling && p.state.probe && r.IntN(2) == 0:
		choice = onProbe
	case p.polling:
		choice = onPolling
	}
	for range 1 + r.IntN(4) {
		a := p.attack
		if p.attack = nil; a == nil {
			a = &choice[r.IntN(len(choice))]
		}
		if err = a.prepare(r, hostile.Size(r, maxPayload-200)).send(v); err != nil {
			if !lost(err) {
				s.t.Errorf("visit %d, %s, %s: %v", n, p.state.name, a.name, err)
			}
			break
		}
		s.thrown.Add(1)
	}
	v.leave(err != nil || r.IntN(4) > 0)
}

// lost tells of errors that only say that the server ended the connection.
func lost(err error) bool {
	for _, expected := range []error{errOver, syscall.ECONNRESET, syscall.EPIPE, net.ErrClosed} {
		if errors.Is(err, expected) {
			return true
		}
	}
	return strings.Contains(err.Error(), "EOF") // of the HTTP reader, wrapped in several ways
}

// honest is a client that does nothing wrong.
type honest struct {
	*client.Client
	echoes  chan int
	n       int
	slowest time.Duration
}

func newHonest(t testing.TB, st *station, transport client.Transport) *honest {
	t.Helper()
	c, err := client.New(st.http.URL, client.Options{Transports: []client.Transport{transport}})
	if err != nil {
		t.Fatal(err)
	}
	h := &honest{Client: c, echoes: make(chan int, 1)}
	c.On("message-back", func(a client.Args) {
		var n int
		_ = json.Unmarshal(a.Raw(0), &n)
		h.echoes <- n
	})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := c.Connect(ctx); err != nil {
		t.Fatalf("connect an honest client: %v", err)
	}
	return h
}

// round is an echo and an ack.
func (h *honest) round(t testing.TB) time.Duration {
	h.n++
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), honestDuring)
	defer cancel()
	if err := h.Emit(ctx, "message", h.n); err != nil {
		t.Errorf("honest emit: %v", err)
		return 0
	}
	select {
	case n := <-h.echoes:
		if n != h.n {
			t.Errorf("honest echo %d, want %d", n, h.n)
		}
	case <-ctx.Done():
		t.Errorf("no echo for an honest client within %v", honestDuring)
		return 0
	}
	a, err := h.Call(ctx, "message-with-ack", h.n)
	if err != nil || string(a.Raw(0)) != fmt.Sprint(h.n) {
		t.Errorf("honest ack %s: %v", a, err)
	}
	return time.Since(began)
}

// keepOn goes on until quit is closed.
func (h *honest) keepOn(t testing.TB, quit chan struct{}) {
	for !t.Failed() {
		h.slowest = max(h.slowest, h.round(t))
		select {
		case <-quit:
			t.Logf("honest client on %s: %d rounds, the slowest %v", h.Transport(), h.n, h.slowest.Round(time.Millisecond))
			return
		case <-time.After(20 * time.Millisecond): // the pace of an honest client
		}
	}
}
