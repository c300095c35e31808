package httpapi

import "sync"

// inFlight counts the requests that are running, in all and of one caller, which
// is a user or, before sign-in, an address. What it holds is bounded by how many
// may run.
type inFlight struct {
	most, mostPerCaller int

	mu       sync.Mutex
	total    int
	byCaller map[string]int
}

func newInFlight(most, mostPerCaller int) *inFlight {
	return &inFlight{most: most, mostPerCaller: mostPerCaller, byCaller: make(map[string]int)}
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

// enterCaller counts a request of a caller; false when no more of its may run.
func (f *inFlight) enterCaller(caller string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.byCaller[caller] >= f.mostPerCaller {
		return false
	}
	f.byCaller[caller]++
	return true
}

func (f *inFlight) leaveCaller(caller string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.byCaller[caller]--; f.byCaller[caller] == 0 {
		delete(f.byCaller, caller)
	}
}
