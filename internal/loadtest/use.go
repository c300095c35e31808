package loadtest

import "time"

// use is what a process has used so far.
type use struct {
	cpu time.Duration
	rss int64 // bytes
}
