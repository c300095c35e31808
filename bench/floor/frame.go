//go:build linux

package main

import "encoding/binary"

// Opcodes of RFC 6455, 5.2, with FIN where the floor sends them.
const (
	finalText = 0x81
	opClose   = 0x8
)

// headRoom is the longest head of a frame that the floor sends: up to 64 KB.
const headRoom = 4

// appender is a payload that writes its own JSON.
type appender interface {
	AppendJSON(dst []byte) ([]byte, error)
}

// eventFrame is an event as a text frame, its head included.
func eventFrame(event string, payload appender) ([]byte, error) {
	b := make([]byte, headRoom, 256)
	b = append(b, `42["`...)
	b = append(b, event...)
	b = append(b, `",`...)
	b, err := payload.AppendJSON(b)
	if err != nil {
		return nil, err
	}
	return seal(append(b, ']')), nil
}

// textFrame is a text as a frame.
func textFrame(text string) []byte {
	return seal(append(make([]byte, headRoom, headRoom+len(text)), text...))
}

// seal writes the head in front of what follows the head room (RFC 6455, 5.2).
func seal(b []byte) []byte {
	n := len(b) - headRoom
	if n < 126 {
		b[2], b[3] = finalText, byte(n)
		return b[2:]
	}
	b[0], b[1] = finalText, 126
	binary.BigEndian.PutUint16(b[2:], uint16(n))
	return b
}

// cutFrame takes a client's frame from the front of b and unmasks it in place.
// ok is false while it is incomplete.
func cutFrame(b []byte) (opcode byte, payload, rest []byte, ok bool) {
	if len(b) < 6 {
		return 0, nil, b, false
	}
	head, n := 2, int(b[1]&0x7f)
	switch n {
	case 126:
		head, n = 4, int(binary.BigEndian.Uint16(b[2:]))
	case 127: // no client of the bench sends so much
		return opClose, nil, nil, true
	}
	end := head + 4 + n
	if len(b) < end {
		return 0, nil, b, false
	}
	mask, payload := b[head:head+4], b[head+4:end]
	for i := range payload {
		payload[i] ^= mask[i&3]
	}
	return b[0] & 0xf, payload, b[end:], true
}
