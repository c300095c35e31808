package loadtest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
)

// opcode is the type of a WebSocket frame (RFC 6455, 5.2).
type opcode byte

const (
	opContinuation opcode = 0
	opText         opcode = 1
	opBinary       opcode = 2
	opClose        opcode = 8
	opPing         opcode = 9
	opPong         opcode = 10
)

// frame is one of a server: without a mask.
type frame struct {
	op      opcode
	final   bool
	payload []byte // part of the bytes that it was cut from
}

// mostFrameBytes bounds what a server may send at once.
const mostFrameBytes = 16 << 20

// cutFrame takes the first frame from data. ok is false while it is not all there.
func cutFrame(data []byte) (f frame, rest []byte, ok bool, err error) {
	if len(data) < 2 {
		return f, data, false, nil
	}
	if data[0]&0x70 != 0 {
		return f, data, false, errors.New("the server uses a WebSocket extension that was not agreed on")
	}
	if data[1]&0x80 != 0 {
		return f, data, false, errors.New("the server masks its frames")
	}
	head, length := 2, uint64(data[1])
	switch length {
	case 126:
		if head = 4; len(data) < head {
			return f, data, false, nil
		}
		length = uint64(binary.BigEndian.Uint16(data[2:]))
	case 127:
		if head = 10; len(data) < head {
			return f, data, false, nil
		}
		length = binary.BigEndian.Uint64(data[2:])
	}
	if length > mostFrameBytes {
		return f, data, false, fmt.Errorf("a frame of %d bytes; allowed are %d", length, mostFrameBytes)
	}
	end := head + int(length)
	if len(data) < end {
		return f, data, false, nil
	}
	return frame{opcode(data[0] & 0x0f), data[0]&0x80 != 0, data[head:end]}, data[end:], true, nil
}

// appendFrame appends a frame as a client has to send it: masked.
func appendFrame(dst []byte, op opcode, payload []byte) []byte {
	dst = append(dst, 0x80|byte(op))
	switch n := len(payload); {
	case n < 126:
		dst = append(dst, 0x80|byte(n))
	case n <= 0xffff:
		dst = binary.BigEndian.AppendUint16(append(dst, 0x80|126), uint16(n))
	default:
		dst = binary.BigEndian.AppendUint64(append(dst, 0x80|127), uint64(n))
	}
	var mask [4]byte
	binary.BigEndian.PutUint32(mask[:], rand.Uint32())
	dst = append(dst, mask[:]...)
	for i, b := range payload {
		dst = append(dst, b^mask[i&3])
	}
	return dst
}
