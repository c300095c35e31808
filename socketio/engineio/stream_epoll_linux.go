package engineio

import (
	"fmt"
	"io"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// poller is a shard's epoll set. Its descriptor is itself parked in Go's network
// poller, so waiting for it blocks no thread.
type poller struct {
	file    *os.File // the epoll descriptor
	raw     syscall.RawConn
	fd      int
	events  [256]unix.EpollEvent
	n       int             // events that wait for dispatch
	streams []*polledStream // by descriptor
}

func newPoller() (*poller, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("create epoll set: %w", err)
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		return nil, fmt.Errorf("create epoll set: %w", err)
	}
	p := &poller{file: os.NewFile(uintptr(fd), "epoll"), fd: fd}
	if p.raw, err = p.file.SyscallConn(); err != nil {
		return nil, fmt.Errorf("park epoll set: %w", err)
	}
	return p, nil
}

// wait returns when there are events for dispatch, or false when the poller is closed.
func (p *poller) wait() bool {
	var err error
	closed := p.raw.Read(func(uintptr) bool {
		p.n, err = unix.EpollWait(p.fd, p.events[:], 0)
		return p.n > 0 || err != nil && err != unix.EINTR
	})
	return closed == nil && err == nil
}

func (p *poller) close() { p.file.Close() }

// dispatch reads and writes where the events say. On the shard.
func (p *poller) dispatch(s *Shard) {
	for i := range p.events[:p.n] {
		ev := &p.events[i]
		st := p.streams[ev.Fd]
		if st == nil {
			continue // closed by an earlier event of this batch
		}
		if ev.Events&unix.EPOLLOUT != 0 {
			st.unblock()
			st.ws.writable()
		}
		gone := ev.Events&(unix.EPOLLHUP|unix.EPOLLERR) != 0
		switch {
		case st.fd < 0:
		case st.events&unix.EPOLLIN != 0:
			if gone || ev.Events&unix.EPOLLIN != 0 {
				st.read(s)
			}
		case gone:
			st.ws.broken(io.EOF) // reset or gone while paused
		}
		// Readable and paused: the event is older than the pause, and comes again after it.
	}
}

// polledStream is a descriptor in its shard's epoll set.
type polledStream struct {
	shard  *Shard
	ws     *websocket
	fd     int // -1 when closed
	events uint32
}

// takePolled moves a plain TCP connection out of Go's poller into the shard's
// set. ok is false when nc is of another kind.
func takePolled(s *Shard, nc net.Conn, w *websocket) (st stream, ok bool, err error) {
	if started, ok := nc.(*startedConn); ok && len(started.start) == 0 {
		nc = started.TCPConn
	}
	tcp, ok := nc.(*net.TCPConn)
	if !ok || s.poller == nil {
		return nil, false, nil
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil, true, fmt.Errorf("take connection over: %w", err)
	}
	fd := -1
	controlErr := raw.Control(func(old uintptr) {
		fd, err = unix.FcntlInt(old, unix.F_DUPFD_CLOEXEC, 0)
	})
	if controlErr != nil || err != nil {
		return nil, true, fmt.Errorf("take connection over: %w", firstError(controlErr, err))
	}
	tcp.Close() // closes the old descriptor only; the connection lives on in ours
	if err := unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, maxUnsent); err != nil {
		unix.Close(fd)
		return nil, true, fmt.Errorf("set TCP_NOTSENT_LOWAT: %w", err)
	}
	return &polledStream{shard: s, ws: w, fd: fd}, true, nil
}

// limitUnsent keeps the kernel from taking much ahead on a connection that stays with Go's poller.
func limitUnsent(nc net.Conn) {
	if wrapped, ok := nc.(interface{ NetConn() net.Conn }); ok { // TLS
		nc = wrapped.NetConn()
	}
	tcp, ok := nc.(*net.TCPConn)
	if !ok {
		return
	}
	if raw, err := tcp.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) { // without it the connection works, and more old data waits for a slow client
			_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, maxUnsent)
		})
	}
}

// start adds the descriptor to the set. On the shard.
func (st *polledStream) start() error {
	p := st.shard.poller
	st.events = unix.EPOLLIN
	if err := unix.EpollCtl(p.fd, unix.EPOLL_CTL_ADD, st.fd, &unix.EpollEvent{Events: st.events, Fd: int32(st.fd)}); err != nil {
		return fmt.Errorf("add connection to epoll set: %w", err)
	}
	for len(p.streams) <= st.fd {
		p.streams = append(p.streams, make([]*polledStream, st.fd+64-len(p.streams))...)
	}
	p.streams[st.fd] = st
	return nil
}

func (st *polledStream) read(s *Shard) {
	n, err := rawRead(st.fd, s.read)
	switch {
	case n > 0:
		st.ws.input(s.read[:n])
	case err == unix.EAGAIN || err == unix.EINTR:
	case err != nil:
		st.ws.broken(err)
	default:
		st.ws.broken(io.EOF)
	}
}

func (st *polledStream) write(b []byte) (int, error) {
	for {
		n, err := rawWrite(st.fd, b)
		switch {
		case err == unix.EINTR:
			continue
		case err == unix.EAGAIN:
			n = 0
		case err != nil:
			return 0, err
		}
		if n < len(b) {
			st.block()
		}
		return n, nil
	}
}

// unsent asks the kernel. TCP_NOTSENT_LOWAT alone holds back new segments only:
// one that is waiting already grows to 64 KB unseen.
func (st *polledStream) unsent() int {
	n, err := unix.IoctlGetInt(st.fd, unix.SIOCOUTQNSD)
	if err != nil {
		return 0
	}
	if n >= maxUnsent {
		st.block()
	}
	return n
}

func (st *polledStream) block()   { st.want(st.events | unix.EPOLLOUT) }
func (st *polledStream) unblock() { st.want(st.events &^ unix.EPOLLOUT) }
func (st *polledStream) pause()   { st.want(st.events &^ unix.EPOLLIN) }
func (st *polledStream) resume()  { st.want(st.events | unix.EPOLLIN) }

func (st *polledStream) want(events uint32) {
	if st.fd < 0 || st.events == events {
		return
	}
	st.events = events
	// The descriptor is in the set and open, so this cannot fail but for lack of kernel memory; the heartbeat ends the connection then.
	_ = unix.EpollCtl(st.shard.poller.fd, unix.EPOLL_CTL_MOD, st.fd, &unix.EpollEvent{Events: events, Fd: int32(st.fd)})
}

func (st *polledStream) finish() {
	_ = unix.SetsockoptInt(st.fd, unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, 1<<20)
}

func (st *polledStream) closeWrite() { _ = unix.Shutdown(st.fd, unix.SHUT_WR) }

func (st *polledStream) close() {
	if st.fd < 0 {
		return
	}
	if p := st.shard.poller; st.fd < len(p.streams) && p.streams[st.fd] == st {
		p.streams[st.fd] = nil
	}
	unix.Close(st.fd) // leaves the epoll set by this
	st.fd = -1
}
