package memory

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
)

const (
	// garbage is how much of it there may be however little lives: encoding for
	// thousands of sockets makes much, and collecting it seldom costs little memory.
	garbage = 32 << 20
	// leastPercent and mostPercent bound the collector's percentage. With many idle
	// connections, garbage in between them is memory that cannot be given back.
	leastPercent, mostPercent = 100, 400
)

// Tune sets the collector's percentage, and sets it again after every collection,
// unless GOGC is set; stop ends that. Unless GOMEMLIMIT is set, the ceiling is
// three quarters of what the container or the machine has: near it the collector
// works harder instead of the system ending the process.
func Tune(getenv func(string) string) (stop func()) {
	if getenv("GOMEMLIMIT") == "" {
		if n, ok := total(os.ReadFile); ok {
			debug.SetMemoryLimit(n / 4 * 3)
		}
	}
	stopped := new(atomic.Bool)
	if getenv("GOGC") == "" {
		debug.SetGCPercent(mostPercent)
		afterCollection(stopped, mostPercent)
	}
	return func() { stopped.Store(true) }
}

// percent is the percentage for so many bytes that live.
func percent(live uint64) int {
	return int(min(max(garbage*100/max(live, 1), leastPercent), mostPercent))
}

// sentinel is an object that nothing refers to.
type sentinel struct{ _ [16]byte }

// afterCollection adapts the percentage when the next collection is over, and after each that follows.
func afterCollection(stopped *atomic.Bool, current int) {
	runtime.SetFinalizer(&sentinel{}, func(*sentinel) {
		if stopped.Load() {
			return
		}
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(live)
		// Setting it stops the world for a moment, so not for a small change.
		if next := percent(live[0].Value.Uint64()); next*5 < current*4 || next*4 > current*5 {
			debug.SetGCPercent(next)
			current = next
		}
		afterCollection(stopped, current)
	})
}
