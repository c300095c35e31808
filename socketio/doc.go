// Package socketio is a Socket.IO server for today's clients (Socket.IO 5 over
// Engine.IO 4): namespaces, also dynamic ones, rooms, acks both ways, binary
// attachments, typed handlers, connection state recovery, bounded memory and
// keyed conflation.
//
//	io := socketio.NewServer(socketio.Options{})
//	socketio.On(io, "chat", func(ctx context.Context, s *socketio.Socket, text string) error {
//		return s.To("lobby").Emit(ctx, "chat", text)
//	})
//	http.Handle("/socket.io/", io)
//
// # Handlers
//
// Handlers are registered on a namespace before it serves. The handlers of one
// socket run one at a time, in the order in which its packets came; those of
// different sockets run concurrently. A socket whose handlers are too slow is not
// read until they catch up, so its queue is bounded and TCP slows its client
// down. A handler may take its time; its context ends with its socket.
//
// # Emitting
//
// All emitting methods may be called concurrently and from handlers. An event is
// encoded and framed once, whatever the number of recipients. What one goroutine
// emits arrives in its order, and an emit after a Join sees the membership. An
// emit waits only while the server itself is far behind, bounded by its context;
// it never waits for a client. What a client does not read waits in its outbox,
// which has a bound: beyond it the connection ends as SlowConsumer. With
// KeepLatest a newer value replaces a queued older one instead, and Volatile
// drops what a client that is behind would have to wait for.
//
// # Ending
//
// Socket.Disconnect tells a stock client to stay away; Socket.CloseTransport ends
// the connection so that it comes back, with Options.Recovery to the same socket.
// Every end has a Reason from one closed list. Shutdown drains at a steady pace;
// Close ends at once. Both wait for all goroutines that the server started.
//
// # Several servers
//
// Options.Adapter carries emits, questions and sessions to other servers; package
// adapter is the contract and has Bus, which joins servers of one process.
//
// # Testing
//
// Package sockettest joins a server and clients in memory; package client is a
// client for Go, adapter/adaptertest the suite for adapters.
package socketio
