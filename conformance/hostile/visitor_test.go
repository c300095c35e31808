package hostile_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"

	"tradewind/conformance/hostile"
)

const (
	pollingQuery   = "transport=polling&EIO="
	webSocketQuery = "transport=websocket&EIO="
	path           = "/socket.io/"
)

// wire is one TCP connection of a hostile client.
type wire struct {
	*net.TCPConn
	r    *bufio.Reader
	host string
}

// dial opens a connection that is reset when it is closed, so that no port is kept waiting.
func dial(host string) (*wire, error) {
	nc, err := net.DialTimeout("tcp", host, patience)
	if err != nil {
		return nil, err
	}
	tcp := nc.(*net.TCPConn)
	_ = tcp.SetLinger(0)
	_ = tcp.SetDeadline(time.Now().Add(patience))
	return &wire{tcp, bufio.NewReaderSize(tcp, 4096), host}, nil
}

// request sends a request and reads the answer.
func (w *wire) request(method, query string, body []byte) (status int, answer []byte, err error) {
	_ = w.SetDeadline(time.Now().Add(patience))
	head := method + " " + path + "?" + query + " HTTP/1.1\r\nHost: " + w.host + "\r\n"
	if method == http.MethodPost {
		head += "Content-Type: text/plain;charset=UTF-8\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n"
	}
	if _, err := w.Write(append([]byte(head+"\r\n"), body...)); err != nil {
		return 0, nil, err
	}
	resp, err := http.ReadResponse(w.r, &http.Request{Method: method})
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	answer, err = io.ReadAll(resp.Body)
	return resp.StatusCode, answer, err
}

// upgrade makes the connection a WebSocket, with an offer of compression that the server may take.
func (w *wire) upgrade(query string) error {
	_ = w.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(w, "GET "+path+"?"+query+" HTTP/1.1\r\nHost: "+w.host+
		"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="+
		"\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"); err != nil {
		return err
	}
	resp, err := http.ReadResponse(w.r, &http.Request{Method: http.MethodGet})
	if err != nil {
		return err
	}
	return refusal(resp.StatusCode, http.StatusSwitchingProtocols)
}

// next reads one message of the server.
func (w *wire) next() (string, error) {
	for {
		h, err := ws.ReadHeader(w.r)
		if err != nil {
			return "", err
		}
		b := make([]byte, h.Length)
		if _, err := io.ReadFull(w.r, b); err != nil {
			return "", err
		}
		switch h.OpCode {
		case ws.OpClose:
			return "", io.EOF
		case ws.OpText:
			return string(b), nil
		}
	}
}

// visitor is a hostile client: one session, on one transport.
type visitor interface {
	// send sends messages; an error says that the session is over.
	send(messages []hostile.Message) error
	// joined waits for the answers to n CONNECTs.
	joined(n int) error
	// await waits for n messages that begin with one of those.
	await(n int, begin ...string) error
	// session is what requests need to reach it; its SID is empty on a WebSocket.
	session() hostile.Session
	// leave ends it, politely or not.
	leave(polite bool)
}

var (
	errOver = errors.New("the session is over")
	errFull = errors.New("the server is full")
)

// refusal is why a handshake was not answered as it should be.
func refusal(status, want int) error {
	switch status {
	case want:
		return nil
	case http.StatusServiceUnavailable:
		return errFull
	}
	return fmt.Errorf("status %d", status)
}

// socket is a visitor on a WebSocket.
type socket struct {
	*wire
	over atomic.Bool   // the server closed it
	done chan struct{} // closed when nothing is read any more; nil while nothing was to be read
}

// openSocket opens a session; query begins with the revision of Engine.IO.
func openSocket(host, query string) (*socket, error) {
	w, err := dial(host)
	if err != nil {
		return nil, err
	}
	s := &socket{wire: w}
	if err := w.upgrade(webSocketQuery + query); err != nil {
		w.Close()
		return nil, err
	}
	if _, err := w.next(); err != nil {
		w.Close()
		return nil, err
	}
	return s, nil
}

func (s *socket) joined(n int) error { return s.await(n, "40", "44") }

// await reads until n messages have come that begin with one of those.
func (s *socket) await(n int, begin ...string) error {
	for n > 0 {
		m, err := s.next()
		if err != nil {
			return err
		}
		if slices.ContainsFunc(begin, func(b string) bool { return strings.HasPrefix(m, b) }) {
			n--
		}
	}
	return nil
}

// listen reads what comes and throws it away. Its goroutine ends with the connection; leave waits for it.
func (s *socket) listen() {
	s.done = make(chan struct{})
	go func() {
		defer close(s.done)
		_, _ = io.Copy(io.Discard, s.r)
		s.over.Store(true)
	}()
}

func (s *socket) send(messages []hostile.Message) error { return s.write(encode(messages), whole) }

// whole is for write: all in one piece.
const whole = 1 << 30

// write writes bytes in pieces of that size.
func (s *socket) write(b []byte, piece int) error {
	for len(b) > 0 {
		if s.over.Load() {
			return errOver
		}
		n := min(piece, len(b))
		_ = s.SetWriteDeadline(time.Now().Add(patience))
		if _, err := s.Write(b[:n]); err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

func (s *socket) session() hostile.Session { return hostile.Session{Host: s.host, Path: path} }

func (s *socket) leave(polite bool) {
	if polite {
		_ = s.write(hostile.Frame(0x88, []byte{3, 0xe8}), whole)
	}
	s.Close()
	if s.done != nil {
		<-s.done
	}
}

// poller is a visitor on polling.
type poller struct {
	*wire
	sid    string
	query  string
	probe  *wire // an upgrade that was begun
	legacy bool  // speaks Engine.IO 3
}

// openPoller is openSocket on polling.
func openPoller(host, query string) (*poller, error) {
	w, err := dial(host)
	if err != nil {
		return nil, err
	}
	status, answer, err := w.request(http.MethodGet, pollingQuery+query, nil)
	if err == nil {
		err = refusal(status, http.StatusOK)
	}
	_, rest, ok := bytes.Cut(answer, []byte(`"sid":"`))
	if err == nil && !ok {
		err = fmt.Errorf("open packet %q", answer)
	}
	if err != nil {
		w.Close()
		return nil, err
	}
	sid, _, _ := bytes.Cut(rest, []byte(`"`))
	return &poller{
		wire: w, sid: string(sid), query: pollingQuery + query + "&sid=" + string(sid), legacy: strings.HasPrefix(query, "3"),
	}, nil
}

func (p *poller) joined(n int) error { return p.await(n, "40", "44", "2:40") }

func (p *poller) await(n int, begin ...string) error {
	for n > 0 {
		status, answer, err := p.request(http.MethodGet, p.query, nil)
		if err != nil || status != http.StatusOK {
			return errors.Join(errOver, err)
		}
		for packet := range strings.SplitSeq(string(answer), "\x1e") {
			if slices.ContainsFunc(begin, func(b string) bool { return strings.HasPrefix(packet, b) }) {
				n--
			}
		}
	}
	return nil
}

func (p *poller) send(messages []hostile.Message) error {
	if p.legacy {
		return p.post(hostile.Payload3(messages))
	}
	return p.post(hostile.Payload(messages))
}

func (p *poller) post(body []byte) error {
	status, _, err := p.request(http.MethodPost, p.query, body)
	if err == nil && status != http.StatusOK {
		err = errOver
	}
	return err
}

// startProbe opens a WebSocket for the same session and goes half of the way.
func (p *poller) startProbe() error {
	w, err := dial(p.host)
	if err != nil {
		return err
	}
	p.probe = w
	if err := w.upgrade(webSocketQuery + "4&sid=" + p.sid); err != nil {
		return err
	}
	_, err = w.Write(hostile.Frame(0x81, []byte("2probe")))
	return err
}

func (p *poller) session() hostile.Session {
	return hostile.Session{Host: p.host, Path: path, SID: p.sid}
}

// goodbye is the packet that closes a session.
func (p *poller) goodbye() []byte {
	if p.legacy {
		return []byte("1:1")
	}
	return []byte("1")
}

// leave tells the server, and asks what became of the session when it knows it
// no more, so that it need not be kept for that.
func (p *poller) leave(polite bool) {
	if p.probe != nil {
		p.probe.Close()
	}
	if polite {
		if status, _, err := p.request(http.MethodPost, p.query, p.goodbye()); err == nil && status != http.StatusOK {
			_, _, _ = p.request(http.MethodGet, p.query, nil)
		}
	}
	p.Close()
}
