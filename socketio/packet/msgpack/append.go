package msgpack

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"unicode/utf8"

	"tradewind/socketio/packet"
)

// Append adds the msgpack of a JSON text to dst. Where the text has the
// placeholder of an attachment, the attachment stands as bin; one may be used
// once, as in packet.InlineAttachments. Without attachments nothing is a
// placeholder.
//
// The errors are packet.ErrJSON and packet.ErrPlaceholder.
func Append(dst, jsonText []byte, attachments [][]byte) ([]byte, error) {
	if !json.Valid(jsonText) || len(jsonText) > math.MaxUint32 {
		return dst, packet.ErrJSON
	}
	var few [16]container
	t := transcoder{
		text:        jsonText,
		containers:  countChildren(few[:0], jsonText),
		attachments: attachments,
		dst:         dst,
	}
	if len(attachments) > 0 {
		t.used = make([]bool, len(attachments))
	}
	err := t.run()
	return t.dst, err
}

// transcoder writes the tokens of a valid JSON text as msgpack, from first to
// last. Heads with a length are all that need to look ahead; those were counted
// before, so that it takes neither recursion nor moving of what is written.
type transcoder struct {
	text        []byte // what is left
	containers  []container
	attachments [][]byte
	used        []bool
	dst         []byte
}

func (t *transcoder) run() error {
	for len(t.text) > 0 {
		switch c := t.text[0]; c {
		case ' ', '\t', '\r', '\n', ',', ':', ']', '}':
			t.text = t.text[1:]
		case '[':
			t.dst = AppendArray(t.dst, t.children())
			t.text = t.text[1:]
		case '{':
			if err := t.object(); err != nil {
				return err
			}
		case '"':
			t.string()
		case 'n':
			t.literal(0xc0, len("null"))
		case 't':
			t.literal(0xc3, len("true"))
		case 'f':
			t.literal(0xc2, len("false"))
		default:
			t.number()
		}
	}
	return nil
}

// children is how many values or pairs the container that opens here has.
func (t *transcoder) children() int {
	n := t.containers[0].children
	t.containers = t.containers[1:]
	return int(n)
}

func (t *transcoder) object() error {
	n := t.children()
	if len(t.attachments) > 0 {
		if num, rest, ok := packet.CutPlaceholder(t.text); ok {
			t.text = rest
			return t.attachment(num)
		}
	}
	t.dst = AppendMap(t.dst, n)
	t.text = t.text[1:]
	return nil
}

func (t *transcoder) attachment(num int) error {
	if num < 0 || num >= len(t.attachments) || t.used[num] {
		return packet.ErrPlaceholder
	}
	t.used[num] = true
	t.dst = AppendBinary(t.dst, t.attachments[num])
	return nil
}

func (t *transcoder) literal(code byte, length int) {
	t.dst = append(t.dst, code)
	t.text = t.text[length:]
}

func (t *transcoder) string() {
	n := stringLen(t.text)
	raw := t.text[:n]
	t.text = t.text[n:]
	if inner := raw[1 : n-1]; bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		t.dst = AppendString(t.dst, inner)
		return
	}
	var s string
	_ = json.Unmarshal(raw, &s) // the text is valid; this also mends what is not UTF-8
	t.dst = AppendString(t.dst, s)
}

func (t *transcoder) number() {
	n := numberLen(t.text)
	raw := t.text[:n]
	t.text = t.text[n:]
	const most = 20 // digits and sign of a 64-bit integer
	if n <= most && !bytes.ContainsAny(raw, ".eE") {
		if i, err := strconv.ParseInt(string(raw), 10, 64); err == nil {
			t.dst = AppendInt(t.dst, i)
			return
		}
		if u, err := strconv.ParseUint(string(raw), 10, 64); err == nil {
			t.dst = appendUint(t.dst, u)
			return
		}
	}
	f, _ := strconv.ParseFloat(string(raw), 64) // infinite beyond float64, as in JavaScript
	t.dst = appendNumber(t.dst, f)
}

// stringLen is the length of the valid JSON string at the start of text, quotes included.
func stringLen(text []byte) int {
	i := 1
	for text[i] != '"' {
		if text[i] == '\\' {
			i++
		}
		i++
	}
	return i + 1
}

func numberLen(text []byte) int {
	for i, c := range text {
		switch c {
		case ' ', '\t', '\r', '\n', ',', ']', '}':
			return i
		}
	}
	return len(text)
}
