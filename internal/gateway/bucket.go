package gateway

import "time"

// rate is how often something may happen: burst times at once, and again as
// tokens come back evenly, burst of them in every per.
type rate struct {
	burst int
	per   time.Duration
}

// interval is how long one token takes to come back.
func (r rate) interval() time.Duration { return r.per / time.Duration(r.burst) }

// bucket is a token bucket in one word: the time, counted from a start of the
// owner's choice, at which it is full again. The zero bucket is full.
type bucket struct{ full time.Duration }

// wait is how long until there is a token, 0 when there is one.
func (b *bucket) wait(r rate, now time.Duration) time.Duration {
	return max(0, b.full-now-r.per+r.interval())
}

// take takes a token. The caller has asked wait.
func (b *bucket) take(r rate, now time.Duration) {
	b.full = max(b.full, now) + r.interval()
}

// give puts a token back; a full bucket stays full.
func (b *bucket) give(r rate) { b.full -= r.interval() }
