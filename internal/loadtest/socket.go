package loadtest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// socket is a client's connection over WebSocket: Engine.IO 4 with the namespace
// "/" of Socket.IO 5. It is opened by handshake and then read by one goroutine;
// emit, cut and leave may be called concurrently with it.
type socket struct {
	owner   *client
	conn    net.Conn
	in      input
	rest    []byte        // the beginning of a frame, nearly always empty
	parts   []byte        // the beginning of a message that comes in several frames
	silence time.Duration // pingInterval and pingTimeout: after so long without a ping the server is gone
	joined  bool
	replies []byte // frames to send once the figures are unlocked
	end     error  // why nothing more is to be read

	writing sync.Mutex
}

var _ link = (*socket)(nil)

// What a connection may end with, beside errors of the network.
var (
	errLeft   = errors.New("io server disconnect")
	errClosed = errors.New("transport close")
)

// closedError is a close frame with a code.
type closedError struct {
	code int
	text string
}

func (e closedError) Error() string { return fmt.Sprintf("transport close (%d %s)", e.code, e.text) }

// read reads until the connection ends, and says why it did.
func (s *socket) read() error { return s.in.serve(s.take) }

// look makes a reader that waits look once more whether the connection has ended:
// without an end, it ends with a timeout.
func (s *socket) look() { _ = s.conn.SetReadDeadline(time.Now()) } // fails on a connection that is closed, whose reader learns it

// step waits for bytes and handles them.
func (s *socket) step() error {
	b, n, err := s.in.next()
	if err != nil {
		return err
	}
	err = s.take(b[:n])
	s.in.done(b)
	return err
}

// take handles the bytes of one read. The figures are locked once for all of it.
func (s *socket) take(data []byte) error {
	now := time.Now().UnixNano()
	if len(s.rest) > 0 {
		s.rest = append(s.rest, data...)
		data = s.rest
	}
	figures := s.owner.figures
	figures.mu.Lock()
	if s.owner.run.counting.Load() {
		figures.reads++
	}
	for s.end == nil {
		f, rest, ok, err := cutFrame(data)
		if err != nil {
			s.end = parseError{err}
		}
		if !ok {
			break
		}
		data = rest
		s.frame(f, now)
	}
	figures.mu.Unlock()
	s.keep(data)
	if len(s.replies) > 0 {
		if err := s.write(s.replies); err != nil && s.end == nil {
			s.end = err
		}
		s.replies = nil
	}
	return s.end
}

// mostKeptBytes is how much room for the beginnings of frames an idle connection keeps.
const mostKeptBytes = 4 << 10

func (s *socket) keep(rest []byte) {
	if len(rest) == 0 && cap(s.rest) > mostKeptBytes {
		s.rest = nil
		return
	}
	s.rest = append(s.rest[:0], rest...)
}

// frame handles one frame. The figures are locked.
func (s *socket) frame(f frame, now int64) {
	switch f.op {
	case opPing:
		s.replies = appendFrame(s.replies, opPong, f.payload)
	case opPong:
	case opClose:
		s.end = errClosed
		if len(f.payload) >= 2 {
			s.end = closedError{int(binary.BigEndian.Uint16(f.payload)), string(f.payload[2:])}
		}
	case opText, opBinary:
		if f.final {
			s.message(f.op, f.payload, now)
			return
		}
		s.parts = append(append(s.parts[:0], byte(f.op)), f.payload...)
	case opContinuation:
		if len(s.parts) == 0 || len(s.parts)+len(f.payload) > mostFrameBytes {
			s.end = parseError{errors.New("a frame continues no message, or a too large one")}
			return
		}
		s.parts = append(s.parts, f.payload...)
		if f.final {
			s.message(opcode(s.parts[0]), s.parts[1:], now)
			s.parts = nil
		}
	default:
		s.end = parseError{fmt.Errorf("a frame of type %d", f.op)}
	}
}

// message handles an Engine.IO packet. The figures are locked.
func (s *socket) message(op opcode, p []byte, now int64) {
	s.owner.counted(&s.owner.figures.messages)
	if op == opBinary || len(p) == 0 {
		return // an attachment: what it belongs to has been counted
	}
	switch p[0] {
	case '0':
		s.silence = time.Duration(numberOf(p, `"pingInterval":`)+numberOf(p, `"pingTimeout":`)) * time.Millisecond
		s.replies = appendFrame(s.replies, opText, append([]byte("40"), s.owner.auth()...))
	case '1':
		s.end = errClosed
	case '2':
		s.owner.counted(&s.owner.figures.pings)
		s.replies = appendFrame(s.replies, opText, []byte("3"))
		s.expectPing()
	case '4':
		s.packet(p[1:], now)
	}
}

// packet handles a Socket.IO packet. The figures are locked.
func (s *socket) packet(p []byte, now int64) {
	if len(p) == 0 {
		return
	}
	switch p[0] {
	case '0':
		s.joined = true
	case '1':
		s.end = errLeft
	case '4':
		s.end = refusedError{textOf(p, `"message":"`), textOf(p, `"code":"`)}
	case '2', '5':
		if name, payload, ok := cutEvent(p[1:]); ok {
			s.owner.event(name, payload, now)
		}
	case '3':
		id := 0
		for p = p[1:]; len(p) > 0 && p[0] >= '0' && p[0] <= '9'; p = p[1:] {
			id = id*10 + int(p[0]-'0')
		}
		s.owner.answered(question(id), p, now)
	}
}

// cutEvent finds the name of an event and what follows it.
func cutEvent(p []byte) (name, payload []byte, ok bool) {
	start := bytes.IndexByte(p, '"')
	if start < 0 {
		return nil, nil, false
	}
	p = p[start+1:]
	end := bytes.IndexByte(p, '"')
	if end < 0 {
		return nil, nil, false
	}
	return p[:end], p[end+1:], true
}

// expectPing moves the time at which the server counts as gone.
func (s *socket) expectPing() {
	if s.silence > 0 {
		_ = s.conn.SetReadDeadline(time.Now().Add(s.silence)) // fails on a connection that is closed, whose reader learns it
	}
	if s.owner.run.looking.Load() {
		s.look() // which had set a deadline that is gone now
	}
}

// write sends frames.
func (s *socket) write(frames []byte) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	_, err := s.conn.Write(frames)
	return err
}

func (s *socket) emit(event, argument string, ask question) error {
	p := []byte("42")
	if ask != askNothing {
		p = fmt.Appendf(p, "%d", ask)
	}
	p = fmt.Appendf(p, "[%q", event)
	if argument != "" {
		p = append(append(p, ','), argument...)
	}
	return s.write(appendFrame(nil, opText, append(p, ']')))
}

// cut ends the connection as a network does.
func (s *socket) cut() {
	if tcp, ok := s.conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // no TIME_WAIT: a run of many connects would use up the ports
	}
	s.conn.Close()
}

// goodbyeTime bounds what saying goodbye may wait for a server that does not read.
const goodbyeTime = time.Second

// leave says goodbye and ends the connection.
func (s *socket) leave() {
	_ = s.conn.SetWriteDeadline(time.Now().Add(goodbyeTime))
	_ = s.write(appendFrame(nil, opClose, []byte{0x03, 0xe8})) // 1000: normal; the connection ends in any case
	s.cut()
}
