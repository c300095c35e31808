package engineio

import (
	"encoding/binary"
	"errors"
	"unicode/utf8"

	"github.com/gobwas/ws"
)

// frame is one WebSocket frame cut off the input, its payload unmasked in place.
type frame struct {
	op         ws.OpCode
	fin        bool
	compressed bool
	payload    []byte
}

var (
	errProtocol = errors.New("websocket protocol violation")
	errTooLarge = errors.New("websocket message is larger than allowed")
)

// cutFrame reads one frame of a client from the front of b (RFC 6455, 5.2). n is
// how many bytes it took; n == 0 without an error means that b holds no complete
// frame yet. A frame longer than limit is refused as soon as its header is there.
func cutFrame(b []byte, limit int) (f frame, n int, err error) {
	if len(b) < 2 {
		return f, 0, nil
	}
	f.fin = b[0]&0x80 != 0
	f.compressed = b[0]&compressedBit != 0
	f.op = ws.OpCode(b[0] & 0x0f)
	masked := b[1]&0x80 != 0
	if b[0]&0x30 != 0 || !masked || !knownOp(f.op) {
		return f, 0, errProtocol
	}
	size, h := int(b[1]&0x7f), 2
	if f.op.IsControl() && (size > ws.MaxControlFramePayloadSize || !f.fin) {
		return f, 0, errProtocol
	}
	switch size {
	case 126:
		if len(b) < 4 {
			return f, 0, nil
		}
		size, h = int(binary.BigEndian.Uint16(b[2:])), 4
	case 127:
		if len(b) < 10 {
			return f, 0, nil
		}
		u := binary.BigEndian.Uint64(b[2:])
		if u > uint64(limit) {
			return f, 0, errTooLarge
		}
		size, h = int(u), 10
	}
	if size > limit && !f.op.IsControl() {
		return f, 0, errTooLarge
	}
	if len(b) < h+4+size {
		return f, 0, nil
	}
	mask := [4]byte(b[h : h+4])
	f.payload = b[h+4 : h+4+size]
	ws.Cipher(f.payload, mask, 0)
	return f, h + 4 + size, nil
}

func knownOp(op ws.OpCode) bool {
	switch op {
	case ws.OpContinuation, ws.OpText, ws.OpBinary, ws.OpClose, ws.OpPing, ws.OpPong:
		return true
	}
	return false
}

// checkClose validates the payload of a close frame (RFC 6455, 5.5.1 and 7.4).
func checkClose(payload []byte) error {
	if len(payload) == 0 {
		return nil
	}
	if len(payload) == 1 || !utf8.Valid(payload[2:]) {
		return errProtocol
	}
	code := ws.StatusCode(binary.BigEndian.Uint16(payload))
	if code.IsNotUsed() || code.IsProtocolReserved() || code > 4999 || code >= 1016 && code < 3000 {
		return errProtocol
	}
	return nil
}

// closeFrame is a close frame with a status and a reason that both sides can read.
func closeFrame(code ws.StatusCode, reason string) []byte {
	if len(reason) > ws.MaxControlFramePayloadSize-2 {
		reason = reason[:ws.MaxControlFramePayloadSize-2]
	}
	b := make([]byte, 0, 4+len(reason))
	b = append(b, 0x80|byte(ws.OpClose), byte(2+len(reason)))
	b = binary.BigEndian.AppendUint16(b, uint16(code))
	return append(b, reason...)
}
