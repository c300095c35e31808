package client

import (
	"context"
	"crypto/tls"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"time"
)

// Transport is a way to move packets between client and server.
type Transport string

// The transports.
const (
	Polling   Transport = "polling"
	WebSocket Transport = "websocket"
)

// Options are the choices of a Client. The zero value connects to the namespace
// "/" over WebSocket and does not reconnect.
type Options struct {
	// Path is where the server listens. Default "/socket.io/".
	Path string
	// Namespace to join. Default "/".
	Namespace string
	// Auth is sent with CONNECT and encoded as a JSON object; nil sends nothing.
	// A func() (any, error) is called for each connect.
	Auth any
	// Transports to use, in this order: with Polling first and WebSocket second
	// the connection starts by polling and is upgraded. Default WebSocket alone.
	Transports []Transport
	// Header is added to every HTTP request, the WebSocket handshake included.
	Header http.Header
	// Query is added to every request's query.
	Query map[string]string
	// Reconnect says how to come back after a lost connection. Default nil: never.
	Reconnect *Backoff
	// ConnectTimeout bounds one attempt to connect, up to the server's answer to
	// CONNECT. Default 20 s, as in the JavaScript client.
	ConnectTimeout time.Duration
	// WriteTimeout bounds one write to the network; a connection that does not
	// take it in time is lost. Default 10 s.
	WriteTimeout time.Duration
	// MaxMessageBytes bounds one incoming message or polling payload; a longer one
	// ends the connection. Default 16 MiB.
	MaxMessageBytes int
	// DialContext opens the network connections. Default a net.Dialer.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
	// TLS configures https and wss. Default the system's roots.
	TLS *tls.Config
	// Logger gets lost connections and failed attempts. Default silence.
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	if o.Path == "" {
		o.Path = "/socket.io/"
	}
	if o.Namespace == "" {
		o.Namespace = "/"
	}
	if len(o.Transports) == 0 {
		o.Transports = []Transport{WebSocket}
	}
	if o.ConnectTimeout <= 0 {
		o.ConnectTimeout = 20 * time.Second
	}
	if o.WriteTimeout <= 0 {
		o.WriteTimeout = 10 * time.Second
	}
	if o.MaxMessageBytes <= 0 {
		o.MaxMessageBytes = 16 << 20
	}
	if o.DialContext == nil {
		o.DialContext = (&net.Dialer{}).DialContext
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Reconnect != nil {
		b := o.Reconnect.withDefaults()
		o.Reconnect = &b
	}
	return o
}

// Backoff is how a Client waits between attempts to reconnect: Delay, doubled
// with every attempt that failed up to MaxDelay, each moved up or down by a
// random part of Jitter. Zero fields have the defaults of the JavaScript client.
type Backoff struct {
	Delay    time.Duration // default 1 s
	MaxDelay time.Duration // default 5 s
	Jitter   float64       // 0 to 1; default 0.5; below zero: none
	Attempts int           // failures in a row before the client gives up; default 0: never
}

func (b Backoff) withDefaults() Backoff {
	if b.Delay <= 0 {
		b.Delay = time.Second
	}
	if b.MaxDelay <= 0 {
		b.MaxDelay = 5 * time.Second
	}
	if b.Jitter == 0 {
		b.Jitter = 0.5
	}
	b.Jitter = min(b.Jitter, 1)
	return b
}

// wait returns how long to wait before the attempt with that number, counted from 0.
func (b Backoff) wait(attempt int) time.Duration {
	d := b.MaxDelay
	if attempt < 30 { // beyond, the shift would overflow long after the cap was reached
		d = min(b.Delay<<attempt, b.MaxDelay)
	}
	if b.Jitter > 0 {
		d += time.Duration((rand.Float64()*2 - 1) * b.Jitter * float64(d))
	}
	return min(d, b.MaxDelay)
}
