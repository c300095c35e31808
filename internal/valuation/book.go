package valuation

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"tradewind/internal/trading"
)

// ticker is the price of a symbol as the holders of a shard see it.
type ticker struct {
	symbol  trading.Symbol
	price   trading.Decimal
	change  trading.Decimal
	priced  bool
	holders []*holding
}

// set takes a quote and reports whether anybody's value changes with it.
func (t *ticker) set(q trading.Quote) bool {
	if t.priced && t.price.Equal(q.Price) && t.change.Equal(q.Change) {
		return false
	}
	t.price, t.change, t.priced = q.Price, q.Change, true
	return true
}

// holding is a position of a book together with its price.
type holding struct {
	book     *book
	ticker   *ticker
	index    int // in ticker.holders
	position trading.Position
	stale    bool                  // value is of an older price or position
	value    trading.PositionValue // as last computed
}

// book is an account with what it is worth. It does not lock; its owner does.
type book struct {
	owner    *watched // nil: a book that is valued once
	currency string
	fold     *trading.Account
	holdings []*holding // by symbol
	tickers  tickers
	power    trading.Decimal // buying power, unless moved
	moved    bool            // the fold changed since power was computed
}

// tickers is where a book finds and leaves its prices.
type tickers interface {
	join(*holding, trading.Symbol)
	leave(*holding)
}

func newBook(owner *watched, fold *trading.Account, currency string, tickers tickers) *book {
	b := &book{owner: owner, currency: currency, tickers: tickers}
	b.replace(fold)
	return b
}

// replace takes another fold of the account, which the book owns from now on.
func (b *book) replace(fold *trading.Account) {
	b.close()
	b.fold, b.moved = fold, true
	for s := range fold.Positions {
		b.hold(s)
	}
}

// close lets go of all prices.
func (b *book) close() {
	for _, h := range b.holdings {
		b.tickers.leave(h)
	}
	b.holdings = nil
}

// apply folds the next entry in.
func (b *book) apply(e trading.Entry) error {
	if err := b.fold.Apply(e); err != nil {
		return err
	}
	b.moved = true
	switch {
	case e.Fill != nil:
		b.hold(e.Fill.Symbol)
	case e.Adjustment != nil && e.Adjustment.Symbol != "":
		b.hold(e.Adjustment.Symbol)
	}
	return nil
}

// hold brings the holding of a symbol in line with the fold's position.
func (b *book) hold(s trading.Symbol) {
	at, found := slices.BinarySearchFunc(b.holdings, s, func(h *holding, s trading.Symbol) int {
		return cmp.Compare(h.position.Symbol, s)
	})
	position, held := b.fold.Positions[s]
	switch {
	case held && found:
		b.holdings[at].position, b.holdings[at].stale = position, true
	case held:
		h := &holding{book: b, position: position, stale: true}
		b.tickers.join(h, s)
		b.holdings = slices.Insert(b.holdings, at, h)
	case found:
		b.tickers.leave(b.holdings[at])
		b.holdings = slices.Delete(b.holdings, at, at+1)
	}
}

// portfolio values the account. What has not changed since the last time is not
// computed again. priced is false when a position has no price.
func (b *book) portfolio(now time.Time) (p trading.Portfolio, priced bool, err error) {
	if b.moved {
		if b.power, err = b.fold.BuyingPower(); err != nil {
			return p, false, fmt.Errorf("value account %s: %w", b.fold.ID, err)
		}
		b.moved = false
	}
	p = trading.Portfolio{
		Account: b.fold.ID, Seq: b.fold.Seq, AsOf: now.UTC().Truncate(time.Millisecond), Currency: b.currency,
		Cash: b.fold.Cash, BuyingPower: b.power, RealizedPnl: b.fold.RealizedPnl,
		Positions: make([]trading.PositionValue, len(b.holdings)),
	}
	x := &exact{}
	priced = true
	for n, h := range b.holdings {
		if h.stale {
			h.revalue(x)
		}
		priced = priced && h.ticker.priced
		p.Positions[n] = h.value
		p.MarketValue = x.add(p.MarketValue, h.value.MarketValue)
		p.DayChange = x.add(p.DayChange, h.value.DayChange)
		p.UnrealizedPnl = x.add(p.UnrealizedPnl, h.value.UnrealizedPnl)
	}
	p.TotalValue = x.add(p.Cash, p.MarketValue)
	p.DayChangePercent = x.percent(p.DayChange, x.sub(p.TotalValue, p.DayChange))
	if x.err != nil {
		return trading.Portfolio{}, false, fmt.Errorf("value account %s: %w", b.fold.ID, x.err)
	}
	return p, priced, nil
}

// revalue computes the holding at its ticker's price.
func (h *holding) revalue(x *exact) {
	average, err := h.position.AvgPrice()
	x.keep(average, err)
	v := trading.PositionValue{
		Symbol: h.position.Symbol, Quantity: h.position.Quantity,
		AvgPrice: average, Price: average, MarketValue: h.position.CostBasis,
	}
	if h.ticker.priced {
		v.Price = h.ticker.price
		v.MarketValue = x.amount(v.Quantity, v.Price)
		v.UnrealizedPnl = x.sub(v.MarketValue, h.position.CostBasis)
		v.UnrealizedPnlPercent = x.percent(v.UnrealizedPnl, h.position.CostBasis)
		v.DayChange = x.amount(v.Quantity, h.ticker.change)
	}
	h.value, h.stale = v, x.err != nil
}
