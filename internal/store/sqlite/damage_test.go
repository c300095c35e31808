package sqlite_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"tradewind/internal/store/sqlite"
	"tradewind/internal/trading"
)

// Rows that no version of the program wrote are an error that names them, never a
// zero value that looks like an answer.
func TestReads_OfSpoiledRows_FailAloud(t *testing.T) {
	db := open(t, t.TempDir(), sqlite.Options{})
	ctx := t.Context()
	o := trading.Order{ID: "o", Account: "a", ClientOrderID: "c", Status: trading.Working}
	execution := &trading.Fill{ID: "x", OrderID: "o"}
	fill := trading.Entry{Account: "a", Seq: 1, Kind: trading.EntryFill, Order: &o, Fill: execution}
	if err := errors.Join(
		db.Append(ctx, fill),
		db.SaveSnapshot(ctx, &trading.Account{ID: "a", Seq: 1}),
		db.SaveOrder(ctx, "a", trading.BrokerOrder{ClientOrderID: "c", Status: trading.Working}, execution),
		db.AddValuePoints(ctx, map[trading.AccountID]trading.ValuePoint{"a": {Time: time.Now()}}),
		db.CreateUser(ctx, trading.User{ID: "u", Name: "n"}, trading.AccountInfo{ID: "a"}),
		db.SetWatchlist(ctx, "u", nil),
		db.CreateSession(ctx, trading.Session{User: "u"}),
	); err != nil {
		t.Fatal(err)
	}
	for _, spoil := range []string{
		`UPDATE ledger SET doc = replace(doc, '"kind"', '"quantity": "many", "order": {"quantity": "1x"}, "kind"')`,
		`UPDATE snapshots SET doc = '{"cash": "1,5"}'`,
		`UPDATE paper_orders SET doc = '{"quantity": "1e"}'`,
		`UPDATE paper_executions SET doc = '{"fill": {"price": "."}}'`,
		`UPDATE value_points SET value = 'NaN'`,
		`UPDATE profiles SET watchlist = '['`,
		`UPDATE sessions SET hash = x'0102'`,
	} {
		if err := db.Exec(ctx, spoil); err != nil {
			t.Fatal(err)
		}
		wantFailures(t, db, strings.Fields(spoil)[1])
	}
	for _, table := range []string{"ledger", "snapshots", "paper_orders", "paper_executions"} {
		if err := db.Exec(ctx, `UPDATE `+table+` SET doc = '{'`); err != nil {
			t.Fatal(err)
		}
		wantFailures(t, db, table)
	}
}

// readers are the calls that read a table.
var readers = map[string][]string{
	"ledger":           {"Entries", "Order", "OrderByClientID", "Orders", "Fills", "Fill"},
	"snapshots":        {"LoadSnapshot"},
	"paper_orders":     {"PaperOrder", "OpenPaperOrders"},
	"paper_executions": {"PaperExecutions"},
	"value_points":     {"ValueHistory"},
	"profiles":         {"Watchlist"},
	"sessions":         {"SessionsOf"},
}

func wantFailures(t *testing.T, db *sqlite.DB, table string) {
	t.Helper()
	errs := everyRead(t, db)
	for _, call := range readers[table] {
		if err := errs[call]; err == nil || errors.Is(err, trading.ErrNotFound) {
			t.Errorf("%s of a spoiled row: got %v, want a failure", call, err)
		}
	}
}
