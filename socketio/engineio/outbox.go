package engineio

import "slices"

// indexFrom is the queue length from which an outbox looks keys up in a map.
// Below it, walking the queue is cheaper and needs no memory.
const indexFrom = 48

// outbox is what a connection still has to be sent, oldest first. Ordered
// messages keep their order; a message with a key replaces a queued one with
// the same key, so keyed messages are bounded by the number of keys. The bytes
// of both count against the connection's bound. It belongs to the shard.
type outbox struct {
	queue   []*Message // nil where a message was replaced further back
	head    int        // queue[:head] has been taken
	ordered int        // one more than the index of the newest ordered message
	bytes   int
	index   map[string]int // key to position, only while the queue is long
}

func (o *outbox) empty() bool { return o.head == len(o.queue) }

// push queues a message and reports whether it replaced an older value.
func (o *outbox) push(m *Message, spare *spareQueues) (replaced bool) {
	if o.queue == nil {
		o.queue = spare.get()
	}
	if m.key != "" {
		if at := o.find(m); at >= 0 {
			old := o.queue[at]
			o.bytes += m.Size() - old.Size()
			if !m.behind || o.ordered <= at {
				o.queue[at] = m
				return true
			}
			o.queue[at] = nil
			o.append(m)
			return true
		}
	}
	o.append(m)
	o.bytes += m.Size()
	return false
}

func (o *outbox) append(m *Message) {
	if len(o.queue) == cap(o.queue) && o.head > len(o.queue)/2 {
		o.compact()
	}
	o.queue = append(o.queue, m)
	if m.key == "" {
		o.ordered = len(o.queue)
		return
	}
	if o.index != nil {
		o.index[m.key] = len(o.queue) - 1
	} else if len(o.queue)-o.head > indexFrom {
		o.reindex()
	}
}

// compact moves the queue to the front of its memory and drops the holes.
func (o *outbox) compact() {
	kept := o.queue[:0]
	ordered := 0
	for i := o.head; i < len(o.queue); i++ {
		if m := o.queue[i]; m != nil {
			kept = append(kept, m)
			if m.key == "" {
				ordered = len(kept)
			}
		}
	}
	clear(o.queue[len(kept):])
	o.queue, o.head, o.ordered = kept, 0, ordered
	if o.index != nil {
		o.reindex()
	}
}

func (o *outbox) reindex() {
	o.index = make(map[string]int, len(o.queue))
	for i := o.head; i < len(o.queue); i++ {
		if m := o.queue[i]; m != nil && m.key != "" {
			o.index[m.key] = i
		}
	}
}

// find is the position of the queued message with the same key as m, or -1.
func (o *outbox) find(m *Message) int {
	if o.index != nil {
		if at, ok := o.index[m.key]; ok && at >= o.head && o.queue[at] != nil {
			return at
		}
		return -1
	}
	for i := len(o.queue) - 1; i >= o.head; i-- {
		if queued := o.queue[i]; queued != nil && queued.hash == m.hash && queued.key == m.key {
			return i
		}
	}
	return -1
}

// peek is the oldest message, nil if there is none.
func (o *outbox) peek() *Message {
	for o.head < len(o.queue) {
		if m := o.queue[o.head]; m != nil {
			return m
		}
		o.head++
	}
	return nil
}

// hasAttachments reports whether a queued message has any.
func (o *outbox) hasAttachments() bool {
	return slices.ContainsFunc(o.queue[o.head:], func(m *Message) bool { return m != nil && len(m.attachments) > 0 })
}

// pop takes the oldest message off; peek must have returned it.
func (o *outbox) pop(spare *spareQueues) {
	m := o.queue[o.head]
	o.bytes -= m.Size()
	if o.index != nil && m.key != "" {
		delete(o.index, m.key)
	}
	o.queue[o.head] = nil
	o.head++
	if o.head == len(o.queue) {
		o.release(spare)
	}
}

// drop throws everything away. Markers are called: what they waited for is over.
func (o *outbox) drop(spare *spareQueues) {
	for m := o.peek(); m != nil; m = o.peek() {
		o.pop(spare)
		if m.flushed != nil {
			m.flushed()
		}
	}
	o.release(spare)
}

// release gives the queue's memory back: an idle connection holds none.
func (o *outbox) release(spare *spareQueues) {
	if o.queue != nil {
		clear(o.queue)
		spare.put(o.queue[:0])
	}
	*o = outbox{}
}

// spareQueues is a shard's free list of queue memory.
type spareQueues struct{ free [][]*Message }

const (
	maxSpareQueues = 4096
	maxSpareCap    = 256
)

func (s *spareQueues) get() []*Message {
	if n := len(s.free); n > 0 {
		q := s.free[n-1]
		s.free[n-1] = nil
		s.free = s.free[:n-1]
		return q
	}
	return make([]*Message, 0, 4)
}

func (s *spareQueues) put(q []*Message) {
	if cap(q) <= maxSpareCap && len(s.free) < maxSpareQueues {
		s.free = append(s.free, q)
	}
}
