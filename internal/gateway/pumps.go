package gateway

import (
	"context"
	"sync"
)

// pumps empties the streams that have something, with a few goroutines that come
// and go with the work. Streams with ledger entries come before those that have
// only a portfolio, and otherwise the one that waits longest.
type pumps struct {
	tasks *tasks
	most  int // goroutines
	empty func(account *stream)

	mu      sync.Mutex
	running int
	entries queue // of streams with entries
	values  queue // of others
}

// waiting says in which queues a stream is. The lock of pumps guards it.
type waiting struct{ entries, values bool }

// add queues a stream, which may be locked. It does not block.
func (p *pumps) add(account *stream, hasEntries bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	in, q := &account.waiting.values, &p.values
	if hasEntries {
		in, q = &account.waiting.entries, &p.entries
	}
	if *in {
		return
	}
	*in = true
	q.push(account)
	if p.running < p.most {
		p.running++
		p.tasks.start(func(context.Context) { p.work() })
	}
}

func (p *pumps) work() {
	for account := p.next(); account != nil; account = p.next() {
		p.empty(account)
	}
}

// next takes the next stream; nil when there is none, and then the caller ends.
func (p *pumps) next() *stream {
	p.mu.Lock()
	defer p.mu.Unlock()
	if account := p.entries.pop(); account != nil {
		account.waiting.entries = false
		return account
	}
	if account := p.values.pop(); account != nil {
		account.waiting.values = false
		return account
	}
	p.running--
	return nil
}

// queue is first in, first out.
type queue struct {
	streams []*stream
	first   int
}

func (q *queue) push(s *stream) {
	if len(q.streams) == cap(q.streams) && q.first > len(q.streams)/2 {
		n := copy(q.streams, q.streams[q.first:])
		clear(q.streams[n:])
		q.streams, q.first = q.streams[:n], 0
	}
	q.streams = append(q.streams, s)
}

// pop returns nil when the queue is empty.
func (q *queue) pop() *stream {
	if q.first == len(q.streams) {
		return nil
	}
	s := q.streams[q.first]
	q.streams[q.first] = nil
	if q.first++; q.first == len(q.streams) {
		q.streams, q.first = q.streams[:0], 0
	}
	return s
}
