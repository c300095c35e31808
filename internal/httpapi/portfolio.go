package httpapi

import (
	"fmt"
	"net/http"
	"time"

	"tradewind/internal/trading"
	"tradewind/internal/wire"
)

// A day of points is what history gives unless asked for more; a week at once is the most.
const (
	defaultHistory = 24 * time.Hour
	historyPage    = 24 * 60
	maxHistoryPage = 7 * 24 * 60
)

// portfolio answers with the account at current prices.
func (a *api) portfolio(w http.ResponseWriter, c *call) error {
	p, err := a.Values.Value(c.Context(), c.user.Account)
	if err != nil {
		return fmt.Errorf("value portfolio: %w", err)
	}
	return writeJSON(w, http.StatusOK, wire.Portfolio(p))
}

// portfolioHistory answers with a point a minute of the account's value, oldest first.
func (a *api) portfolioHistory(w http.ResponseWriter, c *call) error {
	q := c.query()
	since := q.time("since", time.Now().Add(-defaultHistory))
	limit := q.limit(historyPage, maxHistoryPage)
	if err := q.done(); err != nil {
		return err
	}
	points, err := a.History.ValueHistory(c.Context(), c.user.Account, since, limit)
	if err != nil {
		return fmt.Errorf("read portfolio history: %w", err)
	}
	answer := struct {
		Account trading.AccountID `json:"account"`
		Points  []wire.ValuePoint `json:"points"`
		Next    int64             `json:"next,omitempty"` // since of the next page
	}{Account: c.user.Account, Points: make([]wire.ValuePoint, len(points))}
	for i, p := range points {
		answer.Points[i] = wire.ValuePoint(p)
	}
	if len(points) == limit {
		answer.Next = points[limit-1].Time.UnixMilli() + 1
	}
	return writeJSON(w, http.StatusOK, answer)
}
