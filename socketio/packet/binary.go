package packet

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
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
// once, as encoders do: a short text could blow it up to any size otherwise.
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

// nextPlaceholder finds the first object with the placeholder key set to true.
func nextPlaceholder(data []byte) (open, end, num int, found bool) {
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '"':
			i += stringLen(data[i:]) - 1
		case '{':
			// An object that starts with another key can hold the key too: look at the flat ones only, which real placeholders are.
			n := flatObjectLen(data[i:])
			if n == 0 || !bytes.Contains(data[i:i+n], []byte(placeholderKey)) {
				continue
			}
			var p struct {
				Placeholder bool `json:"_placeholder"`
				Num         *int `json:"num"`
			}
			if err := json.Unmarshal(data[i:i+n], &p); err != nil || p.Placeholder && p.Num == nil {
				return i, i + n, -1, true
			}
			if p.Placeholder {
				return i, i + n, *p.Num, true
			}
		}
	}
	return 0, 0, 0, false
}

// flatObjectLen is the length of the object at the start of data if it holds no other object or array, else 0.
func flatObjectLen(data []byte) int {
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
