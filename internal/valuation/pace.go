package valuation

import "time"

// beat is what pace knows of one account. The zero value has nothing to send.
type beat struct {
	dirty    bool      // there is something new to send
	cooling  bool      // its window is open until:
	until    time.Time //
	inReady  bool
	inUrgent bool
	gone     bool // nobody watches it any more
}

// paced is what has a beat.
type paced interface{ rhythm() *beat }

// pace says whose turn it is: everybody at most once a window, except for what is
// urgent. It does not lock and knows no clock but the times it is given, which
// must not go back.
//
// Queues hold nobody twice, so they are as long as there are accounts, plus those
// that left within one window.
type pace[T paced] struct {
	window  time.Duration
	urgent  queue[T]
	ready   queue[T]
	cooling queue[T] // in the order in which windows end, because all are equally long
	merged  uint64   // marks that needed no turn of their own
}

// mark says that there is something new, which may wait until the window ends.
func (p *pace[T]) mark(v T) {
	b := v.rhythm()
	if b.dirty {
		p.merged++
		return
	}
	b.dirty = true
	if !b.cooling {
		p.makeReady(v, b)
	}
}

// hurry says that there is something new that may not wait.
func (p *pace[T]) hurry(v T) {
	b := v.rhythm()
	b.dirty = true
	if !b.inUrgent {
		b.inUrgent = true
		p.urgent.push(v)
	}
}

func (p *pace[T]) makeReady(v T, b *beat) {
	if !b.inReady {
		b.inReady = true
		p.ready.push(v)
	}
}

// next returns one whose turn it is, which counts as sent from then on.
func (p *pace[T]) next(now time.Time) (v T, ok bool) {
	p.thaw(now)
	for p.urgent.len() > 0 {
		v = p.urgent.pop()
		b := v.rhythm()
		b.inUrgent = false
		if p.send(v, b, now) {
			return v, true
		}
	}
	for p.ready.len() > 0 {
		v = p.ready.pop()
		b := v.rhythm()
		b.inReady = false
		// Whoever was urgent meanwhile is cooling and comes back when that is over.
		if !b.cooling && p.send(v, b, now) {
			return v, true
		}
	}
	var none T
	return none, false
}

func (p *pace[T]) send(v T, b *beat, now time.Time) bool {
	if !b.dirty || b.gone {
		return false
	}
	b.dirty = false
	if !b.cooling {
		b.cooling, b.until = true, now.Add(p.window)
		p.cooling.push(v)
	}
	return true
}

// thaw ends the windows that are over.
func (p *pace[T]) thaw(now time.Time) {
	for p.cooling.len() > 0 {
		v := p.cooling.peek()
		b := v.rhythm()
		if b.until.After(now) {
			return
		}
		p.cooling.pop()
		b.cooling = false
		if b.dirty && !b.gone {
			p.makeReady(v, b)
		}
	}
}

// waiting reports whether it may be somebody's turn before any window ends.
func (p *pace[T]) waiting() bool { return p.urgent.len()+p.ready.len() > 0 }

// wakeAt is when the next window ends; false when none is open.
func (p *pace[T]) wakeAt() (time.Time, bool) {
	if p.cooling.len() == 0 {
		return time.Time{}, false
	}
	return p.cooling.peek().rhythm().until, true
}

// queue is first in, first out.
type queue[T any] struct {
	items []T
	head  int
}

func (q *queue[T]) len() int { return len(q.items) - q.head }
func (q *queue[T]) peek() T  { return q.items[q.head] }
func (q *queue[T]) push(v T) { q.items = append(q.items, v) }

func (q *queue[T]) pop() T {
	var none T
	v := q.items[q.head]
	q.items[q.head] = none
	q.head++
	// Moving the rest down once half is empty costs one move per item, whatever the length.
	if q.head*2 >= len(q.items) {
		rest := copy(q.items, q.items[q.head:])
		clear(q.items[rest:])
		q.items, q.head = q.items[:rest], 0
	}
	return v
}
