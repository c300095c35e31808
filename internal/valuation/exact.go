package valuation

import (
	"github.com/govalues/decimal"

	"tradewind/internal/trading"
)

// exact is arithmetic that remembers its first error.
type exact struct{ err error }

func (x *exact) add(a, b trading.Decimal) trading.Decimal {
	// The short way is exact unless it had to give up digits.
	if sum, err := a.Add(b); err == nil && sum.Scale() >= max(a.Scale(), b.Scale()) {
		return sum
	}
	return x.keep(trading.Add(a, b))
}

func (x *exact) sub(a, b trading.Decimal) trading.Decimal { return x.add(a, b.Neg()) }

// amount is quantity × price, as money.
func (x *exact) amount(quantity, price trading.Decimal) trading.Decimal {
	if p, err := quantity.Mul(price); err == nil && p.Scale() == quantity.Scale()+price.Scale() && p.Scale() <= trading.MoneyScale {
		return p
	}
	return x.keep(trading.Amount(quantity, price))
}

// percent is how many hundredths of whole, by its size, part is; 0 of nothing.
func (x *exact) percent(part, whole trading.Decimal) trading.Decimal {
	if whole.IsZero() || part.IsZero() {
		return trading.Decimal{}
	}
	share, err := part.Quo(whole.Abs())
	if err != nil {
		return x.keep(share, err)
	}
	percent, err := share.Mul(decimal.Hundred)
	return x.keep(percent.Round(2), err)
}

func (x *exact) keep(d trading.Decimal, err error) trading.Decimal {
	if err != nil && x.err == nil {
		x.err = err
	}
	return d
}
