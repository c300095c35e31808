package gateway

import (
	"context"
	"sync"

	"tradewind/internal/session"
	"tradewind/internal/trading"
	"tradewind/internal/wire"
)

// Sessions is what the gateway needs of the session manager; a *session.Manager
// is it.
type Sessions interface {
	// Authenticate finds out whose a session id is; session.ErrInvalid if nobody's.
	Authenticate(ctx context.Context, sessionID string) (session.Identity, error)
	// Hold keeps a session alive until release is called, and has its end told to
	// the listeners of OnEnd, even if it ended just before.
	Hold(s trading.Session) (release func())
	// OnEnd registers a listener for sessions that end; it must not block.
	OnEnd(fn func(s trading.Session, reason string))
}

// signedIn knows the sockets of each session and tells them when it ends.
type signedIn struct {
	sessions Sessions

	mu        sync.Mutex
	bySession map[[32]byte]map[*client]struct{}
	over      []ending // to be told; each socket is in it once
	news      chan struct{}
}

// ending is a session that ended, with the sockets that were signed in by it.
type ending struct {
	clients map[*client]struct{}
	reason  string
}

func newSignedIn(sessions Sessions) *signedIn {
	return &signedIn{sessions: sessions, bySession: make(map[[32]byte]map[*client]struct{}), news: make(chan struct{}, 1)}
}

// add registers a socket with a session and holds the session. Registering comes
// first: the end of one that is over already is told during Hold.
func (s *signedIn) add(c *client, current trading.Session) {
	s.mu.Lock()
	clients := s.bySession[current.Hash]
	if clients == nil {
		clients = make(map[*client]struct{}, 1)
		s.bySession[current.Hash] = clients
	}
	clients[c] = struct{}{}
	s.mu.Unlock()
	c.session, c.hold = current, s.sessions.Hold(current)
}

// remove ends add.
func (s *signedIn) remove(c *client) {
	c.hold()
	s.leave(c, c.session)
}

// move replaces the session of a socket by another of the same user. The old one
// is held until the new one is.
func (s *signedIn) move(c *client, next trading.Session) {
	before, release := c.session, c.hold
	if next.Hash == before.Hash {
		return
	}
	s.add(c, next)
	release()
	s.leave(c, before)
}

func (s *signedIn) leave(c *client, from trading.Session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	clients := s.bySession[from.Hash]
	delete(clients, c)
	if len(clients) == 0 {
		delete(s.bySession, from.Hash)
	}
}

// ended takes the end of a session. It does not block.
func (s *signedIn) ended(over trading.Session, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	clients := s.bySession[over.Hash]
	if clients == nil {
		return
	}
	delete(s.bySession, over.Hash)
	s.over = append(s.over, ending{clients, reason})
	select {
	case s.news <- struct{}{}:
	default:
	}
}

// run tells sockets of the end of their session until ctx ends.
func (s *signedIn) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.news:
			for _, e := range s.take() {
				for c := range e.clients {
					// Both fail only when the socket has ended, which is what is wanted.
					_ = c.send(ctx, wire.EventSessionExpired, "", wire.SessionExpired{Reason: e.reason})
					_ = c.socket.Disconnect(ctx)
				}
			}
		}
	}
}

func (s *signedIn) take() []ending {
	s.mu.Lock()
	defer s.mu.Unlock()
	over := s.over
	s.over = nil
	return over
}
