package engineio

import (
	"bytes"
	"compress/flate"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/gobwas/httphead"
	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsflate"
)

// Neither side keeps a window from one message to the next: the server's window
// would be a different one for every client, and a message could not be
// compressed once for all of them; the client's would cost 32 KB each.
var noContextTakeover = wsflate.Parameters{ServerNoContextTakeover: true, ClientNoContextTakeover: true}

// negotiateDeflate picks the first offer of permessage-deflate that the server
// can keep and is the answer to it, empty if there is none (RFC 7692, 5.1 and 7.1).
func negotiateDeflate(h http.Header) string {
	offers, ok := httphead.ParseOptions([]byte(strings.Join(h.Values("Sec-Websocket-Extensions"), ",")), nil)
	if !ok {
		return ""
	}
	extension := wsflate.Extension{Parameters: noContextTakeover}
	for _, offer := range offers {
		accepted, err := extension.Negotiate(offer)
		if err != nil || accepted.Size() == 0 { // of an offer with parameters it cannot keep, or of another extension
			continue
		}
		var answer strings.Builder
		_, _ = httphead.WriteOptions(&answer, []httphead.Option{accepted}) // writing to memory does not fail
		return answer.String()
	}
	return ""
}

// Compress makes the form of m that goes to clients with permessage-deflate, once
// for all of them and in the calling goroutine. Parts shorter than
// Options.CompressionThreshold, or that do not become shorter, stay as they are.
// It does nothing if no such client is connected, or if m is Uncompressed. Call
// it before the first Send.
func (s *Server) Compress(m *Message) {
	if !m.plain && s.deflating.Load() > 0 {
		m.deflate(s.options.CompressionThreshold)
	}
}

// compressedBit is RSV1, which says that a message is compressed (RFC 7692, 6).
const compressedBit = 0x40

func (m *Message) deflate(threshold int) {
	var frames []byte
	shorter := false
	part := func(op ws.OpCode, data []byte) {
		if len(data) >= threshold {
			if small := deflate(data); len(small) < len(data) {
				frames = appendFrame(frames, compressedBit|op, small)
				shorter = true
				return
			}
		}
		frames = appendFrame(frames, op, data)
	}
	if m.text != nil {
		part(ws.OpText, m.text)
	}
	for _, a := range m.attachments {
		part(ws.OpBinary, a)
	}
	if shorter {
		m.deflated = frames
	}
}

// flushMark ends a flushed DEFLATE stream; it does not go on the wire (RFC 7692, 7.2.1).
const flushMark = "\x00\x00\xff\xff"

// deflaters are kept between messages: each holds some hundred kilobytes.
var deflaters = sync.Pool{New: func() any {
	w, _ := flate.NewWriter(nil, flate.BestSpeed) // the level is a valid one
	return w
}}

func deflate(data []byte) []byte {
	var small bytes.Buffer
	small.Grow(len(data) / 2)
	z := deflaters.Get().(*flate.Writer)
	z.Reset(&small)
	_, _ = z.Write(data) // writing to memory does not fail
	_ = z.Flush()
	deflaters.Put(z)
	return bytes.TrimSuffix(small.Bytes(), []byte(flushMark))
}

// inflateEnd is what a reader needs behind a message to see its end: the mark that
// was taken off, and an empty last block.
const inflateEnd = flushMark + "\x01\x00\x00\xff\xff"

// inflaters are kept between messages: each holds a window of 32 KB.
var inflaters = sync.Pool{New: func() any { return flate.NewReader(nil) }}

// inflate is a message of a client uncompressed, if it has no more than limit bytes (RFC 7692, 7.2.2).
func inflate(small []byte, limit int) ([]byte, error) {
	z := inflaters.Get().(io.ReadCloser)
	defer inflaters.Put(z)
	from := io.MultiReader(bytes.NewReader(small), strings.NewReader(inflateEnd))
	if err := z.(flate.Resetter).Reset(from, nil); err != nil {
		return nil, errors.Join(errProtocol, err)
	}
	data, err := io.ReadAll(io.LimitReader(z, int64(limit)+1))
	switch {
	case err != nil:
		return nil, errors.Join(errProtocol, err)
	case len(data) > limit:
		return nil, errTooLarge
	}
	return data, nil
}
