package client

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"tradewind/socketio/engineio/packet"
)

// transport moves Engine.IO packets. next is called by one goroutine at a time;
// write, shutdown and abort may be called concurrently with it and each other.
type transport interface {
	name() Transport
	// next waits for a packet. Its error is a parseError, a timeout when the
	// deadline passed, or the end of the connection.
	next(deadline time.Time) (packet.Packet, error)
	// write hands packets to the network, together and in order.
	write(packets ...packet.Packet) error
	// shutdown says goodbye in the transport's own way, then aborts.
	shutdown()
	// abort ends the connection at once: next and write fail.
	abort()
	// closed is what the server said at the end, once next has failed.
	closed() closeFrame
}

var (
	_ transport = (*webSocket)(nil)
	_ transport = (*polling)(nil)
)

// parseError marks what no server may send.
type parseError struct{ error }

func (e parseError) Unwrap() error { return e.error }

// retryAfter reads the header of that name, in seconds.
func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// endpoint is the address of a transport, of the session sid if there is one.
func (c *Client) endpoint(t Transport, sid string) *url.URL {
	u := *c.url
	q := u.Query()
	for key, value := range c.o.Query {
		q.Set(key, value)
	}
	q.Set("EIO", "4")
	q.Set("transport", string(t))
	if sid != "" {
		q.Set("sid", sid)
	}
	u.RawQuery = q.Encode()
	return &u
}
