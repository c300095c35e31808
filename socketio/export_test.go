package socketio

import (
	"context"
	"time"
)

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

// NoticeAfter is how old an event may be that has not arrived when its connection is seen to be broken.
func NoticeAfter(s *Server) time.Duration { return s.noticeAfter() }

// Claims is how many sockets of the default namespace live under a private session id.
func Claims(s *Server) int {
	s.Namespace.mu.RLock()
	defer s.Namespace.mu.RUnlock()
	return len(s.byPID)
}
