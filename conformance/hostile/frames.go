package hostile

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"math/rand/v2"
)

// The opcodes of RFC 6455, 5.2, and the bits beside them.
const (
	opContinuation = 0x0
	opText         = 0x1
	opBinary       = 0x2
	opClose        = 0x8
	opPing         = 0x9
	opPong         = 0xa

	fin      = 0x80
	rsv1     = 0x40 // "compressed", where permessage-deflate was agreed
	maskBit  = 0x80
	maskSize = 4
)

// Frames are kinds of bytes on an open WebSocket.
var Frames = []Kind[[]byte]{
	{"a frame without mask", "", func(r *rand.Rand, size int) []byte {
		return append(header(fin|opText, uint64(size), false), fill("4", size)...)
	}},
	{"reserved bits", "CVE-2022-21676: uncaught exception", func(r *rand.Rand, size int) []byte {
		return Frame(byte(fin|pick(r, 0x20, 0x10, 0x30, 0x70)|pick(r, opText, opPing, opContinuation)), []byte("2probe"))
	}},
	{"noise for a compressed message", "", func(r *rand.Rand, size int) []byte {
		return Frame(byte(fin|rsv1|pick(r, opText, opBinary)), noise(r, min(size, 256)))
	}},
	{"compressed messages of a thousand times their size", "memory and time for what a few bytes unpack to", func(r *rand.Rand, size int) []byte {
		return bytes.Repeat(Frame(fin|rsv1|opText, Deflate([]byte(`42["x","`+fill("0", 1_000_000)+`"]`))), max(size/2000, 1))
	}},
	{"a compressed message over the limit", "", func(r *rand.Rand, size int) []byte {
		return Frame(fin|rsv1|opBinary, Deflate(make([]byte, 2_000_000+size)))
	}},
	{"a compressed message that is cut off", "", func(r *rand.Rand, size int) []byte {
		small := Deflate([]byte(`42["message","` + fill("abc", size) + `"]`))
		return Frame(fin|rsv1|opText, small[:r.IntN(len(small))])
	}},
	{"compression that begins in the middle", "", func(r *rand.Rand, size int) []byte {
		return append(Frame(byte(pick(r, 0, rsv1)|opText), nil), Frame(fin|rsv1|opContinuation, Deflate([]byte("6")))...)
	}},
	{"a compressed message in fragments of one byte", "", func(r *rand.Rand, size int) []byte {
		out := Frame(rsv1|opText, nil)
		for _, b := range Deflate([]byte(`42["message","` + fill("abc", size) + `"]`)) {
			out = append(out, Frame(opContinuation, []byte{b})...)
		}
		return append(out, Frame(fin|opContinuation, nil)...)
	}},
	{"binary packets of Engine.IO 3", "", func(r *rand.Rand, size int) []byte {
		return Frame(fin|opBinary, append([]byte{byte(r.IntN(8))}, noise(r, min(size, 64))...))
	}},
	{"unknown opcodes", "", func(r *rand.Rand, size int) []byte {
		return Frame(byte(fin|pick(r, 0x3, 0x4, 0x7, 0xb, 0xf)), []byte("x"))
	}},
	{"a control frame in fragments", "", func(r *rand.Rand, size int) []byte { return Frame(byte(pick(r, opPing, opPong, opClose)), nil) }},
	{"a long control frame", "", func(r *rand.Rand, size int) []byte {
		return Frame(byte(fin|pick(r, opPing, opPong, opClose)), make([]byte, 126+r.IntN(1000)))
	}},
	{"a continuation without a start", "", func(r *rand.Rand, size int) []byte { return Frame(byte(pick(r, 0, fin)|opContinuation), []byte("x")) }},
	{"a start inside a message", "", func(r *rand.Rand, size int) []byte {
		return append(Frame(opText, []byte(`42["mes`)), Frame(byte(fin|pick(r, opText, opBinary)), []byte(`sage"]`))...)
	}},
	{"a message that never ends", "", func(r *rand.Rand, size int) []byte { return bytes.Repeat(Frame(opContinuation, []byte("x")), size/7+1) }},
	{"fragments of one byte", "", func(r *rand.Rand, size int) []byte {
		body := `42["message","` + fill("x", size/7) + `"]`
		out := Frame(opText, []byte(body[:1]))
		for i := 1; i < len(body)-1; i++ {
			out = append(out, Frame(opContinuation, []byte(body[i:i+1]))...)
		}
		return append(out, Frame(fin|opContinuation, []byte(body[len(body)-1:]))...)
	}},
	{"fragments without a byte", "", func(r *rand.Rand, size int) []byte {
		return append(Frame(opText, nil), bytes.Repeat(Frame(opContinuation, nil), size/6+1)...)
	}},
	{"pings between fragments", "", func(r *rand.Rand, size int) []byte {
		out := Frame(opText, []byte(`42["message","`))
		for n := 0; n < size; n += 16 {
			out = append(append(out, Frame(fin|opPing, []byte("p"))...), Frame(opContinuation, []byte("x"))...)
		}
		return append(out, Frame(fin|opContinuation, []byte(`"]`))...)
	}},
	{"a flood of pings", "", func(r *rand.Rand, size int) []byte { return bytes.Repeat(Frame(fin|opPing, nil), size/6+1) }},
	{"a flood of pongs", "", func(r *rand.Rand, size int) []byte { return bytes.Repeat(Frame(fin|opPong, nil), size/6+1) }},
	{"a flood of empty frames", "", func(r *rand.Rand, size int) []byte {
		return bytes.Repeat(Frame(byte(fin|pick(r, opText, opBinary)), nil), size/6+1)
	}},
	{"a length of 2^63 and more", "", func(r *rand.Rand, size int) []byte {
		return header(byte(fin|pick(r, opText, opBinary)), pick(r, uint64(1)<<63, 1<<64-1, 1<<63-1, 1<<62, 1<<32, 1<<31), true)
	}},
	{"a length over the limit", "", func(r *rand.Rand, size int) []byte { return header(fin|opText, 2_000_000, true) }},
	{"fragments over the limit", "", func(r *rand.Rand, size int) []byte {
		return append(Frame(opBinary, make([]byte, size)), header(opContinuation, 2_000_000, true)...)
	}},
	{"a length that needs fewer bytes", "", func(r *rand.Rand, size int) []byte {
		return append([]byte{fin | opText, maskBit | 127, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0}, '6')
	}},
	{"a frame that never ends", "", func(r *rand.Rand, size int) []byte {
		return append(header(fin|opText, 900_000, true), fill("4", size)...)
	}},
	{"half a header", "", func(r *rand.Rand, size int) []byte { return header(fin|opText, 70_000, true)[:1+r.IntN(12)] }},
	{"text that is not UTF-8", "", func(r *rand.Rand, size int) []byte {
		return Frame(fin|opText, append([]byte(`42["message","`), 0xff, 0xfe, '"', ']'))
	}},
	{"UTF-8 cut between fragments", "", func(r *rand.Rand, size int) []byte {
		return append(Frame(opText, []byte("42[\"message\",\"\xe2\x82")), Frame(fin|opContinuation, []byte("\xac\"]"))...)
	}},
	{"a close that is malformed", "", func(r *rand.Rand, size int) []byte {
		return Frame(fin|opClose, pick(r, []byte{3}, []byte{0, 0}, []byte{3, 0xee}, []byte{3, 0xe8, 0xff}, []byte{0xff, 0xff}))
	}},
	{"more after a close", "", func(r *rand.Rand, size int) []byte {
		return append(Frame(fin|opClose, []byte{3, 0xe8}), Frame(fin|opText, []byte(`42["message",1]`))...)
	}},
	{"packets of the engine out of place", "", func(r *rand.Rand, size int) []byte {
		return Frame(fin|opText, []byte(pick(r, "0", `0{"sid":"x"}`, "1", "2", "2probe", "3", "3probe", "5", "6", "7", "bAAEC", "b!", "\xff")))
	}},
	{"an upgrade on top of an upgrade", "", func(r *rand.Rand, size int) []byte {
		return bytes.Repeat(append(Frame(fin|opText, []byte("2probe")), Frame(fin|opText, []byte("5"))...), 1+r.IntN(5))
	}},
	{"HTTP on a WebSocket", "", func(r *rand.Rand, size int) []byte { return []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n") }},
	{"noise", "", noise},
}

// Deflate compresses as permessage-deflate does (RFC 7692, 7.2.1).
func Deflate(data []byte) []byte {
	var b bytes.Buffer
	z, _ := flate.NewWriter(&b, flate.BestSpeed) // the level is a valid one
	_, _ = z.Write(data)                         // writing to memory does not fail
	_ = z.Flush()
	return bytes.TrimSuffix(b.Bytes(), []byte{0, 0, 0xff, 0xff})
}

// Frame is one frame as a client sends it: b0 is its first byte, the payload is masked.
func Frame(b0 byte, payload []byte) []byte {
	b := header(b0, uint64(len(payload)), true)
	key := [maskSize]byte{0x5a, 0x01, 0xff, 0x80}
	copy(b[len(b)-maskSize:], key[:])
	for i, c := range payload {
		b = append(b, c^key[i%maskSize])
	}
	return b
}

// Encode is a message as one frame.
func (m Message) Encode() []byte {
	if m.Binary {
		return Frame(fin|opBinary, m.Data)
	}
	return Frame(fin|opText, append([]byte{'4'}, m.Data...))
}

// header is a frame header with a mask of zeros, or without a mask.
func header(b0 byte, size uint64, masked bool) []byte {
	b := []byte{b0, 0}
	switch {
	case size < 126:
		b[1] = byte(size)
	case size <= 0xffff:
		b[1] = 126
		b = binary.BigEndian.AppendUint16(b, uint16(size))
	default:
		b[1] = 127
		b = binary.BigEndian.AppendUint64(b, size)
	}
	if masked {
		b[1] |= maskBit
		b = append(b, make([]byte, maskSize)...)
	}
	return b
}
