package main

import (
	"math"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
)

// gcPercent trades memory for CPU: encoding for thousands of sockets makes
// garbage, idle connections make nearly none, so the heap stays small anyway.
const gcPercent = 400

// tuneMemory sets the collector unless GOGC or GOMEMLIMIT did. The ceiling is
// three quarters of what the container or the machine has: near it the collector
// works harder instead of the system ending the process.
func tuneMemory(getenv func(string) string) {
	if getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if getenv("GOMEMLIMIT") == "" {
		if total, ok := memoryTotal(os.ReadFile); ok {
			debug.SetMemoryLimit(total / 4 * 3)
		}
	}
}

// memoryTotal is the container's limit in bytes or, without one, the machine's memory.
func memoryTotal(read func(string) ([]byte, error)) (int64, bool) {
	least := int64(math.MaxInt64)
	for _, file := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		text, err := read(file)
		if err != nil {
			continue
		}
		// "max" and absurdly large numbers both mean no limit.
		if n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && n > 0 {
			least = min(least, n)
		}
	}
	text, err := read("/proc/meminfo")
	if err == nil {
		for line := range strings.Lines(string(text)) {
			fields := strings.Fields(line)
			if len(fields) < 2 || fields[0] != "MemTotal:" {
				continue
			}
			if kb, err := strconv.ParseInt(fields[1], 10, 64); err == nil && kb > 0 {
				least = min(least, kb<<10)
			}
		}
	}
	return least, least < math.MaxInt64
}
