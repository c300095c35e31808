package httpapi

import (
	"fmt"
	"net/http"
	"time"

	"tradewind/internal/trading"
	"tradewind/internal/wire"
)

const (
	// defaultHistory is how far history goes back unless asked for more.
	defaultHistory = 24 * time.Hour
	// maxHistory is a little more than the points that stores keep of an account.
	maxHistory = 25_000
)

// portfolio answers with the account at current prices.
func (a *api) portfolio(w http.ResponseWriter, c *call) error {
	p, err := a.Values.Value(c.Context(), c.user.Account)
	if err != nil {
		return fmt.Errorf("value portfolio: %w", err)
	}
	return writeJSON(w, http.StatusOK, wire.Portfolio(p))
}

// portfolioHistory answers with a point a minute of the account's value, oldest
// first: the newest ones, when there are more since then than asked for.
func (a *api) portfolioHistory(w http.ResponseWriter, c *call) error {
	q := c.query()
	since := q.time("since", time.Now().Add(-defaultHistory))
	limit := q.limit(maxHistory, maxHistory)
	if err := q.done(); err != nil {
		return err
	}
	points, err := a.History.ValueHistory(c.Context(), c.user.Account, since, limit+1)
	if err != nil {
		return fmt.Errorf("read portfolio history: %w", err)
	}
	truncated := len(points) > limit
	points = points[max(0, len(points)-limit):]
	answer := struct {
		Account   trading.AccountID `json:"account"`
		Points    []wire.ValuePoint `json:"points"`
		Truncated bool              `json:"truncated,omitempty"`
	}{Account: c.user.Account, Points: make([]wire.ValuePoint, len(points)), Truncated: truncated}
	for i, p := range points {
		answer.Points[i] = wire.ValuePoint(p)
	}
	return writeJSON(w, http.StatusOK, answer)
}
