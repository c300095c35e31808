package engineio

import (
	"encoding/binary"
	"hash/maphash"

	"github.com/gobwas/ws"

	"tradewind/socketio/engineio/packet"
)

// maxHeader is the longest header of an unmasked WebSocket frame.
const maxHeader = 10

// Message is one message, encoded and framed once and shared, read-only, by all
// connections it goes to. A message with attachments is one Message, so nothing
// can come between its parts.
type Message struct {
	frames      []byte   // as it goes on a WebSocket: a text frame, then a binary frame for each attachment
	deflated    []byte   // the same with its long parts compressed, for clients with permessage-deflate; nil: there is no shorter form
	text        []byte   // the Engine.IO text packet inside frames
	attachments [][]byte // inside frames

	key      string // conflation key; empty: an ordered message, never replaced
	hash     uint64 // of key, so that keys which differ are told apart without looking at them
	behind   bool   // a replacement goes behind ordered messages that were queued after the one it replaces
	volatile bool   // dropped for a connection that is behind
	plain    bool   // not worth compressing
	flushed  func() // called on the shard once everything up to here was handed to the kernel; such a marker has no bytes
}

// NewMessage encodes a message. build appends the text after the packet type, and
// attachments follow it. The attachments are copied.
func NewMessage(build func(dst []byte) []byte, attachments ...[]byte) *Message {
	return NewSizedMessage(usualText, build, attachments...)
}

// NewSizedMessage is NewMessage with room for a text of so many bytes, for those who know it beforehand.
func NewSizedMessage(size int, build func(dst []byte) []byte, attachments ...[]byte) *Message {
	return newTextMessage(size+1, func(dst []byte) []byte {
		return build(append(dst, byte(packet.Message)))
	}, attachments...)
}

// NewBinaryMessage is a message of binary parts, as a bare Engine.IO server or a
// binary parser sends it. They are copied.
func NewBinaryMessage(parts ...[]byte) *Message {
	m := &Message{}
	for _, part := range parts {
		m.frames = appendFrame(m.frames, ws.OpBinary, part)
	}
	m.keep(parts)
	return m
}

// usualText is the room for a text of unknown size, in bytes.
const usualText = 239

func newTextMessage(size int, build func(dst []byte) []byte, attachments ...[]byte) *Message {
	buf := build(make([]byte, maxHeader, maxHeader+size))
	n := len(buf) - maxHeader
	start := maxHeader - putHeaderBefore(buf[:maxHeader], ws.OpText, n)
	m := &Message{frames: buf[start:]}
	for _, a := range attachments {
		m.frames = appendFrame(m.frames, ws.OpBinary, a)
	}
	m.keep(attachments)
	m.text = m.frames[maxHeader-start : maxHeader-start+n]
	return m
}

// keep points attachments into frames, at whose end they are, so that the caller's memory is let go.
func (m *Message) keep(attachments [][]byte) {
	if len(attachments) == 0 {
		return
	}
	m.attachments = make([][]byte, len(attachments))
	end := len(m.frames)
	for i := len(attachments) - 1; i >= 0; i-- {
		a := len(attachments[i])
		m.attachments[i] = m.frames[end-a : end]
		end -= a + headerLen(a)
	}
}

var keySeed = maphash.MakeSeed()

// Latest makes the message the newest value of a key: a queued older one is
// replaced in place. It returns the message; call it before the first Send.
func (m *Message) Latest(key string) *Message {
	m.key, m.hash = key, maphash.String(keySeed, key)
	return m
}

// LatestInOrder is Latest with the replacement going behind every ordered
// message that was queued after the value it replaces, so that it never
// overtakes what it depends on.
func (m *Message) LatestInOrder(key string) *Message {
	m.behind = true
	return m.Latest(key)
}

// Volatile makes the message one that is dropped for a connection that is behind:
// on a WebSocket while the kernel holds earlier bytes back, on polling while
// something waits and no request does. What waits for FlushGap only is not behind.
// It returns the message; call it before the first Send. A message is one of
// three kinds: ordered, with a full outbox ending the connection as SlowConsumer;
// the latest of a key; or volatile.
func (m *Message) Volatile() *Message {
	m.volatile = true
	return m
}

// Uncompressed keeps the message from being compressed. It returns the message;
// call it before the first Send.
func (m *Message) Uncompressed() *Message {
	m.plain = true
	return m
}

// messageOverhead is what a message costs beside its bytes. Without it the
// smallest ones, such as pongs, could hold many times what an outbox may.
const messageOverhead = 128

// Size is how many bytes the message counts against a connection's bound: its
// own in all forms it is kept in, and 128 for keeping it. A marker counts nothing.
func (m *Message) Size() int {
	if m.flushed != nil {
		return 0
	}
	return len(m.frames) + len(m.deflated) + messageOverhead
}

func headerLen(n int) int {
	switch {
	case n < 126:
		return 2
	case n <= 0xffff:
		return 4
	}
	return maxHeader
}

// putHeaderBefore writes an unmasked, final frame header so that it ends at the
// end of b, and returns its length.
func putHeaderBefore(b []byte, op ws.OpCode, n int) int {
	h := headerLen(n)
	b = b[len(b)-h:]
	b[0] = 0x80 | byte(op)
	switch h {
	case 2:
		b[1] = byte(n)
	case 4:
		b[1] = 126
		binary.BigEndian.PutUint16(b[2:], uint16(n))
	default:
		b[1] = 127
		binary.BigEndian.PutUint64(b[2:], uint64(n))
	}
	return h
}

// appendFrame adds a final frame; op may have the compressed bit.
func appendFrame(dst []byte, op ws.OpCode, data []byte) []byte {
	var header [maxHeader]byte
	h := putHeaderBefore(header[:], op, len(data))
	return append(append(dst, header[maxHeader-h:]...), data...)
}

// textMessage is a packet of the protocol itself, such as a ping.
func textMessage(t packet.Type, data string) *Message {
	return newTextMessage(1+len(data), func(dst []byte) []byte { return packet.Append(dst, t, data) })
}

var (
	pingMessage = textMessage(packet.Ping, "")
	pongMessage = textMessage(packet.Pong, "")
	noopMessage = textMessage(packet.Noop, "")

	closeMessage = textMessage(packet.Close, "")
)
