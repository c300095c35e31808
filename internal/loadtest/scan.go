package loadtest

import (
	"bytes"
	"time"
)

// numberOf reads the whole number behind a field's name, 0 where there is none.
// The name is written with its quotes and its colon, as "ts":
func numberOf(p []byte, field string) int64 {
	n, _ := findNumber(p, field)
	return n
}

func findNumber(p []byte, field string) (n int64, ok bool) {
	at := bytes.Index(p, []byte(field))
	if at < 0 {
		return 0, false
	}
	for _, b := range p[at+len(field):] {
		if b < '0' || b > '9' {
			break
		}
		n, ok = n*10+int64(b-'0'), true
	}
	return n, ok
}

// textOf reads the text behind a field's name, which ends with the text's opening
// quote. Escapes stay as they are.
func textOf(p []byte, field string) string {
	at := bytes.Index(p, []byte(field))
	if at < 0 {
		return ""
	}
	p = p[at+len(field):]
	end := bytes.IndexByte(p, '"')
	if end < 0 {
		return ""
	}
	return string(p[:end])
}

// stampFields are where events say when they were made, the first one found counts.
var stampFields = []string{`"ts":`, `"timestamp":`, `"asOf":`}

// stampOf finds when an event was made, in Unix nanoseconds. A number may be of
// seconds to nanoseconds: no two of them look alike between 1973 and 2286.
func stampOf(payload []byte) (ns int64, ok bool) {
	for _, field := range stampFields {
		n, ok := findNumber(payload, field)
		switch {
		case !ok:
			continue
		case n < 1e11:
			n *= 1e9
		case n < 1e14:
			n *= 1e6
		case n < 1e17:
			n *= 1e3
		}
		return n, n > 0
	}
	if text := textOf(payload, `"asOf":"`); text != "" {
		if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
			return t.UnixNano(), true
		}
	}
	return 0, false
}
