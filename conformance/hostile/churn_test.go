package hostile_test

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tradewind/conformance/hostile"
	"tradewind/socketio"
)

// Clients come and go in every way; afterwards no session, socket, room, call,
// timer or goroutine is left, and there is room for as many as before.
func TestConnectsAndDisconnects(t *testing.T) {
	const room = 3_000
	warmUp, visits := int64(1_000), int64(4_000)
	if soak() {
		warmUp, visits = 10_000, 100_000
	}
	st := serve(t, socketio.Options{MaxConnections: room})
	c := &churn{station: st, seed: seed(t)}
	c.round(warmUp)
	before := st.rest(0)
	c.done.Store(0)
	began := time.Now()
	c.round(visits)
	took := time.Since(began)
	after := st.rest(before.goroutines)
	t.Logf("%d connects and disconnects in %v; closed %v", c.done.Load(), took.Round(time.Second), st.Stats().ClosedByReason)
	st.compare(before, after)
	st.log.check(t)
	st.fillUp(t, room)
}

// churn opens and ends sessions.
type churn struct {
	*station
	seed uint64
	next atomic.Uint64
	done atomic.Int64 // visits
	last atomic.Int64 // when the last one was done, in Unix nanoseconds
}

// stays are what clients do while they are there.
var stays = []struct {
	name string
	do   func(v visitor, r *rand.Rand) error
}{
	{"nothing", func(visitor, *rand.Rand) error { return nil }},
	{"joins rooms", func(v visitor, r *rand.Rand) error {
		return v.send(packets(`2["join","`+strconv.Itoa(r.IntN(1000))+`"]`, `2["join","`+strconv.FormatUint(r.Uint64(), 36)+`"]`))
	}},
	{"is called and does not answer", func(v visitor, _ *rand.Rand) error { return v.send(packets("0/called,")) }},
	{"joins a namespace and leaves it", func(v visitor, r *rand.Rand) error {
		if err := v.send(packets("0/custom,")); err != nil {
			return err
		}
		if err := v.await(1, "40/custom"); err != nil {
			return err
		}
		return v.send(packets(`2/custom,["join","`+strconv.Itoa(r.IntN(1000))+`"]`, "1/custom,"))
	}},
	{"leaves and joins again", func(v visitor, _ *rand.Rand) error {
		if err := v.send(packets("1", "0")); err != nil {
			return err
		}
		return v.joined(1)
	}},
	{"waits for a middleware", func(v visitor, _ *rand.Rand) error { return v.send(packets("0/slow,")) }},
	{"asks", func(v visitor, _ *rand.Rand) error {
		if err := v.send(packets(`21["message-with-ack",1]`)); err != nil {
			return err
		}
		return v.await(1, "431[1]")
	}},
	{"leaves handlers at work", func(v visitor, _ *rand.Rand) error {
		if err := v.send(packets("0/blocked,")); err != nil {
			return err
		}
		if err := v.await(1, "40/blocked"); err != nil {
			return err
		}
		return v.send(many(`2/blocked,["wait"]`, 5))
	}},
}

func (c *churn) round(n int64) {
	c.last.Store(time.Now().UnixNano())
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for c.done.Load() < n && !c.t.Failed() {
				c.visit()
			}
		})
	}
	wg.Wait()
}

// visit is one session. Its transport, what it does and how it ends are drawn.
func (c *churn) visit() {
	n := c.next.Add(1)
	r := hostile.Rand(c.seed, n)
	how := r.IntN(3)
	v, err := state{name: "joined", enter: packets("0"), joins: 1, deaf: true}.open(c.host, how > 0)
	if err != nil {
		if errors.Is(err, errFull) && time.Since(time.Unix(0, c.last.Load())) < settling {
			return // by sessions whose clients vanished: the heartbeat ends them
		}
		c.t.Errorf("visit %d: %v", n, err)
		return
	}
	stay := stays[r.IntN(len(stays))]
	if how == 2 {
		if v, err = v.(*poller).becomeSocket(); err != nil {
			c.t.Errorf("visit %d, upgrade: %v", n, err)
			return
		}
	}
	if err := stay.do(v, r); err != nil {
		c.t.Errorf("visit %d %s: %v", n, stay.name, err)
	}
	v.leave(r.IntN(2) == 0)
	c.done.Add(1)
	c.last.Store(time.Now().UnixNano())
}

// becomeSocket does a whole upgrade (Engine.IO 4, "Upgrade").
func (p *poller) becomeSocket() (visitor, error) {
	defer p.Close()
	if err := p.startProbe(); err != nil {
		return nil, err
	}
	s := &socket{wire: p.probe}
	if err := s.await(1, "3probe"); err != nil {
		s.Close()
		return nil, err
	}
	return s, s.write(hostile.Frame(0x81, []byte("5")), whole)
}

// fillUp opens as many sessions as there may be: it is refused if the server still counts some that are gone.
func (st *station) fillUp(t *testing.T, room int) {
	t.Helper()
	w, err := dial(st.host)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for i := range room {
		status, _, err := w.request(http.MethodGet, pollingQuery+"4", nil)
		if err != nil || status != http.StatusOK {
			t.Fatalf("session %d of the %d that there may be: status %d (%v)", i+1, room, status, err)
		}
	}
}
