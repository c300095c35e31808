package engineio

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Server is an Engine.IO 4 server. All methods may be called concurrently.
type Server struct {
	options Options
	open    func(c *Conn, r *http.Request) Handler

	begin  sync.Once
	failed error    // why it could not begin
	shards []*Shard // set by begin

	next      atomic.Uint32 // shard for the next connection
	opening   atomic.Int64  // sessions there are or are about to be
	deflating atomic.Int64  // WebSockets with permessage-deflate
	refused   atomic.Int64
	draining  atomic.Bool
	closing   sync.Once

	mu     sync.RWMutex
	bySID  map[string]*Conn
	closed bool
}

// NewServer makes a server. open is called for every new session, in the
// goroutine of the HTTP request, before anything arrives on it; it must not keep
// the request. Nothing starts before the first request.
func NewServer(o Options, open func(c *Conn, r *http.Request) Handler) *Server {
	return &Server{options: o.withDefaults(), open: open, bySID: map[string]*Conn{}}
}

// Options are the options in effect.
func (s *Server) Options() Options { return s.options }

// Shards returns the shards, starting them if need be.
func (s *Server) Shards() ([]*Shard, error) {
	s.begin.Do(func() {
		for i := range s.options.Shards {
			shard, err := newShard(s, i)
			if err != nil {
				s.failed = err
				return
			}
			s.shards = append(s.shards, shard)
		}
		for _, shard := range s.shards {
			go shard.run() // the server's; ended and waited for by Close
		}
	})
	return s.shards, s.failed
}

// Stats sums up the shards.
func (s *Server) Stats() Stats {
	st := Stats{ClosedByReason: map[Reason]int64{}, RefusedHandshake: s.refused.Load()}
	shards, _ := s.Shards()
	for _, shard := range shards {
		shard.stats.addTo(&st)
	}
	return st
}

// Shutdown drains: new handshakes get 503 with Retry-After, and connections are
// closed as Drain at a steady pace, so that their clients come back elsewhere
// without a storm. Then, or when ctx ends, it closes the server.
func (s *Server) Shutdown(ctx context.Context) error {
	s.draining.Store(true)
	shards, err := s.Shards()
	if err != nil {
		return err
	}
	err = s.drain(ctx, shards)
	if errors.Is(err, ErrClosed) {
		err = nil // closed meanwhile: there is nothing left to drain
	}
	return firstError(err, s.Close())
}

const (
	drainTick = 20 * time.Millisecond
	// drainGrace is how long a polling client that is between two requests has to come back and be told.
	drainGrace = time.Second
)

func (s *Server) drain(ctx context.Context, shards []*Shard) error {
	tick := time.NewTicker(drainTick)
	defer tick.Stop()
	budget := 1.0 // connections that may be closed now
	for grace := drainGrace; ; {
		open := 0
		for _, shard := range shards {
			closed := 0
			if err := shard.Do(ctx, func() {
				closed = shard.closeSome(int(budget), Drain)
				open += len(shard.conns)
			}); err != nil {
				return err
			}
			budget -= float64(closed)
		}
		if open == 0 {
			if grace -= drainTick; grace <= 0 || s.opening.Load() == 0 {
				return nil
			}
		}
		select {
		case <-tick.C:
			budget = min(budget+float64(s.options.DrainPerSecond)*drainTick.Seconds(), float64(s.options.DrainPerSecond))
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// closeSome closes up to n connections and returns how many there were.
func (s *Shard) closeSome(n int, r Reason) (closed int) {
	for ; closed < n && len(s.conns) > 0; closed++ {
		s.conns[len(s.conns)-1].Close(r)
	}
	return closed
}

// Close ends all connections as ServerShutdown and waits for everything the server started.
func (s *Server) Close() error {
	s.draining.Store(true)
	shards, err := s.Shards()
	s.closing.Do(func() {
		s.mu.Lock()
		s.closed = true
		s.mu.Unlock()
		for _, shard := range shards {
			shard.stop()
		}
	})
	return err
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// admit decides whether there is room for one more session and takes it.
func (s *Server) admit() *HTTPError {
	if s.draining.Load() {
		return &HTTPError{http.StatusServiceUnavailable, "server is draining, try again", s.options.RetryAfter}
	}
	n := s.opening.Add(1)
	if s.options.MaxConnections > 0 && n > int64(s.options.MaxConnections) {
		s.opening.Add(-1)
		return &HTTPError{http.StatusServiceUnavailable, "server is full, try again", s.options.RetryAfter}
	}
	return nil
}

// newConn makes a session and gives it to a shard, which it does not enter before start.
func (s *Server) newConn(r *http.Request, legacy bool) (*Conn, error) {
	shards, err := s.Shards()
	if err != nil {
		return nil, err
	}
	c := &Conn{server: s, place: noPlace, sid: newSID(), legacy: legacy, shard: shards[int(s.next.Add(1))%len(shards)]}
	c.handler = s.open(c, r)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	s.bySID[c.sid] = c
	return c, nil
}

// session finds an open session.
func (s *Server) session(sid string) *Conn {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.bySID[sid]
}

// forget removes a session that has ended.
func (s *Server) forget(c *Conn) {
	s.mu.Lock()
	known := s.bySID[c.sid] == c
	if known {
		delete(s.bySID, c.sid)
	}
	s.mu.Unlock()
	if known {
		s.opening.Add(-1)
	}
}

// newSID makes an id of 20 characters that cannot be guessed.
func newSID() string {
	var b [15]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.URLEncoding.EncodeToString(b[:])
}
