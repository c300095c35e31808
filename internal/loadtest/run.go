package loadtest

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// run is one load test on its way.
type run struct {
	o       Options
	base    *url.URL
	address string // host and port to dial
	upgrade []byte // the request that opens a WebSocket
	tls     *tls.Config
	symbols []string
	event   string // the one that counts as a delivery; empty: all

	clients []*client
	figures []*figures
	tally   *tally
	orders  *orders
	clock   clock
	course  course
	readers sync.WaitGroup // the goroutine of each connection, and of each question
	sockets sync.WaitGroup // of those, the readers of the lean client

	looking  atomic.Bool  // readers look for the end of their connection, and stop
	counting atomic.Bool  // what comes is measured
	late     atomic.Bool  // the measuring is over, and the last broadcasts are still coming in
	began    atomic.Int64 // of measuring, Unix nanoseconds
	ended    atomic.Int64
	skew     atomic.Int64 // how much the server's clock is ahead, in nanoseconds
	drops    atomic.Int64
	returns  atomic.Int64
}

// marks are what the processes had used when a phase ended.
type marks struct {
	before, connected, began, ended use
	ownBegan, ownEnded              time.Duration
	connecting                      time.Duration // from the first connect to the last answer
	measured                        time.Duration
}

// Run does a load test. Mistakes in o are told before anything is connected. The
// report of a run that ctx ended early is of what was measured until then. When no
// client could connect, the error is ErrNoClient and the report says why.
func Run(ctx context.Context, o Options) (Report, error) {
	if err := o.Validate(); err != nil {
		return Report{}, err
	}
	r, err := newRun(o.withDefaults())
	if err != nil {
		return Report{}, err
	}
	if err := r.findSymbols(ctx); err != nil {
		return Report{}, err
	}
	return r.do(ctx)
}

func newRun(o Options) (*run, error) {
	base, err := o.endpoint()
	if err != nil {
		return nil, err
	}
	r := &run{o: o, base: base, upgrade: upgradeRequest(base.Host), tally: newTally(), event: deliveryOf(o.Scenario)}
	port := base.Port()
	if port == "" {
		port = base.Scheme // the name of the service
	}
	r.address = net.JoinHostPort(base.Hostname(), port)
	r.tls = &tls.Config{ServerName: base.Hostname(), InsecureSkipVerify: o.InsecureTLS, NextProtos: []string{"http/1.1"}}
	r.orders = newOrders(r)
	for range shards() {
		r.figures = append(r.figures, newFigures())
	}
	for i := range o.Clients {
		share := func(n int) int { return int(float64(n) * o.SlowPercent / 100) }
		r.clients = append(r.clients, &client{
			run: r, index: i, figures: r.figures[i%len(r.figures)],
			slow: share(i+1) > share(i), // spread evenly
		})
	}
	return r, nil
}

// tradewind reports whether the server answers what only Tradewind does.
func (r *run) tradewind() bool { return len(r.o.Sessions) > 0 }

// do connects, measures and leaves.
func (r *run) do(ctx context.Context) (Report, error) {
	var m marks
	r.course.begin(r)
	defer r.course.stop()
	m.before = r.serverUse()
	m.connecting = r.connect(ctx)
	m.connected = r.serverUse()
	defer r.leave()
	if connected, _, _ := r.tally.now(); connected == 0 {
		return r.report(m), fmt.Errorf("%s: %w", r.o.URL, ErrNoClient)
	}
	r.buyShares(ctx)
	r.course.enter("settling")
	settled := time.Now().Add(r.o.Settle)
	r.compareClocks(ctx, r.o.Settle)
	sleep(ctx, time.Until(settled))
	r.measure(ctx, &m)
	r.course.enter("waiting for what is late")
	r.waitForLate(ctx)
	r.endSlow()
	r.look()
	return r.report(m), nil
}

// serverUse is what the server's process has used so far; zero when it is not known or is gone.
func (r *run) serverUse() use {
	if r.o.PID == 0 {
		return use{}
	}
	u, err := readUse(r.o.PID)
	if err != nil {
		r.tally.problem("server process: " + err.Error())
	}
	return u
}

// connect connects all clients and returns how long that took.
func (r *run) connect(ctx context.Context) time.Duration {
	r.course.enter("connecting")
	start := time.Now()
	var g errgroup.Group
	g.SetLimit(r.o.InFlight)
	ramp := newPace(r.o.Ramp)
	for _, c := range r.clients {
		if !ramp.wait(ctx) {
			break
		}
		g.Go(func() error {
			r.admit(ctx, c)
			return nil
		})
	}
	_ = g.Wait() // has no errors: they are counted
	return time.Since(start)
}

// admit connects a client and starts its reader, which ends with the connection.
// It reports whether that worked.
func (r *run) admit(ctx context.Context, c *client) bool {
	begun := time.Now()
	if err := c.connect(ctx); err != nil {
		r.tally.refused(err)
		return false
	}
	r.tally.joined(time.Since(begun))
	if !c.slow {
		r.read(c)
	}
	return true
}

// read starts the reader of a client, which ends with its connection.
func (r *run) read(c *client) {
	link, leaving := c.link, c.leaving
	_, lean := link.(*socket)
	if lean {
		r.sockets.Add(1)
	}
	r.readers.Go(func() {
		if lean {
			defer r.sockets.Done()
		}
		reason := reasonOf(link.read())
		if leaving.Load() || r.looking.Load() && reason == pingTimeout {
			return
		}
		link.cut()
		r.tally.lost(reason)
	})
}

// look finds out which connections have ended unnoticed. Their readers are over then.
func (r *run) look() {
	r.looking.Store(true)
	for _, c := range r.clients {
		if s, ok := c.link.(*socket); ok && !c.slow {
			s.look()
		}
	}
	r.sockets.Wait()
}

// measure counts for as long as the options say.
func (r *run) measure(ctx context.Context, m *marks) {
	r.course.enter("measuring")
	ctx, cancel := context.WithTimeout(ctx, r.o.Duration)
	defer cancel()
	m.began, m.ownBegan = r.serverUse(), ownCPU()
	start := time.Now()
	r.began.Store(start.UnixNano())
	r.counting.Store(true)
	var g errgroup.Group
	if r.o.Scenario.trades() {
		g.Go(func() error { r.orders.place(ctx, r.o.OrdersPerSecond); return nil })
	}
	if r.o.Scenario == Mixed {
		g.Go(func() error { r.drop(ctx, r.o.DropsPerSecond); return nil })
	}
	<-ctx.Done()
	r.late.Store(true)
	r.ended.Store(time.Now().UnixNano())
	r.counting.Store(false)
	m.measured = time.Since(start)
	m.ended, m.ownEnded = r.serverUse(), ownCPU()
	r.course.closeWindow()
	_ = g.Wait() // has no errors: they are counted
}

// lateTime is how long what was under way at the end may take to arrive.
const lateTime = 2 * time.Second

// waitForLate gives the last broadcasts and trades time to arrive.
func (r *run) waitForLate(ctx context.Context) {
	defer r.late.Store(false)
	if !r.o.Scenario.trades() && r.o.Scenario != Broadcast {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, lateTime)
	defer cancel()
	for sleep(ctx, 10*time.Millisecond) {
		if r.o.Scenario.trades() && r.orders.open() == 0 || r.o.Scenario == Broadcast && r.allComplete() {
			return
		}
	}
}

// slowEndTime is how long a client that did not read looks for the end of its
// connection, behind all that the systems of both sides hold for it.
const slowEndTime = 2 * time.Second

// endSlow finds out which of the clients that did not read have lost their connection.
func (r *run) endSlow() {
	var g errgroup.Group
	for _, c := range r.clients {
		if s, ok := c.link.(*socket); ok && c.slow {
			g.Go(func() error {
				_ = s.conn.SetDeadline(time.Now().Add(slowEndTime)) // fails when the connection is gone, which reading tells as well
				if reason := reasonOf(s.read()); reason != pingTimeout {
					r.tally.slowEnded(reason)
				}
				return nil
			})
		}
	}
	_ = g.Wait() // has no errors: they are counted
}

// leave ends all connections and waits for their readers.
func (r *run) leave() {
	r.course.enter("leaving")
	var g errgroup.Group
	g.SetLimit(64)
	for _, c := range r.clients {
		if c.link == nil {
			continue
		}
		c.leaving.Store(true)
		g.Go(func() error { c.link.leave(); return nil })
	}
	_ = g.Wait() // has no errors
	r.readers.Wait()
	r.orders.http.CloseIdleConnections()
}
