package httpapi

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"time"

	"tradewind/internal/trading"
	"tradewind/internal/wire"
)

// exportPage is how many fills are read, and held, at a time.
const exportPage = 500

var csvHeader = []string{"time", "id", "orderId", "clientOrderId", "symbol", "side", "quantity", "price", "amount", "orderStatus"}

// exportTrades answers with all fills as CSV (RFC 4180), newest first. The
// first page is read before the answer begins, so that a failure is a problem;
// one that comes later cuts the answer short, which the client notices.
func (a *api) exportTrades(w http.ResponseWriter, c *call) error {
	q := c.query()
	query := fillQuery(q)
	if err := q.done(); err != nil {
		return err
	}
	query.Limit = exportPage
	page, err := a.Ledger.Fills(c.Context(), c.user.Account, query)
	if err != nil {
		return fmt.Errorf("export trades: %w", err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8; header=present")
	h.Set("Content-Disposition", `attachment; filename="trades.csv"`)
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.Write(csvHeader); err != nil {
		return fmt.Errorf("export trades: %w", err)
	}
	control := http.NewResponseController(w)
	for {
		for _, e := range page {
			if err := out.Write(csvRecord(e)); err != nil {
				return fmt.Errorf("export trades: %w", err)
			}
		}
		// A client that takes nothing for as long as this has gone.
		_ = control.SetWriteDeadline(time.Now().Add(writeTimeout))
		out.Flush()
		if err := out.Error(); err != nil {
			return fmt.Errorf("export trades: %w", err)
		}
		if len(page) < query.Limit {
			return nil
		}
		query.Before = page[len(page)-1].Seq
		if page, err = a.Ledger.Fills(c.Context(), c.user.Account, query); err != nil {
			return fmt.Errorf("export trades: %w", err)
		}
	}
}

func csvRecord(e trading.Entry) []string {
	fill, order := e.Fill, e.Order
	amount := ""
	if product, err := fill.Quantity.Mul(fill.Price); err == nil {
		amount = csvNumber(product)
	}
	return []string{
		fill.Time.UTC().Format("2006-01-02T15:04:05.000Z"),
		csvText(string(fill.ID)), csvText(string(order.ID)), csvText(string(order.ClientOrderID)),
		csvText(string(fill.Symbol)), csvText(string(fill.Side)),
		csvNumber(fill.Quantity), csvNumber(fill.Price), amount,
		csvText(string(order.Status)),
	}
}

func csvNumber(d trading.Decimal) string { return string(wire.AppendDecimal(nil, d)) }

// csvText keeps spreadsheets from taking a text, which somebody else may have
// chosen, for a formula: an apostrophe in front makes it text and is not shown.
func csvText(s string) string {
	if strings.HasPrefix(s, "=") || strings.HasPrefix(s, "+") || strings.HasPrefix(s, "-") ||
		strings.HasPrefix(s, "@") || strings.HasPrefix(s, "\t") || strings.HasPrefix(s, "\r") || strings.HasPrefix(s, "\n") {
		return "'" + s
	}
	return s
}
