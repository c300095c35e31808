package executor

import (
	"time"

	"tradewind/internal/trading"
)

// OrderBuckets places one order of each of many users and returns how many buckets
// are kept for them when they are all full again and one more user comes.
func OrderBuckets(users []trading.UserID) (during, after int) {
	l := newOrderLimits(20, 200)
	now := time.Unix(0, 0)
	for _, u := range users {
		l.take(u, now)
	}
	during = len(l.buckets)
	l.sweepAt = during
	l.take("one more", now.Add(time.Minute))
	return during, len(l.buckets)
}
