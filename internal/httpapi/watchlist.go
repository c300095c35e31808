package httpapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"tradewind/internal/trading"
)

const maxWatchlistBody = 8 << 10

type watchlistAnswer struct {
	Symbols []trading.Symbol `json:"symbols"`
}

// watchlist answers with the symbols that the user keeps an eye on.
func (a *api) watchlist(w http.ResponseWriter, c *call) error {
	symbols, err := a.Profiles.Watchlist(c.Context(), c.user.ID)
	if err != nil {
		return fmt.Errorf("read watchlist: %w", err)
	}
	return writeJSON(w, http.StatusOK, watchlistAnswer{nonNil(symbols)})
}

// setWatchlist replaces the list: all of it or, when something is wrong, none.
func (a *api) setWatchlist(w http.ResponseWriter, c *call) error {
	body, err := readBody(w, c.Request, maxWatchlistBody)
	if err != nil {
		return err
	}
	f, err := parseFields(body, "symbols")
	if err != nil {
		return err
	}
	symbols := f.symbols("symbols")
	if err := f.done(); err != nil {
		return err
	}
	if len(symbols) > maxWatchlist {
		return newProblem(http.StatusUnprocessableEntity, codeTooManySymbols, "The list has %d symbols; allowed are at most %d.", len(symbols), maxWatchlist)
	}
	if err := a.checkKnown(c, symbols); err != nil {
		return err
	}
	if err := a.Profiles.SetWatchlist(c.Context(), c.user.ID, symbols); err != nil {
		return fmt.Errorf("save watchlist: %w", err)
	}
	return writeJSON(w, http.StatusOK, watchlistAnswer{nonNil(symbols)})
}

// checkKnown refuses symbols that do not exist. One that is on the list already
// may stay: it was known when it came, and must not keep the list from changing.
// Without a feed nothing is known here, and all goes.
func (a *api) checkKnown(c *call, symbols []trading.Symbol) error {
	if len(a.Board.Search("", 1)) == 0 {
		return nil
	}
	var unknown []trading.Symbol
	for _, s := range symbols {
		if _, ok := a.Board.Instrument(s); !ok {
			unknown = append(unknown, s)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	kept, err := a.Profiles.Watchlist(c.Context(), c.user.ID)
	if err != nil {
		return fmt.Errorf("read watchlist: %w", err)
	}
	p := newProblem(http.StatusUnprocessableEntity, codeUnknownSymbol, "Some symbols are unknown; the list stays as it was.")
	for _, s := range unknown {
		if !slices.Contains(kept, s) && len(p.Errors) < maxReportedInputError {
			p.Errors = append(p.Errors, inputError{Detail: string(s) + " is unknown", Pointer: "/symbols"})
		}
	}
	if len(p.Errors) == 0 {
		return nil
	}
	return p
}

// symbols reads a list of tickers in any case, without repeats.
func (f *fields) symbols(name string) []trading.Symbol {
	if !f.require(name) {
		return nil
	}
	var texts []string
	if err := json.Unmarshal(f.values[name], &texts); err != nil {
		f.fail(name, "%s must be a list of strings", name)
		return nil
	}
	symbols := make([]trading.Symbol, 0, len(texts))
	for i, text := range texts {
		symbol, ok := parseSymbol(text)
		if !ok {
			f.fail(fmt.Sprintf("%s/%d", name, i), "%.40q is not a symbol", text)
			continue
		}
		if !slices.Contains(symbols, symbol) {
			symbols = append(symbols, symbol)
		}
	}
	return symbols
}

// nonNil keeps an empty list from becoming null.
func nonNil[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
