package loadtest

import (
	"sync"
	"time"
)

// clock learns how far the server's clock is from ours, from answers to the event
// clock. It may be used concurrently.
type clock struct {
	mu     sync.Mutex
	asked  int64 // Unix nanoseconds
	trip   time.Duration
	offset time.Duration // of the answer with the shortest trip: how much the server is ahead
	known  bool
}

func (c *clock) ask(now int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = now
}

// answer takes the server's time in milliseconds.
func (c *clock) answer(server, now int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	trip := time.Duration(now - c.asked)
	if c.asked == 0 || server == 0 || c.known && trip >= c.trip {
		return
	}
	middle := c.asked + int64(trip/2)
	c.known, c.trip, c.offset = true, trip, time.Duration(server*1e6-middle)
}

// skew is how much the server's clock is ahead. What is within the error of the
// measurement, half a trip and the millisecond that the answer is rounded to,
// counts as none: so it is on one machine.
func (c *clock) skew() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.known || c.offset.Abs() <= c.trip/2+time.Millisecond {
		return 0
	}
	return c.offset
}
