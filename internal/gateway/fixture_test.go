package gateway_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tradewind/internal/gateway"
	"tradewind/internal/netrules"
	"tradewind/internal/session"
	"tradewind/internal/store/sqlite"
	"tradewind/internal/trading"
	"tradewind/internal/valuation"
	"tradewind/internal/wire"
	"tradewind/socketio"
	"tradewind/socketio/client"
)

// patience is how long tests wait for what should happen at once. Reached only when something is broken.
const patience = 20 * time.Second

const site = "https://app.example.com"

// floor is a gateway on a running server, with real stores, sessions and
// valuation, and a market and a ledger that the test moves by hand.
type floor struct {
	t        *testing.T
	url      string
	io       *socketio.Server
	gate     *gateway.Gateway
	store    *sqlite.DB
	sessions *session.Manager
	broken   atomic.Bool // the session store does not answer
	books    *books
	board    *trading.Board
	registry *prometheus.Registry
}

// setting changes what a floor is made of.
type setting func(*gateway.Options, *socketio.Options)

func newFloor(t *testing.T, settings ...setting) *floor {
	t.Helper()
	return newFloorOn(t, trading.NewBoard([]trading.Instrument{{Symbol: "AAPL"}, {Symbol: "MSFT"}, {Symbol: "TSLA"}}), settings...)
}

func newFloorOn(t *testing.T, board *trading.Board, settings ...setting) *floor {
	t.Helper()
	store, err := sqlite.Open(t.Context(), t.TempDir(), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	rules, err := netrules.New([]string{site}, []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.9.0.0/16")}, false)
	if err != nil {
		t.Fatal(err)
	}
	f := &floor{t: t, store: store, registry: prometheus.NewPedanticRegistry(), board: board}
	f.sessions = session.New(store, store, session.Options{TTL: time.Hour, CacheTTL: -1})
	f.books = &books{store: store, accounts: make(map[trading.AccountID]*trading.Account)}
	values := valuation.New(f.books, store, f.board, valuation.Options{Interval: 20 * time.Millisecond})

	o := gateway.Options{QuoteInterval: 20 * time.Millisecond, Metrics: f.registry}
	so := socketio.Options{AllowOrigin: rules.AllowedOrigin, RemoteAddr: func(r *http.Request) string { return rules.ClientAddr(r).String() }}
	for _, change := range settings {
		change(&o, &so)
	}
	f.io = socketio.NewServer(so)
	f.gate = gateway.New(f.io, gateway.Deps{
		Sessions: faulty{f.sessions, &f.broken}, Users: store, Ledgers: f.books, Store: store, Values: values, Board: f.board, Rules: rules,
	}, o)
	values.Listen()

	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	for _, run := range []func(context.Context) error{f.sessions.Run, values.Run, f.gate.Run} {
		running.Go(func() {
			if err := run(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	web := httptest.NewServer(f.io)
	f.url = web.URL
	t.Cleanup(func() {
		if err := f.io.Close(); err != nil {
			t.Error(err)
		}
		web.Close()
		stop()
		running.Wait()
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// faulty is a session manager whose store may be away.
type faulty struct {
	*session.Manager
	broken *atomic.Bool
}

func (s faulty) Authenticate(ctx context.Context, id string) (session.Identity, error) {
	if s.broken.Load() {
		return session.Identity{}, errors.New("disk is on fire")
	}
	return s.Manager.Authenticate(ctx, id)
}

// person is a user with an account.
type person struct {
	f       *floor
	id      trading.UserID
	account trading.AccountID
}

func (f *floor) person(name string) *person {
	f.t.Helper()
	p := &person{f, trading.UserID("usr_" + name), trading.AccountID("acc_" + name)}
	now := time.Now()
	if err := f.store.CreateUser(f.t.Context(), trading.User{ID: p.id, Name: name, Account: p.account, CreatedAt: now},
		trading.AccountInfo{ID: p.account, User: p.id, Broker: "paper", Currency: "USD", CreatedAt: now}); err != nil {
		f.t.Fatal(err)
	}
	return p
}

// personWith makes a user whose ledger has entries already: published ones with a
// payload of the given size.
func (f *floor) personWith(name string, entries, size int) *person {
	f.t.Helper()
	p := &person{f, trading.UserID("usr_" + name), trading.AccountID("acc_" + name)}
	now := time.Now().UTC().Truncate(time.Millisecond)
	seed := trading.Seed{User: trading.User{ID: p.id, Name: name, Account: p.account, CreatedAt: now},
		Account: trading.AccountInfo{ID: p.account, User: p.id, Broker: "paper", Currency: "USD", CreatedAt: now}}
	payload := json.RawMessage(`"` + strings.Repeat("x", size) + `"`)
	for seq := range entries {
		seed.Entries = append(seed.Entries, trading.Entry{Account: p.account, Seq: trading.Seq(seq + 1), Time: now, Kind: trading.EntryAccount,
			Adjustment: &trading.Adjustment{Kind: trading.Published, Event: "note", Payload: payload}})
	}
	if err := f.store.AddSeeds(f.t.Context(), []trading.Seed{seed}); err != nil {
		f.t.Fatal(err)
	}
	return p
}

// signIn makes a session and returns its secret and its public id.
func (p *person) signIn() (sessionID string, s trading.Session) {
	p.f.t.Helper()
	sessionID, s = session.Mint(p.id, time.Now())
	if err := p.f.store.CreateSession(p.f.t.Context(), s); err != nil {
		p.f.t.Fatal(err)
	}
	return sessionID, s
}

// connect signs in and connects; what goes wrong fails the test.
func (p *person) connect() *terminal {
	p.f.t.Helper()
	sessionID, _ := p.signIn()
	return p.f.connect(map[string]any{"sessionID": sessionID})
}

func (f *floor) connect(auth any) *terminal {
	f.t.Helper()
	term, err := f.dial(client.Options{Auth: auth})
	if err != nil {
		f.t.Fatalf("connect: %v", err)
	}
	return term
}

// terminal is a client that remembers every event.
type terminal struct {
	*client.Client
	t *testing.T

	mu     sync.Mutex
	events []event
	news   chan struct{}
	frozen chan struct{} // once set, reading waits for it
}

type event struct {
	name string
	data json.RawMessage
}

func (f *floor) dial(o client.Options) (*terminal, error) {
	term := &terminal{t: f.t, news: make(chan struct{}, 1)}
	c, err := client.New(f.url, o)
	if err != nil {
		f.t.Fatal(err)
	}
	term.Client = c
	c.OnAny(func(name string, args client.Args) {
		term.mu.Lock()
		term.events = append(term.events, event{name, args.Raw(0)})
		frozen := term.frozen
		term.mu.Unlock()
		select {
		case term.news <- struct{}{}:
		default:
		}
		if frozen != nil {
			<-frozen
		}
	})
	f.t.Cleanup(func() {
		term.thaw()
		_ = c.Close()
		term.mu.Lock()
		defer term.mu.Unlock()
		for _, e := range term.events[:min(len(term.events), 100)] {
			openContract(f.t).checkEvent(f.t, e)
		}
	})
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return term, c.Connect(ctx)
}

// freeze makes the client stop reading with the next event, as one whose network
// has gone: it neither answers pings nor closes.
func (term *terminal) freeze() {
	term.mu.Lock()
	defer term.mu.Unlock()
	term.frozen = make(chan struct{})
}

func (term *terminal) thaw() {
	term.mu.Lock()
	defer term.mu.Unlock()
	if term.frozen != nil {
		close(term.frozen)
		term.frozen = nil
	}
}

// until waits until done says that what was heard is enough.
func (term *terminal) until(what string, done func(heard []event) bool) []event {
	term.t.Helper()
	deadline := time.After(patience)
	for {
		term.mu.Lock()
		heard := term.events
		enough := done(heard)
		term.mu.Unlock()
		if enough {
			return heard // only appended to from here on
		}
		select {
		case <-term.news:
		case <-deadline:
			term.t.Fatalf("no %s among %d events: %s", what, len(heard), heard)
		}
	}
}

// await returns the data of the n-th event (from 1) of a name.
func (term *terminal) await(name string, n int) json.RawMessage {
	term.t.Helper()
	var data json.RawMessage
	term.until(fmt.Sprintf("%s number %d", name, n), func(heard []event) bool {
		found := 0
		for _, e := range heard {
			if e.name == name {
				if found++; found == n {
					data = e.data
					return true
				}
			}
		}
		return false
	})
	return data
}

func (e event) String() string { return fmt.Sprintf("%s %.120s\n", e.name, e.data) }

// ask sends a request and returns its ack.
func (term *terminal) ask(name string, args ...any) string {
	term.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ack, err := term.Call(ctx, name, args...)
	if err != nil {
		term.t.Fatalf("%s: %v", name, err)
	}
	openContract(term.t).checkAck(term.t, name, ack.Raw(0))
	return string(ack.Raw(0))
}

func (term *terminal) mustAsk(name string, args ...any) string {
	term.t.Helper()
	ack := term.ask(name, args...)
	if field[bool](term.t, json.RawMessage(ack), "ok") != true {
		term.t.Fatalf("%s: %s", name, ack)
	}
	return ack
}

// field returns a member of a JSON object; the zero value if there is none.
func field[T any](t *testing.T, object json.RawMessage, path ...string) (value T) {
	t.Helper()
	for _, name := range path {
		var members map[string]json.RawMessage
		if err := json.Unmarshal(object, &members); err != nil {
			t.Fatalf("%s: %v", object, err)
		}
		object = members[name]
		if object == nil {
			return value
		}
	}
	if err := json.Unmarshal(object, &value); err != nil {
		t.Fatalf("%s: %v", object, err)
	}
	return value
}

// ended waits for the end of the connection and returns what the client says about it.
func (term *terminal) ended() error {
	term.t.Helper()
	select {
	case <-term.Done():
	case <-time.After(patience):
		term.t.Fatal("the connection does not end")
	}
	return term.Err()
}

// books is the ledgers of the node, as trading.Ledgers promises: entries are
// stored and then announced, per account in order.
type books struct {
	store trading.LedgerStore

	mu       sync.Mutex
	accounts map[trading.AccountID]*trading.Account
	onEntry  []func(trading.Entry)
}

func (b *books) OnEntry(fn func(trading.Entry)) { b.onEntry = append(b.onEntry, fn) }

func (b *books) Account(_ context.Context, id trading.AccountID) (*trading.Account, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.accountLocked(id).Clone(), nil
}

func (b *books) Adjust(ctx context.Context, id trading.AccountID, a trading.Adjustment) (trading.Entry, error) {
	return b.commit(ctx, trading.Entry{Account: id, Kind: trading.EntryAccount, Adjustment: &a})
}

func (b *books) accountLocked(id trading.AccountID) *trading.Account {
	if b.accounts[id] == nil {
		b.accounts[id] = trading.NewAccount(id)
	}
	return b.accounts[id]
}

func (b *books) commit(ctx context.Context, e trading.Entry) (trading.Entry, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	fold := b.accountLocked(e.Account)
	e.Seq, e.Time = fold.Seq+1, time.Now().UTC().Truncate(time.Millisecond)
	if err := fold.Check(e); err != nil {
		return e, err
	}
	if err := b.store.Append(ctx, e); err != nil {
		return e, err
	}
	if err := fold.Apply(e); err != nil {
		return e, err
	}
	for _, fn := range b.onEntry {
		fn(e)
	}
	return e, nil
}

// deposit puts money into the person's account n times.
func (p *person) deposit(n int) {
	p.f.t.Helper()
	for range n {
		if _, err := p.f.books.Adjust(context.Background(), p.account, trading.Adjustment{Kind: trading.Deposit, Amount: dec("10")}); err != nil {
			p.f.t.Error(err)
			return
		}
	}
}

// buy fills an order for one share: an intent and a fill.
func (p *person) buy(symbol trading.Symbol, name string) {
	p.f.t.Helper()
	now := time.Now().UTC().Truncate(time.Millisecond)
	o := trading.Order{ID: trading.OrderID(name), Account: p.account, ClientOrderID: trading.ClientOrderID(name), Symbol: symbol, Side: trading.Buy,
		Type: trading.Market, TimeInForce: trading.Day, Quantity: dec("1"), Status: trading.Submitting, CreatedAt: now, UpdatedAt: now}
	intent := o
	if _, err := p.f.books.commit(context.Background(), trading.Entry{Account: p.account, Kind: trading.EntryOrder, Order: &intent}); err != nil {
		p.f.t.Error(err)
		return
	}
	o.Status, o.FilledQuantity, o.AvgFillPrice = trading.Filled, dec("1"), dec("5")
	fill := trading.Fill{ID: trading.ExecutionID("exec_" + name), OrderID: o.ID, Symbol: symbol, Side: trading.Buy, Quantity: dec("1"), Price: dec("5"), Time: now}
	if _, err := p.f.books.commit(context.Background(), trading.Entry{Account: p.account, Kind: trading.EntryFill, Order: &o, Fill: &fill}); err != nil {
		p.f.t.Error(err)
	}
}

func (f *floor) quote(symbol trading.Symbol, price string) {
	f.board.PublishQuotes([]trading.Quote{{Symbol: symbol, Price: dec(price), Time: time.Now(), State: trading.QuoteLive}})
}

func dec(text string) trading.Decimal {
	d, err := trading.ParseDecimal(text)
	if err != nil {
		panic(err)
	}
	return d
}

// metric is the sum of a family's counters and gauges with the given label values.
func (f *floor) metric(name string, labels ...string) float64 {
	f.t.Helper()
	families, err := f.registry.Gather()
	if err != nil {
		f.t.Fatal(err)
	}
	sum := 0.0
	for _, family := range families {
		if family.GetName() != "tradewind_gateway_"+name {
			continue
		}
		for _, m := range family.GetMetric() {
			var has []string
			for _, l := range m.GetLabel() {
				has = append(has, l.GetValue())
			}
			if len(labels) == 0 || slices.Equal(slices.Sorted(slices.Values(has)), slices.Sorted(slices.Values(labels))) {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
			}
		}
	}
	return sum
}

// eventually waits for what happens on another goroutine.
func (f *floor) eventually(what string, done func() bool) {
	f.t.Helper()
	for deadline := time.Now().Add(patience); !done(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			f.t.Fatalf("never: %s", what)
		}
	}
}

// isLedger tells ledger events from the others.
func isLedger(name string) bool {
	return cmp.Or(name == wire.EventTradeExecuted, name == wire.EventTradeFailed, name == wire.EventOrder, name == wire.EventAccount)
}
