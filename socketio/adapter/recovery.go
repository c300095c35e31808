package adapter

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// Session is what is kept of a socket whose connection broke, for its client to
// come back to (Socket.IO, "Connection state recovery").
type Session struct {
	PID   string          // private: who has it can take the session over
	ID    string          // the socket's id
	Owner string          // whose it is, as the server tells; empty if it does not
	Rooms []JoinedRoom    // all but its own
	Data  json.RawMessage // an object

	// Since is the newest offset on the node when the socket connected: nothing up
	// to it was meant for the socket. Sent is the offset of the newest event that
	// was sent to it, Left the newest on the node when it was gone. All are empty
	// where there was no event yet.
	Since, Sent, Left string
	// Until is when the session is given up. Zero: Save sets it; a session that is saved again keeps it.
	Until time.Time
}

// JoinedRoom is a room and the newest offset on the node when the socket joined it.
type JoinedRoom struct {
	Room  Room
	Since string
}

// ErrLost says that a session cannot be resumed: events that its client missed
// are not in the log any more, or there are too many of them.
var ErrLost = errors.New("events of the session are lost")

// Recoverer is an Adapter that keeps sessions and a log of broadcasts, so that
// clients whose connection broke are given what they missed. All logged broadcasts
// of a namespace have one order, in which every node is delivered them, each with
// the same offset everywhere. The methods return ErrClosed after Close.
type Recoverer interface {
	Adapter
	// Start is the offset of the newest broadcast before this node joined, empty if
	// there was none. What this node is delivered comes after it.
	Start() string
	// Save keeps a session, for as long as the adapter is configured to, in the place
	// of an older one with the same PID.
	Save(ctx context.Context, s *Session) error
	// Restore takes the session of a private id out of the store, so that one client
	// only gets it. A socket that still lives under this id, on whatever node, is
	// released first; when that fails nothing is taken. It returns nil if there is no
	// such session, or if what the client missed since offset is lost already. offset is the newest that the
	// client has seen, or anything else if it has seen none.
	Restore(ctx context.Context, pid, offset string) (*Session, error)
	// Resume calls f once with what the session missed, oldest first and of what has
	// a conflation key the newest for each selection only, at a moment in the order of deliveries: what
	// was broadcast before is missed or was seen, and what comes after is
	// delivered after f has returned. f must not block. The error is ErrLost when
	// more than maxBytes were missed, or when events have been lost since Restore.
	Resume(ctx context.Context, s *Session, offset string, maxBytes int, f func(missed []*Broadcast) error) error
}
