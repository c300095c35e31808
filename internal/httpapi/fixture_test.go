package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tradewind/internal/httpapi"
	"tradewind/internal/netrules"
	"tradewind/internal/session"
	"tradewind/internal/store/sqlite"
	"tradewind/internal/trading"
	"tradewind/internal/trading/tradingtest"
)

// The people and things of the tests.
const (
	alice        trading.UserID    = "usr_alice"
	aliceAccount trading.AccountID = "acc_alice"
	bob          trading.UserID    = "usr_bob"
	bobAccount   trading.AccountID = "acc_bob"
	frontend                       = "https://app.example.com"
	password                       = "correct horse"
)

var morning = time.Date(2026, 1, 5, 9, 30, 0, 0, time.UTC)

// fixture is the API over a real store and real sign-ins, with an executor,
// prices and candles that tests decide about. Every answer is checked against api/openapi.yaml.
type fixture struct {
	t        *testing.T
	handler  http.Handler
	store    *sqlite.DB
	sessions *sessions
	ids      map[string]string // session ids by user name
	executor *executor
	board    *trading.Board
	values   *values
	candles  *candles
	metrics  *prometheus.Registry
	log      *bytes.Buffer
	deps     httpapi.Deps
}

// newFixture starts with alice, who has 1,000 USD and is signed in, and bob, likewise.
func newFixture(t *testing.T, adjust ...func(*httpapi.Deps, *httpapi.Options)) *fixture {
	t.Helper()
	ctx := t.Context()
	store, err := sqlite.Open(ctx, t.TempDir(), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	f := &fixture{
		t: t, store: store, ids: make(map[string]string), executor: &executor{store: store}, board: newBoard(),
		values: &values{}, candles: &candles{}, metrics: prometheus.NewRegistry(), log: &bytes.Buffer{},
	}
	f.sessions = &sessions{Manager: session.New(store, store, session.Options{Cost: cheap})}
	for user, account := range map[trading.UserID]trading.AccountID{alice: aliceAccount, bob: bobAccount} {
		name := strings.TrimPrefix(string(user), "usr_")
		u := trading.User{ID: user, Name: name, PasswordHash: passwordHash(), Account: account, CreatedAt: morning}
		a := trading.AccountInfo{ID: account, User: user, Broker: "paper", Currency: "USD", CreatedAt: morning}
		if err := store.CreateUser(ctx, u, a); err != nil {
			t.Fatal(err)
		}
		f.ids[name] = f.signIn(user)
		f.append(trading.Entry{Account: account, Seq: 1, Time: morning, Kind: trading.EntryAccount,
			Adjustment: &trading.Adjustment{Kind: trading.Deposit, Amount: dec("1000")}})
	}
	rules, err := netrules.New([]string{frontend}, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	f.deps = httpapi.Deps{
		Sessions: f.sessions, Users: store, Orders: f.executor, Ledger: store, Values: f.values, History: store,
		Profiles: store, Board: f.board, Candles: f.candles, Rules: rules,
	}
	options := httpapi.Options{Metrics: f.metrics, Logger: slog.New(slog.NewJSONHandler(f.log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	for _, fn := range adjust {
		fn(&f.deps, &options)
	}
	f.handler = httpapi.New(f.deps, options)
	return f
}

// signIn begins a session without a password.
func (f *fixture) signIn(user trading.UserID) (id string) {
	f.t.Helper()
	id, s := session.Mint(user, time.Now())
	if err := f.store.CreateSession(f.t.Context(), s); err != nil {
		f.t.Fatal(err)
	}
	return id
}

// append adds an entry to a ledger.
func (f *fixture) append(e trading.Entry) {
	f.t.Helper()
	if err := f.store.Append(f.t.Context(), e); err != nil {
		f.t.Fatal(err)
	}
}

// answer is what a client gets.
type answer struct {
	*http.Response
	text string
}

// send makes a request without a session; headers are "Name: value". An answer
// that is not as the contract says fails the test.
func (f *fixture) send(method, target, body string, headers ...string) answer {
	f.t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r := httptest.NewRequestWithContext(f.t.Context(), method, target, reader)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		switch name {
		case "Host":
			r.Host = value
		case "Content-Type":
			r.Header.Set(name, value)
		default:
			r.Header.Add(name, value)
		}
	}
	return f.serve(r)
}

func (f *fixture) serve(r *http.Request) answer {
	f.t.Helper()
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, r)
	got := answer{w.Result(), w.Body.String()}
	if err := openContract(f.t).check(r.Method, r.URL.Path, got.StatusCode, got.Header, w.Body.Bytes()); err != nil {
		f.t.Errorf("%s %s breaks the contract: %v", r.Method, r.URL, err)
	}
	return got
}

// as makes a request with the session of a user, or with a session id.
func (f *fixture) as(user, method, target, body string, headers ...string) answer {
	f.t.Helper()
	return f.send(method, target, body, append([]string{"Authorization: Bearer " + f.id(user)}, headers...)...)
}

func (f *fixture) id(user string) string {
	if id, ok := f.ids[user]; ok {
		return id
	}
	return user
}

// alice makes a request as alice.
func (f *fixture) alice(method, target, body string, headers ...string) answer {
	f.t.Helper()
	return f.as("alice", method, target, body, headers...)
}

// want fails the test if the answer has another status.
func (a answer) want(t *testing.T, status int) answer {
	t.Helper()
	if a.StatusCode != status {
		t.Fatalf("status %d, want %d: %s", a.StatusCode, status, a.text)
	}
	return a
}

// problem fails the test if the answer is not this problem; it returns the
// detail and the places of its errors.
func (a answer) problem(t *testing.T, status int, code string) (detail string, places []string) {
	t.Helper()
	var p struct {
		Type, Title, Detail, Code string
		Status                    int
		Errors                    []struct{ Pointer, Parameter, Header string }
	}
	a.into(t, &p)
	if got := a.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("Content-Type %q", got)
	}
	if a.StatusCode != status || p.Status != status || p.Code != code || p.Type != "urn:tradewind:problem:"+code || p.Title == "" || p.Detail == "" {
		t.Fatalf("status %d, problem %s\nwant %d %s", a.StatusCode, a.text, status, code)
	}
	for _, e := range p.Errors {
		places = append(places, e.Pointer+e.Parameter+e.Header)
	}
	return p.Detail, places
}

// into decodes the body.
func (a answer) into(t *testing.T, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.text), v); err != nil {
		t.Fatalf("decode %q: %v", a.text, err)
	}
}

// sees fails the test if a text is not in the body.
func (a answer) sees(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(a.text, text) {
			t.Errorf("%s\nlacks %s", a.text, text)
		}
	}
}

func dec(text string) trading.Decimal {
	d, err := trading.ParseDecimal(text)
	if err != nil {
		panic(err)
	}
	return d
}

// newBoard quotes AAPL and MSFT, and knows TSLA without a price.
func newBoard() *trading.Board {
	b := trading.NewBoard([]trading.Instrument{
		{Symbol: "AAPL", Name: "Apple Inc.", QuantityStep: dec("0.001"), PriceStep: dec("0.01"), MaxQuantity: dec("100000")},
		{Symbol: "MSFT", Name: "Microsoft Corp.", QuantityStep: dec("1"), PriceStep: dec("0.01"), MaxQuantity: dec("100000")},
		{Symbol: "TSLA", Name: "Tesla, Inc.", QuantityStep: dec("1"), PriceStep: dec("0.01"), MaxQuantity: dec("100000")},
	})
	b.PublishQuotes([]trading.Quote{
		{Symbol: "AAPL", Price: dec("231.42"), Change: dec("-1.2"), ChangePercent: dec("-0.52"), Time: morning, Bid: dec("231.41"), Ask: dec("231.43"), Volume: dec("1200"), State: trading.QuoteLive},
		{Symbol: "MSFT", Price: dec("500"), Time: morning, State: trading.QuoteHalted},
	})
	return b
}

// cheap hashes are quick to make, and to break.
var cheap = session.Cost{Memory: 64, Time: 1, Threads: 1}

// passwordHash is a cheap hash of the password.
var passwordHash = sync.OnceValue(func() string {
	m := session.New(nil, tradingtest.NewUserStore(), session.Options{Cost: cheap})
	u, err := m.CreateUser(context.Background(), "someone", password)
	if err != nil {
		panic(err)
	}
	return u.PasswordHash
})

// sessions are real sign-ins that can be made to fail.
type sessions struct {
	*session.Manager
	fail   error
	before func(context.Context) error // runs before a sign-in
	from   session.Meta                // of the last sign-in
}

func (s *sessions) Login(ctx context.Context, name, password string, meta session.Meta) (session.Login, error) {
	s.from = meta
	if s.before != nil {
		if err := s.before(ctx); err != nil {
			return session.Login{}, err
		}
	}
	if s.fail != nil {
		return session.Login{}, s.fail
	}
	return s.Manager.Login(ctx, name, password, meta)
}

func (s *sessions) Authenticate(ctx context.Context, id string) (session.Identity, error) {
	if s.fail != nil {
		return session.Identity{}, s.fail
	}
	return s.Manager.Authenticate(ctx, id)
}

// executor keeps orders in the ledger, without a broker. refuse decides about
// each; nil means that all are accepted.
type executor struct {
	store  trading.LedgerStore
	refuse func(ctx context.Context, r trading.OrderRequest) error
	last   trading.OrderRequest
	placed int
}

func (e *executor) account(user trading.UserID) trading.AccountID {
	return trading.AccountID(strings.Replace(string(user), "usr_", "acc_", 1))
}

func (e *executor) Place(ctx context.Context, user trading.UserID, r trading.OrderRequest) (trading.Placement, error) {
	e.last = r
	account, hash := e.account(user), fmt.Sprint(r)
	if r.ClientOrderID != "" {
		if known, err := e.store.OrderByClientID(ctx, account, r.ClientOrderID); err == nil {
			if known.RequestHash != hash {
				return trading.Placement{}, &trading.Refusal{Code: trading.CodeIdempotencyConflict, Message: "The client order id belongs to another order.", Order: &known}
			}
			return trading.Placement{Order: known, Repeat: true}, nil
		}
	}
	if e.refuse != nil {
		if err := e.refuse(ctx, r); err != nil {
			return trading.Placement{}, err
		}
	}
	e.placed++
	o := trading.Order{
		ID: trading.OrderID(fmt.Sprintf("ord_%d", e.placed)), Account: account, ClientOrderID: r.ClientOrderID, Symbol: r.Symbol, Side: r.Side,
		Type: r.Type, TimeInForce: r.TimeInForce, Quantity: r.Quantity, LimitPrice: r.LimitPrice, Status: trading.Working,
		RequestHash: hash, CreatedAt: morning, UpdatedAt: morning,
	}
	if o.ClientOrderID == "" {
		o.ClientOrderID = trading.ClientOrderID("made-" + string(o.ID))
	}
	return trading.Placement{Order: o}, e.append(ctx, trading.Entry{Account: account, Time: morning, Kind: trading.EntryOrder, Order: &o})
}

// append gives an entry the next seq.
func (e *executor) append(ctx context.Context, entry trading.Entry) error {
	head, err := e.store.Head(ctx, entry.Account)
	if err != nil {
		return err
	}
	entry.Seq = head + 1
	return e.store.Append(ctx, entry)
}

// fill executes an order of alice in full.
func (e *executor) fill(t *testing.T, id trading.OrderID, execution trading.ExecutionID, price string) {
	t.Helper()
	o, err := e.store.Order(t.Context(), aliceAccount, id)
	if err != nil {
		t.Fatal(err)
	}
	o.Status, o.FilledQuantity, o.AvgFillPrice = trading.Filled, o.Quantity, dec(price)
	entry := trading.Entry{Account: aliceAccount, Time: morning.Add(time.Second), Kind: trading.EntryFill, Order: &o, Fill: &trading.Fill{
		ID: execution, OrderID: o.ID, Symbol: o.Symbol, Side: o.Side, Quantity: o.Quantity, Price: dec(price), Time: morning.Add(time.Second),
	}}
	if err := e.append(t.Context(), entry); err != nil {
		t.Fatal(err)
	}
}

func (e *executor) change(ctx context.Context, user trading.UserID, id trading.OrderID, fn func(*trading.Order)) (trading.Order, error) {
	o, err := e.store.Order(ctx, e.account(user), id)
	if err != nil {
		return o, &trading.Refusal{Code: trading.CodeOrderNotFound, Message: "There is no such order."}
	}
	if o.Status.Terminal() {
		return o, &trading.Refusal{Code: trading.CodeOrderNotOpen, Message: "The order is over.", Order: &o}
	}
	fn(&o)
	return o, e.append(ctx, trading.Entry{Account: o.Account, Time: morning, Kind: trading.EntryOrder, Order: &o})
}

func (e *executor) Cancel(ctx context.Context, user trading.UserID, id trading.OrderID) (trading.Order, error) {
	return e.change(ctx, user, id, func(o *trading.Order) { o.Status = trading.Canceling })
}

func (e *executor) Replace(ctx context.Context, user trading.UserID, id trading.OrderID, r trading.Replacement) (trading.Order, error) {
	return e.change(ctx, user, id, func(o *trading.Order) {
		o.Status = trading.Replacing
		if r.Quantity.IsPos() {
			o.Quantity = r.Quantity
		}
		if r.LimitPrice.IsPos() {
			o.LimitPrice = r.LimitPrice
		}
	})
}

// values says what every account is worth; value may be replaced.
type values struct {
	value func(ctx context.Context, account trading.AccountID) (trading.Portfolio, error)
}

func (v *values) Value(ctx context.Context, account trading.AccountID) (trading.Portfolio, error) {
	if v.value != nil {
		return v.value(ctx, account)
	}
	return trading.Portfolio{
		Account: account, Seq: 3, AsOf: morning, Currency: "USD", Cash: dec("768.58"), BuyingPower: dec("768.58"),
		MarketValue: dec("231.42"), TotalValue: dec("1000"), DayChange: dec("-1.2"), DayChangePercent: dec("-0.12"), Positions: []trading.PositionValue{{
			Symbol: "AAPL", Quantity: dec("1"), AvgPrice: dec("231.42"), Price: dec("231.42"), MarketValue: dec("231.42"), DayChange: dec("-1.2"),
		}},
	}, nil
}

func (v *values) Watch(context.Context, trading.AccountID) (func(), error) { return func() {}, nil }
func (v *values) OnPortfolio(func(trading.Portfolio))                      {}

// candles has two minutes of AAPL.
type candles struct{ limit int }

func (c *candles) Candles(_ context.Context, symbol trading.Symbol, interval trading.Interval, limit int) ([]trading.Candle, error) {
	c.limit = limit
	if symbol != "AAPL" {
		return nil, trading.ErrNotFound
	}
	one := trading.Candle{Time: morning, Open: dec("231"), High: dec("232"), Low: dec("230.5"), Close: dec("231.42"), Volume: dec("12")}
	two := one
	two.Time = morning.Add(interval.Duration())
	return []trading.Candle{one, two}, nil
}

// request makes a request of a user that is not sent yet.
func (f *fixture) request(user, method, target, body string) *http.Request {
	r := httptest.NewRequestWithContext(f.t.Context(), method, target, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+f.id(user))
	r.Header.Set("Content-Type", "application/json")
	return r
}
