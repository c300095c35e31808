// Package client is a Socket.IO client: Engine.IO 4 over WebSocket and
// HTTP long-polling, Socket.IO 5 with acks, binary attachments and reconnection.
// It sees a server from outside, as a browser does, and is what tests and load
// generators use: a connected client over WebSocket costs one goroutine and two
// small buffers, so that thousands fit into one process.
//
//	c, err := client.Dial(ctx, "http://localhost:5000", client.Options{Auth: map[string]string{"sessionID": id}})
//	if err != nil { … }
//	defer c.Close()
//	ack, err := c.Call(ctx, "subscribe:watchlist", []string{"AAPL"})
//
// Use New, On and Connect instead of Dial when no event after the connect may be
// missed.
//
// # Concurrency
//
// All methods may be called concurrently. Handlers run one at a time, in the
// order of arrival, on the goroutine that reads the connection: while a handler
// runs nothing further is read, not even the acks that Call waits for. A handler
// that blocks therefore is a client that stops reading, which is wanted in some
// tests; one that wants to wait for the server starts a goroutine of its own.
//
// # End
//
// A client ends by Close or Disconnect, by a DISCONNECT of the server, by a
// refused connect, and, without Options.Reconnect, with its first connection.
// Done is closed then, Err says why, and no goroutine of the client is left.
//
// What differs from the JavaScript client: an Emit while there is no connection
// fails instead of being kept for later, there is one namespace per Client and
// connection, the first connect is not retried, and events that come before the
// answer to CONNECT are handled after OnConnect instead of before it.
package client
