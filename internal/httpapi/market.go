package httpapi

import (
	"errors"
	"fmt"
	"net/http"

	"tradewind/internal/trading"
	"tradewind/internal/wire"
)

// Bounds of market data answers.
const (
	defaultSymbols = 50
	defaultCandles = 300
	maxCandles     = 1500
	maxSearch      = 64
)

// symbols answers a search for what may be traded.
func (a *api) symbols(w http.ResponseWriter, c *call) error {
	q := c.query()
	text := q.text("q", maxSearch)
	limit := q.limit(defaultSymbols, maxPage)
	if err := q.done(); err != nil {
		return err
	}
	found := a.Board.Search(text, limit)
	symbols := make([]wire.Instrument, len(found))
	for i, instrument := range found {
		symbols[i] = wire.Instrument(instrument)
	}
	return writeJSON(w, http.StatusOK, struct {
		Symbols []wire.Instrument `json:"symbols"`
	}{symbols})
}

// quotes answers with the newest quotes of symbols, in the order asked for. A
// symbol that has none yet is in neither list.
func (a *api) quotes(w http.ResponseWriter, c *call) error {
	q := c.query()
	symbols := q.symbols("symbols", maxSymbolsAtOnce)
	if len(symbols) == 0 && len(q.errs) == 0 {
		q.fail("symbols", "symbols is missing: a comma-separated list of at most %d", maxSymbolsAtOnce)
	}
	if err := q.done(); err != nil {
		return err
	}
	answer := struct {
		Quotes  []wire.Quote     `json:"quotes"`
		Unknown []trading.Symbol `json:"unknown"`
	}{[]wire.Quote{}, []trading.Symbol{}}
	for _, symbol := range symbols {
		if quote, ok := a.Board.Quote(symbol); ok {
			answer.Quotes = append(answer.Quotes, wire.Quote(quote))
		} else if _, known := a.Board.Instrument(symbol); !known {
			answer.Unknown = append(answer.Unknown, symbol)
		}
	}
	return writeJSON(w, http.StatusOK, answer)
}

// candles answers with what a price did, oldest first, the last candle still growing.
func (a *api) candles(w http.ResponseWriter, c *call) error {
	q := c.query()
	symbol := q.symbol("symbol")
	if symbol == "" && len(q.errs) == 0 {
		q.fail("symbol", "symbol is missing")
	}
	names := make([]string, len(trading.Intervals))
	for i, interval := range trading.Intervals {
		names[i] = string(interval)
	}
	interval := trading.Interval(q.choice("interval", names...))
	limit := q.limit(defaultCandles, maxCandles)
	if err := q.done(); err != nil {
		return err
	}
	candles, err := a.Candles.Candles(c.Context(), symbol, interval, limit)
	if errors.Is(err, trading.ErrNotFound) {
		return newProblem(http.StatusNotFound, codeUnknownSymbol, "The symbol %s is unknown.", symbol)
	}
	if err != nil {
		return fmt.Errorf("read candles of %s: %w", symbol, err)
	}
	answer := struct {
		Symbol   trading.Symbol   `json:"symbol"`
		Interval trading.Interval `json:"interval"`
		Candles  []wire.Candle    `json:"candles"`
	}{symbol, interval, make([]wire.Candle, len(candles))}
	for i, candle := range candles {
		answer.Candles[i] = wire.Candle(candle)
	}
	return writeJSON(w, http.StatusOK, answer)
}
