package loadtest

import (
	"net"
	"sync"
)

// buffer is what one read fills at most.
type buffer [64 << 10]byte

var buffers = sync.Pool{New: func() any { return new(buffer) }}

func takeBuffer() *buffer  { return buffers.Get().(*buffer) }
func giveBuffer(b *buffer) { buffers.Put(b) }

// input waits for what comes. One goroutine at a time uses it.
type input interface {
	// next returns a buffer with n bytes, which is given back with done.
	next() (b *buffer, n int, err error)
	done(b *buffer)
	// serve hands over all that comes until handle or the connection ends, and says
	// why. Bytes are valid during the call alone.
	serve(handle func([]byte) error) error
}

// buffered reads a connection that has to be read into a buffer while it waits.
type buffered struct {
	conn net.Conn
	own  *buffer
}

func (b *buffered) next() (*buffer, int, error) {
	n, err := b.conn.Read(b.own[:])
	if n > 0 {
		return b.own, n, nil // the error comes again
	}
	return nil, 0, err
}

func (b *buffered) done(*buffer) {}

func (b *buffered) serve(handle func([]byte) error) error {
	for {
		got, n, err := b.next()
		if err != nil {
			return err
		}
		if err := handle(got[:n]); err != nil {
			return err
		}
	}
}
