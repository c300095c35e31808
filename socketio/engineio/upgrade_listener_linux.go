package engineio

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"runtime/debug"
	"strconv"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// upgradeListener accepts by itself, so that a descriptor never enters Go's poller
// before it is known what it is for. It accepts in the calls of Accept, and serves
// handshakes in a few goroutines that stay, with stacks that have grown.
type upgradeListener struct {
	tcp     *net.TCPListener
	file    *os.File // a second descriptor of tcp, to wait on
	raw     syscall.RawConn
	prefix  string
	handler http.Handler
	turns   chan struct{} // holds a token for each handshake that is served
	done    chan struct{} // closed by Close

	mu     sync.Mutex
	closed bool
	idle   []*doorman
}

// mostIdle is how many goroutines stay for the next handshakes.
const mostIdle = 16

func newUpgradeListener(tcp *net.TCPListener, prefix string, h http.Handler) (net.Listener, error) {
	file, err := tcp.File()
	if err != nil {
		return nil, fmt.Errorf("take handshakes off the listener: %w", err)
	}
	l := &upgradeListener{tcp: tcp, file: file, prefix: prefix, handler: h, turns: make(chan struct{}, MaxHandshakes), done: make(chan struct{})}
	if l.raw, err = file.SyscallConn(); err == nil {
		err = l.prepare()
	}
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("take handshakes off the listener: %w", err)
	}
	return l, nil
}

// prepare sets what accepted connections inherit.
func (l *upgradeListener) prepare() (err error) {
	controlErr := l.raw.Control(func(fd uintptr) {
		err = errors.Join(
			unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NODELAY, 1),
			unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, maxUnsent),
		)
		// The kernel keeps a connection until its first bytes are there. Where it cannot, more of them go through net/http.
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_DEFER_ACCEPT, 1)
	})
	return firstError(controlErr, err)
}

// Addr implements net.Listener.
func (l *upgradeListener) Addr() net.Addr { return l.tcp.Addr() }

// Close implements net.Listener. Handshakes under way come to their end.
func (l *upgradeListener) Close() error {
	l.mu.Lock()
	idle, again := l.idle, l.closed
	l.idle, l.closed = nil, true
	l.mu.Unlock()
	if again {
		return net.ErrClosed
	}
	close(l.done)
	for _, d := range idle {
		close(d.call)
	}
	return errors.Join(l.file.Close(), l.tcp.Close())
}

// Accept implements net.Listener: it serves handshakes until something else comes.
func (l *upgradeListener) Accept() (net.Conn, error) {
	for {
		select {
		case l.turns <- struct{}{}:
		case <-l.done:
			return nil, net.ErrClosed
		}
		d := l.doorman()
		if err := l.accept(d); err != nil {
			l.dismiss(d)
			return nil, err
		}
		if d.read(); isHandshake(d.head(), l.prefix) {
			d.call <- struct{}{} // its goroutine waits for it
			continue
		}
		conn, err := d.other()
		l.dismiss(d)
		if err != nil {
			continue // it broke before anything was done with it
		}
		return conn, nil
	}
}

// accept waits for a connection.
func (l *upgradeListener) accept(d *doorman) error {
	for {
		var peer unix.Sockaddr
		var err error
		closed := l.raw.Read(func(fd uintptr) bool {
			d.fd, peer, err = unix.Accept4(int(fd), unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
			return err != unix.EAGAIN
		})
		switch {
		case closed != nil:
			return net.ErrClosed
		case err == unix.ECONNABORTED || err == unix.EINTR:
			continue
		case err != nil:
			return &net.OpError{Op: "accept", Net: "tcp", Addr: l.Addr(), Err: os.NewSyscallError("accept4", err)}
		}
		d.peer = addrPort(peer)
		return nil
	}
}

func addrPort(a unix.Sockaddr) netip.AddrPort {
	switch a := a.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port))
	case *unix.SockaddrInet6:
		addr := netip.AddrFrom16(a.Addr).Unmap()
		if a.ZoneId != 0 {
			addr = addr.WithZone(strconv.FormatUint(uint64(a.ZoneId), 10))
		}
		return netip.AddrPortFrom(addr, uint16(a.Port))
	}
	return netip.AddrPort{}
}

// doorman reads and serves one connection after the other. Between an Accept that
// takes it and its call it belongs to Accept, then to its goroutine.
type doorman struct {
	l    *upgradeListener
	call chan struct{} // serve; closed to end the goroutine

	fd     int
	peer   netip.AddrPort
	buf    [4 << 10]byte
	n      int
	source bytes.Reader
	reader *bufio.Reader
}

// doorman takes one that is idle, or makes one.
func (l *upgradeListener) doorman() *doorman {
	l.mu.Lock()
	defer l.mu.Unlock()
	if last := len(l.idle) - 1; last >= 0 {
		d := l.idle[last]
		l.idle[last] = nil
		l.idle = l.idle[:last]
		return d
	}
	d := &doorman{l: l, call: make(chan struct{})}
	d.reader = bufio.NewReaderSize(&d.source, len(d.buf))
	go d.run() // ends when it is not kept
	return d
}

// dismiss gives a doorman and its turn back.
func (l *upgradeListener) dismiss(d *doorman) {
	if !l.keep(d) {
		close(d.call)
	}
	<-l.turns
}

func (l *upgradeListener) keep(d *doorman) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || len(l.idle) >= mostIdle {
		return false
	}
	l.idle = append(l.idle, d)
	return true
}

func (d *doorman) run() {
	for range d.call {
		d.serve()
		kept := d.l.keep(d) // and may be called again before the next line
		<-d.l.turns
		if !kept {
			return
		}
	}
}

func (d *doorman) head() []byte { return d.buf[:d.n] }

// read takes what is there now. Nothing, or an error, is for net/http to find out again.
func (d *doorman) read() {
	// Of package syscall, as net reads: what was done before a client connected happened before, to the race detector too.
	n, err := syscall.Read(d.fd, d.buf[:])
	if err != nil {
		n = 0
	}
	d.n = n
}

// other is the connection for whoever accepts, with what was read of it.
func (d *doorman) other() (net.Conn, error) {
	// What the listener gave it is for sockets only.
	_ = unix.SetsockoptInt(d.fd, unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, 0)
	conn, err := connOf(d.fd)
	if err != nil {
		return nil, err
	}
	return &startedConn{TCPConn: conn, start: bytes.Clone(d.head())}, nil
}

// connOf makes a connection of Go's of a descriptor, which is used up.
func connOf(fd int) (*net.TCPConn, error) {
	file := os.NewFile(uintptr(fd), "tcp")
	defer file.Close() // FileConn has made a copy
	conn, err := net.FileConn(file)
	if err != nil {
		return nil, fmt.Errorf("use accepted connection: %w", err)
	}
	return conn.(*net.TCPConn), nil
}

// serve answers one handshake. The descriptor is closed unless somebody took it.
func (d *doorman) serve() {
	w := &doorWriter{descriptor: descriptor{fd: d.fd}, header: make(http.Header)}
	defer func() {
		if v := recover(); v != nil && v != http.ErrAbortHandler {
			slog.Error("panic in the handler of a handshake", "address", d.peer, "panic", v, "stack", string(debug.Stack()))
		}
		if w.fd >= 0 {
			w.close()
		}
	}()
	d.source.Reset(d.head())
	d.reader.Reset(&d.source)
	r, err := http.ReadRequest(d.reader)
	wrong := ""
	switch {
	case err != nil || r.ProtoMajor != 1:
		wrong = "400 Bad Request"
	case r.Host == "":
		wrong = "400 Bad Request: missing required Host header" // as net/http says it
	case r.ContentLength != 0:
		wrong = "400 Bad Request: a WebSocket handshake has no body"
	}
	if wrong != "" {
		http.Error(w, wrong, http.StatusBadRequest)
		w.finish()
		return
	}
	r.RemoteAddr = d.peer.String()
	w.early = buffered(d.reader) // what was read fits into the reader
	d.l.handler.ServeHTTP(w, r)
	w.finish()
}

// descriptor is a connection that nobody has taken yet.
type descriptor struct {
	fd    int    // -1 when taken
	early []byte // what the client sent behind its request
}

func (d *descriptor) close() {
	unix.Close(d.fd)
	d.fd = -1
}

// stream makes it a WebSocket's.
func (d descriptor) stream(s *Shard, w *websocket) stream {
	return &polledStream{shard: s, ws: w, fd: d.fd}
}

// takeDescriptor takes the connection out of the response of a listener's own
// handshake. ok is false when it is of another kind.
func takeDescriptor(w http.ResponseWriter) (d descriptor, ok bool) {
	for {
		switch inner := w.(type) {
		case *doorWriter:
			if inner.fd < 0 || inner.status != 0 {
				return d, false
			}
			d = inner.descriptor
			inner.fd = -1
			return d, true
		case interface{ Unwrap() http.ResponseWriter }:
			w = inner.Unwrap()
		default:
			return d, false
		}
	}
}

// doorWriter is the response to a handshake: a short one, after which the
// connection is closed, or none when the connection is taken over.
type doorWriter struct {
	descriptor
	header http.Header
	status int
	body   []byte
}

// mostBody bounds what a refused client is told.
const mostBody = 16 << 10

// Header implements http.ResponseWriter.
func (w *doorWriter) Header() http.Header { return w.header }

// WriteHeader implements http.ResponseWriter.
func (w *doorWriter) WriteHeader(status int) {
	if w.status == 0 && status >= 200 { // interim answers are not for handshakes
		w.status = status
	}
}

// Write implements http.ResponseWriter.
func (w *doorWriter) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	switch {
	case w.fd < 0:
		return 0, http.ErrHijacked
	case len(w.body)+len(b) > mostBody:
		return 0, fmt.Errorf("answer to a handshake is longer than %d bytes", mostBody)
	}
	w.body = append(w.body, b...)
	return len(b), nil
}

// Hijack implements http.Hijacker, for handlers other than this package's.
func (w *doorWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	d, ok := takeDescriptor(w)
	if !ok {
		return nil, nil, http.ErrHijacked
	}
	conn, err := connOf(d.fd)
	if err != nil {
		return nil, nil, err
	}
	started := &startedConn{TCPConn: conn, start: d.early}
	return started, bufio.NewReadWriter(bufio.NewReader(started), bufio.NewWriter(started)), nil
}

// finish sends the answer, if the connection is still here. The socket is fresh:
// it takes a short answer at once.
func (w *doorWriter) finish() {
	if w.fd < 0 {
		return
	}
	w.WriteHeader(http.StatusOK)
	h := w.header
	h.Set("Connection", "close")
	h.Set("Content-Length", strconv.Itoa(len(w.body)))
	if h.Get("Content-Type") == "" && len(w.body) > 0 {
		h.Set("Content-Type", http.DetectContentType(w.body))
	}
	var answer bytes.Buffer
	fmt.Fprintf(&answer, "HTTP/1.1 %03d %s\r\n", w.status, http.StatusText(w.status))
	_ = h.Write(&answer) // to memory
	answer.WriteString("\r\n")
	answer.Write(w.body)
	_, _ = unix.Write(w.fd, answer.Bytes()) // a client that has gone needs no answer
}

// startedConn is a connection of which something was read already.
type startedConn struct {
	*net.TCPConn
	start []byte
}

// Read implements net.Conn.
func (c *startedConn) Read(b []byte) (int, error) {
	if len(c.start) == 0 {
		return c.TCPConn.Read(b)
	}
	n := copy(b, c.start)
	if c.start = c.start[n:]; len(c.start) == 0 {
		c.start = nil
	}
	return n, nil
}

// NetConn is the connection inside.
func (c *startedConn) NetConn() net.Conn { return c.TCPConn }

// WriteTo implements io.WriterTo, which the connection inside would do without the start.
func (c *startedConn) WriteTo(w io.Writer) (int64, error) {
	return io.Copy(w, struct{ io.Reader }{c})
}
