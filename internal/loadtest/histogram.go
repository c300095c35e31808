package loadtest

import (
	"math/bits"
	"time"
)

// A histogram counts durations in buckets that are 1/64 of a power of two of
// microseconds wide, so that a quantile is at most 1.6 % too low. Durations over
// 2^36 µs, 19 hours, share the last bucket.
const (
	stepBits   = 6
	steps      = 1 << stepBits
	mostBits   = 36
	allBuckets = (mostBits - stepBits + 1) * steps
)

// histogram has a fixed size. It is not safe for concurrent use.
type histogram struct {
	buckets [allBuckets]uint64
	count   int64
	max     time.Duration
}

// add counts a duration. One below zero, of clocks that disagree, counts as zero.
func (h *histogram) add(d time.Duration) {
	d = max(d, 0)
	h.buckets[bucketOf(d)]++
	h.count++
	h.max = max(h.max, d)
}

func bucketOf(d time.Duration) int {
	us := uint64(d / time.Microsecond)
	if us < steps {
		return int(us)
	}
	shift := bits.Len64(us) - stepBits - 1
	return min((shift+1)*steps+int(us>>shift)-steps, allBuckets-1)
}

// bucketStart is the least duration in a bucket.
func bucketStart(i int) time.Duration {
	if i < steps {
		return time.Duration(i) * time.Microsecond
	}
	shift := i/steps - 1
	return time.Duration((i%steps+steps)<<shift) * time.Microsecond
}

// merge adds what the other one counted.
func (h *histogram) merge(other *histogram) {
	if other.count == 0 {
		return
	}
	for i, n := range &other.buckets {
		h.buckets[i] += n
	}
	h.count += other.count
	h.max = max(h.max, other.max)
}

// reset forgets everything.
func (h *histogram) reset() {
	if h.count > 0 {
		*h = histogram{}
	}
}

// quantile is the duration that a share q of all does not exceed, 0 of none.
func (h *histogram) quantile(q float64) time.Duration {
	if h.count == 0 {
		return 0
	}
	rank := int64(q * float64(h.count))
	seen := int64(0)
	for i, n := range &h.buckets {
		if seen += int64(n); seen > rank {
			return bucketStart(i)
		}
	}
	return h.max
}
