package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Reason says why a connection ended. The words are those of the JavaScript client.
type Reason string

// The reasons.
const (
	// ServerDisconnect: the server sent DISCONNECT. The client stays away.
	ServerDisconnect Reason = "io server disconnect"
	// ClientDisconnect: Close or Disconnect was called. The client stays away.
	ClientDisconnect Reason = "io client disconnect"
	// PingTimeout: no ping of the server came in time. The client reconnects.
	PingTimeout Reason = "ping timeout"
	// TransportClose: the server or the network closed the connection. The client reconnects.
	TransportClose Reason = "transport close"
	// TransportError: the connection failed. The client reconnects.
	TransportError Reason = "transport error"
	// ParseError: what came was no valid packet. The client reconnects.
	ParseError Reason = "parse error"
)

// reconnects reports whether a client with Options.Reconnect comes back.
func (r Reason) reconnects() bool { return r != ServerDisconnect && r != ClientDisconnect }

// Errors of a Client; test with errors.Is.
var (
	// ErrNotConnected: there is no connection now.
	ErrNotConnected = errors.New("not connected")
	// ErrClosed: the client has ended or was connected before.
	ErrClosed = errors.New("client is closed")
)

// ConnectError is the server's refusal of the namespace (CONNECT_ERROR). It is
// final for this client; whoever wants to try again makes another one.
type ConnectError struct {
	Message string
	Data    json.RawMessage // nil when the server sent none
}

// Error implements error.
func (e *ConnectError) Error() string { return "connect refused: " + e.Message }

// HandshakeError is an HTTP answer that is no handshake. It is retried like a
// lost connection, by clients that reconnect.
type HandshakeError struct {
	Status     int           // HTTP status
	Body       string        // its first 4 KB
	RetryAfter time.Duration // of the Retry-After header; 0 without
}

// Error implements error.
func (e *HandshakeError) Error() string {
	return fmt.Sprintf("handshake answered with %d %s", e.Status, http.StatusText(e.Status))
}

// DisconnectError says that a connection ended, and why.
type DisconnectError struct {
	Reason Reason
	// Code and Text are those of the WebSocket close frame; 0 where there was none.
	Code int
	Text string
	Err  error // the network's own error; may be nil
}

// Error implements error.
func (e *DisconnectError) Error() string {
	text := string(e.Reason)
	if e.Code != 0 {
		text += fmt.Sprintf(" (%d %s)", e.Code, e.Text)
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the network's own error.
func (e *DisconnectError) Unwrap() error { return e.Err }
