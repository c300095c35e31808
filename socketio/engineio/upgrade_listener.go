package engineio

import (
	"bytes"
	"net"
	"net/http"
)

// NewUpgradeListener makes connecting cheaper: the listener that it returns serves
// a connection that begins with a WebSocket handshake itself, by calling h, and
// gives every other one to whoever accepts, as a rule an http.Server with the same
// handler. What a connection costs in net/http before it is taken over (a
// goroutine with its stack, two buffers, a place in Go's poller) is saved.
//
// It takes over only what is there at once and plain: a GET whose path begins with
// prefix, complete in the first 4 KiB. h sees it as from net/http, except that the
// request's context has no values and that ConnState and ConnContext of an
// http.Server are not called for it. At most MaxHandshakes are served at once;
// more connections wait for their turn with the kernel.
//
// l is returned as it is where it is no TCP listener, and on systems other than
// Linux. Closing the returned listener closes l.
func NewUpgradeListener(l net.Listener, prefix string, h http.Handler) (net.Listener, error) {
	tcp, ok := l.(*net.TCPListener)
	if !ok {
		return l, nil
	}
	return newUpgradeListener(tcp, prefix, h)
}

// MaxHandshakes is how many handshakes a listener of NewUpgradeListener serves at once.
const MaxHandshakes = 1024

// isHandshake reports whether the head of a request is complete and, by the look
// of it, a WebSocket handshake for a path with the prefix. What it takes for one
// is parsed properly afterwards; what it misses goes to net/http.
func isHandshake(head []byte, prefix string) bool {
	path, ok := bytes.CutPrefix(head, []byte("GET "))
	if !ok || !bytes.HasPrefix(path, []byte(prefix)) || !bytes.Contains(head, []byte("\r\n\r\n")) {
		return false
	}
	_, rest, _ := bytes.Cut(head, []byte("\r\n"))
	for line := range bytes.SplitSeq(rest, []byte("\r\n")) {
		if len(line) == 0 {
			break // the end of the head
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		if bytes.EqualFold(name, []byte("Upgrade")) {
			return bytes.EqualFold(bytes.TrimSpace(value), []byte("websocket"))
		}
	}
	return false
}
