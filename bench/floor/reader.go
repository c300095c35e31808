//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"tradewind/bench/workload"
)

// backlog is how many connects may wait to be accepted.
const backlog = 4096

// reader accepts all connections and reads what clients send.
type reader struct {
	shards   []*shard
	roster   *workload.Roster
	sessions map[string]int
	symbols  int
	open     []byte // the open packet, the same for all

	ctx    context.Context // of run
	listen int
	epoll  int      // closed with parked
	parked *os.File // the same, in the netpoller
	joined int
	conns  map[int]*connection // by descriptor
	buf    []byte
}

// newReader listens.
func newReader(settings workload.Settings, roster *workload.Roster, shards []*shard) (*reader, error) {
	r := &reader{
		shards: shards, roster: roster, sessions: workload.Sessions(), symbols: settings.Symbols,
		open: textFrame(fmt.Sprintf(`0{"sid":"00000000000000000000","upgrades":[],"pingInterval":%d,"pingTimeout":20000,"maxPayload":1000000}`,
			settings.PingInterval.Milliseconds())),
		conns: make(map[int]*connection),
		buf:   make([]byte, 64<<10),
	}
	addr, err := netip.ParseAddrPort(settings.Addr)
	if err != nil {
		return nil, err
	}
	if r.listen, err = listen(addr); err != nil {
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	if r.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	// A descriptor that does not block is what os.NewFile gives to the netpoller.
	if err := unix.SetNonblock(r.epoll, true); err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	r.parked = os.NewFile(uintptr(r.epoll), "epoll")
	return r, r.add(r.listen)
}

func listen(addr netip.AddrPort) (int, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	return fd, errors.Join(
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1),
		unix.Bind(fd, &unix.SockaddrInet4{Port: int(addr.Port()), Addr: addr.Addr().As4()}),
		unix.Listen(fd, backlog))
}

func (r *reader) add(fd int) error {
	return unix.EpollCtl(r.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)})
}

// run reads until ctx ends.
func (r *reader) run(ctx context.Context) error {
	r.ctx = ctx
	stop := context.AfterFunc(ctx, func() { r.parked.Close() })
	defer stop()
	poll, err := r.parked.SyscallConn()
	if err != nil {
		return err
	}
	events := make([]unix.EpollEvent, 256)
	for {
		n, err := wait(poll, events)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("epoll: %w", err)
		}
		for _, e := range events[:n] {
			if int(e.Fd) == r.listen {
				r.accept()
			} else if c := r.conns[int(e.Fd)]; c != nil {
				r.readable(c)
			}
		}
	}
}

// wait parks this goroutine in the netpoller until the epoll instance has events.
func wait(poll syscall.RawConn, events []unix.EpollEvent) (n int, err error) {
	parked := poll.Read(func(fd uintptr) bool {
		n, err = unix.EpollWait(int(fd), events, 0)
		return n > 0 || (err != nil && err != unix.EINTR)
	})
	return n, errors.Join(parked, err)
}

func (r *reader) accept() {
	for {
		fd, _, err := unix.Accept4(r.listen, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
		if err != nil {
			return // nobody waits, or there are no descriptors: the next event tries again
		}
		r.conns[fd] = &connection{fd: fd}
		if unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1) != nil || r.add(fd) != nil {
			r.end(r.conns[fd])
		}
	}
}

func (r *reader) readable(c *connection) {
	n, err := unix.Read(c.fd, r.buf)
	if err == unix.EAGAIN || err == unix.EINTR {
		return
	}
	if err != nil || n == 0 || !r.read(c, r.buf[:n]) {
		r.end(c)
	}
}

// end forgets a connection. Its descriptor is closed by whoever writes to it, so
// that the number cannot mean another one meanwhile.
func (r *reader) end(c *connection) {
	delete(r.conns, c.fd)
	unix.EpollCtl(r.epoll, unix.EPOLL_CTL_DEL, c.fd, nil)
	if c.shard == nil {
		unix.Close(c.fd)
		return
	}
	r.roster.Remove(c.user)
	r.post(c, task{kind: leave, conn: c})
}

func (r *reader) post(c *connection, t task) { c.shard.post(r.ctx, t) }
