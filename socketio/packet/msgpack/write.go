package msgpack

import (
	"encoding/binary"
	"math"
)

// AppendMap adds the head of a map of n keys, whose keys and values the caller
// adds behind it, in turn.
func AppendMap(dst []byte, n int) []byte {
	if n < 16 {
		return append(dst, 0x80|byte(n))
	}
	return appendLong(dst, 0xde, n)
}

// AppendArray adds the head of an array of n values, which the caller adds behind it.
func AppendArray(dst []byte, n int) []byte {
	if n < 16 {
		return append(dst, 0x90|byte(n))
	}
	return appendLong(dst, 0xdc, n)
}

// AppendString adds a string, which must be UTF-8 (browsers refuse others) and
// shorter than 4 GiB.
func AppendString[S string | []byte](dst []byte, s S) []byte {
	switch n := len(s); {
	case n < 32:
		dst = append(dst, 0xa0|byte(n))
	case n <= math.MaxUint8:
		dst = append(dst, 0xd9, byte(n))
	default:
		dst = appendLong(dst, 0xda, n)
	}
	return append(dst, s...)
}

// AppendBinary adds bytes, fewer than 4 GiB, as bin.
func AppendBinary(dst, b []byte) []byte {
	if n := len(b); n <= math.MaxUint8 {
		dst = append(dst, 0xc4, byte(n))
	} else {
		dst = appendLong(dst, 0xc5, n)
	}
	return append(dst, b...)
}

// AppendInt adds an integer in its least width.
func AppendInt(dst []byte, i int64) []byte {
	switch {
	case i >= 0:
		return appendUint(dst, uint64(i))
	case i >= -32:
		return append(dst, byte(i))
	case i >= math.MinInt8:
		return append(dst, 0xd0, byte(i))
	case i >= math.MinInt16:
		return binary.BigEndian.AppendUint16(append(dst, 0xd1), uint16(i))
	case i >= math.MinInt32:
		return binary.BigEndian.AppendUint32(append(dst, 0xd2), uint32(i))
	}
	return binary.BigEndian.AppendUint64(append(dst, 0xd3), uint64(i))
}

func appendUint(dst []byte, u uint64) []byte {
	switch {
	case u < 128:
		return append(dst, byte(u))
	case u <= math.MaxUint8:
		return append(dst, 0xcc, byte(u))
	case u <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(dst, 0xcd), uint16(u))
	case u <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(dst, 0xce), uint32(u))
	}
	return binary.BigEndian.AppendUint64(append(dst, 0xcf), u)
}

// appendNumber adds a number of JavaScript: an integer if it is one of at most 64 bits.
func appendNumber(dst []byte, f float64) []byte {
	switch {
	case f != math.Trunc(f):
	case f >= 0 && f < 1<<64:
		return appendUint(dst, uint64(f))
	case f < 0 && f >= -(1<<63):
		return AppendInt(dst, int64(f))
	}
	return binary.BigEndian.AppendUint64(append(dst, 0xcb), math.Float64bits(f))
}

// appendLong adds a length of 16 bits behind its code, or one of 32 behind the next code.
func appendLong(dst []byte, code byte, n int) []byte {
	if n <= math.MaxUint16 {
		return binary.BigEndian.AppendUint16(append(dst, code), uint16(n))
	}
	return binary.BigEndian.AppendUint32(append(dst, code+1), uint32(n))
}
