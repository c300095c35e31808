package workload

import (
	"strconv"
	"sync"
)

// Users is how many there are: the sessions s0 to s19999.
const Users = 20_000

// Sessions maps the id of every session to its user.
func Sessions() map[string]int {
	sessions := make(map[string]int, Users)
	for i := range Users {
		sessions["s"+strconv.Itoa(i)] = i
	}
	return sessions
}

// Roster knows who is connected.
type Roster struct {
	mu     sync.Mutex
	count  int
	online map[int]int // connections of each user
}

// NewRoster makes an empty roster.
func NewRoster() *Roster {
	return &Roster{online: make(map[int]int)}
}

// Add counts a connection of a user.
func (r *Roster) Add(user int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.count++
	r.online[user]++
}

// Remove takes one back, if there is one.
func (r *Roster) Remove(user int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.online[user] == 0 {
		return
	}
	r.count--
	if r.online[user]--; r.online[user] == 0 {
		delete(r.online, user)
	}
}

// Count is how many connections there are.
func (r *Roster) Count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.count
}

// AppendUsers appends everybody who is connected, once, in no order.
func (r *Roster) AppendUsers(dst []int) []int {
	r.mu.Lock()
	defer r.mu.Unlock()
	for user := range r.online {
		dst = append(dst, user)
	}
	return dst
}
