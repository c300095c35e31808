package executor

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"tradewind/internal/trading"
)

// orderLimits has a token bucket of orders for each user who has placed some
// lately. A full bucket is as good as none and is dropped.
type orderLimits struct {
	rate  rate.Limit
	burst int

	mu      sync.Mutex
	buckets map[trading.UserID]*rate.Limiter
	sweepAt int // number of buckets at which full ones are looked for
}

const smallestSweep = 1024

func newOrderLimits(perSecond float64, burst int) *orderLimits {
	return &orderLimits{
		rate: rate.Limit(perSecond), burst: burst,
		buckets: make(map[trading.UserID]*rate.Limiter), sweepAt: smallestSweep,
	}
}

// take takes a token of a user, or says how long it takes until there is one.
func (l *orderLimits) take(user trading.UserID, now time.Time) (wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.buckets[user]
	if b == nil {
		l.sweepLocked(now)
		b = rate.NewLimiter(l.rate, l.burst)
		l.buckets[user] = b
	}
	if b.AllowN(now, 1) {
		return 0, true
	}
	missing := 1 - b.TokensAt(now)
	return time.Duration(missing/float64(l.rate)*float64(time.Second)).Round(time.Millisecond) + time.Millisecond, false
}

// sweepLocked drops full buckets whenever their number has doubled. What stays are
// users who placed orders within the time that fills a bucket.
func (l *orderLimits) sweepLocked(now time.Time) {
	if len(l.buckets) < l.sweepAt {
		return
	}
	for user, b := range l.buckets {
		if b.TokensAt(now) >= float64(l.burst) {
			delete(l.buckets, user)
		}
	}
	l.sweepAt = max(smallestSweep, 2*len(l.buckets))
}
