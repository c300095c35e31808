package msgpack

import (
	"bytes"
	"math"
	"strconv"
	"unicode/utf8"

	"tradewind/socketio/packet"
)

// AppendJSON adds the JSON of the one value that data is to dst, and its
// attachments, which refer to data, to attachments; placeholders count on from
// those that are there. Anything behind the value is an error.
func AppendJSON(dst, data []byte, attachments [][]byte) ([]byte, [][]byte, error) {
	r := Reader{data: data}
	dst, attachments = r.AppendJSON(dst, attachments)
	return dst, attachments, r.End()
}

// AppendJSON reads a value and adds its JSON to dst, as the function AppendJSON
// does. After an error what it returns is of no use.
func (r *Reader) AppendJSON(dst []byte, attachments [][]byte) ([]byte, [][]byte) {
	w := jsonWriter{Reader: r, dst: dst, attachments: attachments}
	w.value(0)
	return w.dst, w.attachments
}

// jsonWriter writes the values that its reader reads as JSON.
type jsonWriter struct {
	*Reader
	dst         []byte
	attachments [][]byte
}

// value writes the next value, which stands in depth others. Its recursion is bounded by MaxDepth.
func (w *jsonWriter) value(depth int) {
	h := w.head()
	if h.kind >= bin && depth >= MaxDepth { // a placeholder is an object, too
		w.fail(ErrDepth)
		return
	}
	switch h.kind {
	case null:
		w.dst = append(w.dst, "null"...)
	case boolean:
		w.dst = strconv.AppendBool(w.dst, h.bits == 1)
	case unsigned:
		w.dst = strconv.AppendUint(w.dst, h.bits, 10)
	case signed:
		w.dst = strconv.AppendInt(w.dst, int64(h.bits), 10)
	case float:
		w.dst = appendFloat(w.dst, math.Float64frombits(h.bits))
	case date:
		w.dst = appendDate(w.dst, int64(h.bits))
	case text:
		w.dst = appendQuoted(w.dst, w.cut(h.n))
	case bin:
		w.attachment(w.cut(h.n))
	case array:
		w.array(h.n, depth+1)
	case mapping:
		w.object(h.n, depth+1)
	default:
		w.fail(ErrValue)
	}
}

func (w *jsonWriter) array(n, depth int) {
	w.dst = append(w.dst, '[')
	for i := 0; i < n && w.err == nil; i++ {
		if i > 0 {
			w.dst = append(w.dst, ',')
		}
		w.value(depth)
	}
	w.dst = append(w.dst, ']')
}

func (w *jsonWriter) object(n, depth int) {
	w.dst = append(w.dst, '{')
	first := true
	for i := 0; i < n && w.err == nil; i++ {
		key := w.Str()
		if w.undefined() {
			w.head()
			continue
		}
		if !first {
			w.dst = append(w.dst, ',')
		}
		first = false
		w.dst = append(appendKey(w.dst, key), ':')
		w.value(depth)
	}
	w.dst = append(w.dst, '}')
}

func (w *jsonWriter) attachment(b []byte) {
	if len(w.attachments) >= MaxAttachments {
		w.fail(ErrAttachments)
		return
	}
	w.dst = packet.AppendPlaceholder(w.dst, len(w.attachments))
	w.attachments = append(w.attachments, b)
}

// appendKey adds a key. The one that marks placeholders gets an escape, so that no client can make one.
func appendKey(dst, key []byte) []byte {
	if string(key) == "_placeholder" {
		return append(dst, `"\u005fplaceholder"`...)
	}
	return appendQuoted(dst, key)
}

// appendFloat adds a number in the shortest form that reads as the same float64.
func appendFloat(dst []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(dst, "null"...)
	}
	if f == 0 {
		return append(dst, '0') // for -0 too, as JavaScript does
	}
	format := byte('f')
	if abs := math.Abs(f); abs < 1e-6 || abs >= 1e21 { // where JavaScript changes over
		format = 'e'
	}
	return strconv.AppendFloat(dst, f, format, -1, 64)
}

// appendQuoted adds a JSON string in valid UTF-8.
func appendQuoted(dst, s []byte) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRune(s[i:])
			if r == utf8.RuneError && size == 1 {
				dst = append(append(dst, s[start:i]...), "\ufffd"...)
				start = i + 1
			}
			i += size
			continue
		}
		if c < ' ' || c == '"' || c == '\\' {
			dst = appendEscape(append(dst, s[start:i]...), c)
			start = i + 1
		}
		i++
	}
	return append(append(dst, s[start:]...), '"')
}

func appendEscape(dst []byte, c byte) []byte {
	const hex = "0123456789abcdef"
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}

// valid is s with U+FFFD in place of what is not UTF-8.
func valid(s []byte) string { return string(bytes.ToValidUTF8(s, []byte("\ufffd"))) }
