package loadtest

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"
)

// awayTime is how long a client that lost its connection stays away: long enough
// to miss something.
const awayTime = 200 * time.Millisecond

// mostAway bounds the clients that are away at once.
const mostAway = 500

// drop cuts connections at an even pace, the clients in turns, until ctx ends. Each
// comes back with its cursor.
func (r *run) drop(ctx context.Context, perSecond float64) {
	var g errgroup.Group
	g.SetLimit(mostAway)
	pace := newPace(perSecond)
	for i := 0; pace.wait(ctx); i++ {
		c := r.clients[i%len(r.clients)]
		if c.slow || !c.trading() || !c.away.CompareAndSwap(false, true) {
			continue
		}
		g.Go(func() error {
			defer c.away.Store(false)
			r.bounce(ctx, c)
			return nil
		})
	}
	_ = g.Wait() // has no errors: they are counted
}

// bounce cuts a connection and opens the next one. It does so to the end also when
// the measuring is over, so that what was missed is seen to come.
func (r *run) bounce(ctx context.Context, c *client) {
	if c.link == nil {
		return
	}
	c.leaving.Store(true)
	c.link.cut()
	r.drops.Add(1)
	r.tally.away(-1)
	c.link = nil
	sleep(ctx, awayTime)
	if err := c.connect(context.WithoutCancel(ctx)); err != nil {
		r.tally.problem("reconnect: " + describe(err))
		return
	}
	r.returns.Add(1)
	r.tally.away(1)
	r.read(c)
}
