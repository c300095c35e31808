package trading

import (
	"fmt"
	"strings"

	"github.com/govalues/decimal"
)

// Decimal is the one type for money, prices and sizes. It is exact, immutable
// and does not allocate.
type Decimal = decimal.Decimal

// MaxDigits is how many significant digits a number may have at the border: a
// JSON number with more cannot be read exactly by JavaScript.
const MaxDigits = 15

// ParseDecimal reads a decimal number as clients and brokers write it. A number
// with more than MaxDigits significant digits, or beyond the range of Decimal,
// is refused rather than rounded.
func ParseDecimal(text string) (Decimal, error) {
	digits := significantDigits(text)
	if digits > MaxDigits {
		return Decimal{}, fmt.Errorf("number %.40q has %d significant digits, allowed are %d", text, digits, MaxDigits)
	}
	d, err := decimal.Parse(text)
	if err != nil {
		return Decimal{}, fmt.Errorf("number %.40q: not a decimal number in range", text)
	}
	// Parse rounds silently what does not fit its scale, down to zero: fewer digits are not the number that was sent.
	if significantDigits(d.String()) != digits {
		return Decimal{}, fmt.Errorf("number %.40q has more than %d decimal places", text, decimal.MaxScale)
	}
	return d.Trim(0), nil
}

// significantDigits counts the digits of the mantissa without leading and trailing zeros.
func significantDigits(text string) int {
	mantissa, _, _ := strings.Cut(strings.ToLower(text), "e")
	mantissa = strings.TrimLeft(mantissa, "+-")
	digits := strings.TrimLeft(strings.Replace(mantissa, ".", "", 1), "0")
	return len(strings.TrimRight(digits, "0"))
}
