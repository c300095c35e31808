package tradingtest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"tradewind/internal/trading"
	"tradewind/internal/trading/tradingtest"
)

const acct = trading.AccountID("acct")

func one() trading.Decimal { return trading.Decimal{}.One() }

func order(id string, s trading.Symbol, status trading.OrderStatus) *trading.Order {
	return &trading.Order{
		ID: trading.OrderID(id), Account: acct, ClientOrderID: trading.ClientOrderID("c-" + id),
		Symbol: s, Side: trading.Buy, Quantity: one(), Status: status,
	}
}

// filledLedger has three orders: one is filled, one is rejected, one works.
func filledLedger(t *testing.T) *tradingtest.LedgerStore {
	t.Helper()
	s := tradingtest.NewLedgerStore()
	start := time.Unix(1000, 0).UTC()
	for i, e := range []trading.Entry{
		{Kind: trading.EntryOrder, Order: order("o1", "AAPL", trading.Submitting)},
		{Kind: trading.EntryFill, Order: order("o1", "AAPL", trading.Filled), Fill: &trading.Fill{ID: "x1", OrderID: "o1", Symbol: "AAPL"}},
		{Kind: trading.EntryRejection, Order: order("o2", "MSFT", trading.Rejected), Rejection: &trading.Rejection{}},
		{Kind: trading.EntryOrder, Order: order("o3", "AAPL", trading.Submitting)},
		{Kind: trading.EntryFill, Order: order("o3", "AAPL", trading.PartiallyFilled), Fill: &trading.Fill{ID: "x2", OrderID: "o3", Symbol: "AAPL"}},
	} {
		e.Account, e.Seq, e.Time = acct, trading.Seq(i+1), start.Add(time.Duration(i)*time.Second)
		if err := s.Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestLedgerStore_Append_RefusesWhatIsTaken(t *testing.T) {
	s := filledLedger(t)
	deposit := &trading.Adjustment{Kind: trading.Deposit}
	for name, c := range map[string]struct {
		e    trading.Entry
		want error
	}{
		"seq":             {trading.Entry{Seq: 5, Kind: trading.EntryAccount, Adjustment: deposit}, trading.ErrSeqTaken},
		"gap":             {trading.Entry{Seq: 7, Kind: trading.EntryAccount, Adjustment: deposit}, trading.ErrSeqGap},
		"client order id": {trading.Entry{Seq: 6, Kind: trading.EntryOrder, Order: &trading.Order{ID: "new", ClientOrderID: "c-o1"}}, trading.ErrDuplicateClientOrderID},
		"execution":       {trading.Entry{Seq: 6, Kind: trading.EntryFill, Order: order("o3", "AAPL", trading.Filled), Fill: &trading.Fill{ID: "x1"}}, trading.ErrDuplicateExecution},
	} {
		c.e.Account = acct
		if err := s.Append(t.Context(), c.e); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if head, err := s.Head(t.Context(), acct); err != nil || head != 5 {
		t.Errorf("head %d, %v", head, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Append(ctx, trading.Entry{Account: acct, Seq: 6}); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that is over: %v", err)
	}
}

func TestLedgerStore_Hooks_LoseTheEntryOrTheAnswer(t *testing.T) {
	s := tradingtest.NewLedgerStore()
	broken := errors.New("broken")
	e := trading.Entry{Account: acct, Seq: 1, Kind: trading.EntryAccount}
	s.BeforeAppend = func(trading.Entry) error { return broken }
	if err := s.Append(t.Context(), e); !errors.Is(err, broken) {
		t.Errorf("before: %v", err)
	}
	s.BeforeAppend, s.AfterAppend = nil, func(trading.Entry) error { return broken }
	if err := s.Append(t.Context(), e); !errors.Is(err, broken) {
		t.Errorf("after: %v", err)
	}
	if head, _ := s.Head(t.Context(), acct); head != 1 {
		t.Errorf("head %d", head)
	}
}

func TestLedgerStore_Queries(t *testing.T) {
	s, ctx := filledLedger(t), t.Context()
	page, err := s.Entries(ctx, acct, 1, 2)
	if err != nil || len(page) != 2 || page[0].Seq != 2 || page[1].Seq != 3 {
		t.Errorf("entries after 1: %v, %v", page, err)
	}
	page[0].Order.Status = "changed"
	if o, err := s.Order(ctx, acct, "o1"); err != nil || o.Status != trading.Filled {
		t.Errorf("order: %+v, %v", o, err)
	}
	if o, err := s.OrderByClientID(ctx, acct, "c-o3"); err != nil || o.Status != trading.PartiallyFilled {
		t.Errorf("order by client id: %+v, %v", o, err)
	}
	for _, id := range []trading.ClientOrderID{"", "c-none"} {
		if _, err := s.OrderByClientID(ctx, acct, id); !errors.Is(err, trading.ErrNotFound) {
			t.Errorf("client id %q: %v", id, err)
		}
	}
	for name, c := range map[string]struct {
		q    trading.OrderQuery
		want int
	}{
		"all": {trading.OrderQuery{}, 3}, "open": {trading.OrderQuery{Open: true}, 1}, "symbol": {trading.OrderQuery{Symbol: "AAPL"}, 2},
		"page": {trading.OrderQuery{Before: "o3", Limit: 1}, 1}, "before the first": {trading.OrderQuery{Before: "o1"}, 0},
	} {
		if got, err := s.Orders(ctx, acct, c.q); err != nil || len(got) != c.want {
			t.Errorf("orders, %s: %v, %v", name, got, err)
		}
	}
	for name, c := range map[string]struct {
		q    trading.FillQuery
		want int
	}{
		"all": {trading.FillQuery{}, 2}, "before": {trading.FillQuery{Before: 5}, 1}, "symbol": {trading.FillQuery{Symbol: "MSFT"}, 0},
		"since": {trading.FillQuery{Since: time.Unix(1002, 0)}, 1}, "limit": {trading.FillQuery{Limit: 1}, 1},
	} {
		if got, err := s.Fills(ctx, acct, c.q); err != nil || len(got) != c.want {
			t.Errorf("fills, %s: %v, %v", name, got, err)
		}
	}
	if f, err := s.Fill(ctx, acct, "x2"); err != nil || f.Seq != 5 {
		t.Errorf("fill: %+v, %v", f, err)
	}
	if _, err := s.Fill(ctx, "other", "x2"); !errors.Is(err, trading.ErrNotFound) {
		t.Errorf("fill of another account: %v", err)
	}
	if open, err := s.AccountsWithOpenOrders(ctx); err != nil || len(open) != 1 || open[0] != acct {
		t.Errorf("accounts with open orders: %v, %v", open, err)
	}
}

func TestLedgerStore_Snapshot_IsACopy(t *testing.T) {
	s, ctx := filledLedger(t), t.Context()
	if _, err := s.LoadSnapshot(ctx, acct); !errors.Is(err, trading.ErrNotFound) {
		t.Errorf("no snapshot: %v", err)
	}
	a := trading.NewAccount(acct)
	a.Seq = 5
	if err := s.SaveSnapshot(ctx, a); err != nil {
		t.Fatal(err)
	}
	a.Seq = 6
	if got, err := s.LoadSnapshot(ctx, acct); err != nil || got.Seq != 5 {
		t.Errorf("snapshot: %+v, %v", got, err)
	}
}

func TestPaperBook_KeepsOrdersAndExecutions(t *testing.T) {
	b, ctx := tradingtest.NewPaperBook(), t.Context()
	o := trading.BrokerOrder{ID: "b1", ClientOrderID: "c1", Status: trading.Working}
	fill := &trading.Fill{ID: "x1", Time: time.Unix(1000, 0)}
	if err := b.SaveOrder(ctx, acct, o, fill); err != nil {
		t.Fatal(err)
	}
	o.Status = trading.Filled
	if err := b.SaveOrder(ctx, acct, o, fill); !errors.Is(err, trading.ErrDuplicateExecution) {
		t.Errorf("the same execution: %v", err)
	}
	if got, err := b.PaperOrder(ctx, acct, "c1"); err != nil || got.Status != trading.Working {
		t.Errorf("order: %+v, %v", got, err)
	}
	if _, err := b.PaperOrder(ctx, acct, "c2"); !errors.Is(err, trading.ErrNotFound) {
		t.Errorf("unknown order: %v", err)
	}
	if open, err := b.OpenPaperOrders(ctx); err != nil || len(open[acct]) != 1 {
		t.Errorf("open: %v, %v", open, err)
	}
	if err := b.SaveOrder(ctx, acct, o, nil); err != nil {
		t.Fatal(err)
	}
	if open, err := b.OpenPaperOrders(ctx); err != nil || len(open) != 0 {
		t.Errorf("open: %v, %v", open, err)
	}
	for since, want := range map[int64]int{1000: 1, 1001: 0} {
		if got, err := b.PaperExecutions(ctx, acct, time.Unix(since, 0)); err != nil || len(got) != want {
			t.Errorf("executions since %d: %v, %v", since, got, err)
		}
	}
	broken := errors.New("broken")
	fail := func(trading.AccountID, trading.BrokerOrder, *trading.Fill) error { return broken }
	for _, set := range []func(){func() { b.BeforeSave = fail }, func() { b.BeforeSave, b.AfterSave = nil, fail }} {
		set()
		if err := b.SaveOrder(ctx, acct, o, nil); !errors.Is(err, broken) {
			t.Errorf("with a hook: %v", err)
		}
	}
}

func TestUserStore_KeepsUsersAndAccounts(t *testing.T) {
	s, ctx := tradingtest.NewUserStore(), t.Context()
	create := func(id, name string) error {
		return s.CreateUser(ctx, trading.User{ID: trading.UserID(id), Name: name}, trading.AccountInfo{ID: trading.AccountID("acct-" + id), Broker: "paper"})
	}
	if err := create("u1", "Ann"); err != nil {
		t.Fatal(err)
	}
	if err := create("u2", "ANN"); !errors.Is(err, trading.ErrNameTaken) {
		t.Errorf("the same name: %v", err)
	}
	if u, err := s.UserByName(ctx, "ann"); err != nil || u.Account != "acct-u1" {
		t.Errorf("user by name: %+v, %v", u, err)
	}
	if err := s.SetPasswordHash(ctx, "u1", "hash"); err != nil {
		t.Error(err)
	}
	if err := s.SetAccount(ctx, "u1", trading.AccountInfo{ID: "next", Broker: "none"}); err != nil {
		t.Error(err)
	}
	if u, err := s.User(ctx, "u1"); err != nil || u.PasswordHash != "hash" || u.Account != "next" {
		t.Errorf("user: %+v, %v", u, err)
	}
	for _, id := range []trading.AccountID{"acct-u1", "next"} {
		if a, err := s.Account(ctx, id); err != nil || a.ID != id {
			t.Errorf("account %s: %+v, %v", id, a, err)
		}
	}
	if all, err := s.Users(ctx); err != nil || len(all) != 1 {
		t.Errorf("users: %v, %v", all, err)
	}
	if err := s.RemoveUser(ctx, "u1"); err != nil {
		t.Error(err)
	}
	_, byName := s.UserByName(ctx, "ann")
	_, byID := s.User(ctx, "u1")
	_, account := s.Account(ctx, "none")
	for what, err := range map[string]error{
		"remove": s.RemoveUser(ctx, "u1"), "password": s.SetPasswordHash(ctx, "u1", ""), "by name": byName, "by id": byID, "account": account,
	} {
		if !errors.Is(err, trading.ErrNotFound) {
			t.Errorf("%s of a user who is gone: %v", what, err)
		}
	}
}
