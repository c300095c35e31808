package trading_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tradewind/internal/trading"
)

func num(text string) trading.Decimal {
	n, err := trading.ParseDecimal(text)
	if err != nil {
		panic(err)
	}
	return n
}

// book writes a ledger entry by entry, and stops the test at one that does not fold.
type book struct {
	t interface {
		Helper()
		Fatalf(string, ...any)
	}
	a     *trading.Account
	fills int
}

func newBook(t interface {
	Helper()
	Fatalf(string, ...any)
}, cash string) *book {
	b := &book{t: t, a: trading.NewAccount("acct")}
	b.add(trading.Entry{Kind: trading.EntryAccount, Adjustment: &trading.Adjustment{Kind: trading.Deposit, Amount: num(cash)}})
	return b
}

func (b *book) next(e trading.Entry) trading.Entry {
	e.Account, e.Seq = b.a.ID, b.a.Seq+1
	return e
}

func (b *book) add(e trading.Entry) {
	b.t.Helper()
	if err := b.a.Apply(b.next(e)); err != nil {
		b.t.Fatalf("Apply: %v", err)
	}
}

func (b *book) order(id trading.OrderID, side trading.Side, quantity, limit string) trading.Order {
	b.t.Helper()
	o := trading.Order{
		ID: id, Account: b.a.ID, ClientOrderID: trading.ClientOrderID("c-" + id), Symbol: "AAPL", Side: side,
		Type: trading.Limit, Quantity: num(quantity), LimitPrice: num(limit), Status: trading.Submitting,
	}
	b.put(o)
	o.Status = trading.Working
	b.put(o)
	return o
}

func (b *book) put(o trading.Order) {
	b.t.Helper()
	b.add(trading.Entry{Kind: trading.EntryOrder, Order: &o})
}

func (b *book) fill(o trading.Order, quantity, price string) trading.Order {
	b.t.Helper()
	e, after := b.fillEntry(o, num(quantity), num(price))
	b.add(e)
	return after
}

func (b *book) fillEntry(o trading.Order, quantity, price trading.Decimal) (trading.Entry, trading.Order) {
	b.t.Helper()
	b.fills++
	f := trading.Fill{
		ID: trading.ExecutionID(fmt.Sprint("x", b.fills)), OrderID: o.ID, Symbol: o.Symbol, Side: o.Side,
		Quantity: quantity, Price: price, Time: time.Unix(0, 0).UTC(),
	}
	after, err := o.Filled(f)
	if err != nil {
		b.t.Fatalf("Filled: %v", err)
	}
	return trading.Entry{Kind: trading.EntryFill, Order: &after, Fill: &f}, after
}

func (b *book) trade(side trading.Side, quantity, price string) {
	b.t.Helper()
	b.fill(b.order(trading.OrderID(fmt.Sprint("o", b.fills)), side, quantity, price), quantity, price)
}

func (b *book) want(cash, realized, quantity, cost string) {
	b.t.Helper()
	p := b.a.Positions["AAPL"]
	for _, c := range []struct {
		what string
		got  trading.Decimal
		want string
	}{{"cash", b.a.Cash, cash}, {"realized P&L", b.a.RealizedPnl, realized}, {"quantity", p.Quantity, quantity}, {"cost basis", p.CostBasis, cost}} {
		if !c.got.Equal(num(c.want)) {
			b.t.Fatalf("%s is %s, want %s", c.what, c.got, c.want)
		}
	}
}

func TestAccount_BuysAndSells_MoveCashCostAndPnl(t *testing.T) {
	b := newBook(t, "10000")
	b.trade(trading.Buy, "10", "100")
	b.want("9000", "0", "10", "1000")
	b.trade(trading.Buy, "10", "110")
	b.want("7900", "0", "20", "2100")
	b.trade(trading.Sell, "5", "120")
	b.want("8500", "75", "15", "1575")
	b.trade(trading.Sell, "15", "100")
	b.want("10000", "0", "0", "0")
	if _, held := b.a.Positions["AAPL"]; held {
		t.Error("an empty position is kept")
	}
}

func TestAccount_SellingBeyondThePosition_TurnsItShort(t *testing.T) {
	b := newBook(t, "10000")
	b.trade(trading.Buy, "10", "100")
	b.trade(trading.Sell, "15", "120")
	b.want("10800", "200", "-5", "-600")
	b.trade(trading.Buy, "5", "110")
	b.want("10250", "250", "0", "0")
}

func TestAccount_ThirdsOfACost_LoseNothing(t *testing.T) {
	b := newBook(t, "10000")
	b.trade(trading.Buy, "3", "33.34")
	for range 3 {
		b.trade(trading.Sell, "1", "33.34")
	}
	b.want("10000", "0", "0", "0")
	b.trade(trading.Buy, "0.3", "33.333333")
	p := b.a.Positions["AAPL"]
	if avg, err := p.AvgPrice(); err != nil || !avg.Equal(num("33.333333")) {
		t.Errorf("average price %s, %v", avg, err)
	}
}

func TestAccount_Adjustments(t *testing.T) {
	adjust := func(b *book, d trading.Adjustment) {
		b.t.Helper()
		b.add(trading.Entry{Kind: trading.EntryAccount, Adjustment: &d})
	}
	t.Run("deposit of shares", func(t *testing.T) {
		b := newBook(t, "1000")
		adjust(b, trading.Adjustment{Kind: trading.Deposit, Symbol: "AAPL", Quantity: num("10"), Amount: num("900")})
		b.want("1000", "0", "10", "900")
		b.trade(trading.Sell, "10", "100")
		b.want("2000", "100", "0", "0")
	})
	t.Run("fee", func(t *testing.T) {
		b := newBook(t, "1000")
		adjust(b, trading.Adjustment{Kind: trading.Fee, Amount: num("-1.5")})
		b.want("998.5", "-1.5", "0", "0")
	})
	t.Run("bust of a purchase", func(t *testing.T) {
		b := newBook(t, "10000")
		b.trade(trading.Buy, "10", "100")
		b.trade(trading.Buy, "10", "110")
		adjust(b, trading.Adjustment{Kind: trading.Bust, Symbol: "AAPL", Quantity: num("-10"), Amount: num("1000"), ExecutionID: "x1"})
		b.want("8900", "0", "10", "1100")
	})
	t.Run("bust of the only purchase", func(t *testing.T) {
		b := newBook(t, "10000")
		b.trade(trading.Buy, "10", "100")
		adjust(b, trading.Adjustment{Kind: trading.Bust, Symbol: "AAPL", Quantity: num("-10"), Amount: num("1000"), ExecutionID: "x1"})
		b.want("10000", "0", "0", "0")
	})
	t.Run("bust of a sale", func(t *testing.T) {
		b := newBook(t, "10000")
		b.trade(trading.Buy, "10", "100")
		b.trade(trading.Sell, "4", "120")
		adjust(b, trading.Adjustment{Kind: trading.Bust, Symbol: "AAPL", Quantity: num("4"), Amount: num("-480"), ExecutionID: "x2"})
		b.want("9000", "80", "10", "1080")
	})
	t.Run("correction of a price", func(t *testing.T) {
		b := newBook(t, "10000")
		b.trade(trading.Buy, "10", "100")
		adjust(b, trading.Adjustment{Kind: trading.Correction, Symbol: "AAPL", Amount: num("50"), ExecutionID: "x1"})
		b.want("9050", "0", "10", "950")
	})
	t.Run("correction of money", func(t *testing.T) {
		b := newBook(t, "10000")
		adjust(b, trading.Adjustment{Kind: trading.Correction, Amount: num("-3")})
		b.want("9997", "-3", "0", "0")
	})
	t.Run("published", func(t *testing.T) {
		b := newBook(t, "10000")
		adjust(b, trading.Adjustment{Kind: trading.Published, Event: "note", Amount: num("5")})
		b.want("10000", "0", "0", "0")
	})
}

func TestAccount_OpenOrders_ReserveUntilTheyAreOver(t *testing.T) {
	b := newBook(t, "10000")
	power := func(want string) {
		t.Helper()
		if got, err := b.a.BuyingPower(); err != nil || !got.Equal(num(want)) {
			t.Fatalf("buying power %s, %v; want %s", got, err, want)
		}
	}
	o := b.order("o1", trading.Buy, "10", "100")
	power("9000")
	o = b.fill(o, "4", "90")
	power("9040") // 360 paid, 600 reserved
	o.Status, o.Pending = trading.Replacing, trading.Replacement{Quantity: num("20"), LimitPrice: num("50")}
	b.put(o)
	power("8840") // the larger of 6 at 100 and 16 at 50
	o.Pending, o.Status = trading.Replacement{}, trading.Canceled
	b.put(o)
	power("9640")
	if len(b.a.Open) != 0 {
		t.Errorf("open: %v", b.a.Open)
	}

	market := trading.Order{ID: "m", Symbol: "MSFT", Side: trading.Buy, Type: trading.Market, Quantity: num("2"), ReservePrice: num("101"), Status: trading.Submitting}
	b.put(market)
	power("9438")
	available := func(want string) {
		t.Helper()
		if got, err := b.a.Available("AAPL"); err != nil || !got.Equal(num(want)) {
			t.Fatalf("available %s, %v; want %s", got, err, want)
		}
	}
	available("4")
	s := b.order("s1", trading.Sell, "3", "200")
	available("1")
	power("9438")
	s.Status, s.Pending = trading.Replacing, trading.Replacement{Quantity: num("4")}
	b.put(s)
	available("0")
}

func TestAccount_EntryThatDoesNotFit_ChangesNothing(t *testing.T) {
	b := newBook(t, "1000")
	o := b.order("o1", trading.Buy, "10", "10")
	filled, _ := b.fillEntry(o, num("4"), num("10"))
	huge := b.order("huge", trading.Sell, "9000000000", "9000000000")
	overflow := trading.Entry{Kind: trading.EntryFill, Order: &huge, Fill: &trading.Fill{
		ID: "h", OrderID: "huge", Symbol: "AAPL", Side: trading.Sell, Quantity: huge.Quantity, Price: num("90000000000"),
	}}
	with := func(o trading.Order, change func(*trading.Order)) *trading.Order { change(&o); return &o }
	for name, e := range map[string]trading.Entry{
		"no kind":             {},
		"no order":            {Kind: trading.EntryOrder},
		"no fill":             {Kind: trading.EntryFill, Order: &o},
		"no rejection":        {Kind: trading.EntryRejection, Order: &o},
		"no adjustment":       {Kind: trading.EntryAccount},
		"unknown adjustment":  {Kind: trading.EntryAccount, Adjustment: &trading.Adjustment{Kind: "gift"}},
		"back to submitting":  {Kind: trading.EntryOrder, Order: with(o, func(o *trading.Order) { o.Status = trading.Submitting })},
		"begins working":      {Kind: trading.EntryOrder, Order: with(o, func(o *trading.Order) { o.ID = "new" })},
		"begins filled":       {Kind: trading.EntryOrder, Order: with(o, func(o *trading.Order) { o.ID, o.Status, o.FilledQuantity = "new", trading.Submitting, num("1") })},
		"fills without fill":  {Kind: trading.EntryOrder, Order: with(o, func(o *trading.Order) { o.FilledQuantity = num("1") })},
		"rejected but open":   {Kind: trading.EntryRejection, Order: &o, Rejection: &trading.Rejection{}},
		"fill of another":     {Kind: trading.EntryFill, Order: with(*filled.Order, func(o *trading.Order) { o.Symbol = "MSFT" }), Fill: filled.Fill},
		"fill not counted":    {Kind: trading.EntryFill, Order: &o, Fill: filled.Fill},
		"fill reopens":        {Kind: trading.EntryFill, Order: with(*filled.Order, func(o *trading.Order) { o.ID = "gone" }), Fill: &trading.Fill{ID: "y", OrderID: "gone", Symbol: "AAPL", Side: trading.Buy, Quantity: num("1"), Price: num("1")}},
		"negative fill":       {Kind: trading.EntryFill, Order: filled.Order, Fill: &trading.Fill{ID: "y", OrderID: "o1", Symbol: "AAPL", Side: trading.Buy, Quantity: num("-4"), Price: num("1")}},
		"beyond counting":     overflow,
		"wrong seq":           {Kind: trading.EntryAccount, Adjustment: &trading.Adjustment{Kind: trading.Deposit, Amount: num("1")}, Seq: 99},
		"digits beyond count": {Kind: trading.EntryAccount, Adjustment: &trading.Adjustment{Kind: trading.Deposit, Amount: num("0.000000000000000001")}},
	} {
		before := fmt.Sprintf("%+v", b.a)
		entry := b.next(e)
		if e.Seq != 0 {
			entry.Seq = e.Seq
		}
		checked, applied := b.a.Check(entry), b.a.Apply(entry)
		if !errors.Is(checked, trading.ErrBadEntry) || !errors.Is(applied, trading.ErrBadEntry) {
			t.Errorf("%s: Check %v, Apply %v", name, checked, applied)
		}
		if after := fmt.Sprintf("%+v", b.a); after != before {
			t.Errorf("%s changed the account:\n%s\n%s", name, before, after)
		}
	}
	e := b.next(filled)
	e.Account = "other"
	if err := b.a.Apply(e); !errors.Is(err, trading.ErrBadEntry) {
		t.Errorf("entry of another account: %v", err)
	}
}

func TestAccount_Clone_SharesNothing(t *testing.T) {
	b := newBook(t, "1000")
	b.trade(trading.Buy, "1", "10")
	o := b.order("o", trading.Buy, "1", "10")
	c := b.a.Clone()
	b.fill(o, "1", "10")
	if len(c.Open) != 1 || !c.Positions["AAPL"].Quantity.Equal(num("1")) || c.Seq == b.a.Seq {
		t.Errorf("the clone changed: %+v", c)
	}
}

func TestAccount_LateFill_CountsAndLeavesTheOrderOver(t *testing.T) {
	b := newBook(t, "1000")
	o := b.order("o", trading.Buy, "10", "10")
	o.Status = trading.Canceled
	b.put(o)
	o = b.fill(o, "3", "10")
	b.want("970", "0", "3", "30")
	if o.Status != trading.Canceled || len(b.a.Open) != 0 || !o.FilledQuantity.Equal(num("3")) {
		t.Errorf("order after the late fill: %+v", o)
	}
}

// TestAccount_AnyHistory_EqualsAnIndependentFold trades at random and adds the
// fills up in another way: whole numbers of cents times hundredths of a unit.
func TestAccount_AnyHistory_EqualsAnIndependentFold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := newBook(t, "100000")
		const scale = 10_000 // of cents times hundredths
		cash, held := int64(100_000)*scale, int64(0)
		var open []trading.Order
		for step := range rapid.IntRange(1, 60).Draw(t, "steps") {
			switch action := rapid.IntRange(0, 3).Draw(t, "action"); {
			case action == 0 || len(open) == 0:
				side := rapid.SampledFrom([]trading.Side{trading.Buy, trading.Sell}).Draw(t, "side")
				quantity := rapid.Int64Range(1, 100_00).Draw(t, "quantity")
				open = append(open, b.order(trading.OrderID(fmt.Sprint(step)), side, hundredths(quantity), "100"))
			case action == 1:
				i := rapid.IntRange(0, len(open)-1).Draw(t, "order")
				open[i].Status = trading.Canceled
				b.put(open[i])
				open = append(open[:i], open[i+1:]...)
			default:
				i := rapid.IntRange(0, len(open)-1).Draw(t, "order")
				whole, frac, _ := open[i].Remaining().Int64(2)
				quantity := rapid.Int64Range(1, whole*100+frac).Draw(t, "fill")
				price := rapid.Int64Range(1, 500_00).Draw(t, "price")
				sign := int64(1)
				if open[i].Side == trading.Sell {
					sign = -1
				}
				cash -= sign * quantity * price
				held += sign * quantity
				open[i] = b.fill(open[i], hundredths(quantity), hundredths(price))
				if open[i].Status == trading.Filled {
					open = append(open[:i], open[i+1:]...)
				}
			}
			checkFold(t, b.a, cash, held, len(open))
		}
	})
}

func hundredths(n int64) string { return fmt.Sprintf("%d.%02d", n/100, n%100) }

func checkFold(t *rapid.T, a *trading.Account, cash, held int64, open int) {
	if want := fmt.Sprintf("%d.%04d", cash/10_000, cash%10_000); cash >= 0 && !a.Cash.Equal(num(want)) {
		t.Fatalf("cash is %s, want %s", a.Cash, want)
	}
	p := a.Positions["AAPL"]
	if whole, frac, _ := p.Quantity.Int64(2); whole*100+frac != held {
		t.Fatalf("position is %s, want %d hundredths", p.Quantity, held)
	}
	if len(a.Open) != open {
		t.Fatalf("%d orders open, want %d", len(a.Open), open)
	}
	// Nothing is lost to rounding: money in is money there, spent on what is held, or earned.
	sum, err := trading.Add(a.Cash, p.CostBasis)
	if err != nil {
		t.Fatal(err)
	}
	if sum, err = trading.Sub(sum, a.RealizedPnl); err != nil || !sum.Equal(num("100000")) {
		t.Fatalf("cash %s + cost %s - realized %s = %s, %v", a.Cash, p.CostBasis, a.RealizedPnl, sum, err)
	}
}

func TestAmount_RoundsHalfToEvenAndRefusesOverflow(t *testing.T) {
	for _, c := range []struct{ quantity, price, want string }{
		{"3", "33.34", "100.02"}, {"0.1234567", "0.1", "0.012346"}, {"0.00001", "0.05", "0"}, {"0.00001", "0.15", "0.000002"},
	} {
		if got, err := trading.Amount(num(c.quantity), num(c.price)); err != nil || !got.Equal(num(c.want)) {
			t.Errorf("Amount(%s, %s) = %s, %v; want %s", c.quantity, c.price, got, err, c.want)
		}
	}
	if _, err := trading.Amount(num("99999999999"), num("99999999999")); err == nil {
		t.Error("no error beyond the range")
	}
	if avg, err := trading.AveragePrice(num("1"), num("0")); err != nil || !avg.IsZero() {
		t.Errorf("average of nothing: %s, %v", avg, err)
	}
	if _, err := trading.AveragePrice(num("999999999999999000"), num("0.0000001")); err == nil {
		t.Error("no error for an average beyond the range")
	}
	if _, err := trading.Add(num("999999999999999"), num("0.0000000001")); err == nil {
		t.Error("a sum lost digits without an error")
	}
}
