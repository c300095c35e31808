package socketio

import (
	"log/slog"
	"net/http"
	"time"

	"tradewind/socketio/adapter"
	"tradewind/socketio/engineio"
	"tradewind/socketio/packet"
)

// Flood bounds what one connection may send; see engineio.Flood.
type Flood = engineio.Flood

// HTTPError refuses a handshake at the level of HTTP; see engineio.HTTPError.
type HTTPError = engineio.HTTPError

// Options configure a Server. The zero value of each field means its default.
type Options struct {
	// PingInterval and PingTimeout are the heartbeat. Default 25 s and 20 s.
	PingInterval, PingTimeout time.Duration
	// UpgradeTimeout bounds an upgrade from polling to WebSocket. Default 10 s.
	UpgradeTimeout time.Duration
	// ConnectTimeout is how long a connection may be without a namespace before it is closed. Default 45 s.
	ConnectTimeout time.Duration
	// MaxPayload is the largest message of a client, in bytes. Default 1 MB.
	MaxPayload int
	// MaxOutboxBytes bounds what waits for one client; beyond it the connection ends
	// as SlowConsumer. Each message counts 128 bytes more than it has. Default 1 MiB.
	MaxOutboxBytes int
	// MaxConnections is how many connections there may be; further handshakes get 503 with Retry-After. Default: no bound.
	MaxConnections int
	// HandlerQueue is how many events of one socket may wait for its handlers
	// before the connection is not read any more. Default 64.
	HandlerQueue int
	// Shards is how many goroutines own the connections. Default GOMAXPROCS.
	Shards int
	// FlushGap is the least time between two writes to one connection. Default 4 ms.
	FlushGap time.Duration
	// MaxFlushGap is what FlushGap grows to while the server has more to do than
	// time, so that each write carries more. Default 32 ms.
	MaxFlushGap time.Duration
	// Flood bounds what one connection may send; beyond it the connection ends as Flooding. Default: no bound.
	Flood Flood
	// DrainPerSecond is how many connections Shutdown closes a second. Default 500.
	DrainPerSecond int
	// RetryAfter is what a full or draining server tells handshakes to wait. Default 5 s.
	RetryAfter time.Duration
	// Origins are the allowed origins of browsers, such as https://app.example.com,
	// for polling and WebSocket alike; "*" allows all. Default: the same host.
	Origins []string
	// AllowOrigin decides instead of Origins when set.
	AllowOrigin func(r *http.Request) bool
	// AllowRequest decides about handshakes. An *HTTPError is sent as it is, any
	// other error as 403 with its text.
	AllowRequest func(r *http.Request) error
	// RemoteAddr finds a client's address. Default: the TCP peer, without its port.
	RemoteAddr func(r *http.Request) string
	// Parser turns packets into bytes and back; clients must use the same one.
	// Default: packet.JSON. Package packet/msgpack has another.
	Parser packet.Parser
	// Cookie is set on the answer to a handshake, with the session id as its value,
	// for load balancers that go by cookies. Its Path is "/" and its SameSite is Lax
	// if they are not given. Default: none is set.
	Cookie *http.Cookie
	// CompressionThreshold is from how many bytes on a polling answer or, with
	// PerMessageDeflate, a message is compressed. Default 1024.
	CompressionThreshold int
	// DisableHTTPCompression keeps polling answers from being compressed for clients that accept it.
	DisableHTTPCompression bool
	// PerMessageDeflate compresses events and acknowledgements of CompressionThreshold
	// bytes and more for WebSocket clients that offer it, as all browsers do: once for
	// all who get one, and with no window kept between messages. Default: off.
	PerMessageDeflate bool
	// AllowEIO3 accepts clients of Socket.IO 2, on Engine.IO 3, beside those of today.
	// They have no recovery, and their ids are not secret enough to be public; see
	// docs/socketio.md. Default: off.
	AllowEIO3 bool
	// DisablePolling and DisableWebSocket switch a transport off.
	DisablePolling, DisableWebSocket bool
	// RetainHeaders keeps Handshake.Header for the life of the connection, at a
	// cost of 1 to 3 KB each. Default: they are dropped once a namespace is joined.
	RetainHeaders bool
	// MaxNamespaces is how many namespaces one connection may be in. Default 100.
	MaxNamespaces int
	// MaxDynamicNamespaces bounds the namespaces of all parents; see Server.OfPattern. Default 10,000.
	MaxDynamicNamespaces int
	// KeepEmptyNamespaces keeps dynamic namespaces that nobody is in any more.
	// Default: they go, and come back with the next client that asks.
	KeepEmptyNamespaces bool
	// Adapter carries emits to other nodes. Default: there are none.
	Adapter adapter.Factory
	// Recovery lets clients whose connection broke come back to their socket, with
	// its rooms and what they missed. With an Adapter, that must be an
	// adapter.Recoverer. Default: a client that comes back gets a new socket.
	Recovery *Recovery
	// Metrics are told what happens. Default: nobody is.
	Metrics Metrics
	// Logger takes what an operator should see. Default: silence.
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	if o.ConnectTimeout <= 0 {
		o.ConnectTimeout = 45 * time.Second
	}
	if o.HandlerQueue <= 0 {
		o.HandlerQueue = 64
	}
	if o.MaxNamespaces <= 0 {
		o.MaxNamespaces = 100
	}
	if o.MaxDynamicNamespaces <= 0 {
		o.MaxDynamicNamespaces = 10_000
	}
	if o.Recovery != nil {
		recovery := o.Recovery.withDefaults()
		o.Recovery = &recovery
	}
	if o.RemoteAddr == nil {
		o.RemoteAddr = peerAddr
	}
	if o.AllowOrigin == nil && len(o.Origins) > 0 {
		o.AllowOrigin = originList(o.Origins)
	}
	if o.Parser == nil {
		o.Parser = packet.JSON{}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

func (o Options) engine() engineio.Options {
	return engineio.Options{
		PingInterval: o.PingInterval, PingTimeout: o.PingTimeout, UpgradeTimeout: o.UpgradeTimeout,
		MaxPayload: o.MaxPayload, MaxOutboxBytes: o.MaxOutboxBytes, MaxConnections: o.MaxConnections,
		Shards: o.Shards, FlushGap: o.FlushGap, MaxFlushGap: o.MaxFlushGap, Flood: o.Flood, DrainPerSecond: o.DrainPerSecond,
		RetryAfter: o.RetryAfter, AllowOrigin: o.AllowOrigin, AllowRequest: o.AllowRequest,
		Cookie: o.Cookie, CompressionThreshold: o.CompressionThreshold, DisableHTTPCompression: o.DisableHTTPCompression,
		PerMessageDeflate: o.PerMessageDeflate, AllowEIO3: o.AllowEIO3,
		DisablePolling: o.DisablePolling, DisableWebSocket: o.DisableWebSocket, Logger: o.Logger,
	}
}

// originList allows the listed origins, compared without case.
func originList(origins []string) func(*http.Request) bool {
	allowed := make(map[string]bool, len(origins))
	for _, o := range origins {
		allowed[lower(o)] = true
	}
	return func(r *http.Request) bool {
		return allowed["*"] || allowed[lower(r.Header.Get("Origin"))]
	}
}
