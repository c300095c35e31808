package loadtest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"
)

// userHZ is in what part of a second Linux tells a process's CPU time, on every architecture.
const userHZ = 100

// readUse tells the CPU time of all threads of a process, to 10 ms, and its resident memory.
func readUse(pid int) (use, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if errors.Is(err, os.ErrNotExist) {
		return use{}, errors.New("there is no such process")
	}
	if err != nil {
		return use{}, err
	}
	statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return use{}, err
	}
	// The name, in parentheses, may hold anything; what follows it has fixed places (proc(5): 14 utime, 15 stime).
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	pages := bytes.Fields(statm)
	if len(fields) < 13 || len(pages) < 2 {
		return use{}, fmt.Errorf("/proc/%d is not as expected", pid)
	}
	var n [3]int64
	for i, text := range [][]byte{fields[11], fields[12], pages[1]} {
		if n[i], err = strconv.ParseInt(string(text), 10, 64); err != nil {
			return use{}, fmt.Errorf("/proc/%d is not as expected: %w", pid, err)
		}
	}
	return use{
		cpu: time.Duration(n[0]+n[1]) * (time.Second / userHZ),
		rss: n[2] * int64(os.Getpagesize()),
	}, nil
}
