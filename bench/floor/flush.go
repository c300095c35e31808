//go:build linux

package main

import (
	"slices"

	"golang.org/x/sys/unix"
)

// push sends a frame to a connection, at once or with the next flush.
func (s *shard) push(c *connection, frame []byte) {
	if s.gap == 0 && len(c.tail) == 0 {
		s.write(c, frame)
		return
	}
	if c.queue == nil {
		if n := len(s.queues); n > 0 {
			c.queue, s.queues = s.queues[n-1], s.queues[:n-1]
		}
	}
	c.queue = append(c.queue, frame)
	s.mark(c)
}

func (s *shard) mark(c *connection) {
	if !c.marked {
		c.marked = true
		s.dirty = append(s.dirty, c)
	}
}

// flush makes one write of what waits for each connection.
func (s *shard) flush() {
	dirty := s.dirty
	s.dirty = s.spare[:0]
	for _, c := range dirty {
		c.marked = false
		if c.gone {
			continue
		}
		out := append(s.scratch[:0], c.tail...)
		for _, frame := range c.queue {
			out = append(out, frame...)
		}
		if c.queue != nil {
			clear(c.queue)
			s.queues = append(s.queues, c.queue[:0])
		}
		c.queue, c.tail = nil, nil
		s.write(c, out)
		if cap(out) == cap(s.scratch) {
			s.scratch = out
		}
	}
	clear(dirty)
	s.spare = dirty
}

// write gives bytes to the kernel and keeps what it does not take. A connection
// that is too far behind is cut off; its reader then ends it.
func (s *shard) write(c *connection, b []byte) {
	n, err := unix.Write(c.fd, b)
	switch {
	case err == unix.EAGAIN || err == unix.EINTR:
		n = 0
	case err != nil:
		return // the reader sees the end too
	}
	if n == len(b) {
		return
	}
	if len(b)-n > mostUnsent {
		unix.Shutdown(c.fd, unix.SHUT_RDWR)
		return
	}
	c.tail = slices.Clone(b[n:])
	s.mark(c)
}
