package memory

import (
	"errors"
	"math"
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

func TestTotalIsTheLesserOfContainerAndMachine(t *testing.T) {
	const meminfo = "MemTotal:       2048 kB\nMemFree:         100 kB\n"
	cases := map[string]struct {
		files map[string]string
		want  int64
		ok    bool
	}{
		"container below machine":  {map[string]string{"/sys/fs/cgroup/memory.max": "1000000\n", "/proc/meminfo": meminfo}, 1_000_000, true},
		"container without limit":  {map[string]string{"/sys/fs/cgroup/memory.max": "max\n", "/proc/meminfo": meminfo}, 2048 << 10, true},
		"old container":            {map[string]string{"/sys/fs/cgroup/memory/memory.limit_in_bytes": "500000", "/proc/meminfo": meminfo}, 500_000, true},
		"old one without limit":    {map[string]string{"/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712", "/proc/meminfo": meminfo}, 2048 << 10, true},
		"another operating system": {map[string]string{}, math.MaxInt64, false},
	}
	for name, c := range cases {
		got, ok := total(func(file string) ([]byte, error) {
			text, found := c.files[file]
			if !found {
				return nil, errors.New("no such file")
			}
			return []byte(text), nil
		})
		if got != c.want || ok != c.ok {
			t.Errorf("%s: got %d, %v, want %d, %v", name, got, ok, c.want, c.ok)
		}
	}
}

// restore gives the collector back what the test found.
func restore(t *testing.T) {
	gc, limit := debug.SetGCPercent(100), debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetGCPercent(gc); debug.SetMemoryLimit(limit) })
}

func TestTuneYieldsToTheEnvironment(t *testing.T) {
	restore(t)
	limit := debug.SetMemoryLimit(-1)
	defer Tune(func(name string) string { return map[string]string{"GOGC": "100", "GOMEMLIMIT": "1GiB"}[name] })()
	runtime.GC()
	if got := debug.SetGCPercent(100); got != 100 {
		t.Errorf("GOGC was set, yet the collector runs at %d", got)
	}
	if got := debug.SetMemoryLimit(-1); got != limit {
		t.Errorf("GOMEMLIMIT was set, yet the limit is %d", got)
	}
	if n, ok := total(func(string) ([]byte, error) { return nil, errors.New("nothing") }); ok || n == 0 {
		t.Errorf("memory of nothing: %d", n)
	}
}

// With little alive the collector lets four times of it be garbage; with much it runs when it is as much again.
func TestTuneFollowsWhatLives(t *testing.T) {
	restore(t)
	stop := Tune(func(string) string { return "" })
	defer stop()
	settles := func(want int) {
		t.Helper()
		for deadline := time.Now().Add(10 * time.Second); ; runtime.Gosched() { // finalizers run when they come to it
			runtime.GC()
			got := debug.SetGCPercent(want)
			if debug.SetGCPercent(got); got == want {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("the collector runs at %d, want %d", got, want)
			}
		}
	}
	settles(mostPercent)
	alive := make([]byte, 4*garbage)
	settles(leastPercent)
	runtime.KeepAlive(alive)
	alive = nil
	settles(mostPercent)
}

func TestPercentIsBounded(t *testing.T) {
	for live, want := range map[uint64]int{0: 400, 1 << 20: 400, 16 << 20: 200, 32 << 20: 100, 1 << 40: 100} {
		if got := percent(live); got != want {
			t.Errorf("%d bytes alive: %d, want %d", live, got, want)
		}
	}
}
