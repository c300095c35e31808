package socketio

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"

	"tradewind/socketio/adapter"
)

// connect leads the socket through the middlewares into the namespace. In the socket's mailbox.
func (s *Socket) connect(ctx context.Context) {
	if err := s.ns.start(); err != nil { // here, because an adapter may need the network for it
		s.refuse(err)
		return
	}
	s.restore(ctx)
	for _, middleware := range s.ns.middlewares {
		if err := s.guard(func() error { return middleware(ctx, s) }); err != nil {
			s.refuse(err)
			return
		}
	}
	s.passed = true
	connected := s.enterNamespace(ctx)
	s.mu.Lock()
	s.auth = nil
	s.mu.Unlock()
	if !connected {
		return
	}
	if f := s.ns.server.options.Metrics.Connected; f != nil {
		s.run(func() { f(s) })
	}
	for _, f := range s.ns.onConnect {
		s.run(func() { f(ctx, s) })
	}
}

// enterNamespace makes the socket a member, with what it missed if it was
// recovered, and reports whether it is one. In the mailbox.
func (s *Socket) enterNamespace(ctx context.Context) bool {
	if s.Recovered() {
		if err := s.resume(ctx); err != nil {
			s.giveUp(ctx, err)
			return false
		}
	}
	connected := false
	_ = s.client.conn.Shard().Do(context.Background(), func() { // fails only when there is no connection left
		if !s.ended && !s.connected {
			s.join()
		}
		connected = s.connected
	})
	if s.recovery != nil && s.recovery.dropped {
		s.passed = false
	}
	return connected
}

// giveUp ends a restored socket that cannot be resumed. Its client comes back at
// once, and gets a new socket unless it was only cut off again.
func (s *Socket) giveUp(ctx context.Context, err error) {
	s.passed = false
	if ctx.Err() == nil {
		s.recovery.dropped = true
		level := slog.LevelError
		if errors.Is(err, adapter.ErrLost) || errors.Is(err, errNotTheOwner) {
			level = slog.LevelDebug
		}
		s.ns.server.options.Logger.Log(ctx, level, "resume session", "namespace", s.ns.name, "socket", s.id, "error", err)
	}
	_ = s.CloseTransport(ForcedClose) // fails only when there is no connection left
}

// join makes the socket a member and tells the client. On the shard.
func (s *Socket) join() {
	s.connected = true
	s.phase.Store(phaseOnline)
	s.ns.sockets.Add(1)
	s.rooms().Add(&s.member, Room(s.id), s)
	s.ns.present(Room(s.id), 1)
	if s.early != nil {
		s.enter(*s.early)
		s.early = nil
	}
	if s.recovery != nil {
		s.recovery.since = s.ns.delivered[s.client.conn.Shard().Index()]
		s.ns.claim(s)
	}
	s.client.joined()
	s.handshake.Store(s.client.handshake)
	s.client.send(s.connectPacket())
}

// refuse keeps the socket out. In the mailbox.
func (s *Socket) refuse(err error) {
	body := s.client.refusal(s.ns.name, err)
	refused := false
	_ = s.client.conn.Shard().Do(context.Background(), func() { // fails only when there is no connection left
		if s.ended {
			return
		}
		refused = true
		s.ended = true
		s.client.remove(s)
		s.client.refuse(s.ns.name, err, body)
	})
	s.finish(errRefused)
	if refused {
		if s.recovery != nil {
			s.save(nil)
		}
		s.ns.release()
	}
}

// refusal is the payload of CONNECT_ERROR. What is not a *ConnectError is hidden from the client and logged.
func (c *client) refusal(namespace string, err error) []byte {
	logger := c.server.options.Logger
	var refusal *ConnectError
	if !errors.As(err, &refusal) || refusal == nil {
		logger.Error("connect middleware", "namespace", namespace, "error", err)
		refusal = &ConnectError{Message: "Internal error"}
	}
	encode := (*ConnectError).encode
	if c.legacy() {
		encode = (*ConnectError).encodeLegacy
	}
	var body []byte
	if err := guard(logger, func() (err error) { body, err = encode(refusal); return err }); err != nil {
		logger.Error("encode connect error", "namespace", namespace, "error", err)
		body, _ = encode(&ConnectError{Message: refusal.Message}) // a string always encodes
	}
	return body
}

// end takes the socket out of everything; OnDisconnect follows when its last handler has returned. On the shard.
func (s *Socket) end(r Reason) {
	if s.ended {
		return
	}
	s.ended = true
	s.client.remove(s)
	joined := s.connected
	left := joined && !s.client.closed
	var session *adapter.Session
	if joined {
		if s.recovery != nil && recovers(r) {
			session = s.snapshot()
		}
		s.connected = false
		s.phase.Store(phaseOver)
		s.ns.sockets.Add(-1)
		s.rooms().Remove(&s.member)
		s.ns.present(Room(s.id), -1)
	}
	if left {
		s.client.leave(s, r)
	}
	s.finish(&EndedError{r})
	if joined && s.recovery != nil {
		s.keep(session)
	}
	s.close(job{run: func(context.Context) { s.over(r, joined, left) }})
	if s.choking { // last, because it reads on
		s.choking = false
		s.client.unchoke()
	}
}

// over is the socket's last job.
func (s *Socket) over(r Reason, joined, left bool) {
	if joined {
		if f := s.ns.server.options.Metrics.Ended; f != nil {
			s.run(func() { f(s, r) })
		}
	} else if s.recovery != nil && !s.recovery.dropped {
		s.save(s.recovery.session) // its client may come back for it again
	} else if s.recovery != nil {
		s.save(nil)
	}
	if s.passed {
		for _, f := range s.ns.onDisconnect {
			s.run(func() { f(s, r) })
		}
	}
	s.ns.release()
	if left {
		_ = s.post(context.Background(), s.client.gone) // fails only when there is no connection left to read
	}
}

// keep saves the session of a socket that has ended, away from the shard and without waiting for its handlers.
func (s *Socket) keep(session *adapter.Session) {
	if !s.ns.server.goes(func() { // the server's; bounded by backgroundTimeout
		if session != nil && s.guard(func() (err error) {
			session.Data = s.sharedData()
			session.Owner, err = s.owner()
			return err
		}) != nil { // a panic of the user's functions, which was logged
			session = nil
		}
		s.save(session)
	}) {
		close(s.recovery.saved)
	}
}

// finish ends the socket's context and the calls that wait for its client.
func (s *Socket) finish(cause error) {
	s.mu.Lock()
	if s.cause != nil {
		s.mu.Unlock()
		return
	}
	s.cause = cause
	if s.cancel != nil {
		s.cancel(cause)
	}
	waiting := s.acks
	s.acks = nil
	s.mu.Unlock()
	for _, who := range waiting {
		who.ended(s)
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

// guard calls f and turns a panic into an error: one handler's bug ends nobody's server.
func (s *Socket) guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = panicked(s.ns.server.options.Logger.With("socket", s.id), p)
		}
	}()
	return f()
}

// run is guard for what returns no error.
func (s *Socket) run(f func()) {
	_ = s.guard(func() error { f(); return nil }) // guard has logged a panic
}

// guard is Socket.guard for what belongs to no socket.
func guard(logger *slog.Logger, f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = panicked(logger, p)
		}
	}()
	return f()
}

func panicked(logger *slog.Logger, p any) error {
	logger.Error("handler panicked", "panic", p, "stack", string(debug.Stack()))
	return fmt.Errorf("handler panicked: %v", p)
}
