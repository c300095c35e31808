package packet

import (
	"bytes"
	"errors"
	"strconv"
	"unicode/utf8"
)

// Engine.IO 3 has the same packets in other wrappings: a binary message starts
// with a byte of its type, and a payload gives the length of each packet in front
// of it, in one form for text and in another for text and binary together.

// Errors of the decoders of Engine.IO 3.
var (
	ErrLength  = errors.New("engine.io 3 payload has a wrong length")
	ErrNotText = errors.New("engine.io 3 text packet is not UTF-8")
)

const (
	// maxLengthDigits is as many as a length of a payload may have.
	maxLengthDigits = 10
	// endOfLength ends a length of a binary payload.
	endOfLength = 0xff
)

// Decode3 reads one text packet of Engine.IO 3, which may hold binary as base64.
func Decode3(text []byte) (Packet, error) {
	if len(text) == 0 || text[0] != binaryMark {
		return Decode(text)
	}
	if len(text) < 2 || Type(text[1]) != Message {
		return Packet{}, ErrUnknownType
	}
	return decodeBase64(text[2:])
}

// DecodeBinary3 reads a binary packet of Engine.IO 3, as it stands in a binary frame or in a payload.
func DecodeBinary3(data []byte) (Packet, error) {
	if len(data) == 0 {
		return Packet{}, ErrEmpty
	}
	if data[0] != byte(Message-Open) {
		return Packet{}, ErrUnknownType
	}
	return Packet{Type: Message, Binary: true, Data: data[1:]}, nil
}

// AppendBinary3 adds a binary message as it stands in a binary frame.
func AppendBinary3(dst, data []byte) []byte {
	return append(append(dst, byte(Message-Open)), data...)
}

// AppendBase643 adds a binary message as it stands in text.
func AppendBase643(dst, data []byte) []byte {
	return appendBase64(append(dst, binaryMark, byte(Message)), data)
}

// AppendText3 adds a text packet to a payload of text.
func AppendText3(payload, text []byte) []byte {
	payload = strconv.AppendInt(payload, int64(utf16Len(text)), 10)
	return append(append(payload, ':'), text...)
}

// AppendMixed3 adds a packet to a payload that holds text and binary packets; a
// binary one without the byte of its type, which is added.
func AppendMixed3(payload, data []byte, binary bool) []byte {
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
		return AppendBinary3(payload, data)
	}
	return append(payload, data...)
}

// Next3 cuts the first packet off a payload of text. rest is nil when it was the
// last one. The packet refers to payload, except what was base64.
func Next3(payload []byte) (p Packet, rest []byte, err error) {
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
	p, err = Decode3(body[:size])
	return p, rest3(body[size:]), err
}

// NextMixed3 is Next3 for a payload that holds text and binary packets.
func NextMixed3(payload []byte) (p Packet, rest []byte, err error) {
	if len(payload) == 0 || payload[0] > 1 {
		return p, nil, ErrUnknownType
	}
	end := bytes.IndexByte(payload, endOfLength)
	if end < 2 || end > maxLengthDigits+1 {
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
	rest = rest3(body[size:])
	switch body = body[:size]; {
	case payload[0] == 1:
		p, err = DecodeBinary3(body)
	case !utf8.Valid(body):
		err = ErrNotText
	default:
		p, err = Decode3(body)
	}
	return p, rest, err
}

func rest3(rest []byte) []byte {
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
