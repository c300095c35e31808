package engineio

import "time"

// flushGap is the least time between two writes to one connection, which follows
// a shard's load: a shard that has time waits no longer than Options.FlushGap; one
// that has not puts more messages into each write, up to Options.MaxFlushGap. A
// write costs about as much as packing a hundred messages, so that is what gives
// it time again.
type flushGap struct {
	least, most time.Duration
	now         time.Duration // the gap in effect

	began  time.Duration // of this window, since the shard began
	waited time.Duration // of it, with nothing to do
	late   time.Duration // the most that a flush came after its time
}

const (
	// gapWindow is how long load is looked at before the gap changes.
	gapWindow = 40 * time.Millisecond
	// busyShare and idleShare are the shares of a window at work above which the gap
	// grows, and below which it shrinks.
	busyShare, idleShare = 0.55, 0.35
)

func newFlushGap(o Options) flushGap {
	return flushGap{least: o.FlushGap, most: max(o.MaxFlushGap, o.FlushGap), now: o.FlushGap}
}

// observe takes the end of a wait; at is the time since the shard began.
func (g *flushGap) observe(at, waited time.Duration) {
	g.waited += waited
	length := at - g.began
	if length < gapWindow {
		return
	}
	work := 1 - float64(g.waited)/float64(length)
	switch {
	case work > busyShare || g.late > g.now:
		g.now = min(g.now+g.now/2, g.most)
	case work < idleShare:
		g.now = max(g.now-g.now/4, g.least)
	}
	g.began, g.waited, g.late = at, 0, 0
}
