package socketio

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"tradewind/socketio/adapter"
	"tradewind/socketio/engineio"
)

// Server is a Socket.IO server and, by embedding, its default namespace "/". It
// is an http.Handler for /socket.io/. All methods may be called concurrently.
type Server struct {
	*Namespace

	options Options
	engine  *engineio.Server
	factory adapter.Factory
	context context.Context // of handlers that belong to no socket; ends with Close
	cancel  context.CancelFunc
	closing sync.Once
	failed  error // of closing

	spawn   sync.Mutex     // over closed and the start of what running counts
	running sync.WaitGroup // handlers
	closed  atomic.Bool    // the engine is: nothing can be sent any more

	lastSize atomic.Int64 // bytes of the last payload that was emitted, for the next one's room

	mu         sync.RWMutex
	namespaces map[string]*Namespace
	parents    []*ParentNamespace
	dynamic    int          // namespaces of parents
	idle       []*Namespace // of these, those that were empty, longest first
}

// NewServer makes a server. It starts with its first request or emit; Shutdown or Close end it.
func NewServer(o Options) *Server {
	s := &Server{options: o.withDefaults(), namespaces: map[string]*Namespace{}}
	s.context, s.cancel = context.WithCancel(context.Background())
	s.engine = engineio.NewServer(s.options.engine(), s.open)
	s.factory = s.adapterFactory()
	s.Namespace = s.Of("/")
	return s
}

// ServeHTTP serves the requests of clients.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.engine.ServeHTTP(w, r) }

// Of is the namespace with that name, made if it does not exist yet. The leading
// slash may be left out. Clients can join only namespaces that exist or that a
// ParentNamespace makes. A name that fits the pattern of one is made by it, with
// its handlers, and stays.
func (s *Server) Of(name string) *Namespace {
	if !strings.HasPrefix(name, "/") {
		name = "/" + name
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.namespaces[name]
	for _, p := range s.parents {
		if n == nil && p.pattern != nil && len(name) <= maxDynamicName && p.pattern.MatchString(name) {
			n = s.bear(p, name)
		}
	}
	if n == nil {
		n = newNamespace(s, name, newHandlers())
		s.namespaces[name] = n
	}
	n.life.pinned = true
	return n
}

// lookup is the namespace that a client asks for, held until release, if it is
// there and its parent need not be asked.
func (s *Server) lookup(name string) *Namespace {
	s.mu.RLock()
	n := s.namespaces[name]
	s.mu.RUnlock()
	if n == nil || n.parent == nil {
		return n
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if n.parent.pattern == nil || s.namespaces[name] != n {
		return nil
	}
	n.life.users++
	return n
}

func (s *Server) hasParents() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.parents) > 0
}

// open is called for every new connection.
func (s *Server) open(c *engineio.Conn, r *http.Request) engineio.Handler {
	return newClient(s, c, newHandshake(&s.options, r))
}

// Stats are the engine's counters and gauges with those of this package.
type Stats struct {
	engineio.Stats
	Sockets int64 // joined to a namespace
	Rooms   int64 // with a member, summed over shards; the rooms of single sockets do not count
}

// Stats sums up counters and gauges; it is cheap enough to be called for every scrape.
func (s *Server) Stats() Stats {
	st := Stats{Stats: s.engine.Stats()}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, n := range s.namespaces {
		st.Sockets += n.sockets.Load()
		st.Rooms += n.rooms.Load()
	}
	return st
}

// Shutdown drains: new handshakes get 503 with Retry-After, connections are
// closed as Drain at a steady pace (Options.DrainPerSecond) without the packet
// that keeps stock clients from reconnecting. When all are closed, or when ctx
// ends, it closes the server.
func (s *Server) Shutdown(ctx context.Context) error {
	err := s.engine.Shutdown(ctx)
	if cerr := s.closeRest(); err == nil {
		err = cerr
	}
	return err
}

// Close ends all connections at once and waits for everything the server started,
// handlers included: they must not call it, nor Shutdown.
func (s *Server) Close() error {
	err := s.engine.Close()
	if cerr := s.closeRest(); err == nil {
		err = cerr
	}
	return err
}

// closeRest ends what is not the engine's. The handlers come first: they may still emit to other nodes.
func (s *Server) closeRest() error {
	s.spawn.Lock()
	s.closed.Store(true)
	s.spawn.Unlock()
	s.cancel()
	s.running.Wait()
	s.closing.Do(func() {
		s.mu.RLock()
		defer s.mu.RUnlock()
		for _, n := range s.namespaces {
			if err := n.close(); err != nil && s.failed == nil {
				s.failed = fmt.Errorf("close adapter of %s: %w", n.name, err)
			}
		}
	})
	return s.failed
}

// goes runs f in a goroutine that Close waits for, unless the server is closed.
func (s *Server) goes(f func()) bool {
	s.spawn.Lock()
	defer s.spawn.Unlock()
	if s.closed.Load() {
		return false
	}
	s.running.Go(f)
	return true
}

// ErrClosed says that the server is closed and sends nothing any more.
var ErrClosed = engineio.ErrClosed
