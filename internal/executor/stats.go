package executor

import (
	"maps"
	"sync"
	"sync/atomic"

	"tradewind/internal/trading"
)

// Stats are counters since New and gauges of now, for metrics.
type Stats struct {
	Entries   uint64                  // folded on this node
	Races     uint64                  // appends that lost their seq to another node
	Snapshots uint64                  // saved
	Unknown   uint64                  // submissions whose answer was lost
	Refused   map[trading.Code]uint64 // order requests refused, by code

	Accounts    int // folds in memory
	InFlight    int // broker calls under way
	Attended    int // accounts with something to find out at the broker
	Reconciling int // of those, accounts that may not trade meanwhile
}

type counters struct {
	entries, races, snapshots, unknown atomic.Uint64

	mu      sync.Mutex
	refused map[trading.Code]uint64 // keys are the codes of package trading
}

func (c *counters) refuse(code trading.Code) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refused == nil {
		c.refused = make(map[trading.Code]uint64)
	}
	c.refused[code]++
}

// Stats returns the counters.
func (e *Executor) Stats() Stats {
	s := Stats{
		Entries: e.counts.entries.Load(), Races: e.counts.races.Load(),
		Snapshots: e.counts.snapshots.Load(), Unknown: e.counts.unknown.Load(),
		InFlight: len(e.slots),
	}
	e.counts.mu.Lock()
	s.Refused = maps.Clone(e.counts.refused)
	e.counts.mu.Unlock()
	e.mu.Lock()
	defer e.mu.Unlock()
	s.Accounts, s.Attended = len(e.lanes), len(e.tasks)
	for _, t := range e.tasks {
		if t.blocking {
			s.Reconciling++
		}
	}
	return s
}
