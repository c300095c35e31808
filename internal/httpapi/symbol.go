package httpapi

import (
	"strings"

	"tradewind/internal/trading"
)

// Bounds of what clients name.
const (
	maxSymbolBytes   = 32
	maxWatchlist     = 100
	maxSymbolsAtOnce = 100
)

// parseSymbol reads a ticker in any case; false for what no ticker looks like.
// Whether it exists is another question.
func parseSymbol(text string) (trading.Symbol, bool) {
	if text == "" || len(text) > maxSymbolBytes {
		return "", false
	}
	text = strings.ToUpper(text)
	for _, c := range []byte(text) {
		switch {
		case c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '-', c == '/', c == '^', c == '=', c == '_', c == ':':
		default:
			return "", false
		}
	}
	return trading.Symbol(text), true
}
