package packet

import "errors"

// Parser turns packets into Engine.IO messages and back. JSON is the one of the
// Socket.IO protocol; package msgpack below this one has another. A client must
// use the same parser as its server.
//
// Whatever the parser writes, Packet.Data is JSON text, and an attachment stands
// in it as the object that AppendPlaceholder writes, with its index in
// attachments: that is the form in which packets are handled between the parsers.
//
// One parser serves all connections: its methods are called concurrently and keep
// nothing of a connection. What they are given and return is not theirs to change.
// They must not panic, and must take time and memory in proportion to the size of
// the message, whatever a client sends.
type Parser interface {
	// Append adds the first message of a packet to dst. The server frames message,
	// which is all of dst, as a binary or a text message, and each of rest as a
	// binary message right behind it.
	//
	// p.Type may be Event or BinaryEvent, Ack or BinaryAck: len(attachments) tells
	// whether the packet is binary, and p.Attachments is not looked at. An empty
	// namespace is "/". On an error what stands behind dst is of no use.
	Append(dst []byte, p Packet, attachments [][]byte) (message []byte, binary bool, rest [][]byte, err error)

	// Decode reads one message of a client; any error ends the connection. When
	// p.Attachments is more than len(attachments), the attachments that are missing
	// follow as binary messages, which are not given to Decode.
	//
	// p has passed Packet.Check, p.Data is nil or valid JSON nested as deep as
	// encoding/json allows, and p.Attachments is within MaxAttachments. What is
	// returned may refer to data, whose memory is used again for the next message:
	// the caller copies what it keeps.
	Decode(data []byte, binary bool) (p Packet, attachments [][]byte, err error)

	// MaxAttachments is how many attachments one packet may have, both ways; 0 for
	// no bound but the size of a message.
	MaxAttachments() int
}

// ErrKind says that a message is text where the parser reads binary messages, or
// the other way round.
var ErrKind = errors.New("socket.io packet came as the wrong kind of message")

// JSON is the parser of the Socket.IO protocol, revision 5: a packet is a text
// message, and each of its attachments a binary message behind it.
type JSON struct{}

var _ Parser = JSON{}

// Append implements Parser. It allocates only where dst is too short.
func (JSON) Append(dst []byte, p Packet, attachments [][]byte) (message []byte, binary bool, rest [][]byte, err error) {
	if p.Attachments = len(attachments); p.Attachments > MaxAttachments {
		return dst, false, nil, ErrAttachments
	}
	if p.Type, err = p.Type.with(p.Attachments > 0); err != nil {
		return dst, false, nil, err
	}
	return Append(dst, p), false, attachments, nil
}

// Decode implements Parser: it is the function Decode for text messages.
func (JSON) Decode(data []byte, binary bool) (Packet, [][]byte, error) {
	if binary {
		return Packet{Namespace: "/", AckID: NoAck}, nil, ErrKind
	}
	p, err := Decode(data)
	return p, nil, err
}

// MaxAttachments implements Parser.
func (JSON) MaxAttachments() int { return MaxAttachments }

// with returns the type for a packet with or without attachments.
func (t Type) with(attachments bool) (Type, error) {
	switch {
	case t > BinaryAck || t < Connect:
		return t, ErrType
	case !attachments && t >= BinaryEvent:
		return t - BinaryEvent + Event, nil
	case !attachments || t >= BinaryEvent:
		return t, nil
	case t == Event || t == Ack:
		return t - Event + BinaryEvent, nil
	}
	return t, ErrPayload
}
