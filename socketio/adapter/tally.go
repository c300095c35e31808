package adapter

import "sync"

// tally counts the acknowledgements of a call that one or several nodes deliver,
// and passes them on one at a time.
type tally struct {
	mu       sync.Mutex
	expected int
	answered int
	answer   func(Payload)
}

func (t *tally) expect(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.expected += n
}

func (t *tally) take(p Payload) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.answered++
	t.answer(p)
}

// missing is how many were expected and have not answered. A node that failed may
// have answers of sockets that it did not tell of.
func (t *tally) missing() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return max(0, t.expected-t.answered)
}
