package gateway

import (
	"context"
	"sync"
	"time"

	"tradewind/internal/trading"
)

// slots counts the connections of each user up to a cap.
type slots struct {
	max int

	mu     sync.Mutex
	byUser map[trading.UserID]map[*slot]struct{}
}

// slot is one connection's place. It is released once, whoever comes first.
type slot struct {
	slots *slots
	user  trading.UserID
	conn  holder
}

// holder is the connection that holds a slot.
type holder interface {
	// Ping asks the client for a sign of life.
	Ping(ctx context.Context) error
	// drop ends a connection that gave none, so that a client which is alive after all reconnects.
	drop()
}

func newSlots(limit int) *slots {
	return &slots{max: limit, byUser: make(map[trading.UserID]map[*slot]struct{})}
}

// reserve takes a slot for a connection, nil at the cap.
func (s *slots) reserve(user trading.UserID, conn holder) *slot {
	s.mu.Lock()
	defer s.mu.Unlock()
	held := s.byUser[user]
	if len(held) >= s.max {
		return nil
	}
	if held == nil {
		held = make(map[*slot]struct{}, 1)
		s.byUser[user] = held
	}
	taken := &slot{slots: s, user: user, conn: conn}
	held[taken] = struct{}{}
	return taken
}

// release gives the slot back. Calls after the first do nothing.
func (s *slot) release() {
	s.slots.mu.Lock()
	defer s.slots.mu.Unlock()
	held := s.slots.byUser[s.user]
	delete(held, s)
	if len(held) == 0 {
		delete(s.slots.byUser, s.user)
	}
}

// held returns the slots of a user.
func (s *slots) held(user trading.UserID) []*slot {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]*slot, 0, len(s.byUser[user]))
	for held := range s.byUser[user] {
		all = append(all, held)
	}
	return all
}

// dropGhosts pings the user's connections at once, and drops those that do not
// answer within patience. It returns when all have answered or were dropped.
func (s *slots) dropGhosts(ctx context.Context, user trading.UserID, patience time.Duration) {
	pinging, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var pings sync.WaitGroup
	for _, held := range s.held(user) {
		pings.Go(func() {
			if held.conn.Ping(pinging) == nil || ctx.Err() != nil {
				return // alive; or the one who asked has gone, which says nothing about this one
			}
			held.release()
			held.conn.drop()
		})
	}
	pings.Wait()
}
