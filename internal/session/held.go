package session

import (
	"container/heap"
	"time"

	"tradewind/internal/trading"
)

// heldSessions are the sessions with something live, by when they are due.
// Manager.mu guards it. There are at most as many as there are sockets.
type heldSessions struct {
	byHash map[[32]byte]*hold
	queue  holdQueue
}

type hold struct {
	session trading.Session // as last known
	count   int
	due     time.Time
	place   int // in the queue, -1 when not in it
}

// hold counts one more holder and reports whether it is the first.
func (q *heldSessions) hold(s trading.Session, due time.Time) (h *hold, first bool) {
	h, ok := q.byHash[s.Hash]
	if !ok {
		h = &hold{session: s, due: due}
		q.byHash[s.Hash] = h
		heap.Push(&q.queue, h)
	}
	h.count++
	q.renew(h, s)
	return h, !ok
}

// renew takes over what is known of a session, if it is newer.
func (q *heldSessions) renew(h *hold, s trading.Session) {
	if s.SeenAt.After(h.session.SeenAt) {
		h.session = s
	}
}

func (q *heldSessions) schedule(h *hold, due time.Time) {
	h.due = due
	if h.place >= 0 {
		heap.Fix(&q.queue, h.place)
	}
}

// scheduleAll makes every session due at the same time, which keeps the heap one.
func (q *heldSessions) scheduleAll(due time.Time) {
	for _, h := range q.queue {
		h.due = due
	}
}

func (q *heldSessions) release(h *hold) {
	if h.count--; h.count == 0 && h.place >= 0 {
		q.drop(h.session.Hash)
	}
}

// drop lets a session go whoever holds it.
func (q *heldSessions) drop(hash [32]byte) {
	if h, ok := q.byHash[hash]; ok {
		delete(q.byHash, hash)
		heap.Remove(&q.queue, h.place)
	}
}

// holdQueue is a heap with the earliest due first.
type holdQueue []*hold

func (q holdQueue) Len() int           { return len(q) }
func (q holdQueue) Less(i, j int) bool { return q[i].due.Before(q[j].due) }
func (q holdQueue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].place, q[j].place = i, j
}

// Push implements heap.Interface.
func (q *holdQueue) Push(x any) {
	h := x.(*hold)
	h.place = len(*q)
	*q = append(*q, h)
}

// Pop implements heap.Interface.
func (q *holdQueue) Pop() any {
	last := len(*q) - 1
	h := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	h.place = -1
	return h
}
