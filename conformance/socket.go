package conformance

import (
	"context"
	"encoding/json"

	"tradewind/socketio"
)

// NewSocket makes a Socket.IO server with the namespaces "/" and "/custom" and
// no other: an auth event on connect gives handshake.auth back, message is
// answered by message-back and message-with-ack is acknowledged, each with its
// arguments.
func NewSocket(o socketio.Options) *socketio.Server {
	s := socketio.NewServer(o)
	for _, name := range []string{"/", "/custom"} {
		Echo(s.Of(name))
	}
	return s
}

// authKey keeps what a client sent to join until it is connected.
var authKey = socketio.NewKey[json.RawMessage]("auth")

// Echo makes a namespace behave as NewSocket says.
func Echo(n *socketio.Namespace) {
	n.Use(func(_ context.Context, s *socketio.Socket) error {
		authKey.Set(s, s.Auth())
		return nil
	})
	n.OnConnect(func(ctx context.Context, s *socketio.Socket) {
		auth, _ := authKey.Get(s)
		_ = s.Emit(ctx, "auth", auth) // fails when the client has gone already
	})
	socketio.OnEvent(n, "message", func(ctx context.Context, s *socketio.Socket, ev *socketio.Event) error {
		return s.Emit(ctx, "message-back", ev.Args.Forward()...)
	})
	socketio.OnEvent(n, "message-with-ack", func(ctx context.Context, _ *socketio.Socket, ev *socketio.Event) error {
		return ev.Ack(ctx, ev.Args.Forward()...)
	})
}
