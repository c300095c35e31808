package engineio

// blocked reports whether bytes that left the outbox still wait for the kernel.
func (c *Conn) blocked() bool {
	return c.ws != nil && (c.ws.blocked || len(c.ws.tail) > 0)
}

// writable sends on after the kernel had no room.
func (c *Conn) writable(w *websocket) {
	if w == c.ws {
		c.flush()
	}
}

// sendOn queues a control frame for the connection's own WebSocket and writes it at once on a probing one.
func (c *Conn) sendOn(w *websocket, m *Message) {
	if w == c.ws {
		c.Send(m)
		return
	}
	if !w.blocked && len(w.tail) == 0 {
		if n, ok := w.write(m.frames); ok && n < len(m.frames) {
			w.tail = m.frames[n:]
		}
	}
}

// flush writes what is queued, as much as the transport takes.
func (c *Conn) flush() {
	if c.closed {
		return
	}
	c.flushedAt = c.shard.now.Sub(c.shard.began)
	if c.poll != nil {
		c.poll.flush(c)
		return
	}
	w := c.ws
	for !w.blocked {
		if len(w.tail) == 0 && c.out.peek() == nil {
			w.slow = false
			return
		}
		if !w.mayWrite() || !c.writeSome(w) {
			return
		}
	}
}

// writeSome does one write of what has come together, up to the scratch buffer. A single message is written from where it is.
func (c *Conn) writeSome(w *websocket) bool {
	b := c.gather(w)
	if len(b) == 0 {
		for m := c.out.peek(); m != nil && m.flushed != nil; m = c.out.peek() {
			c.took(m)
		}
		return true
	}
	n, ok := w.write(b)
	if !ok {
		return false
	}
	if t := len(w.tail); t > 0 {
		done := min(t, n)
		if w.tail = w.tail[done:]; len(w.tail) == 0 {
			w.tail = nil
		}
		n -= done
		if done < t {
			return true
		}
	}
	for m := c.out.peek(); m != nil && (n > 0 || m.flushed != nil); m = c.out.peek() {
		frames := c.frames(m)
		if n < len(frames) { // partly taken: the rest must follow before anything else
			w.tail = frames[n:]
			n = 0
			c.took(m)
			break
		}
		n -= len(frames)
		c.took(m)
	}
	return true
}

// gather is the next piece to write.
func (c *Conn) gather(w *websocket) []byte {
	first := c.out.peek()
	if len(w.tail) == 0 && first != nil && c.out.head == len(c.out.queue)-1 {
		return c.frames(first)
	}
	limit := scratchSize
	if w.slow {
		limit = maxUnsent
	}
	if len(w.tail) >= limit || first == nil {
		return w.tail[:min(len(w.tail), limit)]
	}
	b := append(c.shard.scratch[:0], w.tail...)
	for i := c.out.head; i < len(c.out.queue); i++ {
		m := c.out.queue[i]
		if m == nil {
			continue
		}
		frames := c.frames(m)
		if len(b) > 0 && len(b)+len(frames) > limit {
			break
		}
		b = append(b, frames...)
	}
	if cap(b) <= 4*scratchSize {
		c.shard.scratch = b[:0]
	}
	return b
}

// took removes the oldest message, which has been handed on.
func (c *Conn) took(m *Message) {
	s := c.shard
	s.local.queuedBytes -= int64(m.Size())
	c.out.pop(&s.spare)
	if m.flushed != nil {
		m.flushed()
		return
	}
	s.local.messagesOut++
	if m.key != "" {
		s.local.latestOut++
	}
}
