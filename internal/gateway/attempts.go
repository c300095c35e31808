package gateway

import (
	"math"
	"sync"
	"time"
)

// attempts counts what each key did within the last period: exactly in a key's
// first period, and after it as if the events of the period before had been
// spread evenly. What is refused does not count.
//
// Memory is bounded: keys live in two generations of at most half the room each,
// and when the young one is full the old one is forgotten. A key that is in use
// moves along.
type attempts[K comparable] struct {
	limit int
	per   time.Duration
	room  int

	mu         sync.Mutex
	young, old map[K]*window
}

// window is one key's count.
type window struct {
	start           time.Time
	count, previous int
}

func newAttempts[K comparable](limit int, per time.Duration, room int) *attempts[K] {
	return &attempts[K]{limit: limit, per: per, room: max(room, 2), young: map[K]*window{}, old: map[K]*window{}}
}

// take counts one event of a key, or returns how long the key has to wait.
func (a *attempts[K]) take(key K, now time.Time) (wait time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	w := a.windowLocked(key, now)
	if wait := w.wait(a.limit, a.per, now); wait > 0 {
		return wait
	}
	w.count++
	return 0
}

func (a *attempts[K]) windowLocked(key K, now time.Time) *window {
	w := a.young[key]
	if w == nil {
		if len(a.young) >= a.room/2 {
			a.young, a.old = make(map[K]*window), a.young
		}
		if w = a.old[key]; w == nil {
			w = &window{start: now}
		}
		delete(a.old, key)
		a.young[key] = w
	}
	switch age := now.Sub(w.start); {
	case age >= 2*a.per:
		*w = window{start: now}
	case age >= a.per:
		*w = window{start: w.start.Add(a.per), previous: w.count}
	}
	return w
}

// wait is how long until one more event stays within the limit.
func (w *window) wait(limit int, per time.Duration, now time.Time) time.Duration {
	age := now.Sub(w.start)
	if w.count >= limit {
		// Nothing before the period ends; then what was counted fades.
		return per - age + fade(w.count, limit-1, per)
	}
	return max(0, fade(w.previous, limit-1-w.count, per)-age)
}

// fade is how far into a period the events of the period before weigh no more than room.
func fade(previous, room int, per time.Duration) time.Duration {
	if previous <= room {
		return 0
	}
	share := float64(previous-room) / float64(previous)
	return time.Duration(math.Ceil(share * float64(per)))
}
