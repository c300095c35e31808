package trading

import (
	"errors"
	"fmt"
)

// ErrBadEntry means that an entry does not fit on the account: a wrong seq, a
// move no order can make, numbers that do not add up or leave the range of
// Decimal. The account is as it was before.
var ErrBadEntry = errors.New("entry does not fit the account")

// Apply folds the next entry into the account. On an error nothing has changed.
func (a *Account) Apply(e Entry) error {
	next, err := a.fold(e)
	if err != nil {
		return fmt.Errorf("apply entry %d of account %s: %w: %w", e.Seq, a.ID, ErrBadEntry, err)
	}
	a.Seq, a.Cash, a.RealizedPnl = e.Seq, next.cash, next.realized
	if p := next.position; p != nil {
		if p.Quantity.IsZero() {
			delete(a.Positions, p.Symbol)
		} else {
			a.Positions[p.Symbol] = *p
		}
	}
	if o := e.Order; o != nil {
		if o.Status.Terminal() {
			delete(a.Open, o.ID)
		} else {
			a.Open[o.ID] = *o
		}
	}
	return nil
}

// Check reports the error that Apply would return, and changes nothing. An entry
// is checked before it is stored: one that cannot be folded must not be there.
func (a *Account) Check(e Entry) error {
	if _, err := a.fold(e); err != nil {
		return fmt.Errorf("check entry %d of account %s: %w: %w", e.Seq, a.ID, ErrBadEntry, err)
	}
	return nil
}

// folded is what an entry makes of money and shares.
type folded struct {
	cash, realized Decimal
	position       *Position // nil: none changed
}

func (a *Account) fold(e Entry) (folded, error) {
	unchanged := folded{cash: a.Cash, realized: a.RealizedPnl}
	switch {
	case e.Account != a.ID:
		return folded{}, fmt.Errorf("it belongs to account %s", e.Account)
	case e.Seq != a.Seq+1:
		return folded{}, fmt.Errorf("its seq is not the next one, %d", a.Seq+1)
	}
	switch e.Kind {
	case EntryOrder:
		return unchanged, a.checkOrder(e.Order)
	case EntryRejection:
		return unchanged, a.checkRejection(e)
	case EntryFill:
		return a.foldFill(e)
	case EntryAccount:
		return a.foldAdjustment(e.Adjustment)
	}
	return folded{}, fmt.Errorf("unknown kind %q", e.Kind)
}

// checkOrder allows the first entry of an order, which is its intent, and the
// changes of an open one that its state machine knows. Fills have their own kind.
func (a *Account) checkOrder(o *Order) error {
	if o == nil {
		return errors.New("no order")
	}
	before, open := a.Open[o.ID]
	switch {
	case !open && o.Status != Submitting:
		return fmt.Errorf("order %s is not open and cannot become %s", o.ID, o.Status)
	case !open && !o.FilledQuantity.IsZero():
		return fmt.Errorf("order %s begins with fills", o.ID)
	case !open:
		return nil
	case before.Status != o.Status && !CanMove(before.Status, o.Status):
		return fmt.Errorf("order %s cannot move from %s to %s", o.ID, before.Status, o.Status)
	case !before.FilledQuantity.Equal(o.FilledQuantity):
		return fmt.Errorf("order %s changes its filled quantity without a fill", o.ID)
	}
	return nil
}

func (a *Account) checkRejection(e Entry) error {
	switch o := e.Order; {
	case o == nil || e.Rejection == nil:
		return errors.New("no order or no rejection")
	case o.Status != Rejected:
		return fmt.Errorf("rejection of order %s leaves it %s", o.ID, o.Status)
	default:
		before, open := a.Open[o.ID]
		if open && !CanMove(before.Status, Rejected) {
			return fmt.Errorf("order %s cannot move from %s to %s", o.ID, before.Status, Rejected)
		}
		return nil
	}
}

func (a *Account) foldFill(e Entry) (folded, error) {
	o, f := e.Order, e.Fill
	switch {
	case o == nil || f == nil:
		return folded{}, errors.New("no order or no fill")
	case f.OrderID != o.ID || f.Symbol != o.Symbol || f.Side != o.Side:
		return folded{}, fmt.Errorf("fill %s is not one of order %s", f.ID, o.ID)
	case !f.Quantity.IsPos() || f.Price.IsNeg():
		return folded{}, fmt.Errorf("fill %s of %s at %s", f.ID, f.Quantity, f.Price)
	}
	before, open := a.Open[o.ID]
	if !open && !o.Status.Terminal() {
		return folded{}, fmt.Errorf("fill %s opens order %s again", f.ID, o.ID)
	}
	if open {
		after, err := before.Filled(*f)
		if err != nil {
			return folded{}, err
		}
		if !after.FilledQuantity.Equal(o.FilledQuantity) || (after.Status != o.Status && !CanMove(before.Status, o.Status)) {
			return folded{}, fmt.Errorf("order %s is %s with %s filled after fill %s, expected %s with %s",
				o.ID, o.Status, o.FilledQuantity, f.ID, after.Status, after.FilledQuantity)
		}
	}
	amount, err := Amount(f.Quantity, f.Price)
	if err != nil {
		return folded{}, err
	}
	quantity := f.Quantity
	if f.Side == Sell {
		quantity, amount = quantity.Neg(), amount.Neg()
	}
	return a.trade(f.Symbol, quantity, amount)
}

// trade adds a signed quantity to a position for a signed amount of cash paid.
// What closes a position realises its share of the cost; what goes beyond zero
// opens one in the other direction.
func (a *Account) trade(s Symbol, quantity, paid Decimal) (folded, error) {
	p := a.Positions[s]
	p.Symbol = s
	m := &sums{}
	out := folded{cash: m.sub(a.Cash, paid), realized: a.RealizedPnl, position: &p}
	if p.Quantity.Sign()*quantity.Sign() >= 0 {
		p.Quantity, p.CostBasis = m.add(p.Quantity, quantity), m.add(p.CostBasis, paid)
		return out, m.err
	}
	closing, paidClosing := quantity, paid
	if quantity.CmpAbs(p.Quantity) > 0 {
		closing = p.Quantity.Neg()
		paidClosing = m.share(paid, closing, quantity)
	}
	cost := m.share(p.CostBasis, closing.Neg(), p.Quantity)
	out.realized = m.sub(out.realized, m.add(paidClosing, cost))
	opened := m.sub(quantity, closing)
	p.Quantity = m.add(p.Quantity, quantity)
	p.CostBasis = m.sub(p.CostBasis, cost)
	if !opened.IsZero() {
		p.CostBasis = m.sub(paid, paidClosing)
	}
	return out, m.err
}

// foldAdjustment moves money and shares that no order moved.
func (a *Account) foldAdjustment(d *Adjustment) (folded, error) {
	if d == nil {
		return folded{}, errors.New("no adjustment")
	}
	m := &sums{}
	out := folded{cash: a.Cash, realized: a.RealizedPnl}
	switch d.Kind {
	case Published:
	case Deposit:
		if d.Symbol == "" {
			out.cash = m.add(a.Cash, d.Amount)
			break
		}
		// Shares bring their cost along and move no cash: a purchase whose price was deposited with it.
		bought, err := a.trade(d.Symbol, d.Quantity, d.Amount)
		bought.cash = a.Cash
		return bought, err
	case Fee:
		out.cash, out.realized = m.add(a.Cash, d.Amount), m.add(a.RealizedPnl, d.Amount)
	case Bust, Correction:
		if d.Symbol == "" {
			out.cash, out.realized = m.add(a.Cash, d.Amount), m.add(a.RealizedPnl, d.Amount)
			break
		}
		return a.reverse(d)
	default:
		return folded{}, fmt.Errorf("unknown kind of adjustment %q", d.Kind)
	}
	return out, m.err
}

// reverse undoes a trade: its shares leave, or come back, at the price they had
// in it, so that the bust of a purchase realises nothing. Only when no shares are
// left is what remains of the cost realised.
func (a *Account) reverse(d *Adjustment) (folded, error) {
	p := a.Positions[d.Symbol]
	p.Symbol = d.Symbol
	m := &sums{}
	out := folded{cash: m.add(a.Cash, d.Amount), realized: a.RealizedPnl, position: &p}
	p.Quantity, p.CostBasis = m.add(p.Quantity, d.Quantity), m.sub(p.CostBasis, d.Amount)
	if p.Quantity.IsZero() {
		out.realized = m.sub(out.realized, p.CostBasis)
	}
	return out, m.err
}

// sums is arithmetic that remembers its first error.
type sums struct{ err error }

func (m *sums) add(a, b Decimal) Decimal { return m.keep(Add(a, b)) }
func (m *sums) sub(a, b Decimal) Decimal { return m.keep(Sub(a, b)) }

// share is amount × part / whole, and exactly amount when part is the whole.
func (m *sums) share(amount, part, whole Decimal) Decimal {
	if part.Equal(whole) {
		return amount
	}
	ratio, err := part.Quo(whole)
	if err != nil {
		return m.keep(ratio, err)
	}
	product, err := amount.Mul(ratio)
	return m.keep(money(product), err)
}

func (m *sums) keep(d Decimal, err error) Decimal {
	if err != nil && m.err == nil {
		m.err = err
	}
	return d
}
