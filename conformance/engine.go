package conformance

import (
	"net/http"

	"tradewind/socketio/engineio"
)

// NewEngine makes a bare Engine.IO server that sends each message back as it
// came: text as text, binary as binary.
func NewEngine(o engineio.Options) *engineio.Server {
	return engineio.NewServer(o, func(c *engineio.Conn, _ *http.Request) engineio.Handler { return echo{c} })
}

// echo is one connection of an engine.
type echo struct{ conn *engineio.Conn }

// Opened implements engineio.Handler.
func (echo) Opened() {}

// Message implements engineio.Handler.
func (e echo) Message(data []byte, binary bool) error {
	if binary {
		e.conn.Send(engineio.NewBinaryMessage(data))
		return nil
	}
	e.conn.Send(engineio.NewMessage(func(dst []byte) []byte { return append(dst, data...) }))
	return nil
}

// Closed implements engineio.Handler.
func (echo) Closed(engineio.Reason) {}
