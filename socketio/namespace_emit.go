package socketio

import "context"

// all selects the whole namespace.
func (n *Namespace) all() Emitter { return Emitter{ns: n} }

// Emit sends an event to every socket of the namespace.
func (n *Namespace) Emit(ctx context.Context, event string, args ...any) error {
	return n.all().Emit(ctx, event, args...)
}

// Call is Emitter.Call for the whole namespace.
func (n *Namespace) Call(ctx context.Context, event string, args ...any) ([]Args, error) {
	return n.all().Call(ctx, event, args...)
}

// To selects the sockets in any of the rooms; each gets an event once. Without any
// room it selects nobody.
func (n *Namespace) To(rooms ...Room) Emitter { return n.all().To(rooms...) }

// Except selects all sockets but those in any of the rooms.
func (n *Namespace) Except(rooms ...Room) Emitter { return n.all().Except(rooms...) }

// KeepLatest is Emitter.KeepLatest for the whole namespace.
func (n *Namespace) KeepLatest(key string) Emitter { return n.all().KeepLatest(key) }

// Volatile is Emitter.Volatile for the whole namespace.
func (n *Namespace) Volatile() Emitter { return n.all().Volatile() }

// Uncompressed is Emitter.Uncompressed for the whole namespace.
func (n *Namespace) Uncompressed() Emitter { return n.all().Uncompressed() }

// Local selects the sockets of this server only.
func (n *Namespace) Local() Emitter { return n.all().Local() }

// FetchSockets is Emitter.FetchSockets for the whole namespace.
func (n *Namespace) FetchSockets(ctx context.Context) ([]*RemoteSocket, error) {
	return n.all().FetchSockets(ctx)
}

// SocketsJoin puts all sockets of the namespace into rooms.
func (n *Namespace) SocketsJoin(ctx context.Context, rooms ...Room) error {
	return n.all().SocketsJoin(ctx, rooms...)
}

// SocketsLeave takes all sockets of the namespace out of rooms.
func (n *Namespace) SocketsLeave(ctx context.Context, rooms ...Room) error {
	return n.all().SocketsLeave(ctx, rooms...)
}

// DisconnectSockets takes all clients out of the namespace.
func (n *Namespace) DisconnectSockets(ctx context.Context) error {
	return n.all().DisconnectSockets(ctx)
}

// DisconnectClients takes all clients of the namespace out of all namespaces and closes their connections.
func (n *Namespace) DisconnectClients(ctx context.Context) error {
	return n.all().DisconnectClients(ctx)
}
