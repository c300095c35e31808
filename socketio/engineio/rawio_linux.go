//go:build linux && !race

package engineio

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// rawWrite and rawRead are write(2) and read(2) without a word to Go's scheduler.
// It is told of a system call because one may block, and then gives the thread's
// turn to others after some microseconds. These cannot: the descriptors are
// non-blocking, and what the kernel does in a call is a few microseconds of work.

func rawWrite(fd int, b []byte) (int, error) { return raw(unix.SYS_WRITE, fd, b) }

func rawRead(fd int, b []byte) (int, error) { return raw(unix.SYS_READ, fd, b) }

func raw(call uintptr, fd int, b []byte) (int, error) {
	n, _, errno := unix.RawSyscall(call, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}
