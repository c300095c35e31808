package socketio

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"time"

	"tradewind/socketio/adapter"
	"tradewind/socketio/engineio"
)

// Recovery lets a client whose connection broke come back to its socket: the same
// id, rooms and shared data (NewSharedKey), and the events it missed, in order
// (Socket.IO, "Connection state recovery"). Events then have an offset as a last
// argument, which stock clients of 4.6 and newer use and others can ignore.
//
// Differences from Node: middlewares always run again, so that whoever is no
// longer allowed is not let in; a session without events, or long without, is
// recovered; volatile events do not disturb it; and a client that is back before
// its old connection was seen to be broken is recovered too. Volatile and Local
// events are not replayed; of events with a key the newest is.
type Recovery struct {
	// MaxDisconnection is how long a socket waits for its client. Default 2 min.
	MaxDisconnection time.Duration
	// MaxBytes bounds the events that are kept for one namespace. When there are
	// more the oldest go, and clients that would need them get a new socket. Default
	// 16 MiB. It is for the memory of this process; another Adapter has its own.
	MaxBytes int
	// MaxSessions bounds the sockets that wait for their clients in one namespace;
	// the oldest go. Default 100,000. As MaxBytes, it is for this process.
	MaxSessions int
	// Owner tells whose a socket is, after its middlewares have run: a user's id,
	// say. A socket is recovered for its owner only, so that a page on which somebody
	// else has signed in does not get the rooms of the one before. Default: nobody's.
	Owner func(s *Socket) string
}

func (r Recovery) withDefaults() Recovery {
	if r.MaxDisconnection <= 0 {
		r.MaxDisconnection = 2 * time.Minute
	}
	return r
}

// adapterFactory is the factory that the options ask for.
func (s *Server) adapterFactory() adapter.Factory {
	switch recovery := s.options.Recovery; {
	case s.options.Adapter != nil:
		return s.options.Adapter
	case recovery == nil:
		return adapter.Memory
	default:
		return adapter.NewBus(adapter.BusOptions{Recovery: &adapter.LogOptions{
			MaxDisconnection: recovery.MaxDisconnection, NoticeAfter: s.noticeAfter(),
			MaxBytes: recovery.MaxBytes, MaxSessions: recovery.MaxSessions,
		}}).Join
	}
}

// noticeAfter is how old an event may be that has not arrived when its connection
// is seen to be broken. It was sent just behind a ping that was answered late; the
// client went away in an upgrade, which suspends the heartbeat; and the ping after
// it was not answered.
func (s *Server) noticeAfter() time.Duration {
	o := s.engine.Options()
	return 2*(o.PingInterval+o.PingTimeout) + o.UpgradeTimeout
}

// sessionLife is how long something of a namespace may be asked for after its last socket is gone.
func (s *Server) sessionLife() time.Duration {
	if s.options.Recovery == nil {
		return 0
	}
	return s.options.Recovery.MaxDisconnection + s.noticeAfter()
}

// recoverable is what a socket of a namespace with recovery has beside the others.
type recoverable struct {
	pid   string        // private; who has it can take the session over
	saved chan struct{} // closed when the session can be asked for, or never will be

	// Owned by the mailbox until the session is resumed.
	session *adapter.Session // that the client came back to; nil for a new one
	offset  string           // the newest event it has seen, as it says
	dropped bool             // the session is used up and not saved again

	// Owned by the shard.
	since  string          // offset when the socket was joined first
	sent   string          // offset of the newest event sent to it
	joined map[Room]string // offset at which each room was joined
}

// recovers tells whether a socket that ended for this reason may be come back to.
func recovers(r Reason) bool {
	switch r {
	case TransportClose, TransportError, PingTimeout, ForcedClose, ServerShutdown, SlowConsumer, Drain, Overload, ReplacedByClient:
		return true
	}
	return false
}

// restore takes the session that the client comes back to, if there is one. In the mailbox.
func (s *Socket) restore(ctx context.Context) {
	if s.ns.recovery == nil || s.client.legacy() { // Socket.IO 2 knows nothing of it
		return
	}
	s.recovery = &recoverable{pid: newID(), saved: make(chan struct{}), joined: map[Room]string{}}
	var asked struct{ PID, Offset json.RawMessage }
	if json.Unmarshal(s.auth, &asked) != nil {
		return
	}
	pid, offset := shortString(asked.PID), shortString(asked.Offset)
	if pid == "" {
		return
	}
	session, err := s.ns.recovery.Restore(ctx, pid, offset)
	if err != nil && ctx.Err() == nil {
		s.ns.server.options.Logger.Error("restore session", "namespace", s.ns.name, "error", err)
	}
	if session == nil {
		return
	}
	s.recovery.session, s.recovery.offset, s.recovery.pid = session, offset, session.PID
	s.id = SocketID(session.ID)
	s.mu.Lock()
	_ = json.Unmarshal(session.Data, &s.restored) // was encoded by sharedData
	s.mu.Unlock()
	s.ns.claim(s)
}

// shortString decodes what may be a private session id or an offset. Anything else
// is empty: other nodes and stores are not asked for whatever clients send.
func shortString(raw json.RawMessage) (s string) {
	const longest = 256
	if len(raw) > longest || json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// errNotTheOwner keeps a session from somebody else.
var errNotTheOwner = errors.New("session belongs to somebody else")

// resume joins a restored socket and gives it what it missed. In the mailbox.
func (s *Socket) resume(ctx context.Context) error {
	r := s.recovery
	switch owner, err := s.owner(); {
	case err != nil:
		return err
	case owner != r.session.Owner:
		return errNotTheOwner
	}
	maxBytes := s.ns.server.engine.Options().MaxOutboxBytes
	return s.ns.recovery.Resume(ctx, r.session, r.offset, maxBytes, func(missed []*adapter.Broadcast) error {
		messages := make([]*engineio.Message, len(missed))
		r.sent = r.session.Sent
		for i, b := range missed {
			m, err := s.ns.event(b.Payload, b.Offset, waysOf(b))
			if err != nil {
				return err
			}
			messages[i] = m
			r.sent = b.Offset
		}
		return s.post(ctx, func() {
			if !s.ended {
				s.rejoin(messages)
			}
		})
	})
}

// rejoin makes a restored socket a member of its rooms and sends what it missed. On the shard.
//
// It is told first that it is connected. Node does that last, and stock clients
// keep what comes before it until then, even when the connection breaks in between:
// they would have those events twice.
func (s *Socket) rejoin(missed []*engineio.Message) {
	queued := s.client.conn.Queued()
	for _, m := range missed {
		queued += m.Size()
	}
	if queued > s.ns.server.engine.Options().MaxOutboxBytes { // with what other namespaces of the client missed
		s.recovery.dropped = true
		s.client.conn.Close(ForcedClose)
		return
	}
	s.join()
	for _, room := range s.recovery.session.Rooms {
		s.enter([]Room{room.Room})
		s.recovery.joined[room.Room] = room.Since
	}
	s.recovery.since = s.recovery.session.Since
	s.recovery.session.Rooms, s.recovery.session.Data = nil, nil // the socket has them now
	for _, m := range missed {
		s.client.conn.Send(m)
	}
}

func (s *Socket) owner() (owner string, err error) {
	if f := s.ns.server.options.Recovery.Owner; f != nil {
		err = s.guard(func() error { owner = f(s); return nil })
	}
	return owner, err
}

// snapshot is the session of a joined socket that is about to end. On the shard.
func (s *Socket) snapshot() *adapter.Session {
	session := &adapter.Session{
		PID: s.recovery.pid, ID: string(s.id), Since: s.recovery.since, Sent: s.recovery.sent,
		Left: s.ns.delivered[s.client.conn.Shard().Index()],
	}
	for _, room := range s.rooms().Of(&s.member)[1:] {
		session.Rooms = append(session.Rooms, adapter.JoinedRoom{Room: room, Since: s.recovery.joined[room]})
	}
	return session
}

// save keeps a session, nil for none, and lets those go on who wait for it.
func (s *Socket) save(session *adapter.Session) {
	if session != nil {
		ctx, cancel := background()
		defer cancel()
		if err := s.ns.recovery.Save(ctx, session); err != nil {
			s.ns.server.options.Logger.Error("save session", "namespace", s.ns.name, "socket", s.id, "error", err)
		}
	}
	s.ns.unclaim(s)
	close(s.recovery.saved)
}

// claim notes which socket lives under a private session id.
func (n *Namespace) claim(s *Socket) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.byPID[s.recovery.pid] = s
}

func (n *Namespace) unclaim(s *Socket) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.byPID[s.recovery.pid] == s {
		delete(n.byPID, s.recovery.pid)
	}
}

// Release implements adapter.Local.
func (l local) Release(ctx context.Context, pid string) error {
	l.n.mu.RLock()
	s := l.n.byPID[pid]
	l.n.mu.RUnlock()
	if s == nil {
		return nil
	}
	err := s.post(ctx, func() {
		if !s.ended { // else the connection goes on, and may be the one that asks
			s.client.conn.Close(ReplacedByClient)
		}
	})
	if err != nil && !errors.Is(err, ErrClosed) { // a server that is closed has ended its sockets, and is saving them
		return err
	}
	select {
	case <-s.recovery.saved:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// appendOffset gives an event its offset as the last argument, from where stock
// clients take it. They take any string there: an event without an offset that
// ends in one, its own name if need be, gets a null behind it.
func appendOffset(data []byte, offset string) []byte {
	end := bytes.LastIndexByte(data, ']')
	switch {
	case end < 0: // of another node, and no event
	case offset != "":
		data = append(append([]byte(nil), data[:end]...), ',')
		return append(appendString(data, offset), ']')
	case bytes.HasSuffix(bytes.TrimRight(data[:end], " \t\r\n"), []byte{'"'}):
		return append(append([]byte(nil), data[:end]...), ",null]"...)
	}
	return data
}
