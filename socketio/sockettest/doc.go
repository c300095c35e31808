// Package sockettest joins a Socket.IO server and its clients in memory, for
// tests: no port, no network, and everything ends with the test.
//
//	func TestGreeting(t *testing.T) {
//		io := socketio.NewServer(socketio.Options{})
//		registerHandlers(io)
//		c := sockettest.New(t, io)
//		ack, err := c.Call(t.Context(), "greet", "Ada")
//		…
//	}
//
// Use Serve for several clients, for options, or to register handlers on a client
// before it connects. The clients are those of package client and go through the
// whole protocol, WebSocket frames included; polling works as well.
package sockettest
