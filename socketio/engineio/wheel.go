package engineio

import "time"

// Timer is an entry of a shard's timer wheel, meant to be embedded: arming it
// allocates nothing. Set Fire before it is armed. It belongs to the shard.
type Timer struct {
	next, prev *Timer
	due        time.Duration // since the wheel began
	Fire       func()        // called on the shard
}

const wheelSlots = 256

// wheel keeps a shard's timers in slots of one tick each; a timer further away
// than the wheel's span stays in its slot until its round comes. It fires up to
// one tick early, never late by more than the shard itself is late.
type wheel struct {
	tick  time.Duration
	start time.Time
	now   int64 // tick number up to which timers have fired
	armed int
	slots [wheelSlots]Timer // list heads
}

func newWheel(tick time.Duration, start time.Time) *wheel {
	w := &wheel{tick: tick, start: start}
	for i := range w.slots {
		head := &w.slots[i]
		head.next, head.prev = head, head
	}
	return w
}

// arm sets t to fire after d, moving it if it was armed.
func (w *wheel) arm(t *Timer, now time.Time, d time.Duration) {
	w.disarm(t)
	t.due = now.Sub(w.start) + max(d, 0)
	slot := max(int64(t.due/w.tick), w.now+1)
	head := &w.slots[slot%wheelSlots]
	t.prev, t.next = head.prev, head
	head.prev.next, head.prev = t, t
	w.armed++
}

// disarm stops t; it is harmless when t is not armed.
func (w *wheel) disarm(t *Timer) {
	if t.next == nil {
		return
	}
	t.prev.next, t.next.prev = t.next, t.prev
	t.next, t.prev = nil, nil
	w.armed--
}

// advance fires what is due.
func (w *wheel) advance(now time.Time) {
	target := int64(now.Sub(w.start) / w.tick)
	if target-w.now > wheelSlots { // the process slept: every slot once is enough
		w.now = target - wheelSlots
	}
	for w.now < target {
		w.now++
		w.fireSlot(&w.slots[w.now%wheelSlots])
	}
}

func (w *wheel) fireSlot(head *Timer) {
	// Collect first: a timer that fires may arm or disarm any other.
	var due Timer
	due.next, due.prev = &due, &due
	for t := head.next; t != head; {
		next := t.next
		if int64(t.due/w.tick) <= w.now {
			t.prev.next, t.next.prev = t.next, t.prev
			t.prev, t.next = due.prev, &due
			due.prev.next, due.prev = t, t
		}
		t = next
	}
	for due.next != &due {
		t := due.next
		w.disarm(t)
		t.Fire()
	}
}
