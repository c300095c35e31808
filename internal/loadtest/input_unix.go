//go:build unix

package loadtest

import (
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
