//go:build unix

package loadtest

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

// raw is a connection that is waited for in the runtime's poller and read into a
// buffer of the pool, which it holds only from the first byte on.
type raw struct {
	conn syscall.RawConn
	try  func(fd uintptr) bool // made once: it is called for every read
	got  *buffer
	n    int
	err  error
}

// newInput reads plain TCP without a buffer of its own, anything else, such as
// TLS, with one.
func newInput(conn net.Conn) (input, error) {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return &buffered{conn: conn, own: new(buffer)}, nil
	}
	c, err := tcp.SyscallConn()
	if err != nil {
		return nil, err
	}
	r := &raw{conn: c}
	r.try = r.read
	return r, nil
}

func (r *raw) next() (*buffer, int, error) {
	if err := r.conn.Read(r.try); err != nil {
		return nil, 0, err
	}
	got, n, err := r.got, r.n, r.err
	r.got = nil
	if err != nil {
		return nil, 0, err
	}
	return got, n, nil
}

// read makes one attempt; false asks to be called again when something is there.
func (r *raw) read(fd uintptr) bool {
	b := takeBuffer()
	for {
		r.n, r.err = syscall.Read(int(fd), b[:])
		if r.err != syscall.EINTR {
			break
		}
	}
	switch {
	case r.err == syscall.EAGAIN:
		giveBuffer(b)
		return false
	case r.err != nil:
		r.err = os.NewSyscallError("read", r.err)
	case r.n == 0:
		r.err = io.EOF
	default:
		r.got = b
		return true
	}
	giveBuffer(b)
	return true
}

func (r *raw) done(b *buffer) { giveBuffer(b) }

// serve reads once for each time that the poller tells of, which is half of the
// system calls that a read until there is nothing more would make. That is safe
// inside of one RawConn.Read: what comes between a read and the wait ends the wait
// at once, and a read that did not fill the buffer left nothing behind, but the end
// of the connection when that came with the last bytes. The last look, once the
// deadline is over, finds it.
func (r *raw) serve(handle func([]byte) error) error {
	var end error
	err := r.conn.Read(func(fd uintptr) bool {
		for {
			if !r.read(fd) {
				return false
			}
			if end = r.err; end != nil {
				return true
			}
			end = handle(r.got[:r.n])
			giveBuffer(r.got)
			r.got = nil
			if end != nil {
				return true
			}
			if r.n < len(buffer{}) {
				return false
			}
		}
	})
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return r.lastLook(err, handle)
	}
	return errors.Join(err, end)
}

// mostLooks bounds the last look at a connection on which more and more comes.
const mostLooks = 64

// lastLook reads without waiting. What it finds nothing for is the timeout that it is given.
func (r *raw) lastLook(timeout error, handle func([]byte) error) error {
	for range mostLooks {
		found := false
		if err := r.conn.Control(func(fd uintptr) { found = r.read(fd) }); err != nil {
			return err
		}
		if !found {
			return timeout
		}
		if r.err != nil {
			return r.err
		}
		err := handle(r.got[:r.n])
		giveBuffer(r.got)
		r.got = nil
		if err != nil {
			return err
		}
	}
	return timeout
}
