package executor_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tradewind/internal/trading"
)

// script is a broker that does what a test says. What is not said works as at a
// broker where nothing happens: orders work, look-ups find what was submitted.
type script struct {
	submit     func(ctx context.Context, o trading.Order) (trading.BrokerOrder, error)
	cancel     func(o trading.Order) error
	replace    func(o trading.Order, r trading.Replacement) error
	lookup     func(id trading.ClientOrderID) (trading.BrokerOrder, error)
	executions func() ([]trading.BrokerEvent, error)
	openOrders func(account trading.AccountID) ([]trading.BrokerOrder, error)
	run        func(ctx context.Context) error

	mu      sync.Mutex
	sink    func(context.Context, trading.BrokerEvent) error
	orders  map[trading.ClientOrderID]trading.BrokerOrder
	submits map[trading.ClientOrderID]int
	lookups []time.Time
}

func newScript() *script {
	return &script{orders: make(map[trading.ClientOrderID]trading.BrokerOrder), submits: make(map[trading.ClientOrderID]int)}
}

func (s *script) Name() string { return "paper" }

func (s *script) Run(ctx context.Context, sink func(context.Context, trading.BrokerEvent) error) error {
	s.mu.Lock()
	s.sink = sink
	s.mu.Unlock()
	if s.run != nil {
		return s.run(ctx)
	}
	<-ctx.Done()
	return nil
}

// working is an order as a broker shows it right after it was accepted.
func working(o trading.Order) trading.BrokerOrder {
	return trading.BrokerOrder{
		ID: trading.BrokerOrderID("b-" + o.ID), ClientOrderID: o.ClientOrderID, Symbol: o.Symbol, Side: o.Side, Type: o.Type,
		TimeInForce: o.TimeInForce, Quantity: o.Quantity, LimitPrice: o.LimitPrice, Status: trading.Working,
	}
}

func (s *script) Submit(ctx context.Context, _ trading.AccountID, o trading.Order) (trading.BrokerOrder, error) {
	s.mu.Lock()
	s.submits[o.ClientOrderID]++
	s.mu.Unlock()
	b, err := working(o), error(nil)
	if s.submit != nil {
		b, err = s.submit(ctx, o)
	}
	if err == nil {
		s.keep(b)
	}
	return b, err
}

// keep makes a state the one that look-ups find.
func (s *script) keep(b trading.BrokerOrder) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.orders[b.ClientOrderID] = b
}

func (s *script) Cancel(_ context.Context, _ trading.AccountID, o trading.Order) error {
	s.mu.Lock()
	cancel := s.cancel
	s.mu.Unlock()
	if cancel == nil {
		return nil
	}
	return cancel(o)
}

func (s *script) Replace(_ context.Context, _ trading.AccountID, o trading.Order, r trading.Replacement) error {
	if s.replace == nil {
		return nil
	}
	return s.replace(o, r)
}

func (s *script) Lookup(_ context.Context, _ trading.AccountID, id trading.ClientOrderID) (trading.BrokerOrder, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lookups = append(s.lookups, time.Now())
	if s.lookup != nil {
		return s.lookup(id)
	}
	if b, ok := s.orders[id]; ok {
		return b, nil
	}
	return trading.BrokerOrder{}, trading.ErrOrderUnknown
}

func (s *script) Executions(context.Context, trading.AccountID, time.Time) ([]trading.BrokerEvent, error) {
	if s.executions == nil {
		return nil, nil
	}
	return s.executions()
}

func (s *script) OpenOrders(_ context.Context, account trading.AccountID) ([]trading.BrokerOrder, error) {
	s.mu.Lock()
	openOrders := s.openOrders
	s.mu.Unlock()
	if openOrders == nil {
		return nil, nil
	}
	return openOrders(account)
}

// rewrite changes the script while it is played.
func (s *script) rewrite(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

// tell delivers an event and waits until everything that follows has happened.
func (s *script) tell(t *testing.T, ev trading.BrokerEvent) {
	t.Helper()
	s.mu.Lock()
	sink := s.sink
	s.mu.Unlock()
	if ev.Account == "" && !ev.Gap {
		ev.Account = acct
	}
	if ev.Order.ClientOrderID != "" {
		s.keep(ev.Order)
	}
	if err := sink(t.Context(), ev); err != nil {
		t.Errorf("sink: %v", err)
	}
	synctest.Wait()
}

// fill is the event of an execution after which filled units are filled.
func fill(o trading.Order, id, quantity, price, filled string) trading.BrokerEvent {
	b := working(o)
	b.FilledQuantity, b.Status = num(filled), trading.PartiallyFilled
	if b.FilledQuantity.Equal(o.Quantity) {
		b.Status = trading.Filled
	}
	return trading.BrokerEvent{Account: acct, Order: b, Fill: &trading.Fill{
		ID: trading.ExecutionID(id), Symbol: o.Symbol, Side: o.Side, Quantity: num(quantity), Price: num(price), Time: time.Now().UTC(),
	}}
}

// status is the event of a change that is no fill.
func status(o trading.Order, s trading.OrderStatus, filled string) trading.BrokerEvent {
	b := working(o)
	b.Status, b.FilledQuantity = s, num(filled)
	return trading.BrokerEvent{Account: acct, Order: b}
}

// authoritative is a script whose look-ups are proof.
type authoritative struct{ *script }

func (authoritative) LookupIsAuthoritative() {}

// scripted runs a test on a world whose broker follows a script.
func scripted(t *testing.T, fn func(t *testing.T, w *world, s *script)) {
	t.Helper()
	on(t, func(t *testing.T, w *world) {
		s := newScript()
		w.broker = s
		fn(t, w, s)
	})
}

func lost(context.Context, trading.Order) (trading.BrokerOrder, error) {
	return trading.BrokerOrder{}, trading.ErrOutcomeUnknown
}
