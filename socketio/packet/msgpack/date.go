package msgpack

import (
	"strconv"
	"time"
)

// maxMillis is how far a Date of JavaScript may be from 1970, in milliseconds.
const maxMillis = 8_640_000_000_000_000

// dateHead is the head of a date, or null where JavaScript would have an invalid Date.
func dateHead(ms int64) head {
	if ms < -maxMillis || ms > maxMillis {
		return head{kind: null}
	}
	return head{kind: date, bits: uint64(ms)}
}

// timestamp reads the extension -1 (msgpack specification, "Timestamp extension
// type"), which notepack 3 writes dates as.
func (r *Reader) timestamp(n uint64) head {
	var seconds int64
	var nanos uint64
	switch n {
	case 4:
		seconds = int64(r.number(4))
	case 8:
		v := r.number(8)
		seconds, nanos = int64(v&(1<<34-1)), v>>34
	case 12:
		nanos = r.number(4)
		seconds = int64(r.number(8))
	default:
		return r.content(extension, n)
	}
	if seconds < -maxMillis/1000-1 || seconds > maxMillis/1000 {
		return head{kind: null}
	}
	return dateHead(seconds*1000 + int64(nanos/1_000_000))
}

// appendDate adds a date as Date.prototype.toJSON writes it: years that have not
// four digits get six and a sign.
func appendDate(dst []byte, ms int64) []byte {
	t := time.UnixMilli(ms).UTC()
	dst = append(dst, '"')
	year := t.Year()
	if year < 0 || year > 9999 {
		sign := byte('+')
		if year < 0 {
			sign, year = '-', -year
		}
		digits := strconv.Itoa(1_000_000 + year)[1:]
		dst = append(append(dst, sign), digits...)
		dst = t.AppendFormat(dst, "-01-02T15:04:05.000Z")
	} else {
		dst = t.AppendFormat(dst, "2006-01-02T15:04:05.000Z")
	}
	return append(dst, '"')
}
