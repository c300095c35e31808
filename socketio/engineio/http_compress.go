package engineio

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// gzipWriters are kept between answers: each holds some hundred kilobytes.
var gzipWriters = sync.Pool{New: func() any {
	w, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is a valid one
	return w
}}

// writeAnswer sends the payload of a polling request, compressed where that is
// allowed and may be worth while. In the goroutine of the request.
func (s *Server) writeAnswer(w http.ResponseWriter, r *http.Request, a pollAnswer) {
	if s.options.DisableHTTPCompression {
		writePayload(w, a)
		return
	}
	w.Header().Add("Vary", "Accept-Encoding")
	if a.plain || len(a.body) < s.options.CompressionThreshold || !acceptsGzip(r.Header) {
		writePayload(w, a)
		return
	}
	var small bytes.Buffer
	z := gzipWriters.Get().(*gzip.Writer)
	z.Reset(&small)
	_, _ = z.Write(a.body) // writing to memory does not fail
	_ = z.Close()
	gzipWriters.Put(z)
	w.Header().Set("Content-Encoding", "gzip")
	a.body = small.Bytes()
	writePayload(w, a)
}

// acceptsGzip reads Accept-Encoding (RFC 9110, 12.5.3).
func acceptsGzip(h http.Header) bool {
	any := false
	for _, line := range h.Values("Accept-Encoding") {
		for offer := range strings.SplitSeq(line, ",") {
			name, parameter, _ := strings.Cut(strings.TrimSpace(offer), ";")
			quality, hasQuality := strings.CutPrefix(strings.ReplaceAll(parameter, " ", ""), "q=")
			q, err := strconv.ParseFloat(quality, 64)
			wanted := !hasQuality || err == nil && q > 0
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "gzip":
				return wanted
			case "*":
				any = wanted
			}
		}
	}
	return any
}

// refuseTooLarge answers a POST that is larger than allowed. Its code follows those of Node, which has none for it.
func (s *Server) refuseTooLarge(w http.ResponseWriter) {
	body, _ := json.Marshal(protocolError{6, fmt.Sprintf("Payload too large: allowed are %d bytes", s.options.MaxPayload)})
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusRequestEntityTooLarge)
	_, _ = w.Write(body)
	_ = http.NewResponseController(w).Flush() // a writer that cannot flush sends it when the handler returns
}
