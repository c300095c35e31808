package storetest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tradewind/internal/trading"
)

// Store is everything that a server keeps.
type Store interface {
	trading.LedgerStore
	trading.PaperBook
	trading.UserStore
	trading.SessionStore
	trading.ProfileStore
	trading.HistoryStore
	trading.Seeder
}

// Run runs the suite. Each call of open returns an empty store, which open closes
// when its test is over.
func Run(t *testing.T, open func(t *testing.T) Store) {
	for _, group := range []struct {
		name  string
		tests []test
	}{
		{"Ledger", ledgerTests},
		{"Orders", orderTests},
		{"Snapshots", snapshotTests},
		{"PaperBook", paperTests},
		{"Users", userTests},
		{"Sessions", sessionTests},
		{"Profiles", profileTests},
		{"History", historyTests},
		{"Seeds", seedTests},
	} {
		t.Run(group.name, func(t *testing.T) {
			for _, c := range group.tests {
				t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) { c.run(t, open(t)) })
			}
		})
	}
}

// test is one promise of a contract.
type test struct {
	name string
	run  func(t *testing.T, s Store)
}

// noon is the time at which the suite begins; stores keep milliseconds.
var noon = time.Date(2026, 3, 14, 12, 0, 0, 123e6, time.UTC)

func dec(text string) trading.Decimal {
	d, err := trading.ParseDecimal(text)
	if err != nil {
		panic(err)
	}
	return d
}

// must stops the test at a failure.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// got is must for calls with a result.
func got[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		must(t, err)
		return v
	}
}

func wantErr(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got error %v, want %v", err, want)
	}
}

// same compares values; nil and empty lists are the same.
func same(t *testing.T, have, want any) {
	t.Helper()
	if diff := cmp.Diff(want, have, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("differs (-want +got):\n%s", diff)
	}
}

// together calls fn n times at once and returns the errors by call.
func together(n int, fn func(i int) error) []error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = fn(i) })
	}
	wg.Wait()
	return errs
}

// wantOneWinner expects that exactly one call succeeded and all others failed with want.
func wantOneWinner(t *testing.T, errs []error, want error) {
	t.Helper()
	winners := 0
	for _, err := range errs {
		switch {
		case err == nil:
			winners++
		case !errors.Is(err, want):
			t.Errorf("got error %v, want %v", err, want)
		}
	}
	if winners != 1 {
		t.Errorf("%d calls succeeded, want 1", winners)
	}
}

// order is an order as the suite places it.
func order(account trading.AccountID, n int) trading.Order {
	return trading.Order{
		ID:            trading.OrderID(fmt.Sprintf("order-%s-%d", account, n)),
		Account:       account,
		ClientOrderID: trading.ClientOrderID(fmt.Sprintf("client-%d", n)),
		Symbol:        "AAPL",
		Side:          trading.Buy,
		Type:          trading.Limit,
		TimeInForce:   trading.GTC,
		Quantity:      dec("10.5"),
		LimitPrice:    dec("187.25"),
		Status:        trading.Submitting,
		RequestHash:   "hash",
		CreatedAt:     noon,
		UpdatedAt:     noon,
	}
}

// orderEntry is the entry of an order's state.
func orderEntry(seq trading.Seq, o trading.Order) trading.Entry {
	return trading.Entry{Account: o.Account, Seq: seq, Time: noon, Kind: trading.EntryOrder, Order: &o}
}

// fillEntry is the entry of an execution of an order.
func fillEntry(seq trading.Seq, o trading.Order, execution trading.ExecutionID) trading.Entry {
	o.Status, o.FilledQuantity, o.AvgFillPrice = trading.PartiallyFilled, dec("0.25"), dec("187.2")
	return trading.Entry{
		Account: o.Account, Seq: seq, Time: noon, Kind: trading.EntryFill, Order: &o,
		Fill: &trading.Fill{ID: execution, OrderID: o.ID, Symbol: o.Symbol, Side: o.Side, Quantity: dec("0.25"), Price: dec("187.2"), Time: noon},
	}
}

// depositEntry is an entry without an order.
func depositEntry(account trading.AccountID, seq trading.Seq) trading.Entry {
	return trading.Entry{
		Account: account, Seq: seq, Time: noon, Kind: trading.EntryAccount,
		Adjustment: &trading.Adjustment{Kind: trading.Deposit, Amount: dec("1000.01"), Reason: "opening balance"},
	}
}
