package engineio

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"time"
)

// Options configure a Server. The zero value of each field means its default.
type Options struct {
	// PingInterval is how long after the last pong the server pings. Default 25 s.
	PingInterval time.Duration
	// PingTimeout is how long it waits for the pong. Default 20 s.
	PingTimeout time.Duration
	// UpgradeTimeout bounds an upgrade from polling to WebSocket. Default 10 s.
	UpgradeTimeout time.Duration
	// MaxPayload is the largest message and polling payload of a client, in bytes. Default 1 MB.
	MaxPayload int
	// MaxOutboxBytes bounds what waits for one client; beyond it the connection ends
	// as SlowConsumer. Each message counts 128 bytes more than it has. Default 1 MiB.
	MaxOutboxBytes int
	// MaxConnections is how many sessions there may be; further handshakes get 503. Default: no bound.
	MaxConnections int
	// Shards is how many goroutines own the connections. Default GOMAXPROCS.
	Shards int
	// FlushGap is the least time between two writes to one connection; what comes
	// meanwhile leaves together. The first message after it leaves at once. Default 4 ms.
	FlushGap time.Duration
	// MaxFlushGap is what FlushGap grows to while a shard has more to do than time,
	// so that each write carries more. Default 32 ms.
	MaxFlushGap time.Duration
	// Flood bounds what one connection may send. Default: no bound.
	Flood Flood
	// DrainPerSecond is how many connections Shutdown closes a second. Default 500.
	DrainPerSecond int
	// RetryAfter is what refused handshakes of a full or draining server are told to wait. Default 5 s.
	RetryAfter time.Duration
	// AllowOrigin decides about requests that carry an Origin, polling and
	// WebSocket alike. Default: same host only.
	AllowOrigin func(r *http.Request) bool
	// AllowRequest decides about handshakes. An *HTTPError is sent as it is, any
	// other error as 403 with its text.
	AllowRequest func(r *http.Request) error
	// Cookie is set on the answer to a handshake, with the session id as its value.
	// Its Path is "/" and its SameSite is Lax if they are not given. Default: none is set.
	Cookie *http.Cookie
	// CompressionThreshold is from how many bytes on something is compressed. Default 1024.
	CompressionThreshold int
	// DisableHTTPCompression keeps polling answers from being compressed for clients that accept it.
	DisableHTTPCompression bool
	// PerMessageDeflate compresses long messages for WebSocket clients that offer it;
	// see Server.Compress. It costs the server some CPU and each client's browser
	// some more, and little else: no window is kept between messages. Default: off.
	PerMessageDeflate bool
	// AllowEIO3 accepts clients of Engine.IO 3, which come with Socket.IO 2, beside
	// those of Engine.IO 4: each is told apart by the EIO of its handshake. Default: off.
	AllowEIO3 bool
	// DisablePolling and DisableWebSocket switch a transport off.
	DisablePolling, DisableWebSocket bool
	// Logger takes what an operator should see. Default: silence.
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	def(&o.PingInterval, 25*time.Second)
	def(&o.PingTimeout, 20*time.Second)
	def(&o.UpgradeTimeout, 10*time.Second)
	def(&o.MaxPayload, 1_000_000)
	def(&o.MaxOutboxBytes, 1<<20)
	def(&o.CompressionThreshold, 1024)
	def(&o.Shards, runtime.GOMAXPROCS(0))
	def(&o.FlushGap, 4*time.Millisecond)
	def(&o.MaxFlushGap, 32*time.Millisecond)
	def(&o.Flood.Burst, 3)
	def(&o.DrainPerSecond, 500)
	def(&o.RetryAfter, 5*time.Second)
	if o.AllowOrigin == nil {
		o.AllowOrigin = sameHost
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

func def[T int | time.Duration](v *T, d T) {
	if *v <= 0 {
		*v = d
	}
}

// tick is the granularity of the timers: fine enough for the shortest of them, coarse enough to cost nothing.
func (o Options) tick() time.Duration {
	return min(max(min(o.PingInterval, o.PingTimeout, o.UpgradeTimeout)/20, 5*time.Millisecond), 100*time.Millisecond)
}

// HTTPError refuses a handshake at the level of HTTP. Stock clients retry it with backoff, which they do not for a refusal by a namespace.
type HTTPError struct {
	Status     int           // 4xx or 5xx
	Message    string        // for the client
	RetryAfter time.Duration // sent as Retry-After, in whole seconds, when not zero
}

// Error implements error.
func (e *HTTPError) Error() string { return fmt.Sprintf("%d %s", e.Status, e.Message) }
