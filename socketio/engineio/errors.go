package engineio

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"
)

// protocolError is one of the numbered errors of an Engine.IO request.
type protocolError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

var (
	errTransportUnknown   = protocolError{0, "Transport unknown"}
	errSessionUnknown     = protocolError{1, "Session ID unknown"}
	errHandshakeMethod    = protocolError{2, "Bad handshake method"}
	errBadRequest         = protocolError{3, "Bad request"}
	errForbidden          = protocolError{4, "Forbidden"}
	errUnsupportedVersion = protocolError{5, "Unsupported protocol version"}
)

// refuse answers a request with a numbered error: as JSON, or as bare text when a WebSocket was asked for.
func refuse(w http.ResponseWriter, r *http.Request, e protocolError) {
	status := http.StatusBadRequest
	if e.Code == errForbidden.Code {
		status = http.StatusForbidden
	}
	if wantsWebSocket(r) {
		w.Header().Set("Connection", "close")
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(e.Message))
		return
	}
	body, _ := json.Marshal(e)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// refuseHTTP answers a handshake that AllowRequest, a full or a draining server refused.
func refuseHTTP(w http.ResponseWriter, r *http.Request, err error) {
	var he *HTTPError
	if !errors.As(err, &he) {
		refuse(w, r, protocolError{errForbidden.Code, err.Error()})
		return
	}
	if he.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((he.RetryAfter+time.Second-1)/time.Second)))
	}
	http.Error(w, he.Message, he.Status)
}
