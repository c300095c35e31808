//go:build unix

package main

import "golang.org/x/sys/unix"

// descriptorLimit is how many files and sockets this process may hold open. The
// Go runtime has raised the soft limit to the hard one before main began.
func descriptorLimit() (uint64, bool) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return 0, false
	}
	return uint64(limit.Cur), true
}
