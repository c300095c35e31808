package loadtest

import (
	"context"
	"time"
)

// pace is a schedule of even steps. What was missed is caught up with, so that a
// busy machine does not lower the rate. One goroutine uses it.
type pace struct {
	start time.Time
	step  time.Duration
	n     int
}

// newPace makes a schedule; 0 a second means no waiting at all.
func newPace(perSecond float64) *pace {
	p := &pace{start: time.Now()}
	if perSecond > 0 {
		p.step = time.Duration(float64(time.Second) / perSecond)
	}
	return p
}

// wait waits for the next step; false means that ctx ended.
func (p *pace) wait(ctx context.Context) bool {
	at := p.start.Add(time.Duration(p.n) * p.step)
	p.n++
	return sleep(ctx, time.Until(at))
}

// sleep waits; false means that ctx ended.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
