package engineio

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"tradewind/socketio/engineio/packet"
)

// maxQuery is how long the query of a request may be, in bytes: that of a
// handshake is kept as long as its session.
const maxQuery = 16 << 10

// ServeHTTP serves all requests of the protocol: handshakes, polling and upgrades.
// It checks them in the order that Node does, so that a client sees the same error.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.cors(w, r) {
		return
	}
	if len(r.URL.RawQuery) > maxQuery {
		s.refused.Add(1)
		w.Header().Set("Connection", "close") // net/http would keep the request as long as the connection
		refuseHTTP(w, r, &HTTPError{Status: http.StatusRequestURITooLong, Message: "query is too long"})
		return
	}
	transport := param(r, "transport")
	if !s.transportEnabled(transport) {
		s.refuse(w, r, errTransportUnknown)
		return
	}
	upgrade := wantsWebSocket(r)
	if sid := param(r, "sid"); sid != "" {
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
		s.handshake(w, r, transport)
	}
}

// param is the first value of a parameter of the query, as url.Values.Get gives
// it, without a map of all of them: it is asked for with every request.
func param(r *http.Request, name string) string {
	var pair string
	for rest := r.URL.RawQuery; rest != ""; {
		pair, rest, _ = strings.Cut(rest, "&")
		key, value, _ := strings.Cut(pair, "=")
		if key != name || strings.Contains(value, ";") {
			continue
		}
		if value, err := url.QueryUnescape(value); err == nil {
			return value
		}
	}
	return ""
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
func (s *Server) handshake(w http.ResponseWriter, r *http.Request, transport string) {
	if s.options.AllowRequest != nil {
		if err := s.options.AllowRequest(r); err != nil {
			s.refused.Add(1)
			refuseHTTP(w, r, err)
			return
		}
	}
	legacy := param(r, "EIO") != "4" // a client of Engine.IO 3 may leave it out
	if legacy && !s.options.AllowEIO3 {
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
	c, err := s.newConn(r, legacy)
	if err != nil {
		s.opening.Add(-1)
		s.refused.Add(1)
		refuseHTTP(w, r, &HTTPError{http.StatusServiceUnavailable, "server is closed", s.options.RetryAfter})
		return
	}
	s.setCookie(w, c)
	if transport == "websocket" {
		s.openWebSocket(w, r, c)
		return
	}
	c.poll = &polling{base64: wantsBase64(r)}
	if c.Post(r.Context(), func() {
		if !c.closed {
			c.start()
		}
	}) != nil {
		s.forget(c)
		refuseHTTP(w, r, &HTTPError{http.StatusServiceUnavailable, "server is busy, try again", s.options.RetryAfter})
		return
	}
	payload := pollPayload{legacy: legacy}
	payload.text(s.appendOpen(nil, c, !s.options.DisableWebSocket))
	writePayload(w, pollAnswer{body: payload.body})
}

// wantsBase64 reports whether the client cannot take binary on the transport it asks for.
func wantsBase64(r *http.Request) bool { return param(r, "b64") == "1" }

// setCookie gives load balancers something to tell sessions apart by.
func (s *Server) setCookie(w http.ResponseWriter, c *Conn) {
	if s.options.Cookie == nil {
		return
	}
	cookie := *s.options.Cookie
	cookie.Value = c.sid
	if cookie.Path == "" {
		cookie.Path = "/"
	}
	if cookie.SameSite == 0 {
		cookie.SameSite = http.SameSiteLaxMode
	}
	http.SetCookie(w, &cookie)
}

// appendOpen adds the open packet, which has exactly the keys that clients expect.
func (s *Server) appendOpen(dst []byte, c *Conn, upgrades bool) []byte {
	dst = append(append(append(dst, byte(packet.Open)), `{"sid":"`...), c.sid...)
	dst = append(dst, `","upgrades":[`...)
	if upgrades {
		dst = append(dst, `"websocket"`...)
	}
	dst = strconv.AppendInt(append(dst, `],"pingInterval":`...), s.options.PingInterval.Milliseconds(), 10)
	dst = strconv.AppendInt(append(dst, `,"pingTimeout":`...), s.options.PingTimeout.Milliseconds(), 10)
	dst = strconv.AppendInt(append(dst, `,"maxPayload":`...), int64(s.options.MaxPayload), 10)
	return append(dst, '}')
}
