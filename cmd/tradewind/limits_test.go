package main

import (
	"errors"
	"math"
	"runtime/debug"
	"testing"
)

func TestConnectionsFor_LeavesRoomForTheRest(t *testing.T) {
	cases := map[string]struct {
		limit uint64
		known bool
		want  int
	}{
		"usual limit":    {20_000, true, 17_936},
		"tiny limit":     {40, true, 1},
		"infinite limit": {math.MaxUint64, true, mostConnections},
		"no limit":       {0, false, mostConnections},
	}
	for name, c := range cases {
		if got := connectionsFor(c.limit, c.known); got != c.want {
			t.Errorf("%s: got %d, want %d", name, got, c.want)
		}
	}
}

func TestDescriptorLimit_IsKnownHere(t *testing.T) {
	if limit, known := descriptorLimit(); !known || limit < 64 {
		t.Errorf("got %d, %v", limit, known)
	}
}

func TestMemoryTotal_IsTheLesserOfContainerAndMachine(t *testing.T) {
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
		got, ok := memoryTotal(func(file string) ([]byte, error) {
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

func TestTuneMemory_YieldsToTheEnvironment(t *testing.T) {
	gc, limit := debug.SetGCPercent(100), debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetGCPercent(gc); debug.SetMemoryLimit(limit) })

	tuneMemory(func(name string) string { return map[string]string{"GOGC": "100", "GOMEMLIMIT": "1GiB"}[name] })
	if got := debug.SetGCPercent(100); got != 100 {
		t.Errorf("GOGC was set, yet the collector runs at %d", got)
	}
	if got := debug.SetMemoryLimit(-1); got != limit {
		t.Errorf("GOMEMLIMIT was set, yet the limit is %d", got)
	}

	tuneMemory(func(string) string { return "" })
	if got := debug.SetGCPercent(100); got != gcPercent {
		t.Errorf("the collector runs at %d, want %d", got, gcPercent)
	}
	if total, ok := memoryTotal(readNothing); ok || total == 0 {
		t.Errorf("memory of nothing: %d", total)
	}
}

func readNothing(string) ([]byte, error) { return nil, errors.New("nothing") }
