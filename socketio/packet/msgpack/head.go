package msgpack

import (
	"encoding/binary"
	"math"
)

type kind byte

const (
	invalid kind = iota
	null
	boolean
	unsigned
	signed
	float
	date
	text
	bin
	extension // one that is none of the above
	array
	mapping
)

// head is what stands before the content of a value, or a whole scalar.
type head struct {
	kind kind
	n    int    // bytes of content of text, bin and extension; values of an array; pairs of a map
	bits uint64 // the integer, the bits of a float64, the milliseconds of a date, 1 for true
}

// head reads the head of the next value (msgpack specification, "Formats"). The
// content it announces is there: bytes of strings, and one for each value.
func (r *Reader) head() head {
	b, ok := r.fixed(1)
	if !ok {
		return head{}
	}
	switch c := b[0]; {
	case c < 0x80:
		return head{kind: unsigned, bits: uint64(c)}
	case c < 0x90:
		return r.content(mapping, uint64(c&0x0f))
	case c < 0xa0:
		return r.content(array, uint64(c&0x0f))
	case c < 0xc0:
		return r.content(text, uint64(c&0x1f))
	case c >= 0xe0:
		return head{kind: signed, bits: uint64(int8(c))}
	default:
		return r.long(c)
	}
}

// long reads on behind a byte from 0xc0 to 0xdf.
func (r *Reader) long(c byte) head {
	switch c {
	case 0xc0:
		return head{kind: null}
	case 0xc2, 0xc3:
		return head{kind: boolean, bits: uint64(c & 1)}
	case 0xc4, 0xc5, 0xc6:
		return r.content(bin, r.number(1<<(c-0xc4)))
	case 0xc7, 0xc8, 0xc9:
		return r.ext(r.number(1 << (c - 0xc7)))
	case 0xca:
		return head{kind: float, bits: math.Float64bits(float64(math.Float32frombits(uint32(r.number(4)))))}
	case 0xcb:
		return head{kind: float, bits: r.number(8)}
	case 0xcc, 0xcd, 0xce, 0xcf:
		return head{kind: unsigned, bits: r.number(1 << (c - 0xcc))}
	case 0xd0, 0xd1, 0xd2, 0xd3:
		size := 1 << (c - 0xd0)
		shift := 64 - 8*size
		return head{kind: signed, bits: uint64(int64(r.number(size)<<shift) >> shift)}
	case 0xd4, 0xd5, 0xd6, 0xd7, 0xd8:
		return r.fixext(1 << (c - 0xd4))
	case 0xd9, 0xda, 0xdb:
		return r.content(text, r.number(1<<(c-0xd9)))
	case 0xdc, 0xdd:
		return r.content(array, r.number(2<<(c-0xdc)))
	case 0xde, 0xdf:
		return r.content(mapping, r.number(2<<(c-0xde)))
	}
	r.fail(ErrFormat) // 0xc1 is never used
	return head{}
}

// ext reads the type of an extension of any length.
func (r *Reader) ext(n uint64) head {
	switch r.extType() {
	case 0:
		return r.content(bin, n) // notepack 2: ArrayBuffer
	case -1:
		return r.timestamp(n)
	}
	return r.content(extension, n)
}

// fixext reads the type of an extension of a fixed length.
func (r *Reader) fixext(n uint64) head {
	t := r.extType()
	switch {
	case t == 0 && n == 1: // notepack 2: undefined
		r.number(1)
		return head{kind: null}
	case t == 0 && n == 8: // notepack 2: Date
		return dateHead(int64(r.number(8)))
	case t == -1:
		return r.timestamp(n)
	}
	return r.content(extension, n)
}

func (r *Reader) extType() int8 { return int8(r.number(1)) }

// content is the head of a value with n bytes, values or pairs behind it.
func (r *Reader) content(k kind, n uint64) head {
	least := n
	if k == mapping {
		least = 2 * n
	}
	if r.err != nil || least > uint64(len(r.data)) {
		r.fail(ErrFormat)
		return head{}
	}
	return head{kind: k, n: int(n)}
}

// number reads a big-endian number of size bytes.
func (r *Reader) number(size int) uint64 {
	b, ok := r.fixed(size)
	if !ok {
		return 0
	}
	switch size {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(binary.BigEndian.Uint16(b))
	case 4:
		return uint64(binary.BigEndian.Uint32(b))
	}
	return binary.BigEndian.Uint64(b)
}

func (r *Reader) fixed(size int) ([]byte, bool) {
	if len(r.data) < size {
		r.fail(ErrFormat)
		return nil, false
	}
	return r.cut(size), true
}
