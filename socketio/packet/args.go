package packet

import (
	"bytes"
	"encoding/json"
	"iter"
)

// EventName returns the first element of an event's array, which is its name,
// and the bytes after it (from the comma or the closing bracket on). A number is
// a legal name and is returned as its digits.
func EventName(data []byte) (name string, rest []byte, ok bool) {
	data = trimSpace(data)
	if len(data) < 2 || data[0] != '[' {
		return "", nil, false
	}
	data = trimSpace(data[1:])
	n := valueLen(data)
	if n == 0 {
		return "", nil, false
	}
	raw, rest := data[:n], data[n:]
	switch c := raw[0]; {
	case c == '"':
		if bytes.IndexByte(raw, '\\') < 0 {
			return string(raw[1 : n-1]), rest, true
		}
		if json.Unmarshal(raw, &name) != nil {
			return "", nil, false
		}
		return name, rest, true
	case c == '-' || c >= '0' && c <= '9':
		return string(raw), rest, true
	}
	return "", nil, false
}

// Elements yields the top-level elements of a valid JSON array, or of what is
// left of one after EventName. It allocates nothing.
func Elements(data []byte) iter.Seq[json.RawMessage] {
	return func(yield func(json.RawMessage) bool) {
		data := trimSpace(data)
		if len(data) == 0 || data[0] != '[' && data[0] != ',' {
			return
		}
		for data = trimSpace(data[1:]); ; data = trimSpace(data[1:]) {
			n := valueLen(data)
			if n == 0 || !yield(json.RawMessage(data[:n])) {
				return
			}
			if data = trimSpace(data[n:]); len(data) == 0 || data[0] != ',' {
				return
			}
		}
	}
}

// valueLen is the length of the JSON value at the start of valid JSON, 0 if there is none.
func valueLen(data []byte) int {
	depth := 0
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '"':
			i += stringLen(data[i:]) - 1
			if depth == 0 {
				return i + 1
			}
		case '[', '{':
			depth++
		case ']', '}':
			if depth == 0 {
				return i
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return i
			}
		}
	}
	return len(data)
}

// stringLen is the length of the JSON string at the start of data, quotes included.
func stringLen(data []byte) int {
	for i := 1; i < len(data); i++ {
		switch data[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(data)
}

func trimSpace(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t' || b[0] == '\r' || b[0] == '\n') {
		b = b[1:]
	}
	return b
}
