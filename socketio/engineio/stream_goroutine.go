package engineio

import (
	"context"
	"net"
	"sync"
	"time"
)

// goroutineStream reads and writes a net.Conn with two goroutines: for TLS, and
// for systems without epoll. The goroutines belong to the stream; they end when
// the connection is closed.
type goroutineStream struct {
	shard *Shard
	ws    *websocket
	nc    net.Conn

	// Owned by the shard.
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
	st.shard.streams.Go(st.readLoop)  // ends when nc is closed or fails
	st.shard.streams.Go(st.writeLoop) // ends when close is called or a write fails
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
			ok := st.post(func() {
				st.waiting = true
				st.ws.input(buf[:n])
				if !st.paused {
					st.release()
				}
			})
			if !ok {
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

// release lets the reader go on once what it read has been taken.
func (st *goroutineStream) release() {
	if st.waiting {
		st.waiting = false
		st.reader <- struct{}{}
	}
}

func (st *goroutineStream) writeLoop() {
	var buf []byte
	for {
		st.mu.Lock()
		for len(st.pending) == 0 && !st.ended && !st.half {
			st.wake.Wait()
		}
		if st.ended {
			st.mu.Unlock()
			return
		}
		buf, st.pending = st.pending, buf[:0]
		half := st.half && len(buf) == 0
		st.mu.Unlock()
		if half {
			if c, ok := st.nc.(interface{ CloseWrite() error }); ok {
				_ = c.CloseWrite()
			}
			return
		}
		if _, err := st.nc.Write(buf); err != nil {
			st.post(func() { st.ws.broken(err) })
			return
		}
		st.mu.Lock()
		full := st.full
		st.full = false
		st.mu.Unlock()
		if full {
			st.post(st.ws.writable)
		}
	}
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

func (st *goroutineStream) close() {
	if st.closed {
		return
	}
	st.closed = true
	st.mu.Lock()
	st.ended = true
	st.wake.Signal()
	st.mu.Unlock()
	_ = st.nc.Close()
	st.release()
}
