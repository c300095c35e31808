package httpapi

import (
	"sync"

	"tradewind/internal/trading"
)

// inFlight counts the requests that are running. What it holds is bounded by how
// many may run.
type inFlight struct {
	most, mostPerUser int

	mu     sync.Mutex
	total  int
	byUser map[trading.UserID]int
}

func newInFlight(most, mostPerUser int) *inFlight {
	return &inFlight{most: most, mostPerUser: mostPerUser, byUser: make(map[trading.UserID]int)}
}

// enter counts a request; false when no more may run.
func (f *inFlight) enter() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.total >= f.most {
		return false
	}
	f.total++
	return true
}

func (f *inFlight) leave() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.total--
}

// enterUser counts a request of a user; false when no more of hers may run.
func (f *inFlight) enterUser(user trading.UserID) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.byUser[user] >= f.mostPerUser {
		return false
	}
	f.byUser[user]++
	return true
}

func (f *inFlight) leaveUser(user trading.UserID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.byUser[user]--; f.byUser[user] == 0 {
		delete(f.byUser, user)
	}
}
