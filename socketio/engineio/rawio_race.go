//go:build linux && race

package engineio

import "golang.org/x/sys/unix"

// The race detector learns from these who waited for whom; see rawio_linux.go.

func rawWrite(fd int, b []byte) (int, error) { return unix.Write(fd, b) }

func rawRead(fd int, b []byte) (int, error) { return unix.Read(fd, b) }
