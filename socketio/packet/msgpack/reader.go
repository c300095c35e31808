package msgpack

import (
	"errors"
	"math"
)

// MaxDepth is how deep arrays and maps may be nested, as in encoding/json.
const MaxDepth = 10_000

// MaxAttachments is how many attachments one value may have. The parser of Node
// has no such bound; without one, two bytes of a client would become forty of
// ours again and again.
const MaxAttachments = 10_000

// Errors of Reader, AppendJSON, Append and Parser.Decode.
var (
	ErrFormat      = errors.New("msgpack is cut short, goes on behind its end or is none")
	ErrValue       = errors.New("msgpack has a value that may not stand there")
	ErrDepth       = errors.New("msgpack is nested too deep")
	ErrAttachments = errors.New("msgpack has too many attachments")
)

// Reader reads the values of a message one after the other. After the first
// error, which Err tells, it reads nothing but zero values.
type Reader struct {
	data []byte // what is left
	err  error
}

// NewReader returns a Reader of data, which must not change while it is used.
func NewReader(data []byte) *Reader { return &Reader{data: data} }

// Err is the first error.
func (r *Reader) Err() error { return r.err }

// End is the first error, or ErrFormat when anything is left of the message.
func (r *Reader) End() error {
	if r.err == nil && len(r.data) > 0 {
		r.fail(ErrFormat)
	}
	return r.err
}

// Map reads the head of a map and returns how many keys with a value follow. That
// many fit into what is left, so a loop over them ends.
func (r *Reader) Map() int { return r.length(mapping) }

// Array reads the head of an array and returns how many values follow. That many
// fit into what is left, so a loop over them ends.
func (r *Reader) Array() int { return r.length(array) }

func (r *Reader) length(want kind) int {
	h := r.head()
	if h.kind != want {
		r.fail(ErrValue)
		return 0
	}
	return h.n
}

// Str reads a string. It is as it was sent, which may not be UTF-8, and refers to
// the message.
func (r *Reader) Str() []byte {
	h := r.head()
	if h.kind != text {
		r.fail(ErrValue)
		return nil
	}
	return r.cut(h.n)
}

// Int reads an integer, or a float with the value of one, which some encoders
// write instead.
func (r *Reader) Int() int64 {
	switch h := r.head(); h.kind {
	case signed:
		return int64(h.bits)
	case unsigned:
		if h.bits <= math.MaxInt64 {
			return int64(h.bits)
		}
	case float:
		if f := math.Float64frombits(h.bits); f == math.Trunc(f) && f >= -(1<<63) && f < 1<<63 {
			return int64(f)
		}
	}
	r.fail(ErrValue)
	return 0
}

// Nil reads the next value if it is nil or undefined, and reports whether it was.
func (r *Reader) Nil() bool {
	if r.err != nil || len(r.data) == 0 {
		return false
	}
	if r.data[0] != 0xc0 && !r.undefined() {
		return false
	}
	r.head()
	return true
}

// undefined reports whether the next value is what notepack 2 writes for undefined.
func (r *Reader) undefined() bool {
	return len(r.data) >= 3 && r.data[0] == 0xd4 && r.data[1] == 0
}

// Skip passes over one value of any kind and depth.
func (r *Reader) Skip() {
	for values := 1; values > 0 && r.err == nil; values-- {
		switch h := r.head(); h.kind {
		case text, bin, extension:
			r.cut(h.n)
		case array:
			values += h.n
		case mapping:
			values += 2 * h.n
		}
	}
}

// fail keeps the first error and drops what is left, so that every further read fails.
func (r *Reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.data = nil
}

// cut takes n bytes, which head has found to be there.
func (r *Reader) cut(n int) []byte {
	b := r.data[:n:n]
	r.data = r.data[n:]
	return b
}
