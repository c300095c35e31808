package trading_test

import (
	"testing"

	"pgregory.net/rapid"

	"tradewind/internal/trading"
)

var states = []trading.OrderStatus{
	trading.Submitting, trading.Unknown, trading.Accepted, trading.Working, trading.PartiallyFilled, trading.Filled,
	trading.Canceling, trading.Replacing, trading.Canceled, trading.Rejected, trading.Expired, trading.Replaced,
}

func TestCanMove_TerminalStatesNeverLeave(t *testing.T) {
	for _, from := range states {
		for _, to := range states {
			if from.Terminal() && trading.CanMove(from, to) {
				t.Errorf("%s can move to %s", from, to)
			}
			if to == trading.Submitting && trading.CanMove(from, to) {
				t.Errorf("%s can move back to %s", from, to)
			}
			if !from.Terminal() && to == trading.Filled && !trading.CanMove(from, to) {
				t.Errorf("%s does not yield to a fill", from)
			}
		}
		if !from.Terminal() && !trading.CanMove(from, trading.Canceled) {
			t.Errorf("%s cannot be canceled by the broker", from)
		}
	}
}

func TestCanMove_Examples(t *testing.T) {
	for _, c := range []struct {
		from, to trading.OrderStatus
		want     bool
	}{
		{trading.Submitting, trading.Unknown, true},
		{trading.Unknown, trading.Rejected, true},
		{trading.Working, trading.Accepted, false},
		{trading.Working, trading.Unknown, false},
		{trading.Canceling, trading.Working, true},
		{trading.Replacing, trading.Canceling, true},
		{trading.PartiallyFilled, trading.PartiallyFilled, true},
		{trading.PartiallyFilled, trading.Rejected, false},
		{trading.PartiallyFilled, trading.Working, false},
		{trading.Submitting, trading.Canceling, false},
		{"nonsense", trading.Working, false},
	} {
		if got := trading.CanMove(c.from, c.to); got != c.want {
			t.Errorf("CanMove(%s, %s) = %v", c.from, c.to, got)
		}
	}
}

// TestOrder_AnyWalk_FollowsTheMachine walks orders at random: the account takes
// exactly the steps that the machine allows.
func TestOrder_AnyWalk_FollowsTheMachine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := newBook(t, "100000")
		o := trading.Order{ID: "o", Symbol: "AAPL", Side: trading.Buy, Type: trading.Limit, Quantity: num("10"), LimitPrice: num("10"), Status: trading.Submitting}
		b.put(o)
		for range 8 {
			next := o
			next.Status = rapid.SampledFrom(states).Draw(t, "to")
			e := trading.Entry{Kind: trading.EntryOrder, Order: &next}
			if next.Status == trading.Rejected {
				e = trading.Entry{Kind: trading.EntryRejection, Order: &next, Rejection: &trading.Rejection{Code: trading.CodeBrokerRejected}}
			}
			allowed := trading.CanMove(o.Status, next.Status) || next.Status == o.Status
			err := b.a.Apply(b.next(e))
			if (err == nil) != allowed {
				t.Fatalf("from %s to %s: %v", o.Status, next.Status, err)
			}
			if err == nil {
				o = next
			}
			if o.Status.Terminal() {
				return
			}
		}
	})
}

func TestOrder_Filled_AveragesAndYields(t *testing.T) {
	o := trading.Order{Side: trading.Buy, Type: trading.Limit, Quantity: num("10"), LimitPrice: num("10"), Status: trading.Canceling}
	f := trading.Fill{Quantity: num("3"), Price: num("9")}
	o, err := o.Filled(f)
	if err != nil || o.Status != trading.PartiallyFilled || !o.AvgFillPrice.Equal(num("9")) || o.Settled() != trading.PartiallyFilled {
		t.Fatalf("%+v, %v", o, err)
	}
	f.Quantity, f.Price = num("7"), num("10")
	o.Pending = trading.Replacement{Quantity: num("20")}
	o, err = o.Filled(f)
	if err != nil || o.Status != trading.Filled || !o.AvgFillPrice.Equal(num("9.7")) || !o.Pending.IsZero() || !o.Remaining().IsZero() {
		t.Fatalf("%+v, %v", o, err)
	}
	if r, err := o.Reserved(); err != nil || !r.IsZero() {
		t.Errorf("a filled order reserves %s, %v", r, err)
	}
	f.Price = num("9000000000000000000")
	if _, err := o.Filled(f); err == nil {
		t.Error("no error beyond the range")
	}
}

func TestOrder_Remaining_IsNeverNegative(t *testing.T) {
	o := trading.Order{Quantity: num("4"), FilledQuantity: num("6")}
	if !o.Remaining().IsZero() {
		t.Errorf("remaining %s", o.Remaining())
	}
}
