package engineio

import (
	"context"
	"time"

	"tradewind/socketio/engineio/packet"
)

// Handler is what the layer above does with one connection. Its methods run on
// the connection's shard and must not block.
type Handler interface {
	// Opened is called once, before anything else.
	Opened()
	// Message takes a message of the client; data is valid during the call only.
	// An error ends the connection as ParseError.
	Message(data []byte, binary bool) error
	// Closed is called once, when the connection has ended.
	Closed(r Reason)
}

// Conn is one Engine.IO session, on polling or on a WebSocket. Its methods are
// to be called on its shard, except SID, Protocol, Shard and Post.
type Conn struct {
	server  *Server
	shard   *Shard
	place   int // in the shard's conns
	sid     string
	handler Handler

	ws    *websocket // nil while on polling
	probe *websocket // an upgrade under way
	poll  *polling   // nil once on a WebSocket

	out       outbox
	flushedAt time.Duration // since the shard began
	heartbeat Timer
	in        inflow
	pongs     []func(ok bool) // who waits for the next pong

	dirty    bool // on the shard's list of those to flush
	paused   bool // reading is paused
	awaiting bool // a pong is due
	closed   bool
	slow     bool // the outbox was full: about to be closed
	legacy   bool // the client speaks Engine.IO 3
}

// SID is the session id. It is a secret: who has it can take the session over.
func (c *Conn) SID() string { return c.sid }

// Protocol is the revision of Engine.IO that the client speaks: 4, or 3 with Options.AllowEIO3.
func (c *Conn) Protocol() int {
	if c.legacy {
		return 3
	}
	return 4
}

// Shard is the shard that owns the connection.
func (c *Conn) Shard() *Shard { return c.shard }

// Queued is how many bytes wait for the client and count against Options.MaxOutboxBytes.
func (c *Conn) Queued() int { return c.out.bytes }

// Closed reports whether the connection has ended.
func (c *Conn) Closed() bool { return c.closed }

// Post runs task on the connection's shard; see Shard.Post.
func (c *Conn) Post(ctx context.Context, task func()) error { return c.shard.Post(ctx, task) }

// start takes the connection into its shard.
func (c *Conn) start() {
	s := c.shard
	c.place = len(s.conns)
	s.conns = append(s.conns, c)
	s.local.connections++
	c.heartbeat.Fire = c.beat
	c.rearm()
	c.handler.Opened()
}

// Send queues a message. It goes out with what else is due, in one write. When
// the outbox is full the connection ends as SlowConsumer. m may be shared by any
// number of connections.
func (c *Conn) Send(m *Message) {
	if c.closed || c.slow {
		c.shard.local.dropped++
		return
	}
	if m.volatile && c.behind() {
		c.shard.local.volatileDropped++
		return
	}
	before := c.out.bytes
	if c.out.push(m, &c.shard.spare) {
		c.shard.local.conflated++
	}
	c.shard.local.queuedBytes += int64(c.out.bytes - before)
	if c.out.bytes > c.server.options.MaxOutboxBytes {
		// Later, because Send may be called for one member of a room after the other, and a close changes the room.
		c.slow = true
		c.shard.slow = append(c.shard.slow, c)
	}
	c.shard.mark(c)
}

// behind reports whether the client has not taken what it was sent before.
func (c *Conn) behind() bool {
	if c.poll != nil {
		return c.poll.get == nil && !c.out.empty()
	}
	return c.blocked()
}

// Flushed calls f on the shard once everything sent so far was handed to the
// kernel, or when the connection ends.
func (c *Conn) Flushed(f func()) {
	if c.closed || c.out.empty() && !c.blocked() {
		f()
		return
	}
	c.out.push(&Message{flushed: f}, &c.shard.spare)
	c.shard.mark(c)
}

// Ping sends a ping now and calls f on the shard when the next pong comes, or with
// false when the connection ends first. A client of Engine.IO 3 cannot be pinged:
// f is called with the next ping of its own.
func (c *Conn) Ping(f func(ok bool)) {
	if c.closed {
		f(false)
		return
	}
	c.pongs = append(c.pongs, f)
	if c.probe == nil && !c.awaiting { // no pings during an upgrade; the heartbeat sends one after it
		c.ping()
	}
}

// Pause stops reading from the client until Resume. Its packets wait in the kernel.
func (c *Conn) Pause() {
	if c.paused || c.closed {
		return
	}
	c.paused = true
	if c.ws != nil {
		c.ws.stream.pause()
	}
}

// Resume reads on.
func (c *Conn) Resume() {
	if !c.paused || c.closed {
		return
	}
	c.paused = false
	if c.ws != nil {
		c.ws.stream.resume()
		c.ws.input(nil)
	}
	if c.poll != nil && !c.closed && !c.paused {
		c.poll.consume(c)
	}
}

// Close ends the connection. What is queued still goes out, except when the
// client is why it ends; a WebSocket is closed with a code and the reason.
func (c *Conn) Close(r Reason) {
	if c.closed {
		return
	}
	c.closed = true
	s := c.shard
	s.Disarm(&c.heartbeat)
	s.leave(c)
	s.local.connections--
	if s.local.closed == nil {
		s.local.closed = map[Reason]int64{}
	}
	s.local.closed[r]++
	if c.probe != nil {
		c.probe.finish(nil, r)
		c.probe = nil
	}
	if c.ws != nil {
		s.local.webSockets--
		c.ws.finish(c.last(r), r)
		c.ws = nil
	}
	keep := c.poll != nil && c.poll.close(c, r)
	if !keep {
		c.server.forget(c)
		c.dropOutbox()
	}
	for _, f := range c.pongs {
		f(false)
	}
	c.pongs = nil
	c.handler.Closed(r)
}

// last is what still goes out on a WebSocket before its close frame.
func (c *Conn) last(r Reason) []byte {
	switch r {
	case ForcedClose, Drain, Overload, ServerShutdown:
	default:
		return nil
	}
	var last []byte
	for m := c.out.peek(); m != nil; m = c.out.peek() {
		last = append(last, c.frames(m)...)
		c.took(m)
	}
	return last
}

func (c *Conn) dropOutbox() {
	s := c.shard
	s.local.queuedBytes -= int64(c.out.bytes)
	for i := c.out.head; i < len(c.out.queue); i++ {
		if m := c.out.queue[i]; m != nil && m.flushed == nil {
			s.local.dropped++
		}
	}
	c.out.drop(&s.spare)
}

// lost is called when a WebSocket of the connection ended or broke the protocol.
func (c *Conn) lost(w *websocket, r Reason) {
	if w == c.probe {
		c.endProbe(r)
		return
	}
	c.Close(r)
}

// admit counts what came in and ends a connection that sends too much.
func (c *Conn) admit(bytes int) bool {
	c.shard.local.bytesIn += int64(bytes)
	return c.within(1, bytes)
}

// within ends a connection for which this is too much.
func (c *Conn) within(packets, bytes int) bool {
	s := c.shard
	if c.in.take(c.server.options.Flood, s.now.Sub(s.began), packets, bytes) {
		return true
	}
	c.Close(Flooding)
	return false
}

// received takes a WebSocket message.
func (c *Conn) received(w *websocket, binary bool, payload []byte) {
	p, err := c.decode(w, binary, payload)
	switch {
	case w == c.probe && (err != nil || binary):
		c.endProbe(ParseError)
	case w == c.probe:
		c.probePacket(p)
	case err != nil:
		c.Close(ParseError)
	default:
		c.packet(p)
	}
}

// packet handles a packet of the open session (Engine.IO 4, "Packet encoding" and
// "Heartbeat"). The heartbeat goes from server to client, in Engine.IO 3 from client to server.
func (c *Conn) packet(p packet.Packet) {
	switch p.Type {
	case packet.Message:
		c.shard.local.messagesIn++
		if err := c.handler.Message(p.Data, p.Binary); err != nil {
			c.Close(ParseError)
		}
	case packet.Close:
		c.Close(TransportClose)
	case packet.Ping, packet.Pong:
		if c.legacy != (p.Type == packet.Ping) {
			c.Close(TransportError)
			return
		}
		c.alive()
		if c.legacy {
			c.Send(pongMessage)
		}
	}
}

// rearm starts the heartbeat over: a ping of ours is due after PingInterval, or at
// once if somebody waits for its pong; one of the client's after PingTimeout more.
func (c *Conn) rearm() {
	c.awaiting = false
	d := c.server.options.PingInterval
	if c.legacy {
		d += c.server.options.PingTimeout
	}
	c.shard.Arm(&c.heartbeat, d)
	if len(c.pongs) > 0 {
		c.ping()
	}
}

// beat is the heartbeat timer: either a ping is due or the client's part is missing.
func (c *Conn) beat() {
	if c.awaiting || c.legacy {
		c.Close(PingTimeout)
		return
	}
	c.ping()
}

func (c *Conn) ping() {
	if c.legacy {
		return
	}
	c.awaiting = true
	c.Send(pingMessage)
	if !c.closed {
		c.shard.Arm(&c.heartbeat, c.server.options.PingTimeout)
	}
}

// alive is called when the client did its part of the heartbeat.
func (c *Conn) alive() {
	for _, f := range c.pongs {
		f(true)
	}
	c.pongs = nil
	if c.probe == nil && !c.closed { // a probe arms the heartbeat when it is over
		c.rearm()
	}
}
