package trading

import "fmt"

// MoneyScale is how many digits after the decimal point an amount of money keeps.
// A millionth of the currency unit is exact for prices in cents and sizes in
// ten-thousandths, and leaves room for a thousand million within MaxDigits.
const MoneyScale = 6

// Amount is what a quantity costs at a price, rounded half to even to MoneyScale.
func Amount(quantity, price Decimal) (Decimal, error) {
	product, err := quantity.MulExact(price, 0)
	if err != nil {
		return Decimal{}, fmt.Errorf("amount of %s at %s: %w", quantity, price, err)
	}
	return money(product), nil
}

// AveragePrice is the price per unit of an amount, rounded to MoneyScale; zero for no quantity.
func AveragePrice(amount, quantity Decimal) (Decimal, error) {
	if quantity.IsZero() {
		return Decimal{}, nil
	}
	price, err := amount.Quo(quantity)
	if err != nil {
		return Decimal{}, fmt.Errorf("average price of %s for %s: %w", amount, quantity, err)
	}
	return money(price), nil
}

// money cuts a result to the digits that amounts keep.
func money(d Decimal) Decimal { return d.Round(MoneyScale).Trim(0) }

// Add is the exact sum. Where digits would be lost it is an error, unlike with
// Decimal.Add, which rounds.
func Add(a, b Decimal) (Decimal, error) {
	sum, err := a.AddExact(b, max(a.MinScale(), b.MinScale()))
	if err != nil {
		return Decimal{}, fmt.Errorf("%s + %s: %w", a, b, err)
	}
	return sum.Trim(0), nil
}

// Sub is the exact difference, an error where digits would be lost.
func Sub(a, b Decimal) (Decimal, error) { return Add(a, b.Neg()) }
