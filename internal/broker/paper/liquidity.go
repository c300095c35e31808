package paper

import (
	"tradewind/internal/trading"
)

// liquidity is what the newest quote of a symbol still offers.
type liquidity struct {
	quote    trading.Quote
	ask, bid trading.Decimal // size left; meaningless where the quote has no size, which is without limit
}

// claim is a size taken from a quote before it is known to be traded.
type claim struct {
	source   *liquidity
	side     trading.Side
	quantity trading.Decimal
}

func newLiquidity(q trading.Quote) *liquidity {
	return &liquidity{quote: q, ask: q.AskSize, bid: q.BidSize}
}

// offer is the price and size at which an order can trade now; false if it cannot.
func (l *liquidity) offer(o trading.BrokerOrder, step trading.Decimal) (price, size trading.Decimal, ok bool) {
	if l == nil || l.quote.State != trading.QuoteLive {
		return price, size, false
	}
	quoted, left := l.quote.AskSize, l.ask
	price = l.quote.Ask
	if o.Side == trading.Sell {
		price, quoted, left = l.quote.Bid, l.quote.BidSize, l.bid
	}
	if price.IsZero() {
		price = l.quote.Price
	}
	if !price.IsPos() || !reaches(o, price) {
		return price, size, false
	}
	size = remaining(o)
	if quoted.IsPos() {
		size = wholeSteps(size.Min(left), step)
	}
	return price, size, size.IsPos()
}

// reaches reports whether a price is at the order's limit or better.
func reaches(o trading.BrokerOrder, price trading.Decimal) bool {
	switch {
	case o.Type == trading.Market:
		return true
	case o.Side == trading.Buy:
		return price.Cmp(o.LimitPrice) <= 0
	default:
		return price.Cmp(o.LimitPrice) >= 0
	}
}

// wholeSteps cuts a size to the increments in which the symbol trades.
func wholeSteps(size, step trading.Decimal) trading.Decimal {
	if !step.IsPos() {
		return size
	}
	_, rest, err := size.QuoRem(step)
	if err != nil {
		return trading.Decimal{}
	}
	whole, err := trading.Sub(size, rest)
	if err != nil {
		return trading.Decimal{}
	}
	return whole
}

// take claims a size that offer named.
func (l *liquidity) take(side trading.Side, size trading.Decimal) claim {
	l.add(side, size.Neg())
	return claim{source: l, side: side, quantity: size}
}

// giveBack returns what was claimed and not traded. A newer quote does not care.
func (c claim) giveBack() {
	if c.source != nil {
		c.source.add(c.side, c.quantity)
	}
}

func (l *liquidity) add(side trading.Side, size trading.Decimal) {
	left := &l.ask
	if side == trading.Sell {
		left = &l.bid
	}
	if sum, err := trading.Add(*left, size); err == nil {
		*left = sum
	}
}
