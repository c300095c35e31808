package trading

import (
	"fmt"
	"maps"
)

// Position is what an account holds of one symbol. Both numbers are negative for
// a short one.
type Position struct {
	Symbol    Symbol
	Quantity  Decimal
	CostBasis Decimal // total paid for Quantity; the average price is CostBasis / Quantity
}

// AvgPrice is what one unit cost on average, rounded to MoneyScale.
func (p Position) AvgPrice() (Decimal, error) { return AveragePrice(p.CostBasis, p.Quantity) }

// Account is the fold of an account's ledger up to Seq: what money and shares
// there are and which orders are not over. It is a value of one owner; Clone
// before handing it on. What it holds grows with positions and open orders, not
// with history.
//
// At any Seq, Cash plus the cost of all positions less RealizedPnl equals what
// was deposited: nothing is lost to rounding.
type Account struct {
	ID          AccountID
	Seq         Seq
	Cash        Decimal
	RealizedPnl Decimal // of closed positions, less fees
	Positions   map[Symbol]Position
	Open        map[OrderID]Order // orders that are not terminal
}

// NewAccount returns the account before its first entry.
func NewAccount(id AccountID) *Account {
	return &Account{ID: id, Positions: make(map[Symbol]Position), Open: make(map[OrderID]Order)}
}

// Clone returns a copy that shares nothing that is ever changed.
func (a *Account) Clone() *Account {
	c := *a
	c.Positions, c.Open = maps.Clone(a.Positions), maps.Clone(a.Open)
	return &c
}

// BuyingPower is the cash less what open buy orders reserve. It is negative when
// fills cost more than was reserved for them.
func (a *Account) BuyingPower() (Decimal, error) {
	left := a.Cash
	for _, o := range a.Open {
		reserved, err := o.Reserved()
		if err != nil {
			return Decimal{}, fmt.Errorf("buying power: order %s: %w", o.ID, err)
		}
		if left, err = Sub(left, reserved); err != nil {
			return Decimal{}, fmt.Errorf("buying power: order %s: %w", o.ID, err)
		}
	}
	return left, nil
}

// Available is the position in a symbol less what open sell orders hold of it.
func (a *Account) Available(s Symbol) (Decimal, error) {
	left := a.Positions[s].Quantity
	for _, o := range a.Open {
		if o.Symbol != s {
			continue
		}
		var err error
		if left, err = Sub(left, o.ReservedShares()); err != nil {
			return Decimal{}, fmt.Errorf("available %s: order %s: %w", s, o.ID, err)
		}
	}
	return left, nil
}
