package httpapi

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"tradewind/internal/trading"
	"tradewind/internal/wire"
)

// listTrades answers with the account's fills, newest first.
func (a *api) listTrades(w http.ResponseWriter, c *call) error {
	q := c.query()
	query := fillQuery(q)
	query.Before = trading.Seq(q.number("before", 0, 1, maxSeq))
	query.Limit = q.limit(defaultPage, maxPage)
	if err := q.done(); err != nil {
		return err
	}
	fills, err := a.Ledger.Fills(c.Context(), c.user.Account, query)
	if err != nil {
		return fmt.Errorf("list trades: %w", err)
	}
	answer := struct {
		Account trading.AccountID    `json:"account"`
		Trades  []wire.TradeExecuted `json:"trades"`
		Next    trading.Seq          `json:"next,omitempty"` // before of the next page
	}{Account: c.user.Account, Trades: make([]wire.TradeExecuted, len(fills))}
	for i, e := range fills {
		answer.Trades[i] = wire.TradeExecuted(e)
	}
	if len(fills) == query.Limit {
		answer.Next = fills[len(fills)-1].Seq
	}
	return writeJSON(w, http.StatusOK, answer)
}

// fillQuery reads what lists and exports of trades have in common.
func fillQuery(q *query) trading.FillQuery {
	return trading.FillQuery{Symbol: q.symbol("symbol"), Since: q.time("since", time.Time{})}
}

// getTrade answers with one fill.
func (a *api) getTrade(w http.ResponseWriter, c *call) error {
	id := c.PathValue("id")
	missing := newProblem(http.StatusNotFound, codeNotFound, "This account has no such trade.")
	if len(id) > maxID {
		return missing
	}
	fill, err := a.Ledger.Fill(c.Context(), c.user.Account, trading.ExecutionID(id))
	if errors.Is(err, trading.ErrNotFound) {
		return missing
	}
	if err != nil {
		return fmt.Errorf("read trade %s: %w", id, err)
	}
	return writeJSON(w, http.StatusOK, struct {
		Trade wire.TradeExecuted `json:"trade"`
	}{wire.TradeExecuted(fill)})
}
