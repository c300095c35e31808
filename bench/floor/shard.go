//go:build linux

package main

import (
	"cmp"
	"context"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

const (
	inboxSize   = 4096                   // tasks that may wait for a shard
	pingTick    = 100 * time.Millisecond // how finely heartbeats are spread
	retryGap    = 10 * time.Millisecond  // when a full connection is tried again
	mostUnsent  = 1 << 20                // bytes that may wait for one connection before it is closed
	scratchSize = 64 << 10
)

// kind is what a task asks of a shard.
type kind uint8

const (
	deliver kind = iota // frame to rooms[0]
	admit               // conn, into rooms
	enter               // conn, into further rooms
	leave               // conn is over
)

type task struct {
	kind  kind
	conn  *connection
	rooms []string
	frame []byte
}

type room struct{ members []*connection }

// shard owns connections, their rooms, and all writes to them.
type shard struct {
	inbox   chan task
	ping    time.Duration
	gap     time.Duration // 0: a write per message
	conns   []*connection
	rooms   map[string]*room
	dirty   []*connection // with something to write at the next flush
	spare   []*connection
	queues  [][][]byte // empty queues to be used again
	scratch []byte
	next    int     // of conns, the next to be pinged
	owed    float64 // pings
}

func newShard(ping, gap time.Duration) *shard {
	return &shard{
		inbox: make(chan task, inboxSize), ping: ping, gap: gap,
		rooms: make(map[string]*room), scratch: make([]byte, 0, scratchSize),
	}
}

// post is false when ctx ended first.
func (s *shard) post(ctx context.Context, t task) bool {
	select {
	case s.inbox <- t:
		return true
	case <-ctx.Done():
		return false
	}
}

// run works until ctx ends.
func (s *shard) run(ctx context.Context) {
	pings := time.NewTicker(pingTick)
	defer pings.Stop()
	var flush <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case t := <-s.inbox:
			s.do(t)
		case <-pings.C:
			s.pingSome()
		case <-flush:
			flush = nil
			s.flush()
		}
		if flush == nil && len(s.dirty) > 0 {
			flush = time.After(cmp.Or(s.gap, retryGap))
		}
	}
}

func (s *shard) do(t task) {
	switch t.kind {
	case deliver:
		if r := s.rooms[t.rooms[0]]; r != nil {
			for _, c := range r.members {
				s.push(c, t.frame)
			}
		}
	case admit:
		s.conns = append(s.conns, t.conn)
		s.enter(t.conn, t.rooms)
	case enter:
		s.enter(t.conn, t.rooms)
	case leave:
		s.leave(t.conn)
	}
}

func (s *shard) enter(c *connection, names []string) {
	for _, name := range names {
		r := s.rooms[name]
		if r == nil {
			r = &room{}
			s.rooms[name] = r
		}
		r.members = append(r.members, c)
		c.rooms = append(c.rooms, r)
	}
}

func (s *shard) leave(c *connection) {
	for _, r := range c.rooms {
		r.members = without(r.members, c)
	}
	s.conns = without(s.conns, c)
	c.gone, c.rooms, c.tail = true, nil, nil
	unix.Close(c.fd)
}

// without takes c out of list, whose order does not matter.
func without(list []*connection, c *connection) []*connection {
	i := slices.Index(list, c)
	if i < 0 {
		return list
	}
	last := len(list) - 1
	list[i], list[last] = list[last], nil
	return list[:last]
}

var pingFrame = textFrame("2")

// pingSome pings as many connections as have their turn in one tick.
func (s *shard) pingSome() {
	s.owed += float64(len(s.conns)) * float64(pingTick) / float64(s.ping)
	for ; s.owed >= 1 && len(s.conns) > 0; s.owed-- {
		s.next = (s.next + 1) % len(s.conns)
		s.push(s.conns[s.next], pingFrame)
	}
}
