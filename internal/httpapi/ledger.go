package httpapi

import (
	"fmt"
	"math"
	"net/http"

	"tradewind/internal/trading"
	"tradewind/internal/wire"
)

const maxSeq = math.MaxInt64

// ledger answers with the entries after a cursor, oldest first, each as the
// event that it is on a socket. seq is the newest entry there is: a client that
// has not reached it asks again.
func (a *api) ledger(w http.ResponseWriter, c *call) error {
	q := c.query()
	after := trading.Seq(q.number("after", 0, 0, maxSeq))
	account := trading.AccountID(q.text("account", maxID))
	limit := q.limit(defaultPage, maxPage)
	if err := q.done(); err != nil {
		return err
	}
	head, err := a.Ledger.Head(c.Context(), c.user.Account)
	if err != nil {
		return fmt.Errorf("read ledger head: %w", err)
	}
	if after > head || account != "" && account != c.user.Account {
		p := newProblem(http.StatusConflict, codeCursorUnknown, "The cursor is not one of this account: start again from a snapshot.")
		p.Account, p.Seq = c.user.Account, &head
		return p
	}
	entries, err := a.Ledger.Entries(c.Context(), c.user.Account, after, limit)
	if err != nil {
		return fmt.Errorf("read ledger after %d: %w", after, err)
	}
	answer := struct {
		Account trading.AccountID  `json:"account"`
		Seq     trading.Seq        `json:"seq"`
		Events  []wire.LedgerEvent `json:"events"`
	}{c.user.Account, head, make([]wire.LedgerEvent, len(entries))}
	for i, e := range entries {
		answer.Events[i] = wire.LedgerEvent(e)
		answer.Seq = max(answer.Seq, e.Seq)
	}
	return writeJSON(w, http.StatusOK, answer)
}
