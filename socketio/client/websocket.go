package client

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"

	"tradewind/socketio/engineio/packet"
)

// webSocket is the WebSocket transport: one packet per message.
type webSocket struct {
	conn         net.Conn
	r            *bufio.Reader
	maxBytes     int
	writeTimeout time.Duration
	goodbye      closeFrame // of the server; to be read after next has failed

	ended atomic.Bool

	mu  sync.Mutex // one writer at a time; held over the write, which writeTimeout bounds
	out []byte     // frames of one write
}

// closeFrame is what a WebSocket close frame said. Code is 0 where there was none.
type closeFrame struct {
	code int
	text string
}

// dialWebSocket opens a WebSocket. The connect is bounded by ctx.
func dialWebSocket(ctx context.Context, target *url.URL, o *Options) (*webSocket, error) {
	u := *target
	switch u.Scheme {
	case "http":
		u.Scheme = "ws"
	case "https":
		u.Scheme = "wss"
	}
	var refused *HandshakeError
	dialer := ws.Dialer{
		ReadBufferSize:  1024,
		WriteBufferSize: 1024,
		NetDial:         o.DialContext,
		TLSConfig:       o.TLS,
		Header:          ws.HandshakeHeaderHTTP(o.Header),
		OnStatusError: func(status int, _ []byte, answer io.Reader) {
			refused = &HandshakeError{Status: status}
			if resp, err := http.ReadResponse(bufio.NewReader(answer), nil); err == nil {
				refused.RetryAfter = retryAfter(resp.Header)
				text, _ := io.ReadAll(io.LimitReader(resp.Body, 4096)) // what came of it is enough for an error
				refused.Body = string(text)
				resp.Body.Close()
			}
		},
	}
	conn, early, _, err := dialer.Dial(ctx, u.String())
	switch {
	case refused != nil:
		return nil, refused
	case err != nil:
		return nil, fmt.Errorf("open websocket: %w", err)
	}
	t := &webSocket{conn: conn, maxBytes: o.MaxMessageBytes, writeTimeout: o.WriteTimeout}
	if early != nil && early.Buffered() > 0 { // frames that came with the handshake's answer
		head := make([]byte, early.Buffered())
		if _, err := io.ReadFull(early, head); err != nil {
			conn.Close()
			return nil, fmt.Errorf("open websocket: %w", err)
		}
		t.r = bufio.NewReaderSize(io.MultiReader(bytes.NewReader(head), conn), readBufferBytes)
	} else {
		t.r = bufio.NewReaderSize(conn, readBufferBytes)
	}
	if early != nil {
		ws.PutReader(early)
	}
	return t, nil
}

const readBufferBytes = 4096

func (t *webSocket) name() Transport { return WebSocket }

// next returns the next packet, or an error when none came until the deadline or ever will.
func (t *webSocket) next(deadline time.Time) (packet.Packet, error) {
	if err := t.conn.SetReadDeadline(deadline); err != nil {
		return packet.Packet{}, err
	}
	for {
		isBinary, message, err := t.nextMessage()
		if err != nil {
			return packet.Packet{}, err
		}
		if message == nil { // a control frame
			continue
		}
		if isBinary {
			return packet.Packet{Type: packet.Message, Data: message, Binary: true}, nil
		}
		p, err := packet.Decode(message)
		if err != nil {
			return p, parseError{err}
		}
		return p, nil
	}
}

// nextMessage reads one frame, and the frames that continue it. It answers
// control frames and returns nil for them.
func (t *webSocket) nextMessage() (isBinary bool, message []byte, err error) {
	first := true
	for {
		h, err := ws.ReadHeader(t.r)
		if err != nil {
			return false, nil, err
		}
		if h.Masked || h.Rsv != 0 {
			return false, nil, parseError{errors.New("websocket frame is masked or has reserved bits")}
		}
		if h.OpCode.IsControl() {
			if err := t.control(h); err != nil {
				return false, nil, err
			}
			if first {
				return false, nil, nil
			}
			continue
		}
		if first == (h.OpCode == ws.OpContinuation) {
			return false, nil, parseError{errors.New("websocket continuation out of place")}
		}
		if h.Length > int64(t.maxBytes-len(message)) {
			return false, nil, parseError{fmt.Errorf("websocket message exceeds %d bytes", t.maxBytes)}
		}
		if first {
			isBinary = h.OpCode == ws.OpBinary
			message = make([]byte, 0, h.Length)
			first = false
		}
		start := len(message)
		message = append(message, make([]byte, h.Length)...)
		if _, err := io.ReadFull(t.r, message[start:]); err != nil {
			return false, nil, err
		}
		if h.Fin {
			return isBinary, message, nil
		}
	}
}

// control handles a ping, pong or close frame.
func (t *webSocket) control(h ws.Header) error {
	if h.Length > ws.MaxControlFramePayloadSize || !h.Fin {
		return parseError{errors.New("websocket control frame too long")}
	}
	payload := make([]byte, h.Length)
	if _, err := io.ReadFull(t.r, payload); err != nil {
		return err
	}
	switch h.OpCode {
	case ws.OpPing:
		return t.writeFrames(ws.NewPongFrame(payload))
	case ws.OpClose:
		if len(payload) >= 2 {
			t.goodbye = closeFrame{int(binary.BigEndian.Uint16(payload)), string(payload[2:])}
		}
		_ = t.writeFrames(ws.NewCloseFrame(payload[:min(len(payload), 2)])) // the connection is over whether or not this arrives
		return io.EOF
	}
	return nil
}

// write sends packets, each as a message, all in one write.
func (t *webSocket) write(packets ...packet.Packet) error {
	frames := make([]ws.Frame, len(packets))
	for i, p := range packets {
		if p.Binary {
			frames[i] = ws.NewBinaryFrame(p.Data)
			continue
		}
		frames[i] = ws.NewTextFrame(append([]byte{byte(p.Type)}, p.Data...))
	}
	return t.writeFrames(frames...)
}

func (t *webSocket) writeFrames(frames ...ws.Frame) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.out = t.out[:0]
	for _, f := range frames {
		t.out = appendMasked(t.out, f)
	}
	if err := t.conn.SetWriteDeadline(time.Now().Add(t.writeTimeout)); err != nil {
		return err
	}
	_, err := t.conn.Write(t.out)
	if cap(t.out) > 4*readBufferBytes { // one large message must not pin its size for ever
		t.out = nil
	}
	if err != nil {
		t.abort() // half a frame may be out: nothing can follow it
	}
	return err
}

// shutdown says goodbye in the WebSocket's way and closes the connection.
func (t *webSocket) shutdown() {
	_ = t.writeFrames(ws.NewCloseFrame(ws.NewCloseFrameBody(ws.StatusNormalClosure, "")))
	t.abort()
}

// abort closes the connection without a goodbye. Whoever reads or writes gets an error.
func (t *webSocket) abort() {
	if !t.ended.Swap(true) {
		t.conn.Close()
	}
}

func (t *webSocket) closed() closeFrame { return t.goodbye }

// appendMasked appends a frame as a client must send it.
func appendMasked(dst []byte, f ws.Frame) []byte {
	f = ws.MaskFrame(f)
	dst = append(dst, byte(f.Header.OpCode)|0x80)
	switch n := len(f.Payload); {
	case n < 126:
		dst = append(dst, byte(n)|0x80)
	case n <= 0xffff:
		dst = append(dst, 126|0x80)
		dst = binary.BigEndian.AppendUint16(dst, uint16(n))
	default:
		dst = append(dst, 127|0x80)
		dst = binary.BigEndian.AppendUint64(dst, uint64(n))
	}
	dst = append(dst, f.Header.Mask[:]...)
	return append(dst, f.Payload...)
}
