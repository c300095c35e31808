package valuation_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/govalues/decimal"
	"go.uber.org/goleak"

	"tradewind/internal/trading"
	"tradewind/internal/trading/tradingtest"
	"tradewind/internal/valuation"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var d = decimal.MustParse

// ledgers keeps accounts in memory and tells of entries as trading.Ledgers promises.
type ledgers struct {
	mu       sync.Mutex
	accounts map[trading.AccountID]*trading.Account
	onEntry  []func(trading.Entry)
	gate     chan struct{} // Account, having read, waits for it
	err      error         // of Account
	reads    int
}

func newLedgers() *ledgers {
	return &ledgers{accounts: make(map[trading.AccountID]*trading.Account)}
}

func (l *ledgers) Account(ctx context.Context, id trading.AccountID) (*trading.Account, error) {
	l.mu.Lock()
	l.reads++
	gate, err := l.gate, l.err
	fold := l.accountLocked(id).Clone()
	l.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return fold, err
}

func (l *ledgers) accountLocked(id trading.AccountID) *trading.Account {
	if l.accounts[id] == nil {
		l.accounts[id] = trading.NewAccount(id)
	}
	return l.accounts[id]
}

func (l *ledgers) OnEntry(fn func(trading.Entry)) { l.onEntry = append(l.onEntry, fn) }

func (l *ledgers) Adjust(_ context.Context, id trading.AccountID, a trading.Adjustment) (trading.Entry, error) {
	return l.commit(id, trading.Entry{Kind: trading.EntryAccount, Adjustment: &a}), nil
}

// commit appends an entry and tells of it.
func (l *ledgers) commit(id trading.AccountID, e trading.Entry) trading.Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	e = l.appendLocked(id, e)
	for _, fn := range l.onEntry {
		fn(e)
	}
	return e
}

// lose appends an entry that nobody is told of, as another node's may be.
func (l *ledgers) lose(id trading.AccountID, e trading.Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.appendLocked(id, e)
}

func (l *ledgers) appendLocked(id trading.AccountID, e trading.Entry) trading.Entry {
	a := l.accountLocked(id)
	e.Account, e.Seq, e.Time = id, a.Seq+1, time.Now()
	if err := a.Apply(e); err != nil {
		panic(err)
	}
	return e
}

// fail lets Account return an error from now on; nil ends that.
func (l *ledgers) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.err = err
}

func deposit(amount string) trading.Entry {
	return trading.Entry{Kind: trading.EntryAccount, Adjustment: &trading.Adjustment{Kind: trading.Deposit, Amount: d(amount)}}
}

func shares(s trading.Symbol, quantity, cost string) trading.Entry {
	return trading.Entry{Kind: trading.EntryAccount, Adjustment: &trading.Adjustment{
		Kind: trading.Deposit, Symbol: s, Quantity: d(quantity), Amount: d(cost)}}
}

func fill(s trading.Symbol, side trading.Side, quantity, price string) trading.Entry {
	o := &trading.Order{ID: "done", Symbol: s, Side: side, Quantity: d(quantity), FilledQuantity: d(quantity), Status: trading.Filled}
	f := &trading.Fill{ID: "x", OrderID: "done", Symbol: s, Side: side, Quantity: d(quantity), Price: d(price)}
	return trading.Entry{Kind: trading.EntryFill, Order: o, Fill: f}
}

func limitBuy(s trading.Symbol, quantity, price string) trading.Entry {
	return trading.Entry{Kind: trading.EntryOrder, Order: &trading.Order{
		ID: "open", Symbol: s, Side: trading.Buy, Type: trading.Limit, Quantity: d(quantity), LimitPrice: d(price), Status: trading.Submitting}}
}

func quote(s trading.Symbol, price, change string) trading.Quote {
	return trading.Quote{Symbol: s, Price: d(price), Change: d(change), State: trading.QuoteLive}
}

// sent is a portfolio with the time it came.
type sent struct {
	trading.Portfolio
	at time.Duration
}

// desk is an engine with all that it needs, and what it sent.
type desk struct {
	t       *testing.T
	ledgers *ledgers
	users   *tradingtest.UserStore
	board   *trading.Board
	engine  *valuation.Engine
	started time.Time

	mu   sync.Mutex
	sent []sent
}

var symbols = []trading.Symbol{"AAPL", "GOOGL", "MSFT", "TSLA"}

// newDesk returns a running engine for the accounts anna, ben and carl.
func newDesk(t *testing.T, o valuation.Options) *desk {
	t.Helper()
	var instruments []trading.Instrument
	for _, s := range symbols {
		instruments = append(instruments, trading.Instrument{Symbol: s})
	}
	k := &desk{t: t, ledgers: newLedgers(), users: tradingtest.NewUserStore(), board: trading.NewBoard(instruments), started: time.Now()}
	for _, name := range []string{"anna", "ben", "carl"} {
		addUser(t, k.users, name)
	}
	k.engine = valuation.New(k.ledgers, k.users, k.board, o)
	k.engine.OnPortfolio(func(p trading.Portfolio) {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.sent = append(k.sent, sent{p, time.Since(k.started)})
	})
	k.engine.Listen()
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := k.engine.Run(ctx); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	t.Cleanup(func() {
		stop()
		running.Wait()
	})
	return k
}

func addUser(t testing.TB, users trading.UserStore, name string) {
	err := users.CreateUser(t.Context(), trading.User{ID: trading.UserID(name), Name: name},
		trading.AccountInfo{ID: trading.AccountID(name), User: trading.UserID(name), Currency: "USD"})
	if err != nil {
		t.Fatal(err)
	}
}

func (k *desk) watch(id trading.AccountID) (release func()) {
	k.t.Helper()
	release, err := k.engine.Watch(k.t.Context(), id)
	if err != nil {
		k.t.Fatalf("Watch(%s): %v", id, err)
	}
	return release
}

func (k *desk) publish(quotes ...trading.Quote) { k.board.PublishQuotes(quotes) }

// take returns what was sent to an account since the last take, once everybody rests.
func (k *desk) take(id trading.AccountID) (all []sent) {
	synctest.Wait()
	k.mu.Lock()
	defer k.mu.Unlock()
	var rest []sent
	for _, p := range k.sent {
		if p.Account == id {
			all = append(all, p)
		} else {
			rest = append(rest, p)
		}
	}
	k.sent = rest
	return all
}

// one expects exactly one portfolio since the last take.
func (k *desk) one(id trading.AccountID) trading.Portfolio {
	k.t.Helper()
	all := k.take(id)
	if len(all) != 1 {
		k.t.Fatalf("%s: %d portfolios, want one", id, len(all))
	}
	return all[0].Portfolio
}

// none expects silence since the last take.
func (k *desk) none(id trading.AccountID, why string) {
	k.t.Helper()
	if all := k.take(id); len(all) != 0 {
		k.t.Errorf("%s: %d portfolios although %s", id, len(all), why)
	}
}

// text is a portfolio in one line, without its time.
func text(p trading.Portfolio) string {
	line := fmt.Sprintf("%s #%d %s cash %v power %v market %v total %v day %v (%v%%) unrealized %v realized %v",
		p.Account, p.Seq, p.Currency, short(p.Cash), short(p.BuyingPower), short(p.MarketValue), short(p.TotalValue),
		short(p.DayChange), short(p.DayChangePercent), short(p.UnrealizedPnl), short(p.RealizedPnl))
	for _, v := range p.Positions {
		line += fmt.Sprintf("; %s %v × %v (%v) = %v, %v (%v%%), day %v", v.Symbol, short(v.Quantity), short(v.Price), short(v.AvgPrice),
			short(v.MarketValue), short(v.UnrealizedPnl), short(v.UnrealizedPnlPercent), short(v.DayChange))
	}
	return line
}

func short(d trading.Decimal) trading.Decimal { return d.Trim(0) }

func expect(t *testing.T, p trading.Portfolio, want string) {
	t.Helper()
	if got := text(p); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

const window = 250 * time.Millisecond
