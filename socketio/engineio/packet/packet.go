package packet

import (
	"bytes"
	"encoding/base64"
	"errors"
)

// Type is the first character of a text packet.
type Type byte

// The packet types of Engine.IO 4.
const (
	Open    Type = '0' // the handshake, from the server
	Close   Type = '1'
	Ping    Type = '2' // from the server; "2probe" from an upgrading client
	Pong    Type = '3'
	Message Type = '4'
	Upgrade Type = '5'
	Noop    Type = '6'
)

// Separator stands between the packets of a polling payload. It cannot occur
// inside one: JSON escapes control characters, and binary travels as base64.
const Separator = 0x1e

// binaryMark starts a binary message in a payload, before its base64.
const binaryMark = 'b'

// Errors of the decoders.
var (
	ErrEmpty       = errors.New("engine.io packet is empty")
	ErrUnknownType = errors.New("engine.io packet has an unknown type")
	ErrBase64      = errors.New("engine.io binary packet is not base64")
)

// Packet is one packet. A binary packet is always a message.
type Packet struct {
	Type   Type
	Binary bool
	Data   []byte
}

// Decode reads one text packet, as it stands in a text frame or in a payload.
func Decode(text []byte) (Packet, error) {
	if len(text) == 0 {
		return Packet{}, ErrEmpty
	}
	t := Type(text[0])
	if t < Open || t > Noop {
		return Packet{}, ErrUnknownType
	}
	return Packet{Type: t, Data: text[1:]}, nil
}

// Append adds a text packet to dst.
func Append(dst []byte, t Type, data string) []byte {
	return append(append(dst, byte(t)), data...)
}

// AppendBase64 adds a binary message to dst in the form it has inside a payload
// and, for clients that asked for it with b64=1, in a text frame.
func AppendBase64(dst, data []byte) []byte {
	return base64.StdEncoding.AppendEncode(append(dst, binaryMark), data)
}

// Next cuts the first packet off a payload. rest is nil when it was the last
// one. The packet refers to payload, except binary data, which is new memory.
func Next(payload []byte) (p Packet, rest []byte, err error) {
	text := payload
	if i := bytes.IndexByte(payload, Separator); i >= 0 {
		text, rest = payload[:i], payload[i+1:]
		if len(rest) == 0 {
			return Packet{}, nil, ErrEmpty // a trailing separator announces a packet that is not there
		}
	}
	if len(text) > 0 && text[0] == binaryMark {
		p, err = DecodeBase64(text)
		return p, rest, err
	}
	p, err = Decode(text)
	return p, rest, err
}

// DecodeBase64 reads what AppendBase64 wrote. Padding may be missing.
func DecodeBase64(text []byte) (Packet, error) {
	if len(text) == 0 || text[0] != binaryMark {
		return Packet{}, ErrUnknownType
	}
	data, err := base64.RawStdEncoding.AppendDecode(nil, bytes.TrimRight(text[1:], "="))
	if err != nil {
		return Packet{}, ErrBase64
	}
	return Packet{Type: Message, Binary: true, Data: data}, nil
}
