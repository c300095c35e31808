package socketio

import (
	"encoding/json"
	"net/http"
	"net/url"
	"time"
)

// encode is the handshake as Node tells other servers of it.
func (h *Handshake) encode() json.RawMessage {
	headers := map[string]string{}
	for name := range h.Header {
		headers[lower(name)] = h.Header.Get(name)
	}
	query := map[string]string{}
	for name, values := range h.Query() {
		query[name] = values[0]
	}
	text, _ := json.Marshal(map[string]any{ // strings always encode
		"headers": headers, "time": h.Issued.Format("Mon Jan 02 2006 15:04:05 GMT-0700"), "address": h.RemoteAddr,
		"xdomain": headers["origin"] != "", "secure": h.Secure, "issued": h.Issued.UnixMilli(),
		"url": "/socket.io/?" + h.RawQuery, "query": query, "auth": struct{}{},
	})
	return text
}

// decodeHandshake reads what Handshake.encode or a Node server has made.
func decodeHandshake(text json.RawMessage) *Handshake {
	var shape struct {
		Headers map[string]json.RawMessage `json:"headers"`
		Address string                     `json:"address"`
		Secure  bool                       `json:"secure"`
		Issued  int64                      `json:"issued"`
		URL     string                     `json:"url"`
	}
	_ = json.Unmarshal(text, &shape) // what another server left out stays empty
	h := &Handshake{Header: http.Header{}, RemoteAddr: shape.Address, Secure: shape.Secure, RawQuery: queryOf(shape.URL)}
	for name, raw := range shape.Headers {
		var value string
		if json.Unmarshal(raw, &value) == nil { // set-cookie alone is a list, which a request does not have
			h.Header.Set(name, value)
		}
	}
	h.Host = h.Header.Get("Host")
	if shape.Issued != 0 {
		h.Issued = time.UnixMilli(shape.Issued)
	}
	return h
}

// queryOf is the query of a request's target.
func queryOf(target string) string {
	u, err := url.Parse(target)
	if err != nil {
		return ""
	}
	return u.RawQuery
}
