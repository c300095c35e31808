package packet3

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strconv"
	"unicode/utf8"

	"tradewind/socketio/engineio/packet"
)

// Errors of the decoders, beside those of package packet.
var (
	ErrLength  = errors.New("engine.io 3 payload has a wrong length")
	ErrNotText = errors.New("engine.io 3 text packet is not UTF-8")
)

const (
	// binaryMark starts a binary packet in text.
	binaryMark = 'b'
	// maxLengthDigits is as many as a length of a payload may have.
	maxLengthDigits = 10
	// endOfLength ends a length of a binary payload.
	endOfLength = 0xff
)

// Decode reads one text packet of Engine.IO 3, which may hold binary as base64.
func Decode(text []byte) (packet.Packet, error) {
	if len(text) == 0 || text[0] != binaryMark {
		return packet.Decode(text)
	}
	if len(text) < 2 || packet.Type(text[1]) != packet.Message {
		return packet.Packet{}, packet.ErrUnknownType
	}
	data, err := base64.RawStdEncoding.AppendDecode(nil, bytes.TrimRight(text[2:], "="))
	if err != nil {
		return packet.Packet{}, packet.ErrBase64
	}
	return packet.Packet{Type: packet.Message, Binary: true, Data: data}, nil
}

// DecodeBinary reads a binary packet of Engine.IO 3, as it stands in a binary frame or in a payload.
func DecodeBinary(data []byte) (packet.Packet, error) {
	if len(data) == 0 {
		return packet.Packet{}, packet.ErrEmpty
	}
	if data[0] != byte(packet.Message-packet.Open) {
		return packet.Packet{}, packet.ErrUnknownType
	}
	return packet.Packet{Type: packet.Message, Binary: true, Data: data[1:]}, nil
}

// AppendBinary adds a binary message as it stands in a binary frame.
func AppendBinary(dst, data []byte) []byte {
	return append(append(dst, byte(packet.Message-packet.Open)), data...)
}

// AppendBase64 adds a binary message as it stands in text.
func AppendBase64(dst, data []byte) []byte {
	return base64.StdEncoding.AppendEncode(append(dst, binaryMark, byte(packet.Message)), data)
}

// AppendText adds a text packet to a payload of text.
func AppendText(payload, text []byte) []byte {
	payload = strconv.AppendInt(payload, int64(utf16Len(text)), 10)
	return append(append(payload, ':'), text...)
}

// AppendMixed adds a packet to a payload that holds text and binary packets; a
// binary one without the byte of its type, which is added.
func AppendMixed(payload, data []byte, binary bool) []byte {
	mark, size := byte(0), len(data)
	if binary {
		mark, size = 1, size+1
	}
	payload = append(payload, mark)
	for _, digit := range strconv.Itoa(size) {
		payload = append(payload, byte(digit-'0'))
	}
	payload = append(payload, endOfLength)
	if binary {
		return AppendBinary(payload, data)
	}
	return append(payload, data...)
}

// Next cuts the first packet off a payload of text. rest is nil when it was the
// last one. The packet refers to payload, except what was base64.
func Next(payload []byte) (p packet.Packet, rest []byte, err error) {
	end := bytes.IndexByte(payload[:min(len(payload), maxLengthDigits+1)], ':')
	if end < 0 {
		return p, nil, ErrLength
	}
	units, err := strconv.ParseUint(string(payload[:end]), 10, 31)
	if err != nil {
		return p, nil, ErrLength
	}
	body := payload[end+1:]
	size, ok := utf16Bytes(body, int(units))
	if !ok {
		return p, nil, ErrLength
	}
	p, err = Decode(body[:size])
	return p, others(body[size:]), err
}

// NextMixed is Next for a payload that holds text and binary packets.
func NextMixed(payload []byte) (p packet.Packet, rest []byte, err error) {
	if len(payload) == 0 || payload[0] > 1 {
		return p, nil, packet.ErrUnknownType
	}
	end := bytes.IndexByte(payload[:min(len(payload), maxLengthDigits+2)], endOfLength)
	if end < 2 {
		return p, nil, ErrLength
	}
	size := 0
	for _, digit := range payload[1:end] {
		if digit > 9 {
			return p, nil, ErrLength
		}
		size = size*10 + int(digit)
	}
	body := payload[end+1:]
	if size > len(body) {
		return p, nil, ErrLength
	}
	rest = others(body[size:])
	switch body = body[:size]; {
	case payload[0] == 1:
		p, err = DecodeBinary(body)
	case !utf8.Valid(body):
		err = ErrNotText
	default:
		p, err = Decode(body)
	}
	return p, rest, err
}

func others(rest []byte) []byte {
	if len(rest) == 0 {
		return nil
	}
	return rest
}

// utf16Len is the length of text as JavaScript counts it.
func utf16Len(text []byte) (units int) {
	for _, b := range text {
		switch {
		case b >= 0xf0: // starts a rune of four bytes, which is a pair of surrogates
			units += 2
		case b < 0x80 || b >= 0xc0:
			units++
		}
	}
	return units
}

// utf16Bytes is how many bytes of valid UTF-8 text make up so many units; false if none do.
func utf16Bytes(text []byte, units int) (size int, ok bool) {
	for units > 0 && size < len(text) {
		_, n := utf8.DecodeRune(text[size:])
		size += n
		if units--; n == 4 {
			units--
		}
	}
	return size, units == 0
}
