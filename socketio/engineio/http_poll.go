package engineio

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"
)

// octets is the type of a payload that is not text, which only Engine.IO 3 has.
const octets = "application/octet-stream"

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
		s.writeAnswer(w, r, a)
	case <-r.Context().Done():
		_ = c.Post(context.Background(), func() { c.abortGet(req) })
	case <-c.shard.done:
		select {
		case a := <-req.answer:
			writePayload(w, a)
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
		s.refuseTooLarge(w)
		_ = c.Post(context.Background(), func() { c.refusePost(req) }) // after the answer, so that the client reads it first
		return
	}
	binary := r.Header.Get("Content-Type") == octets
	if c.Post(context.Background(), func() { c.finishPost(req, body, binary, err == nil) }) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	a := badRequest
	select {
	case a = <-req.answer:
	case <-r.Context().Done():
		_ = c.Post(context.Background(), func() { c.finishPost(req, nil, false, false) })
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

func writePayload(w http.ResponseWriter, a pollAnswer) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=UTF-8")
	if a.binary {
		h.Set("Content-Type", octets)
	}
	h.Set("Content-Length", strconv.Itoa(len(a.body)))
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(a.body)
}
