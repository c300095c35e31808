package socketio

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"time"
)

// maxDynamicName is how long the name of a dynamic namespace may be, in bytes.
const maxDynamicName = 256

// ParentNamespace makes namespaces when a client first asks for them, if their
// name fits. They share its handlers, and each has rooms and sockets of its own.
// What is emitted here goes to all of them. All methods but those that register
// handlers may be called concurrently.
type ParentNamespace struct {
	*Handlers

	server   *Server
	matches  func(ctx context.Context, name string, auth json.RawMessage) (bool, error)
	pattern  *regexp.Regexp // nil for a function
	children []*Namespace   // guarded by the server's mu
}

// OfPattern makes a parent of the namespaces whose whole name, with its slash,
// fits a pattern, such as ^/dynamic-[0-9]+$. Names are at most 256 bytes long. A
// static namespace of the same name comes first, then parents in the order in
// which they were made.
func (s *Server) OfPattern(pattern *regexp.Regexp) *ParentNamespace {
	return s.adopt(&ParentNamespace{pattern: pattern, matches: func(_ context.Context, name string, _ json.RawMessage) (bool, error) {
		return pattern.MatchString(name), nil
	}})
}

// OfFunc makes a parent of the namespaces that a function agrees to. It is asked
// for every socket, given what the client sent as auth, may take its time, and may
// refuse with an error as a middleware does; false leaves the name to the next parent.
func (s *Server) OfFunc(agrees func(ctx context.Context, name string, auth json.RawMessage) (bool, error)) *ParentNamespace {
	return s.adopt(&ParentNamespace{matches: agrees})
}

func (s *Server) adopt(p *ParentNamespace) *ParentNamespace {
	p.Handlers, p.server = newHandlers(), s
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parents = append(s.parents, p)
	return p
}

// Namespaces lists the namespaces there are at the moment.
func (p *ParentNamespace) Namespaces() []*Namespace {
	p.server.mu.RLock()
	defer p.server.mu.RUnlock()
	return slices.Clone(p.children)
}

// Emit sends an event to every socket of all namespaces.
func (p *ParentNamespace) Emit(ctx context.Context, event string, args ...any) error {
	return p.all().Emit(ctx, event, args...)
}

// To selects the sockets in any of the rooms, in all namespaces.
func (p *ParentNamespace) To(rooms ...Room) Emitter { return p.all().To(rooms...) }

// Except selects all sockets but those in any of the rooms, in all namespaces.
func (p *ParentNamespace) Except(rooms ...Room) Emitter { return p.all().Except(rooms...) }

func (p *ParentNamespace) all() Emitter { return Emitter{parent: p} }

// lifetime is when a dynamic namespace may go. Guarded by the server's mu.
type lifetime struct {
	users  int  // sockets, connecting ones among them
	pinned bool // the user of the package has asked for it by name
	queued bool // among the server's idle ones
	idle   time.Time
}

// errTooManyNamespaces refuses a name when there are Options.MaxDynamicNamespaces already.
var errTooManyNamespaces = &ConnectError{Message: "Too many namespaces"}

// find is the namespace a client asks for, held until release. It is nil when
// there is none. In a goroutine of its own, as a parent may take its time.
func (s *Server) find(ctx context.Context, name string, auth json.RawMessage) (*Namespace, error) {
	if len(name) > maxDynamicName {
		return nil, nil
	}
	s.mu.RLock()
	parents := s.parents
	s.mu.RUnlock()
	for _, p := range parents {
		agrees := false
		err := guard(s.options.Logger, func() (err error) { agrees, err = p.matches(ctx, name, auth); return err })
		if err != nil {
			return nil, err
		}
		if agrees {
			return s.child(p, name)
		}
	}
	return nil, nil
}

// child is the namespace of a parent, made if need be and held.
func (s *Server) child(p *ParentNamespace, name string) (*Namespace, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.namespaces[name]
	if n == nil {
		s.retireIdle()
		if s.dynamic >= s.options.MaxDynamicNamespaces {
			return nil, errTooManyNamespaces
		}
		n = s.bear(p, name)
	}
	n.life.users++
	return n, nil
}

func (s *Server) bear(p *ParentNamespace, name string) *Namespace {
	n := newNamespace(s, name, p.Handlers)
	n.parent = p
	s.namespaces[name] = n
	p.children = append(p.children, n)
	s.dynamic++
	return n
}

// release is called when a socket that held the namespace is over. A dynamic
// namespace that nobody is in any more goes, with recovery once no session of it
// can come back.
func (n *Namespace) release() {
	if n.parent == nil {
		return
	}
	s := n.server
	s.mu.Lock()
	defer s.mu.Unlock()
	if n.life.users--; n.life.users > 0 || n.life.pinned || s.options.KeepEmptyNamespaces {
		return
	}
	n.life.idle = time.Now()
	if !n.life.queued {
		n.life.queued = true
		s.idle = append(s.idle, n)
	}
	s.retireIdle()
}

// retireIdle lets go of dynamic namespaces that have been empty long enough. With the server's mu held.
func (s *Server) retireIdle() {
	for len(s.idle) > 0 && !s.closed.Load() {
		n := s.idle[0]
		if n.life.users == 0 && !n.life.pinned {
			if time.Since(n.life.idle) < s.sessionLife() || !s.retire(n) {
				return
			}
		}
		n.life.queued = false
		s.idle[0] = nil
		s.idle = s.idle[1:]
	}
}

func (s *Server) retire(n *Namespace) bool {
	if !s.goes(func() { // the server's; ends when the adapter has
		if err := n.close(); err != nil {
			s.options.Logger.Error("close namespace", "namespace", n.name, "error", err)
		}
	}) {
		return false
	}
	delete(s.namespaces, n.name)
	n.parent.children = slices.DeleteFunc(n.parent.children, func(c *Namespace) bool { return c == n })
	s.dynamic--
	return true
}
