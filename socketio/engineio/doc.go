// Package engineio is a server of Engine.IO 4 and, as an option, of Engine.IO 3:
// sessions over HTTP long-polling and WebSocket with upgrade between them,
// heartbeats and payload limits. It knows no event and no room; package socketio builds those on top of it.
//
// A Server owns a few shards, each a single goroutine that owns its connections
// and all their writes. A Handler is told what a connection receives, on its
// shard, and must not block. Messages are encoded once and shared by all who get
// them; each connection has one bounded outbox, in which a message with a key
// replaces an older one with the same key. On Linux a WebSocket without TLS is a
// descriptor in its shard's epoll set and has neither a goroutine nor a buffer
// while it is idle; elsewhere it has two goroutines behind the same seam.
//
// Server is an http.Handler. It starts with the first request, and Close or
// Shutdown end it and wait for all it started.
package engineio
