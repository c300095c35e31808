//go:build !unix

package main

// descriptorLimit is unknown here: the system has no such limit.
func descriptorLimit() (uint64, bool) { return 0, false }
