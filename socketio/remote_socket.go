package socketio

import (
	"context"
	"encoding/json"

	"tradewind/socketio/adapter"
)

// RemoteSocket is a socket as FetchSockets found it, on this server or another.
// What is known of it does not change any more; its methods reach the socket
// where it is. They may be called concurrently.
type RemoteSocket struct {
	id        SocketID
	ns        *Namespace
	rooms     []Room
	handshake *Handshake
	data      map[string]json.RawMessage
}

func newRemoteSocket(ns *Namespace, s adapter.Socket) *RemoteSocket {
	r := &RemoteSocket{id: SocketID(s.ID), ns: ns, rooms: s.Rooms, handshake: decodeHandshake(s.Handshake)}
	_ = json.Unmarshal(s.Data, &r.data) // another server's data may be anything; what is no object has no keys
	return r
}

// ID is the socket's id.
func (r *RemoteSocket) ID() SocketID { return r.id }

// Rooms are the rooms it was in, its own first.
func (r *RemoteSocket) Rooms() []Room { return r.rooms }

// Handshake is what its server knows from its first request.
func (r *RemoteSocket) Handshake() *Handshake { return r.handshake }

// selected is an emitter for this socket.
func (r *RemoteSocket) selected() Emitter { return Emitter{ns: r.ns, rooms: []Room{Room(r.id)}} }

// Emit sends an event to it.
func (r *RemoteSocket) Emit(ctx context.Context, event string, args ...any) error {
	return r.selected().Emit(ctx, event, args...)
}

// Join puts it into rooms.
func (r *RemoteSocket) Join(ctx context.Context, rooms ...Room) error {
	return r.selected().SocketsJoin(ctx, rooms...)
}

// Leave takes it out of rooms.
func (r *RemoteSocket) Leave(ctx context.Context, rooms ...Room) error {
	return r.selected().SocketsLeave(ctx, rooms...)
}

// Disconnect takes it out of the namespace.
func (r *RemoteSocket) Disconnect(ctx context.Context) error {
	return r.selected().DisconnectSockets(ctx)
}

// DisconnectClient takes its client out of all namespaces and closes the connection.
func (r *RemoteSocket) DisconnectClient(ctx context.Context) error {
	return r.selected().DisconnectClients(ctx)
}
