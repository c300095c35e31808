package workload

import (
	"strconv"
	"strings"
)

// symbolPrefix begins the name of every symbol; its number follows.
const symbolPrefix = "SYM"

// SymbolNames are SYM0, SYM1 and so on.
func SymbolNames(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = symbolPrefix + strconv.Itoa(i)
	}
	return names
}

// FindSymbol is the name that a client means, who may write it with leading
// zeros: SYM07 for SYM7. It is false for what is not among the first n symbols,
// so that clients cannot make rooms as they like.
func FindSymbol(text string, n int) (string, bool) {
	digits, ok := strings.CutPrefix(text, symbolPrefix)
	if !ok {
		return "", false
	}
	i, err := strconv.ParseUint(digits, 10, 31)
	if err != nil || int(i) >= n {
		return "", false
	}
	return symbolPrefix + strconv.Itoa(int(i)), true
}
