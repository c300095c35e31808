package socketio

import (
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Handshake is what is known of a client from its first request. It is shared by
// the sockets of one connection and read-only.
type Handshake struct {
	// Header is the request's, nil once a namespace is joined unless
	// Options.RetainHeaders: copy what you need in a middleware.
	Header http.Header
	// RawQuery is the request's query, kept undecoded because hardly anybody asks for it; see Query.
	RawQuery string
	// RemoteAddr is the client's address as Options.RemoteAddr found it.
	RemoteAddr string
	// Peer is the TCP peer, with its port: a proxy, if there is one in front.
	Peer string
	// Host is the host that the client asked for.
	Host string
	// Secure tells whether the request came over TLS.
	Secure bool
	// Issued is when the request came.
	Issued time.Time
}

func newHandshake(o *Options, r *http.Request) *Handshake {
	return &Handshake{
		Header: r.Header, RawQuery: strings.Clone(r.URL.RawQuery), RemoteAddr: o.RemoteAddr(r), Peer: r.RemoteAddr, Host: r.Host,
		Secure: r.TLS != nil, Issued: time.Now(),
	}
}

// Query is the request's query, decoded.
func (h *Handshake) Query() url.Values {
	v, _ := url.ParseQuery(h.RawQuery) // what does not decode is left out, as http.Request.URL.Query does
	return v
}

// peerAddr is the TCP peer's address.
func peerAddr(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

func lower(s string) string { return strings.ToLower(s) }

// emptyAuth is what handshake.auth is when the client sent none.
var emptyAuth = json.RawMessage("{}")
