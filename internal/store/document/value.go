package document

import (
	"fmt"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"tradewind/internal/trading"
)

// Millis is a time as stores keep it: Unix milliseconds, 0 for the zero time.
func Millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// Time is the inverse of Millis, in UTC.
func Time(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// Number is a decimal as stores keep it: its digits, empty for zero.
func Number(d trading.Decimal) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

// FoldName is the key under which a user name is unique: names compare without case.
func FoldName(name string) string {
	// Upper first: some letters, such as the two lower-case sigmas, meet only there.
	return strings.ToLower(strings.ToUpper(name))
}

// numbers reads decimals and keeps the first failure.
type numbers struct{ err error }

func (n *numbers) read(field, text string) trading.Decimal {
	if text == "" || n.err != nil {
		return trading.Decimal{}
	}
	d, err := decimal.Parse(text)
	if err != nil {
		n.err = fmt.Errorf("field %s: %w", field, err)
	}
	return d
}

// ReadNumber is the inverse of Number.
func ReadNumber(text string) (trading.Decimal, error) {
	var n numbers
	d := n.read("number", text)
	return d, n.err
}
