package httpapi

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tradewind/internal/trading"
)

// Bounds of lists.
const (
	defaultPage = 100
	maxPage     = 1000
)

// query reads query parameters and gathers what is wrong with them. Parameters
// that nobody asks for are ignored, as links and proxies add their own.
type query struct {
	values url.Values
	errs   []inputError
}

func (q *query) fail(name, format string, args ...any) {
	q.errs = append(q.errs, inputError{Detail: fmt.Sprintf(format, args...), Parameter: name})
}

// done returns the answer to everything that was wrong, nil if nothing was.
func (q *query) done() error {
	if len(q.errs) == 0 {
		return nil
	}
	return invalid(q.errs...)
}

// text reads a parameter of at most longest bytes; an absent one is empty.
func (q *query) text(name string, longest int) string {
	values := q.values[name]
	if len(values) == 0 {
		return ""
	}
	if len(values) > 1 {
		q.fail(name, "%s is given %d times", name, len(values))
		return ""
	}
	if len(values[0]) > longest {
		q.fail(name, "%s is longer than %d bytes", name, longest)
		return ""
	}
	return values[0]
}

// number reads a whole number between low and high; an absent one is fallback.
func (q *query) number(name string, fallback, low, high int64) int64 {
	text := q.text(name, 20)
	if text == "" {
		return fallback
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < low || n > high {
		q.fail(name, "%s is %q; allowed are whole numbers from %d to %d", name, text, low, high)
		return fallback
	}
	return n
}

// limit reads the size of a page.
func (q *query) limit(fallback, high int64) int {
	return int(q.number("limit", fallback, 1, high))
}

// maxTime is the last millisecond of the year 9999.
const maxTime = 253402300799999

// time reads Unix milliseconds; an absent time is fallback.
func (q *query) time(name string, fallback time.Time) time.Time {
	if q.values.Get(name) == "" {
		return fallback
	}
	return time.UnixMilli(q.number(name, 0, 0, maxTime)).UTC()
}

// choice reads one of a few words; an absent one is the first.
func (q *query) choice(name string, allowed ...string) string {
	text := q.text(name, 40)
	if text == "" {
		return allowed[0]
	}
	if !slices.Contains(allowed, text) {
		q.fail(name, "%s is %q; allowed are %s", name, text, strings.Join(allowed, ", "))
	}
	return text
}

// symbol reads a ticker in any case; an absent one is empty.
func (q *query) symbol(name string) trading.Symbol {
	text := q.text(name, maxSymbolBytes)
	if text == "" {
		return ""
	}
	symbol, ok := parseSymbol(text)
	if !ok {
		q.fail(name, "%s is %q, which is not a symbol", name, text)
	}
	return symbol
}

// symbols reads a comma-separated list of tickers without repeats.
func (q *query) symbols(name string, most int) []trading.Symbol {
	var symbols []trading.Symbol
	for part := range strings.SplitSeq(q.text(name, (maxSymbolBytes+2)*most), ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		symbol, ok := parseSymbol(part)
		if !ok {
			q.fail(name, "%s has %.40q, which is not a symbol", name, part)
			return nil
		}
		if !slices.Contains(symbols, symbol) {
			symbols = append(symbols, symbol)
		}
	}
	if len(symbols) > most {
		q.fail(name, "%s has %d symbols; allowed are at most %d", name, len(symbols), most)
	}
	return symbols
}
