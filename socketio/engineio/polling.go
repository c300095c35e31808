package engineio

import (
	"net/http"
	"time"
	"unicode/utf8"
)

const (
	// maxPollPayload is how much one polling response carries; more waits for the next one.
	maxPollPayload = 256 << 10
	// keepClosed is how long the close of a polling session waits for the client's next request to be told.
	keepClosed = 30 * time.Second
)

// pollAnswer is what an HTTP request of a polling session is answered with.
type pollAnswer struct {
	status int
	body   []byte
	binary bool // the body is not text
	plain  bool // nothing in it is worth compressing
}

var badRequest = pollAnswer{status: http.StatusBadRequest}

// pollRequest is an HTTP request that waits for its answer, which is sent once.
type pollRequest struct {
	answer chan pollAnswer // capacity 1
}

func newPollRequest() *pollRequest { return &pollRequest{answer: make(chan pollAnswer, 1)} }

// polling is the HTTP long-polling transport of one connection. It belongs to the shard.
type polling struct {
	get    *pollRequest // waits for something to send
	post   *pollRequest // being read from the network, or waiting until its packets are taken
	read   bool         // post was read from the network
	body   []byte       // packets of post that are not taken yet
	mixed  bool         // body is a payload of Engine.IO 3 with binary packets
	base64 bool         // the client cannot take binary; only Engine.IO 3 has a choice
	ending bool         // closed; the next GET is told
	timer  Timer        // keepClosed
}

// startGet takes a GET. Two at a time are an error of the client that ends the session.
func (c *Conn) startGet(r *pollRequest) {
	switch {
	case c.poll == nil:
		r.answer <- badRequest
	case c.poll.ending:
		c.endPolling(r)
	case c.closed:
		r.answer <- badRequest
	case c.poll.get != nil:
		r.answer <- badRequest
		c.Close(TransportError)
	default:
		c.poll.get = r
		c.flush()
	}
}

// abortGet is called when the client went away without waiting for the answer.
func (c *Conn) abortGet(r *pollRequest) {
	if c.poll != nil && c.poll.get == r {
		c.poll.get = nil
		c.Close(TransportError)
	}
}

// startPost announces a POST, whose body follows with finishPost.
func (c *Conn) startPost(r *pollRequest) {
	switch {
	case c.closed || c.poll == nil:
		r.answer <- badRequest
	case c.poll.post != nil:
		r.answer <- badRequest
		c.Close(TransportError)
	default:
		c.poll.post = r
	}
}

// finishPost takes the body of a POST; ok is false when it could not be read.
func (c *Conn) finishPost(r *pollRequest, body []byte, binary, ok bool) {
	if c.closed || c.poll == nil || c.poll.post != r {
		return
	}
	if !ok || binary && !c.legacy {
		c.Close(TransportError)
		return
	}
	if !binary && !utf8.Valid(body) {
		c.Close(ParseError)
		return
	}
	c.poll.read, c.poll.body, c.poll.mixed = true, body, binary
	c.poll.consume(c)
}

// refusePost ends the session for a POST that was too large and that has been answered.
func (c *Conn) refusePost(r *pollRequest) {
	if c.poll != nil && c.poll.post == r {
		c.poll.post = nil // which was not read to its end
		c.Close(PayloadTooLarge)
	}
}

// consume takes the packets of a POST, if it has come, until reading is paused, then answers it.
func (p *polling) consume(c *Conn) {
	for p.post != nil && p.read && !c.paused && !c.closed {
		pkt, rest, err := c.nextPacket()
		if err != nil {
			c.Close(ParseError)
			return
		}
		size := len(p.body) - len(rest)
		p.body = rest
		if !c.admit(size) {
			return
		}
		c.packet(pkt)
		if len(p.body) == 0 && p.post != nil {
			p.post.answer <- pollAnswer{status: http.StatusOK}
			p.post, p.read, p.body = nil, false, nil
		}
	}
}

// flush answers a waiting GET with what is queued.
func (p *polling) flush(c *Conn) {
	if p.get == nil {
		return
	}
	payload := c.newPayload()
	plain := true
	for m := c.out.peek(); m != nil; m = c.out.peek() {
		if len(payload.body) > 0 && len(payload.body)+len(m.frames) > maxPollPayload {
			break
		}
		payload.message(m)
		plain = plain && m.plain
		c.took(m)
	}
	if len(payload.body) > 0 {
		p.respond(c, payload, plain)
	}
}

func (p *polling) respond(c *Conn, payload pollPayload, plain bool) {
	p.get.answer <- pollAnswer{http.StatusOK, payload.body, payload.mixed, plain}
	p.get = nil
	c.shard.local.writes++
	c.shard.local.bytesOut += int64(len(payload.body))
}

// noop releases a waiting GET, so that an upgrading client can stop polling.
func (p *polling) noop(c *Conn) {
	if p.get != nil {
		payload := pollPayload{legacy: c.legacy}
		payload.message(noopMessage)
		p.respond(c, payload, true)
	}
}

// close ends the transport and reports whether the session is kept until the
// next GET has been told.
func (p *polling) close(c *Conn, r Reason) (keep bool) {
	c.shard.Disarm(&p.timer)
	if p.post != nil {
		a := badRequest
		if r == TransportClose || r == ForcedClose { // the POST itself was fine: it may have carried the close
			a.status = http.StatusOK
		}
		p.post.answer <- a
		p.post, p.read, p.body = nil, false, nil
	}
	if r == TransportClose {
		p.noop(c)
		return false
	}
	if p.get != nil { // a GET that follows is not told again: for it the session is unknown
		get := p.get
		p.get = nil
		p.respondEnd(c, get)
		return false
	}
	switch r {
	case ForcedClose, Drain, SlowConsumer, Flooding, Overload, ConnectTimeout:
	default:
		return false
	}
	p.ending = true
	p.timer.Fire = func() { c.forgetPolling() }
	c.shard.Arm(&p.timer, keepClosed)
	return true
}

// respondEnd answers a GET with what is still queued and the close packet.
func (p *polling) respondEnd(c *Conn, get *pollRequest) {
	payload := c.newPayload()
	for m := c.out.peek(); m != nil && len(payload.body) < maxPollPayload; m = c.out.peek() {
		payload.message(m)
		c.took(m)
	}
	payload.message(closeMessage)
	p.get = get
	p.respond(c, payload, true)
}

// endPolling tells the client that came back that its session is closed.
func (c *Conn) endPolling(get *pollRequest) {
	c.poll.respondEnd(c, get)
	c.forgetPolling()
}

func (c *Conn) forgetPolling() {
	c.shard.Disarm(&c.poll.timer)
	c.poll = nil
	c.server.forget(c)
	c.dropOutbox()
}
