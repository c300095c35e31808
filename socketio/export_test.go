package socketio

// HasRoom is what an adapter asks before it decodes a message for a room.
func HasRoom(n *Namespace, r Room) bool { return local{n}.HasRoom(r) }
