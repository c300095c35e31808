package trading

import (
	"slices"
	"strings"
)

// Instrument returns what may be traded under a symbol; false when it is unknown.
func (b *Board) Instrument(s Symbol) (Instrument, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	i, ok := b.instruments[s]
	return i, ok
}

// Instruments returns all instruments, sorted by symbol; the caller owns the slice.
func (b *Board) Instruments() []Instrument {
	b.mu.RLock()
	defer b.mu.RUnlock()
	all := make([]Instrument, len(b.symbols))
	for n, s := range b.symbols {
		all[n] = b.instruments[s]
	}
	return all
}

// How well an instrument matches a search, best first.
const (
	symbolEqual = iota
	symbolPrefix
	wordPrefix // a word of the name starts with it
	inside     // somewhere in symbol or name
	noMatch
)

// Search returns up to limit instruments whose symbol or name contains q, without
// regard to case: first the symbol itself, then symbols and then words of a name
// that start with q, then the rest, each by symbol. An empty q finds all.
func (b *Board) Search(q string, limit int) []Instrument {
	if limit <= 0 {
		return nil
	}
	q = strings.ToUpper(strings.TrimSpace(q))
	b.mu.RLock()
	defer b.mu.RUnlock()
	var byRank [noMatch][]Instrument
	for _, s := range b.symbols {
		i := b.instruments[s]
		if r := rank(i, q); r != noMatch && len(byRank[r]) < limit {
			byRank[r] = append(byRank[r], i)
		}
	}
	found := slices.Concat(byRank[:]...)
	return found[:min(limit, len(found))]
}

func rank(i Instrument, q string) int {
	symbol, name := string(i.Symbol), strings.ToUpper(i.Name)
	switch {
	case symbol == q:
		return symbolEqual
	case strings.HasPrefix(symbol, q):
		return symbolPrefix
	case strings.HasPrefix(name, q), strings.Contains(name, " "+q):
		return wordPrefix
	case strings.Contains(symbol, q), strings.Contains(name, q):
		return inside
	}
	return noMatch
}
