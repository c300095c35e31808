package engineio

import (
	"bufio"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tradewind/socketio/engineio/packet"
)

// ServeHTTP serves all requests of the protocol: handshakes, polling and upgrades.
// It checks them in the order that Node does, so that a client sees the same error.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.cors(w, r) {
		return
	}
	query := r.URL.Query()
	transport := query.Get("transport")
	if !s.transportEnabled(transport) {
		s.refuse(w, r, errTransportUnknown)
		return
	}
	upgrade := wantsWebSocket(r)
	if sid := query.Get("sid"); sid != "" {
		c := s.session(sid)
		switch {
		case c == nil:
			s.refuse(w, r, errSessionUnknown)
		case upgrade && transport == "websocket":
			s.serveProbe(w, r, c)
		case upgrade || transport == "websocket":
			s.refuse(w, r, errBadRequest)
		default:
			s.servePoll(w, r, c)
		}
		return
	}
	switch {
	case r.Method != http.MethodGet:
		s.refuse(w, r, errHandshakeMethod)
	case transport == "websocket" && !upgrade, transport == "polling" && upgrade:
		s.refuse(w, r, errBadRequest)
	default:
		s.handshake(w, r, transport, query)
	}
}

func (s *Server) transportEnabled(name string) bool {
	return name == "polling" && !s.options.DisablePolling || name == "websocket" && !s.options.DisableWebSocket
}

func (s *Server) refuse(w http.ResponseWriter, r *http.Request, e protocolError) {
	s.refused.Add(1)
	refuse(w, r, e)
}

// cors answers preflights and refuses origins that are not allowed, on upgrades too.
func (s *Server) cors(w http.ResponseWriter, r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	if !s.options.AllowOrigin(r) {
		s.refuse(w, r, errForbidden)
		return false
	}
	h := w.Header()
	h.Add("Vary", "Origin")
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Allow-Credentials", "true")
	if r.Method != http.MethodOptions {
		return true
	}
	h.Set("Access-Control-Allow-Methods", "GET, POST, OPTIONS")
	if asked := r.Header.Get("Access-Control-Request-Headers"); asked != "" {
		h.Set("Access-Control-Allow-Headers", asked)
	}
	h.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
	return false
}

// sameHost is the default for AllowOrigin: the page came from this very host.
func sameHost(r *http.Request) bool {
	u, err := url.Parse(r.Header.Get("Origin"))
	return err == nil && strings.EqualFold(u.Host, r.Host)
}

// handshake opens a session (Engine.IO 4, "Handshake").
func (s *Server) handshake(w http.ResponseWriter, r *http.Request, transport string, query url.Values) {
	if s.options.AllowRequest != nil {
		if err := s.options.AllowRequest(r); err != nil {
			s.refused.Add(1)
			refuseHTTP(w, r, err)
			return
		}
	}
	if query.Get("EIO") != "4" {
		s.refuse(w, r, errUnsupportedVersion)
		return
	}
	if transport == "websocket" {
		if err := checkUpgrade(w, r); err != nil {
			s.refuse(w, r, errBadRequest)
			return
		}
	}
	if err := s.admit(); err != nil {
		s.refused.Add(1)
		refuseHTTP(w, r, err)
		return
	}
	c, err := s.newConn(r)
	if err != nil {
		s.opening.Add(-1)
		s.refused.Add(1)
		refuseHTTP(w, r, &HTTPError{http.StatusServiceUnavailable, "server is closed", s.options.RetryAfter})
		return
	}
	if transport == "websocket" {
		s.openWebSocket(w, r, c)
		return
	}
	c.poll = &polling{}
	if c.Post(r.Context(), func() {
		if !c.closed {
			c.start()
		}
	}) != nil {
		s.forget(c)
		refuseHTTP(w, r, &HTTPError{http.StatusServiceUnavailable, "server is busy, try again", s.options.RetryAfter})
		return
	}
	upgrades := []string{"websocket"}
	if s.options.DisableWebSocket {
		upgrades = []string{}
	}
	writePayload(w, s.openPacket(c, upgrades))
}

// openPacket has exactly the keys that clients expect.
func (s *Server) openPacket(c *Conn, upgrades []string) []byte {
	body, _ := json.Marshal(struct {
		SID          string   `json:"sid"`
		Upgrades     []string `json:"upgrades"`
		PingInterval int64    `json:"pingInterval"`
		PingTimeout  int64    `json:"pingTimeout"`
		MaxPayload   int      `json:"maxPayload"`
	}{c.sid, upgrades, s.options.PingInterval.Milliseconds(), s.options.PingTimeout.Milliseconds(), s.options.MaxPayload})
	return packet.Append(nil, packet.Open, string(body))
}

// openWebSocket completes a handshake on a WebSocket; the answer to the upgrade and the open packet leave in one write.
func (s *Server) openWebSocket(w http.ResponseWriter, r *http.Request, c *Conn) {
	open := newTextMessage(func(dst []byte) []byte { return append(dst, s.openPacket(c, []string{})...) })
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

// takeOver takes the connection out of net/http, answers the upgrade and hands
// the socket to c's shard. Nothing of the request is kept.
func (s *Server) takeOver(w http.ResponseWriter, r *http.Request, c *Conn, first []byte, then func(sock *websocket, early []byte)) bool {
	nc, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, "this connection cannot be upgraded", http.StatusInternalServerError)
		return false
	}
	_ = nc.SetDeadline(time.Now().Add(s.options.UpgradeTimeout))
	if _, err := nc.Write(append(upgradeAnswer(w, r), first...)); err != nil {
		nc.Close()
		return false
	}
	_ = nc.SetDeadline(time.Time{})
	early := buffered(rw.Reader)
	sock := &websocket{shard: c.shard, conn: c, limit: s.options.MaxPayload}
	if sock.stream, err = newStream(c.shard, nc, sock); err != nil {
		s.options.Logger.Error("take connection over", "error", err)
		nc.Close()
		return false
	}
	// Waited for, so that a connection which the shard is too late for is closed here; nc itself may be closed by now.
	if c.shard.Do(context.Background(), func() { then(sock, early) }) != nil {
		sock.stream.close()
		return false
	}
	return true
}

// buffered is what the client sent behind its request without waiting for the answer.
func buffered(r *bufio.Reader) []byte {
	b, _ := r.Peek(r.Buffered())
	return append([]byte(nil), b...)
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

var errUpgrade = errors.New("not a WebSocket upgrade")

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

// acceptKey proves to the client that its key was understood.
func acceptKey(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// upgradeAnswer is the server's side of the opening handshake (RFC 6455, 4.2.2), with the CORS headers that w holds.
func upgradeAnswer(w http.ResponseWriter, r *http.Request) []byte {
	b := make([]byte, 0, 512)
	b = append(b, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "...)
	b = append(b, acceptKey(r.Header.Get("Sec-Websocket-Key"))...)
	b = append(b, "\r\n"...)
	for name, values := range w.Header() {
		for _, v := range values {
			b = append(append(append(append(b, name...), ": "...), v...), "\r\n"...)
		}
	}
	return append(b, "\r\n"...)
}

// servePoll serves a request of a session that is on polling.
func (s *Server) servePoll(w http.ResponseWriter, r *http.Request, c *Conn) {
	switch r.Method {
	case http.MethodGet:
		s.serveGet(w, r, c)
	case http.MethodPost:
		s.servePost(w, r, c)
	default:
		w.WriteHeader(http.StatusInternalServerError)
	}
}

func (s *Server) serveGet(w http.ResponseWriter, r *http.Request, c *Conn) {
	req := newPollRequest()
	onWebSocket := false
	err := c.shard.Do(r.Context(), func() {
		if onWebSocket = c.poll == nil && !c.closed; !onWebSocket {
			c.startGet(req)
		}
	})
	switch {
	case err == nil && onWebSocket:
		s.refuse(w, r, errBadRequest)
		return
	case err != nil:
		_ = c.Post(context.Background(), func() { c.abortGet(req) })
		s.refuse(w, r, errSessionUnknown)
		return
	}
	control := http.NewResponseController(w)
	_ = control.SetWriteDeadline(time.Time{}) // the wait is ours to bound, by the heartbeat
	select {
	case a := <-req.answer:
		_ = control.SetWriteDeadline(time.Now().Add(s.options.PingTimeout))
		if a.status != http.StatusOK {
			w.WriteHeader(a.status)
			return
		}
		writePayload(w, a.body)
	case <-r.Context().Done():
		_ = c.Post(context.Background(), func() { c.abortGet(req) })
	case <-c.shard.done:
		select {
		case a := <-req.answer:
			writePayload(w, a.body)
		default:
			w.WriteHeader(http.StatusBadRequest)
		}
	}
}

func (s *Server) servePost(w http.ResponseWriter, r *http.Request, c *Conn) {
	req := newPollRequest()
	onWebSocket := false
	err := c.shard.Do(r.Context(), func() {
		if onWebSocket = c.poll == nil && !c.closed; !onWebSocket {
			c.startPost(req)
		}
	})
	if err != nil || onWebSocket {
		s.refuse(w, r, errBadRequest)
		return
	}
	// The body must come while the session is expected to live.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(s.options.PingInterval + s.options.PingTimeout))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(s.options.MaxPayload)))
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		_ = c.Post(context.Background(), func() { c.refusePost(req) })
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	case r.Header.Get("Content-Type") == "application/octet-stream":
		err = errUpgrade
	}
	if c.Post(context.Background(), func() { c.finishPost(req, body, err == nil) }) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	a := badRequest
	select {
	case a = <-req.answer:
	case <-r.Context().Done():
		_ = c.Post(context.Background(), func() { c.finishPost(req, nil, false) })
		return
	case <-c.shard.done:
	}
	if a.status != http.StatusOK {
		w.WriteHeader(a.status)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html")
	h.Set("Content-Length", "2")
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte("ok"))
}

func writePayload(w http.ResponseWriter, payload []byte) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=UTF-8")
	h.Set("Content-Length", strconv.Itoa(len(payload)))
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(payload)
}
