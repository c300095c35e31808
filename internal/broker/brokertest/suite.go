package brokertest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"tradewind/internal/trading"
)

// Setup is a broker to be tested, not running yet, and the market around it.
type Setup struct {
	Broker  trading.Broker
	Account trading.AccountID
	Symbol  trading.Symbol // may be traded in whole units and cents
	// Quote makes this the newest quote of Symbol; size is what bid and ask offer each.
	Quote func(bid, ask, size string)
	// Restart returns a new broker, not running, over what the stopped one left
	// behind. Nil: it cannot be restarted and those cases are skipped.
	Restart func() trading.Broker
}

// Run tests a broker. The factory is called for each case.
func Run(t *testing.T, factory func(t *testing.T) Setup) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { c.run(t, start(t, factory(t))) })
	}
}

// desk is a running broker.
type desk struct {
	Setup
	*recorder
	stop func()
}

// start runs the broker with a recorder as its sink until the test is over.
func start(t *testing.T, s Setup) *desk {
	t.Helper()
	d := &desk{Setup: s, recorder: newRecorder()}
	d.run(t)
	return d
}

func (d *desk) run(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	over := make(chan error, 1)
	broker := d.Broker
	go func() { over <- broker.Run(ctx, d.sink) }() // ends with stop, which waits for it
	stopped := false
	d.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-over; err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("Run: %v", err)
		}
	}
	t.Cleanup(d.stop)
}

// restart stops the broker and runs its successor.
func (d *desk) restart(t *testing.T) {
	t.Helper()
	if d.Restart == nil {
		t.Skip("this broker keeps nothing to restart from")
	}
	d.stop()
	d.Broker = d.Restart()
	d.run(t)
}

// order makes an order of the account with a fresh client order id.
func (d *desk) order(t *testing.T, side trading.Side, kind trading.OrderType, quantity, limit string) trading.Order {
	t.Helper()
	o := trading.Order{
		ID: trading.OrderID(t.Name()), Account: d.Account, ClientOrderID: freshID(),
		Symbol: d.Symbol, Side: side, Type: kind, TimeInForce: trading.GTC,
		Quantity: number(t, quantity), Status: trading.Submitting,
	}
	if kind == trading.Limit {
		o.LimitPrice = number(t, limit)
	}
	return o
}

func (d *desk) submit(t *testing.T, o trading.Order) trading.BrokerOrder {
	t.Helper()
	got, err := d.Broker.Submit(t.Context(), d.Account, o)
	if err != nil {
		t.Fatalf("Submit %s: %v", o.ClientOrderID, err)
	}
	if got.ID == "" || got.ClientOrderID != o.ClientOrderID {
		t.Fatalf("Submit answered with order %q of client order id %q, sent was %q", got.ID, got.ClientOrderID, o.ClientOrderID)
	}
	return got
}

func number(t *testing.T, text string) trading.Decimal {
	t.Helper()
	n, err := trading.ParseDecimal(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func equal(t *testing.T, what string, got trading.Decimal, want string) {
	t.Helper()
	if !got.Equal(number(t, want)) {
		t.Errorf("%s is %s, want %s", what, got, want)
	}
}

func refused(t *testing.T, what string, err error) {
	t.Helper()
	var r *trading.Refusal
	if !errors.As(err, &r) {
		t.Errorf("%s: error %v, want a Refusal", what, err)
		return
	}
	if r.Code == "" || r.Message == "" {
		t.Errorf("%s: refusal %+v has no code or no sentence", what, *r)
	}
}

func describe(events []trading.BrokerEvent) string {
	s := ""
	for _, ev := range events {
		s += fmt.Sprintf("\n  %s filled %s", ev.Order.Status, ev.Order.FilledQuantity)
		if ev.Fill != nil {
			s += fmt.Sprintf(", execution %s of %s at %s", ev.Fill.ID, ev.Fill.Quantity, ev.Fill.Price)
		}
	}
	return s
}
