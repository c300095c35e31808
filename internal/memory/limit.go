package memory

import (
	"math"
	"strconv"
	"strings"
)

// total is the container's limit in bytes or, without one, the machine's memory.
func total(read func(string) ([]byte, error)) (int64, bool) {
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
