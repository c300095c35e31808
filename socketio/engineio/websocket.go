package engineio

import (
	"errors"
	"unicode/utf8"

	"github.com/gobwas/ws"
)

// websocket is one WebSocket on a stream: it cuts frames, assembles messages,
// answers control frames and keeps what the kernel did not take. It belongs to
// the shard, and outlives its Conn while the last bytes are on their way.
type websocket struct {
	stream stream
	shard  *Shard
	conn   *Conn // nil once finished

	rest      []byte     // of an incomplete frame, or what came while reading was paused
	fragments *fragments // of a message that is not complete
	inflated  int        // bytes since input was called

	tail  []byte // unsent part of what write was given
	ahead int    // bytes written since the kernel was asked how many it still holds
	timer Timer  // while probing: UpgradeTimeout; when finished: maxLinger

	base64   bool // the client cannot take binary frames
	deflates bool // permessage-deflate was negotiated
	behind   bool // on the shard's list of those to be read on
	blocked  bool // waits for writable
	slow     bool // was blocked and has not caught up: gets little at a time
	done     bool // finished: input is thrown away
}

// fragments are the first part of a message.
type fragments struct {
	op         ws.OpCode
	compressed bool
	payload    []byte
}

// room is how much longer the message may become.
func (w *websocket) room() int {
	limit := w.shard.server.options.MaxPayload
	if w.fragments != nil {
		limit -= len(w.fragments.payload)
	}
	return limit
}

// input takes bytes from the stream. b is valid during the call only.
func (w *websocket) input(b []byte) {
	if w.done {
		return
	}
	w.inflated = 0
	if len(w.rest) > 0 {
		w.rest = append(w.rest, b...)
		left := w.consume(w.rest)
		switch {
		case len(left) == 0:
			w.rest = nil
		case len(left) < len(w.rest):
			w.rest = append([]byte(nil), left...)
		}
		return
	}
	if left := w.consume(b); len(left) > 0 && !w.done {
		w.rest = append([]byte(nil), left...)
	}
}

// consume handles complete frames until there are none or reading is paused, and returns what is left.
func (w *websocket) consume(b []byte) []byte {
	for len(b) > 0 && !w.done && !w.paused() {
		if w.inflated > maxInflated {
			w.readLater()
			return b
		}
		f, n, err := cutFrame(b, w.room())
		if err != nil {
			w.fail(err)
			return nil
		}
		if n == 0 {
			return b
		}
		b = b[n:]
		if !w.conn.admit(n) {
			return nil
		}
		if err := w.frame(f); err != nil {
			w.fail(err)
			return nil
		}
	}
	return b
}

// maxInflated is how many bytes of one connection are uncompressed in one turn of
// its shard: a read of 64 KB could hold 64 MB of them.
const maxInflated = 256 << 10

// readLater stops reading until the shard has done what else there is.
func (w *websocket) readLater() {
	if !w.behind {
		w.behind = true
		w.stream.pause()
		w.shard.unread = append(w.shard.unread, w)
	}
}

func (w *websocket) readOn() {
	w.behind = false
	if w.done || w.paused() {
		return
	}
	w.stream.resume()
	w.input(nil)
}

// paused reports whether the client is not read. The probe of an upgrade is: it
// brings no message, and what it sends must neither wait unanswered nor pile up.
func (w *websocket) paused() bool { return w.conn.paused && w == w.conn.ws }

var errClosedByPeer = errors.New("closed by the client")

func (w *websocket) frame(f frame) error {
	if f.compressed && (!w.deflates || f.op.IsControl() || f.op == ws.OpContinuation) {
		return errProtocol
	}
	switch f.op {
	case ws.OpPing:
		w.conn.sendOn(w, pongFrame(f.payload))
		return nil
	case ws.OpPong:
		return nil
	case ws.OpClose:
		if err := checkClose(f.payload); err != nil {
			return err
		}
		return errClosedByPeer
	case ws.OpContinuation:
		whole := w.fragments
		if whole == nil {
			return errProtocol
		}
		whole.payload = append(whole.payload, f.payload...)
		if !f.fin {
			return nil
		}
		w.fragments = nil
		return w.message(whole.op, whole.payload, whole.compressed)
	}
	if w.fragments != nil {
		return errProtocol
	}
	if !f.fin {
		w.fragments = &fragments{f.op, f.compressed, append([]byte(nil), f.payload...)}
		return nil
	}
	return w.message(f.op, f.payload, f.compressed)
}

func (w *websocket) message(op ws.OpCode, payload []byte, compressed bool) error {
	if compressed {
		data, err := inflate(payload, w.shard.server.options.MaxPayload)
		if err != nil {
			return err
		}
		if !w.conn.within(0, len(data)-len(payload)) {
			return nil
		}
		w.inflated += len(data)
		payload = data
	}
	if op == ws.OpText && !utf8.Valid(payload) {
		return errProtocol
	}
	w.conn.received(w, op == ws.OpBinary, payload)
	return nil
}

// fail ends the WebSocket for what the client did.
func (w *websocket) fail(err error) {
	switch {
	case errors.Is(err, errClosedByPeer):
		w.conn.lost(w, TransportClose)
	case errors.Is(err, errTooLarge):
		w.conn.lost(w, PayloadTooLarge)
	default:
		w.conn.lost(w, TransportError)
	}
}

// broken is called by the stream when the connection is gone.
func (w *websocket) broken(error) {
	if !w.done {
		w.done = true // nothing can be said any more
		w.conn.lost(w, TransportClose)
	}
	w.end()
}

// write sends b, or as much of it as the kernel takes; the rest becomes the tail.
// It must not be called while there is a tail. It reports how much was taken.
func (w *websocket) write(b []byte) (int, bool) {
	n, err := w.stream.write(b)
	if err != nil {
		w.broken(err)
		return 0, false
	}
	w.shard.local.writes++
	w.shard.local.bytesOut += int64(n)
	w.ahead += n
	w.blocked = n < len(b)
	w.slow = w.slow || w.blocked
	return n, true
}

// mayWrite asks the kernel, once in maxUnsent bytes, whether it still holds too
// much that it could not send, and then waits until it has less.
func (w *websocket) mayWrite() bool {
	if w.ahead < maxUnsent {
		return true
	}
	if w.ahead = w.stream.unsent(); w.ahead < maxUnsent {
		return true
	}
	w.blocked, w.slow = true, true
	return false
}

// writable is called by the stream when the kernel has room again.
func (w *websocket) writable() {
	w.blocked = false
	if !w.done {
		w.conn.writable(w)
		return
	}
	w.drain()
}

// finish closes the WebSocket: what is in last goes out behind the tail, then the
// close frame with a reason, then our side ends and the other side has a moment
// to end its own. With a reset instead, a client that is still sending would
// never read why.
func (w *websocket) finish(last []byte, reason Reason) {
	if w.done {
		return
	}
	w.done = true
	w.conn = nil
	w.rest, w.fragments = nil, nil
	w.shard.leaving[w] = struct{}{}
	w.shard.Disarm(&w.timer)
	w.timer.Fire = w.end
	w.shard.Arm(&w.timer, maxLinger)
	w.stream.finish()
	w.stream.resume()
	w.tail = append(append(append([]byte(nil), w.tail...), last...), closeFrame(reason.status(), string(reason))...)
	if !w.blocked {
		w.drain()
	}
}

func (w *websocket) drain() {
	if len(w.tail) == 0 {
		return
	}
	n, ok := w.write(w.tail)
	if !ok {
		return
	}
	if w.tail = w.tail[n:]; len(w.tail) == 0 {
		w.tail = nil
		w.stream.closeWrite()
	}
}

// end lets everything go.
func (w *websocket) end() {
	w.done = true
	if w.deflates {
		w.deflates = false
		w.shard.server.deflating.Add(-1)
	}
	w.conn = nil
	w.shard.Disarm(&w.timer)
	delete(w.shard.leaving, w)
	w.stream.close()
	w.tail, w.rest, w.fragments = nil, nil, nil
}

func pongFrame(payload []byte) *Message {
	return &Message{frames: append([]byte{0x80 | byte(ws.OpPong), byte(len(payload))}, payload...)}
}
