package engineio

import "net"

// maxUnsent is how many bytes a connection may hold below the outbox before they
// are on their way: what waits there can no longer be replaced by a newer value.
const maxUnsent = 16 << 10

// stream is the byte side of one WebSocket, the seam between the two ways of
// doing I/O: descriptors in an epoll set (stream_epoll.go) and a goroutine
// per connection (stream_goroutine.go). All methods are called on the shard and
// none blocks. A stream calls its websocket's input, writable and broken, on the
// shard too, and none of them after close.
type stream interface {
	// start begins reading.
	start() error
	// write takes what can be taken now. When that is less than all of b,
	// websocket.writable is called once there is room.
	write(b []byte) (n int, err error)
	// unsent is how much of what was taken is not on its way yet. When that is
	// maxUnsent or more, websocket.writable is called once it is less.
	unsent() int
	// pause stops calls of input until resume.
	pause()
	resume()
	// finish lets the kernel hold what is written from now on without a bound of
	// ours: the connection is about to close.
	finish()
	// closeWrite tells the other side that nothing more comes.
	closeWrite()
	// close ends the connection at once.
	close()
}

// newStream takes a connection over from net/http, with no goroutine and no
// buffer if the system and the kind of connection allow.
func newStream(s *Shard, nc net.Conn, w *websocket) (stream, error) {
	if st, ok, err := takePolled(s, nc, w); ok || err != nil {
		return st, err
	}
	return newGoroutineStream(s, nc, w), nil
}
