package loadtest

import (
	"sync"
	"time"
)

// figures are what some of the clients have seen. They are spread over several
// locks; a read of a connection takes one of them once.
type figures struct {
	mu         sync.Mutex
	recent     histogram // latency since the last sample
	latency    histogram // latency until the last sample
	fresh      int64     // deliveries since the last sample
	deliveries int64     // deliveries until the last sample
	messages   int64     // Engine.IO packets
	reads      int64
	pings      int64
	events     map[string]int64   // by name
	publishes  map[int64]*publish // by the time of the event; Broadcast alone
	ledger     ledgerFigures

	_ [64]byte // the next lock is on another cache line
}

// publish is one event on its way to all clients.
type publish struct {
	clients int
	last    time.Duration // after its time, by the last client so far
}

// ledgerFigures are what money events looked like.
type ledgerFigures struct {
	handled, repeats, gaps, truncated int64
}

// Bounds of what names and times of a server make the generator remember.
const (
	mostEventNames = 64
	mostPublishes  = 100_000
)

func newFigures() *figures {
	return &figures{events: map[string]int64{}, publishes: map[int64]*publish{}}
}

// named counts an event by its name.
func (f *figures) named(name []byte) {
	n, known := f.events[string(name)]
	switch {
	case known:
		f.events[string(name)] = n + 1
	case len(f.events) < mostEventNames:
		f.events[string(name)] = 1
	default:
		f.events["…"]++
	}
}

// published notes that one more client has an event.
func (f *figures) published(at int64, late time.Duration) {
	p := f.publishes[at]
	if p == nil {
		if len(f.publishes) >= mostPublishes {
			return
		}
		p = &publish{}
		f.publishes[at] = p
	}
	p.clients++
	p.last = max(p.last, late)
}

// sample takes what came since the last sample, adds it to the totals and to into.
func (f *figures) sample(into *histogram) (deliveries int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	into.merge(&f.recent)
	f.latency.merge(&f.recent)
	f.recent.reset()
	deliveries = f.fresh
	f.deliveries += f.fresh
	f.fresh = 0
	return deliveries
}

// tally is what becomes of connections. It may be used concurrently.
type tally struct {
	mu          sync.Mutex
	latency     histogram
	connected   int
	failed      int
	present     int // connected now
	errors      map[string]int
	disconnects map[string]int
	slow        map[string]int // ends of clients that do not read
}

func newTally() *tally {
	return &tally{errors: map[string]int{}, disconnects: map[string]int{}, slow: map[string]int{}}
}

// mostTexts bounds how many different texts of a kind are told apart.
const mostTexts = 100

func note(in map[string]int, text string) {
	if _, known := in[text]; !known && len(in) >= mostTexts {
		text = "others"
	}
	in[text]++
}

func (t *tally) joined(took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.latency.add(took)
	t.connected++
	t.present++
}

func (t *tally) refused(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.failed++
	note(t.errors, describe(err))
}

// lost counts a client that the server or the network ended.
func (t *tally) lost(reason string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.present--
	note(t.disconnects, reason)
}

// away counts a client that went, or came back, by the will of the scenario.
func (t *tally) away(change int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.present += change
}

func (t *tally) slowEnded(reason string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	note(t.slow, reason)
}

// problem counts anything else that went wrong.
func (t *tally) problem(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	note(t.errors, text)
}

func (t *tally) now() (connected, failed, present int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.connected, t.failed, t.present
}
