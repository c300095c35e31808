package executor

import (
	"sync"
	"time"

	"tradewind/internal/trading"
)

// orderLimits has a token bucket of orders for each user who has placed some
// lately. A full bucket is as good as none and is dropped.
type orderLimits struct {
	perSecond, burst float64

	mu      sync.Mutex
	buckets map[trading.UserID]*bucket
	sweepAt int // number of buckets at which full ones are looked for
}

// bucket had so many tokens at a time; since then it fills.
type bucket struct {
	tokens float64
	at     time.Time
}

const smallestSweep = 1024

func newOrderLimits(perSecond float64, burst int) *orderLimits {
	return &orderLimits{
		perSecond: perSecond, burst: float64(burst),
		buckets: make(map[trading.UserID]*bucket), sweepAt: smallestSweep,
	}
}

// take takes a token of a user, or says how long it takes until there is one.
func (l *orderLimits) take(user trading.UserID, now time.Time) (wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.buckets[user]
	if b == nil {
		l.sweepLocked(now)
		b = &bucket{tokens: l.burst, at: now}
		l.buckets[user] = b
	}
	b.tokens, b.at = l.filled(b, now), now
	if b.tokens < 1 {
		missing := (1 - b.tokens) / l.perSecond
		return time.Duration(missing*float64(time.Second)) + time.Millisecond, false
	}
	b.tokens--
	return 0, true
}

// giveBack returns a token whose request made no order. The bucket may be gone,
// which means that it was full.
func (l *orderLimits) giveBack(user trading.UserID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b := l.buckets[user]; b != nil {
		b.tokens = min(b.tokens+1, l.burst)
	}
}

func (l *orderLimits) filled(b *bucket, now time.Time) float64 {
	return min(b.tokens+max(now.Sub(b.at).Seconds(), 0)*l.perSecond, l.burst)
}

// sweepLocked drops full buckets whenever their number has doubled. What stays are
// users who placed orders within the time that fills a bucket.
func (l *orderLimits) sweepLocked(now time.Time) {
	if len(l.buckets) < l.sweepAt {
		return
	}
	for user, b := range l.buckets {
		if l.filled(b, now) >= l.burst {
			delete(l.buckets, user)
		}
	}
	l.sweepAt = max(smallestSweep, 2*len(l.buckets))
}
