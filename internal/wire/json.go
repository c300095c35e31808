package wire

import (
	"math/bits"
	"strconv"
	"time"
	"unicode/utf8"

	"tradewind/internal/trading"
)

// object writes the members of one JSON object. The zero value is not ready:
// begin with openObject and end with close.
type object struct {
	dst   []byte
	empty bool
}

func openObject(dst []byte) object {
	return object{dst: append(dst, '{'), empty: true}
}

func (o *object) close() []byte { return append(o.dst, '}') }

// name begins a member. Names are ours and need no escaping.
func (o *object) name(name string) {
	if !o.empty {
		o.dst = append(o.dst, ',')
	}
	o.empty = false
	o.dst = append(o.dst, '"')
	o.dst = append(o.dst, name...)
	o.dst = append(o.dst, '"', ':')
}

func (o *object) string(name, value string) {
	o.name(name)
	o.dst = AppendString(o.dst, value)
}

func (o *object) optionalString(name, value string) {
	if value != "" {
		o.string(name, value)
	}
}

func (o *object) decimal(name string, value trading.Decimal) {
	o.name(name)
	o.dst = AppendDecimal(o.dst, value)
}

func (o *object) optionalDecimal(name string, value trading.Decimal) {
	if !value.IsZero() {
		o.decimal(name, value)
	}
}

func (o *object) int(name string, value int64) {
	o.name(name)
	o.dst = strconv.AppendInt(o.dst, value, 10)
}

func (o *object) bool(name string, value bool) {
	o.name(name)
	o.dst = strconv.AppendBool(o.dst, value)
}

func (o *object) time(name string, value time.Time) {
	o.name(name)
	o.dst = AppendTime(o.dst, value)
}

// value adds a member that appends itself.
func (o *object) value(name string, value Payload) error {
	o.name(name)
	dst, err := value.AppendJSON(o.dst)
	if err != nil {
		return err
	}
	o.dst = dst
	return nil
}

// marshal is MarshalJSON in terms of AppendJSON.
func marshal(p Payload, size int) ([]byte, error) {
	return p.AppendJSON(make([]byte, 0, size))
}

// AppendTime appends a time as Unix milliseconds. The zero time is 0.
func AppendTime(dst []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(dst, '0')
	}
	return strconv.AppendInt(dst, t.UnixMilli(), 10)
}

// AppendDecimal appends a decimal as a JSON number without exponent or trailing
// zeros. What has more than trading.MaxDigits significant digits, such as an
// average price, is rounded half away from zero to that many.
func AppendDecimal(dst []byte, d trading.Decimal) []byte {
	coef, scale := d.Coef(), d.Scale()
	if coef == 0 {
		return append(dst, '0')
	}
	zeros := 0 // digits in front of the point that rounding took away
	for coef >= pow10[trading.MaxDigits] {
		coef, scale, zeros = round(coef, scale, zeros)
	}
	for scale > 0 && coef%10 == 0 {
		coef /= 10
		scale--
	}
	if d.IsNeg() {
		dst = append(dst, '-')
	}
	if scale > 0 && coef < pow10[scale] {
		dst = append(dst, '0')
	} else {
		dst = strconv.AppendUint(dst, coef/pow10[scale], 10)
		for range zeros {
			dst = append(dst, '0')
		}
	}
	if scale == 0 {
		return dst
	}
	dst = append(dst, '.')
	fraction := coef % pow10[scale]
	for place := scale - 1; place > 0 && fraction < pow10[place]; place-- {
		dst = append(dst, '0')
	}
	return strconv.AppendUint(dst, fraction, 10)
}

// round drops the digits of coef beyond trading.MaxDigits in one step, so that
// nothing is rounded twice. It may leave one digit too many when all were nines.
func round(coef uint64, scale, zeros int) (uint64, int, int) {
	drop := 1
	for coef/pow10[drop] >= pow10[trading.MaxDigits] {
		drop++
	}
	coef = (coef + pow10[drop]/2) / pow10[drop]
	if fromScale := min(drop, scale); fromScale > 0 {
		scale -= fromScale
		drop -= fromScale
	}
	return coef, scale, zeros + drop
}

// pow10 holds the powers of ten that fit a coefficient.
var pow10 = func() (p [20]uint64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		high, low := bits.Mul64(p[i-1], 10)
		if high != 0 {
			panic("power of ten out of range")
		}
		p[i] = low
	}
	return p
}()

const hex = "0123456789abcdef"

// AppendString appends a JSON string. Bytes that are not UTF-8 become U+FFFD.
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' {
				i++
				continue
			}
			dst = append(dst, s[start:i]...)
			dst = appendEscape(dst, c)
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			dst = append(dst, s[start:i]...)
			dst = utf8.AppendRune(dst, utf8.RuneError)
			start = i + size
		}
		i += size
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

func appendEscape(dst []byte, c byte) []byte {
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
	return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xf])
}
