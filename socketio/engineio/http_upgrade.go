package engineio

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

var errUpgrade = errors.New("not a WebSocket upgrade")

// openWebSocket completes a handshake on a WebSocket; the answer to the upgrade and the open packet leave in one write.
func (s *Server) openWebSocket(w http.ResponseWriter, r *http.Request, c *Conn) {
	open := newTextMessage(usualText, func(dst []byte) []byte { return s.appendOpen(dst, c, false) })
	ok := s.takeOver(w, r, c, open.frames, func(sock *websocket, early []byte) {
		if c.closed { // the server was closed meanwhile
			sock.end()
			return
		}
		c.ws = sock
		c.shard.local.webSockets++
		c.start()
		if err := sock.stream.start(); err != nil {
			c.Close(TransportError)
			return
		}
		if len(early) > 0 {
			sock.input(early)
		}
	})
	if !ok {
		s.forget(c)
	}
}

// serveProbe takes a WebSocket that wants to become the transport of a polling session.
func (s *Server) serveProbe(w http.ResponseWriter, r *http.Request, c *Conn) {
	if err := checkUpgrade(w, r); err != nil {
		s.refuse(w, r, errBadRequest)
		return
	}
	s.takeOver(w, r, c, nil, func(sock *websocket, early []byte) {
		c.startProbe(sock)
		if len(early) > 0 && !sock.done {
			sock.input(early)
		}
	})
}

// takeOver takes the connection out of net/http and hands it to c's shard, which
// answers the upgrade with first behind it and goes on with then. Nothing of the
// request is kept.
func (s *Server) takeOver(w http.ResponseWriter, r *http.Request, c *Conn, first []byte, then func(sock *websocket, early []byte)) bool {
	sock := &websocket{shard: c.shard, conn: c, base64: wantsBase64(r)}
	early, err := s.takeConnection(w, c.shard, sock)
	if errors.Is(err, errNotHijacked) {
		http.Error(w, "this connection cannot be upgraded", http.StatusInternalServerError)
		return false
	}
	if err != nil {
		s.options.Logger.Error("take connection over", "error", err)
		return false
	}
	deflates := false
	if s.options.PerMessageDeflate {
		if answer := negotiateDeflate(r.Header); answer != "" {
			w.Header().Set("Sec-WebSocket-Extensions", answer)
			deflates = true
		}
	}
	answer := upgradeAnswer(w, r, first)
	if deflates {
		sock.deflates = true
		s.deflating.Add(1)
	}
	// Waited for, so that a connection which the shard is too late for is closed here; nc itself may be closed by now.
	taken := false
	if c.shard.Do(context.Background(), func() {
		n, err := sock.stream.write(answer)
		if taken = err == nil && n == len(answer); taken { // the kernel has room for it unless something is very wrong
			then(sock, early)
		} else {
			sock.end()
		}
	}) != nil {
		sock.stream.close()
		return false
	}
	return taken
}

var errNotHijacked = errors.New("connection cannot be taken over")

// takeConnection makes the connection of a request sock's stream, and returns what
// the client sent behind the request without waiting for the answer.
func (s *Server) takeConnection(w http.ResponseWriter, shard *Shard, sock *websocket) (early []byte, err error) {
	if shard.poller != nil {
		if d, ok := takeDescriptor(w); ok {
			sock.stream = d.stream(shard, sock)
			return d.early, nil
		}
	}
	nc, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNotHijacked, err)
	}
	early = buffered(rw.Reader)
	if sock.stream, err = newStream(shard, nc, sock); err != nil {
		nc.Close()
		return nil, err
	}
	return early, nil
}

// buffered is what the client sent behind its request without waiting for the answer.
func buffered(r *bufio.Reader) []byte {
	b, _ := r.Peek(r.Buffered())
	return bytes.Clone(b)
}

func wantsWebSocket(r *http.Request) bool {
	return headerHas(r.Header, "Connection", "upgrade") && headerHas(r.Header, "Upgrade", "websocket")
}

func headerHas(h http.Header, name, token string) bool {
	for _, line := range h.Values(name) {
		for part := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.TrimSpace(part), token) {
				return true
			}
		}
	}
	return false
}

// checkUpgrade validates the client's side of the opening handshake (RFC 6455, 4.2.1).
func checkUpgrade(w http.ResponseWriter, r *http.Request) error {
	key := r.Header.Get("Sec-Websocket-Key")
	if r.Method != http.MethodGet || !wantsWebSocket(r) || len(key) != 24 {
		return errUpgrade
	}
	if r.Header.Get("Sec-Websocket-Version") != "13" {
		w.Header().Set("Sec-Websocket-Version", "13")
		return errUpgrade
	}
	return nil
}

// appendAccept adds the proof to the client that its key was understood.
func appendAccept(dst []byte, key string) []byte {
	text := make([]byte, 0, 64)
	text = append(append(text, key...), "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"...)
	sum := sha1.Sum(text)
	return base64.StdEncoding.AppendEncode(dst, sum[:])
}

// upgradeAnswer is the server's side of the opening handshake (RFC 6455, 4.2.2),
// with the CORS headers that w holds, and what follows it.
func upgradeAnswer(w http.ResponseWriter, r *http.Request, first []byte) []byte {
	b := make([]byte, 0, 384+len(first))
	b = append(b, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "...)
	b = appendAccept(b, r.Header.Get("Sec-Websocket-Key"))
	b = append(b, "\r\n"...)
	for name, values := range w.Header() {
		for _, v := range values {
			b = append(append(append(append(b, name...), ": "...), v...), "\r\n"...)
		}
	}
	return append(append(b, "\r\n"...), first...)
}
