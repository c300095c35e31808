package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"tradewind/socketio/engineio/packet"
)

// polling is the HTTP long-polling transport: a GET waits for packets, a POST
// carries them the other way. The GET runs inside next, so that the transport
// has no goroutine of its own.
type polling struct {
	http         *http.Client
	target       url.URL
	header       http.Header
	maxBytes     int
	maxPayload   int // of the server, for one POST of several packets; 0: not known
	writeTimeout time.Duration
	ctx          context.Context // ends with the transport, by abort
	cancel       context.CancelFunc
	requests     atomic.Uint64
	rest         []byte // of the payload that next is working on

	mu sync.Mutex // one POST at a time: a second one ends the session on the server
}

func (c *Client) newPolling() *polling {
	t := &polling{
		http:         c.http,
		target:       *c.endpoint(Polling, ""),
		header:       c.o.Header,
		maxBytes:     c.o.MaxMessageBytes,
		writeTimeout: c.o.WriteTimeout,
	}
	t.ctx, t.cancel = context.WithCancel(context.Background()) // not of the client: it has to say goodbye first
	return t
}

// join makes the session the one that all further requests belong to.
func (t *polling) join(o open) {
	q := t.target.Query()
	q.Set("sid", o.SID)
	t.target.RawQuery = q.Encode()
	t.maxPayload = o.MaxPayload
}

func (t *polling) name() Transport    { return Polling }
func (t *polling) closed() closeFrame { return closeFrame{} }

func (t *polling) next(deadline time.Time) (packet.Packet, error) {
	for t.rest == nil {
		ctx, cancel := context.WithDeadline(t.ctx, deadline)
		body, err := t.do(ctx, http.MethodGet, nil)
		cancel()
		if err != nil {
			return packet.Packet{}, err
		}
		if len(body) > 0 {
			t.rest = body
		}
	}
	p, rest, err := packet.Next(t.rest)
	if err != nil {
		return p, parseError{err}
	}
	t.rest = rest
	return p, nil
}

func (t *polling) write(packets ...packet.Packet) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	var payload, one []byte
	for i, p := range packets {
		one = appendToPayload(one[:0], p)
		if len(payload) > 0 {
			if t.maxPayload > 0 && len(payload)+1+len(one) > t.maxPayload {
				if err := t.post(payload); err != nil {
					return err
				}
				payload = payload[:0]
			} else {
				payload = append(payload, packet.Separator)
			}
		}
		payload = append(payload, one...)
		if i == len(packets)-1 {
			return t.post(payload)
		}
	}
	return nil
}

func (t *polling) post(payload []byte) error {
	ctx, cancel := context.WithTimeout(t.ctx, t.writeTimeout)
	defer cancel()
	_, err := t.do(ctx, http.MethodPost, payload)
	if err != nil {
		t.abort() // the server may or may not have the packets: nothing can follow them
	}
	return err
}

// do makes one request and returns the body of a 200.
func (t *polling) do(ctx context.Context, method string, payload []byte) ([]byte, error) {
	target := t.target
	target.RawQuery += "&t=" + strconv.FormatUint(t.requests.Add(1), 36) // as browsers need it against caches
	req, err := http.NewRequestWithContext(ctx, method, target.String(), bytes.NewReader(payload))
	if err != nil {
		return nil, fmt.Errorf("polling request: %w", err)
	}
	for name, values := range t.header {
		req.Header[name] = values
	}
	if host := t.header.Get("Host"); host != "" {
		req.Host = host
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "text/plain;charset=UTF-8")
	} else {
		req.Body, req.ContentLength = http.NoBody, 0
	}
	resp, err := t.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("polling %s: %w", method, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 4096)) // what came of it is enough for an error
		return nil, &HandshakeError{Status: resp.StatusCode, Body: string(text), RetryAfter: retryAfter(resp.Header)}
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, int64(t.maxBytes)+1))
	if err != nil {
		return nil, fmt.Errorf("polling %s: %w", method, err)
	}
	if len(body) > t.maxBytes {
		return nil, parseError{errors.New("polling payload exceeds " + strconv.Itoa(t.maxBytes) + " bytes")}
	}
	return body, nil
}

// shutdown tells the server that the session is over. It does not wait for a
// write that hangs: then the connection just ends.
func (t *polling) shutdown() {
	if t.mu.TryLock() {
		_ = t.post([]byte{byte(packet.Close)}) // the session ends whether or not this arrives
		t.mu.Unlock()
	}
	t.abort()
}

func (t *polling) abort() { t.cancel() }

func appendToPayload(dst []byte, p packet.Packet) []byte {
	if p.Binary {
		return packet.AppendBase64(dst, p.Data)
	}
	return append(append(dst, byte(p.Type)), p.Data...)
}
