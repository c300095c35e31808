package packet

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strconv"
)

// ErrPlaceholder says that a packet refers to an attachment that it does not have.
var ErrPlaceholder = errors.New("socket.io packet has an illegal attachment placeholder")

const placeholderKey = `"_placeholder"`

// AppendPlaceholder adds the object that stands for attachment number num.
func AppendPlaceholder(dst []byte, num int) []byte {
	dst = append(dst, `{"_placeholder":true,"num":`...)
	return append(strconv.AppendInt(dst, int64(num), 10), '}')
}

// InlineAttachments returns data with every placeholder object replaced by its
// attachment as a base64 string, which is how encoding/json reads a []byte.
// data must be valid JSON; the result is new memory. An attachment may be used
// once, as encoders do: a short text could blow it up to any size otherwise. It
// takes time in proportion to data and attachments.
func InlineAttachments(data []byte, attachments [][]byte) ([]byte, error) {
	out := make([]byte, 0, len(data)+len(attachments)*64)
	used := make([]bool, len(attachments))
	for {
		open, end, num, found := nextPlaceholder(data)
		if !found {
			return append(out, data...), nil
		}
		if num < 0 || num >= len(attachments) || used[num] {
			return nil, ErrPlaceholder
		}
		used[num] = true
		out = append(append(out, data[:open]...), '"')
		out = base64.StdEncoding.AppendEncode(out, attachments[num])
		out = append(out, '"')
		data = data[end:]
	}
}

// nextPlaceholder finds the first placeholder object.
func nextPlaceholder(data []byte) (open, end, num int, found bool) {
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '"':
			i += stringLen(data[i:]) - 1
		case '{':
			if num, rest, ok := CutPlaceholder(data[i:]); ok {
				return i, len(data) - len(rest), num, true
			}
		}
	}
	return 0, 0, 0, false
}

// CutPlaceholder reads the placeholder that valid JSON starts with, if it does:
// an object without other objects and arrays in it, whose key "_placeholder" is
// true. The key counts only as AppendPlaceholder spells it: written with escapes
// it is plain data, so a parser can pass on what merely looks like a placeholder.
// num is -1 when the object has no number of an attachment; rest is what follows
// the object.
//
// It looks no further than to the next bracket, so asking it at every brace of a
// text takes time in proportion to the text.
func CutPlaceholder(data []byte) (num int, rest []byte, ok bool) {
	n := flatObjectLen(data)
	if n == 0 || !bytes.Contains(data[:n], []byte(placeholderKey)) {
		return 0, nil, false
	}
	num = -1
	var key, value []byte
	for body := data[1 : n-1]; len(body) > 0; {
		key, value, body = cutPair(body)
		switch string(key) { // of two that are the same the last counts, as in JavaScript
		case placeholderKey:
			ok = string(value) == "true"
		case `"num"`:
			num = attachmentNumber(value)
		}
	}
	return num, data[n:], ok
}

// cutPair cuts the first key and value, and the comma behind them, off the inside of a flat object.
func cutPair(body []byte) (key, value, rest []byte) {
	body = trimSpace(body)
	n := valueLen(body)
	key, body = body[:n], trimSpace(body[n:])
	if len(body) == 0 || body[0] != ':' {
		return nil, nil, nil
	}
	body = trimSpace(body[1:])
	n = valueLen(body)
	value, rest = body[:n], trimSpace(body[n:])
	if len(rest) > 0 {
		rest = rest[1:]
	}
	return key, value, rest
}

// attachmentNumber reads a JSON number; -1 stands for all that no attachment can have.
func attachmentNumber(value []byte) int {
	if len(value) > maxDigits {
		return -1
	}
	num, err := strconv.Atoi(string(value))
	if err != nil {
		return -1
	}
	return num
}

// flatObjectLen is the length of the object at the start of data if it holds no
// other object or array, else 0.
func flatObjectLen(data []byte) int {
	if len(data) == 0 || data[0] != '{' {
		return 0
	}
	for i := 1; i < len(data); i++ {
		switch data[i] {
		case '"':
			i += stringLen(data[i:]) - 1
		case '{', '[':
			return 0
		case '}':
			return i + 1
		}
	}
	return 0
}
