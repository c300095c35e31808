package trading_test

import (
	"strings"
	"testing"

	"tradewind/internal/trading"
)

func TestParseDecimal_IsExactOrRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"1": "1", "1.50": "1.5", "-0.000001": "-0.000001", "1e2": "100", "25E-1": "2.5", "0": "0", "-0": "0", "0.000": "0", "0e5": "0",
		"999999999999999": "999999999999999", "0.100000000000001": "0.100000000000001", "1e18": "1000000000000000000", "1e-19": "0.0000000000000000001",
		"1000000000000000000": "1000000000000000000",
	} {
		got, err := trading.ParseDecimal(text)
		if err != nil || got.String() != want {
			t.Errorf("%s: %s, %v, want %s", text, got, err, want)
		}
	}
	for text, says := range map[string]string{
		"1000000000000001": "16 significant digits", "0.1234567890123456": "16 significant digits",
		"1e19": "not a decimal number in range", "1e400": "not a decimal number in range", "": "not a decimal", "x": "not a decimal", "NaN": "not a decimal",
		"1.5e-19": "more than 19 decimal places", "123456789012345e-20": "more than 19 decimal places", "9.9e-19": "more than 19 decimal places", "1e-20": "more than 19 decimal places",
	} {
		if got, err := trading.ParseDecimal(text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %s, %v, want an error that says %q", text, got, err, says)
		}
	}
}
