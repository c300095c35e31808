package wire_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"tradewind/internal/trading"
	"tradewind/internal/wire"
)

func TestAppendDecimal_Digits(t *testing.T) {
	for text, want := range map[string]string{
		"0": "0", "0.00": "0", "-0.000": "0", "1": "1", "-1.50": "-1.5", "100": "100", "0.05": "0.05", "-0.005": "-0.005",
		"100000.00":              "100000",
		"0.0000000000000000001":  "0.0000000000000000001",
		"187.2133333333333333":   "187.213333333333",
		"66.66666666666666667":   "66.6666666666667",
		"999999999999999.9":      "1000000000000000",
		"9999999999999999999":    "10000000000000000000",
		"-1234567890123456789":   "-1234567890123460000",
		"123456789012345.6":      "123456789012346",
		"99.99999999999999999":   "100",
		"0.1000000000000000009":  "0.1",
		"0.9999999999999999999":  "1",
		"0.00123456789012345678": "0.00123456789012346",
	} {
		if got := string(wire.AppendDecimal(nil, decimal.MustParse(text))); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

func TestAppendDecimal_AnyDecimal_IsReadBackWithinFifteenDigits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := decimal.MustNew(rapid.Int64().Draw(t, "coefficient"), rapid.IntRange(0, decimal.MaxScale).Draw(t, "scale"))
		text := string(wire.AppendDecimal(nil, d))
		if !json.Valid([]byte(text)) {
			t.Fatalf("%s is not JSON: %s", d, text)
		}
		digits := strings.Trim(strings.TrimLeft(strings.ReplaceAll(text, ".", ""), "-0"), "0")
		if len(digits) > 15 {
			t.Fatalf("%s has %d significant digits: %s", d, len(digits), text)
		}
		got, _ := new(big.Rat).SetString(text)
		want, _ := new(big.Rat).SetString(d.String())
		off := new(big.Rat).Abs(new(big.Rat).Sub(got, want))
		bound := new(big.Rat).Quo(new(big.Rat).Abs(want), big.NewRat(1_000_000_000_000_000, 5))
		if off.Cmp(bound) > 0 {
			t.Fatalf("%s became %s", d, text)
		}
		if d.Trim(0).Prec() <= 15 && off.Sign() != 0 {
			t.Fatalf("%s fits and became %s", d, text)
		}
	})
}

func TestAppendString_AnyBytes_AreReadBack(t *testing.T) {
	for _, s := range []string{"", "AAPL", "a\"b\\c", "line\nbreak\r\ttab\x00\x1f", "Grüße, 世界 🚢", "bad \xff\xfe end", "\xe4"} {
		var got string
		text := wire.AppendString(nil, s)
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatalf("%q became %s: %v", s, text, err)
		}
		if got != string([]rune(s)) {
			t.Errorf("%q was read back as %q", s, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "text")
		var got string
		if err := json.Unmarshal(wire.AppendString(nil, s), &got); err != nil || got != s {
			t.Fatalf("%q was read back as %q, %v", s, got, err)
		}
	})
}

func TestAppendTime_UnixMilliseconds(t *testing.T) {
	if got := string(wire.AppendTime(nil, time.UnixMilli(1772452801234))); got != "1772452801234" {
		t.Error(got)
	}
	if got := string(wire.AppendTime(nil, time.Time{})); got != "0" {
		t.Errorf("zero time: %s", got)
	}
}

func FuzzRequests(f *testing.F) {
	for _, seed := range []string{`["AAPL"]`, `{"symbols":["a"],"intervalMs":5}`, `{"after":1,"account":"a"}`, `{"sessionID":1}`, `null`, `[[`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var w wire.WatchlistRequest
		if json.Unmarshal(data, &w) == nil && (w.Interval < 0 || w.Interval > wire.MaxQuoteInterval || w.Symbols == nil) {
			t.Fatalf("accepted %+v", w)
		}
		var r wire.TradesRequest
		if json.Unmarshal(data, &r) == nil && r.After != nil && *r.After < 0 {
			t.Fatalf("accepted %+v", r)
		}
		var c wire.Credential
		if err := json.Unmarshal(data, &c); err != nil && json.Valid(data) {
			t.Fatal(err)
		}
	})
}

// BenchmarkPortfolio encodes a portfolio of 20 positions into room that is there:
// no reflection and no allocation.
func BenchmarkPortfolio(b *testing.B) {
	p := wire.Portfolio{Account: "acc_0123456789", Seq: 4711, AsOf: time.UnixMilli(1_700_000_000_000), Currency: "USD"}
	amount := decimal.MustParse("12345.67")
	for i := range 20 {
		p.Positions = append(p.Positions, trading.PositionValue{
			Symbol: trading.Symbol(fmt.Sprintf("SYM%03d", i)), Quantity: amount, AvgPrice: amount, Price: amount,
			MarketValue: amount, UnrealizedPnl: amount, UnrealizedPnlPercent: amount, DayChange: amount,
		})
	}
	var room []byte
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if room, err = p.AppendJSON(room[:0]); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(room)))
}
