package engineio

import (
	"context"
	"net"
	"sync"
	"time"
)

// lastWrite is how long a closed stream may take to write what it was given.
const lastWrite = 500 * time.Millisecond

// goroutineStream reads and writes a net.Conn with two goroutines: for TLS, and
// for systems without epoll. The goroutines belong to the stream; they end when
// the connection is closed.
type goroutineStream struct {
	shard *Shard
	ws    *websocket
	nc    net.Conn

	// Owned by the shard.
	started bool
	closed  bool
	paused  bool
	waiting bool          // the reader waits for its input to be released
	reader  chan struct{} // releases it; capacity 1

	mu      sync.Mutex
	wake    *sync.Cond
	pending []byte // for the writer
	half    bool   // close the write side when pending is written
	full    bool   // the shard waits for writable
	limit   int    // of pending
	ended   bool
}

func newGoroutineStream(s *Shard, nc net.Conn, w *websocket) *goroutineStream {
	st := &goroutineStream{shard: s, ws: w, nc: nc, reader: make(chan struct{}, 1), limit: maxUnsent}
	st.wake = sync.NewCond(&st.mu)
	limitUnsent(nc)
	return st
}

// start begins reading and writing. On the shard, which waits for both
// goroutines when it stops.
func (st *goroutineStream) start() error {
	st.started = true
	st.shard.streams.Go(st.readLoop)  // ends when nc is closed or fails
	st.shard.streams.Go(st.writeLoop) // ends after close, or when a write fails
	return nil
}

// post runs a callback on the shard unless the stream was closed meanwhile.
func (st *goroutineStream) post(f func()) bool {
	return st.shard.Post(context.Background(), func() {
		if !st.closed {
			f()
		}
	}) == nil
}

func (st *goroutineStream) readLoop() {
	buf := make([]byte, 4096)
	for {
		n, err := st.nc.Read(buf)
		if n > 0 {
			if st.shard.Post(context.Background(), func() { st.take(buf[:n]) }) != nil {
				return
			}
			select {
			case <-st.reader:
			case <-st.shard.done:
				return
			}
		}
		if err != nil {
			st.post(func() { st.ws.broken(err) })
			return
		}
	}
}

// take hands input over; what comes after close is thrown away. On the shard.
func (st *goroutineStream) take(b []byte) {
	st.waiting = true
	if !st.closed {
		st.ws.input(b)
	}
	if st.closed || !st.paused {
		st.release()
	}
}

// release lets the reader go on once what it read has been taken.
func (st *goroutineStream) release() {
	if st.waiting {
		st.waiting = false
		st.reader <- struct{}{}
	}
}

// writeLoop writes what is pending and closes the connection when it is told to.
func (st *goroutineStream) writeLoop() {
	defer st.nc.Close()
	var buf []byte
	for {
		st.mu.Lock()
		for len(st.pending) == 0 && !st.ended && !st.half {
			st.wake.Wait()
		}
		buf, st.pending = st.pending, buf[:0]
		ended, half := st.ended, st.half
		if len(buf) == 0 {
			st.half = false
		}
		st.mu.Unlock()
		switch {
		case len(buf) > 0:
			if !st.writeOut(buf) {
				return
			}
		case ended:
			return
		case half:
			if c, ok := st.nc.(interface{ CloseWrite() error }); ok {
				_ = c.CloseWrite()
			}
		}
	}
}

func (st *goroutineStream) writeOut(buf []byte) bool {
	if _, err := st.nc.Write(buf); err != nil {
		st.post(func() { st.ws.broken(err) })
		return false
	}
	st.mu.Lock()
	full := st.full
	st.full = false
	st.mu.Unlock()
	if full {
		st.post(st.ws.writable)
	}
	return true
}

func (st *goroutineStream) write(b []byte) (int, error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	n := min(len(b), max(st.limit-len(st.pending), 0))
	st.pending = append(st.pending, b[:n]...)
	st.full = n < len(b)
	st.wake.Signal()
	return n, nil
}

// unsent is never too much: write takes no more than its limit.
func (st *goroutineStream) unsent() int { return 0 }

func (st *goroutineStream) pause() { st.paused = true }

func (st *goroutineStream) resume() {
	st.paused = false
	st.release()
}

func (st *goroutineStream) finish() {
	st.mu.Lock()
	st.limit = 1 << 20
	st.mu.Unlock()
	_ = st.nc.SetWriteDeadline(time.Now().Add(maxLinger))
}

func (st *goroutineStream) closeWrite() {
	st.mu.Lock()
	st.half = true
	st.wake.Signal()
	st.mu.Unlock()
}

// close lets the writer write what it was given, briefly, and close the connection.
func (st *goroutineStream) close() {
	if st.closed {
		return
	}
	st.closed = true
	st.release()
	if !st.started {
		_ = st.nc.Close()
		return
	}
	_ = st.nc.SetWriteDeadline(time.Now().Add(lastWrite))
	st.mu.Lock()
	st.ended = true
	st.wake.Signal()
	st.mu.Unlock()
}
