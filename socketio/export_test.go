package socketio

import "context"

// HasRoom is what an adapter asks before it decodes a message for a room.
func HasRoom(n *Namespace, r Room) bool { return local{n}.HasRoom(r) }

// PendingCalls is how many acknowledgements are waited for in the default namespaces.
func PendingCalls(servers ...*Server) (pending int) {
	for _, s := range servers {
		for i, shard := range s.shards {
			_ = shard.Do(context.Background(), func() {
				for _, socket := range (local{s.Namespace}).selected(i, Emitter{}.selection()) {
					socket.mu.Lock()
					pending += len(socket.acks)
					socket.mu.Unlock()
				}
			})
		}
	}
	return pending
}

// DynamicNamespaces is how many namespaces of parents there are.
func DynamicNamespaces(s *Server) int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.dynamic
}
