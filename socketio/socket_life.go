package socketio

import (
	"context"
	"errors"

	"tradewind/socketio/engineio"
	"tradewind/socketio/packet"
)

// connect leads the socket through the middlewares into the namespace. In the socket's mailbox.
func (s *Socket) connect(ctx context.Context) {
	if err := s.ns.start(); err != nil { // here, because an adapter may need the network for it
		s.refuse(err)
		return
	}
	for _, middleware := range s.ns.middlewares {
		if err := s.guard(func() error { return middleware(ctx, s) }); err != nil {
			s.refuse(err)
			return
		}
	}
	connected := false
	err := s.client.conn.Shard().Do(context.Background(), func() {
		if s.ended {
			return
		}
		s.join()
		connected = true
	})
	s.passed = true
	s.mu.Lock()
	s.auth = nil
	s.mu.Unlock()
	if err != nil || !connected {
		return
	}
	for _, f := range s.ns.onConnect {
		s.run(func() { f(ctx, s) })
	}
}

// join makes the socket a member and tells the client. On the shard.
func (s *Socket) join() {
	s.connected = true
	s.online.Store(true)
	s.ns.sockets.Add(1)
	s.rooms().Add(&s.member, Room(s.id), s)
	s.ns.present(Room(s.id), 1)
	for _, r := range s.early {
		s.rooms().Join(&s.member, r)
	}
	s.early = nil
	s.client.joined()
	s.handshake.Store(s.client.handshake)
	p := packet.Packet{Type: packet.Connect, Namespace: s.ns.name, AckID: packet.NoAck, Data: []byte(`{"sid":"` + s.id + `"}`)}
	s.client.conn.Send(engineio.NewMessage(func(dst []byte) []byte { return packet.Append(dst, p) }))
}

func (s *Socket) refuse(err error) {
	var refusal *ConnectError
	if !errors.As(err, &refusal) || refusal == nil {
		s.ns.server.options.Logger.Error("connect middleware", "namespace", s.ns.name, "error", err)
		refusal = &ConnectError{Message: "Internal error"}
	}
	var body []byte
	if err := s.guard(func() (err error) { body, err = refusal.encode(); return err }); err != nil {
		s.ns.server.options.Logger.Error("encode connect error", "namespace", s.ns.name, "error", err)
		body, _ = (&ConnectError{Message: refusal.Message}).encode() // a string always encodes
	}
	_ = s.client.conn.Shard().Do(context.Background(), func() {
		if s.ended {
			return
		}
		s.ended = true
		s.client.remove(s)
		s.client.refuse(s.ns.name, body)
	})
	s.finish(errRefused)
}

// end takes the socket out of everything; OnDisconnect follows when its last handler has returned. On the shard.
func (s *Socket) end(r Reason) {
	if s.ended {
		return
	}
	s.ended = true
	s.client.remove(s)
	left := s.connected && !s.client.closed
	if s.connected {
		s.connected = false
		s.online.Store(false)
		s.ns.sockets.Add(-1)
		s.rooms().Remove(&s.member)
		s.ns.present(Room(s.id), -1)
	}
	if left {
		s.client.leave(s, r)
	}
	s.finish(&EndedError{r})
	s.close(job{run: func(context.Context) {
		if s.passed {
			for _, f := range s.ns.onDisconnect {
				s.run(func() { f(s, r) })
			}
		}
		if left {
			_ = s.post(context.Background(), s.client.gone) // fails only when there is no connection left to read
		}
	}})
	if s.choking { // last, because it reads on
		s.choking = false
		s.client.unchoke()
	}
}

// finish ends the socket's context.
func (s *Socket) finish(cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cause == nil {
		s.cause = cause
		if s.cancel != nil {
			s.cancel(cause)
		}
	}
}

// endedError is why the socket ended, or the other error while it has not.
func (s *Socket) endedError(other error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cause != nil {
		return s.cause
	}
	return other
}
