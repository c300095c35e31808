package executor_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tradewind/internal/broker/paper"
	"tradewind/internal/executor"
	"tradewind/internal/trading"
	"tradewind/internal/trading/tradingtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	alice = trading.UserID("alice")
	acct  = trading.AccountID("acct-alice")
)

func num(text string) trading.Decimal {
	n, err := trading.ParseDecimal(text)
	if err != nil {
		panic(err)
	}
	return n
}

// world is everything that survives a restart, with a market.
type world struct {
	store  *tradingtest.LedgerStore
	book   *tradingtest.PaperBook
	users  *tradingtest.UserStore
	board  *trading.Board
	broker trading.Broker // nil: a paper broker on book for every desk
	o      executor.Options
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{
		store: tradingtest.NewLedgerStore(), book: tradingtest.NewPaperBook(), users: tradingtest.NewUserStore(),
		board: trading.NewBoard([]trading.Instrument{
			{Symbol: "AAPL", Name: "Apple", QuantityStep: num("1"), PriceStep: num("0.01"), MaxQuantity: num("100000")},
			{Symbol: "MSFT", Name: "Microsoft", QuantityStep: num("0.5"), PriceStep: num("0.01"), MaxQuantity: num("100000")},
		}),
	}
	w.user(t, alice, acct, "paper")
	w.quote("AAPL", "99", "100", "500")
	return w
}

func (w *world) user(t *testing.T, id trading.UserID, account trading.AccountID, broker string) {
	t.Helper()
	err := w.users.CreateUser(t.Context(), trading.User{ID: id, Name: string(id), Account: account},
		trading.AccountInfo{ID: account, User: id, Broker: broker, Currency: "USD"})
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) quote(s trading.Symbol, bid, ask, size string) {
	w.state(s, bid, ask, size, trading.QuoteLive)
}

func (w *world) state(s trading.Symbol, bid, ask, size string, state trading.QuoteState) {
	w.board.PublishQuotes([]trading.Quote{{
		Symbol: s, Price: num(bid), Bid: num(bid), Ask: num(ask), BidSize: num(size), AskSize: num(size), State: state,
	}})
}

// desk is a running executor.
type desk struct {
	*executor.Executor
	w    *world
	stop func() error

	mu      sync.Mutex
	entries []trading.Entry // told to a listener
}

// start runs an executor over the world until stop or the end of the test. The
// account has 10,000 from the first start on.
func (w *world) start(t *testing.T) *desk {
	t.Helper()
	broker := w.broker
	if broker == nil {
		broker = paper.New(w.book, w.board, paper.Options{})
	}
	d := &desk{w: w, Executor: executor.New(w.store, w.users, w.board, []trading.Broker{broker}, w.o)}
	d.OnEntry(func(e trading.Entry) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.entries = append(d.entries, e)
	})
	if head, err := w.store.Head(t.Context(), acct); err == nil && head == 0 {
		if _, err := d.Adjust(t.Context(), acct, trading.Adjustment{Kind: trading.Deposit, Amount: num("10000")}); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	over := make(chan error, 1)
	go func() { over <- d.Run(ctx) }() // ends with stop
	d.stop = sync.OnceValue(func() error { cancel(); return <-over })
	t.Cleanup(func() {
		if err := d.stop(); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return d
}

func market(side trading.Side, quantity string) trading.OrderRequest {
	return trading.OrderRequest{Symbol: "AAPL", Side: side, Type: trading.Market, Quantity: num(quantity), TimeInForce: trading.Day}
}

func limit(side trading.Side, quantity, price string) trading.OrderRequest {
	return trading.OrderRequest{
		Symbol: "AAPL", Side: side, Type: trading.Limit, Quantity: num(quantity), LimitPrice: num(price), TimeInForce: trading.GTC,
	}
}

// place places an order and retries while the executor starts or reconciles.
func (d *desk) place(t *testing.T, r trading.OrderRequest) trading.Order {
	t.Helper()
	p, err := d.tryPlace(t, r)
	if err != nil {
		t.Fatalf("Place: %v", err)
	}
	return p.Order
}

func (d *desk) tryPlace(t *testing.T, r trading.OrderRequest) (trading.Placement, error) {
	t.Helper()
	for {
		p, err := d.Place(t.Context(), alice, r)
		if code(err) == trading.CodeAccountReconciling {
			time.Sleep(time.Millisecond) // fake time
			continue
		}
		return p, err
	}
}

// ledger returns every entry of the account and fails unless they fold.
func (d *desk) ledger(t *testing.T) []trading.Entry {
	t.Helper()
	all, err := d.w.store.Entries(t.Context(), acct, 0, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	a := trading.NewAccount(acct)
	for _, e := range all {
		if err := a.Apply(e); err != nil {
			t.Fatalf("the ledger does not fold: %v", err)
		}
	}
	return all
}

// history is an order's life in a line: kind and state of each entry.
func (d *desk) history(t *testing.T, id trading.OrderID) string {
	t.Helper()
	s := ""
	for _, e := range d.ledger(t) {
		if e.Order == nil || e.Order.ID != id {
			continue
		}
		if s != "" {
			s += " "
		}
		s += string(e.Order.Status)
		if e.Fill != nil {
			s += fmt.Sprintf("(%s@%s)", e.Fill.Quantity, e.Fill.Price)
		}
	}
	return s
}

func (d *desk) wantHistory(t *testing.T, o trading.Order, want string) {
	t.Helper()
	if got := d.history(t, o.ID); got != want {
		t.Errorf("life of the order:\n got %s\nwant %s", got, want)
	}
}

func (d *desk) account(t *testing.T) *trading.Account {
	t.Helper()
	a, err := d.Account(t.Context(), acct)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (d *desk) order(t *testing.T, id trading.OrderID) trading.Order {
	t.Helper()
	o, err := d.w.store.Order(t.Context(), acct, id)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func code(err error) trading.Code {
	var r *trading.Refusal
	if errors.As(err, &r) {
		return r.Code
	}
	return ""
}

func wantCode(t *testing.T, err error, want trading.Code) *trading.Refusal {
	t.Helper()
	var r *trading.Refusal
	if !errors.As(err, &r) || r.Code != want {
		t.Fatalf("error is %v (code %q), want code %q", err, code(err), want)
	}
	if r.Message == "" {
		t.Errorf("refusal %s has no sentence", want)
	}
	return r
}

func equal(t *testing.T, what string, got trading.Decimal, want string) {
	t.Helper()
	if !got.Equal(num(want)) {
		t.Errorf("%s is %s, want %s", what, got, want)
	}
}

// newOther is an executor of another node on the same store, which runs nothing.
func newOther(w *world) *executor.Executor {
	return executor.New(w.store, w.users, w.board, nil, w.o)
}
