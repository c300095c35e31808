package executor

import (
	"fmt"

	"github.com/govalues/decimal"

	"tradewind/internal/trading"
)

// checkOrder applies the rules that every order must pass before a broker hears of
// it, and sets what a market buy reserves. A nil result lets the order pass.
func (e *Executor) checkOrder(a *trading.Account, o *trading.Order) *trading.Refusal {
	instrument, known := e.board.Instrument(o.Symbol)
	if !known {
		return refusal(trading.CodeUnknownSymbol, 0, "There is no symbol %.20s to trade.", o.Symbol)
	}
	if r := checkQuantity(instrument, o.Quantity); r != nil {
		return r
	}
	if o.Type == trading.Limit {
		if r := checkPrice(instrument, o.LimitPrice); r != nil {
			return r
		}
	} else if r := e.checkMarket(o); r != nil {
		return r
	}
	if len(a.Open) >= e.o.MaxOpenOrders {
		return refusal(trading.CodeTooManyOrders, 0, "The account has %d open orders, which is the most it can have.", len(a.Open))
	}
	if o.Side == trading.Sell {
		return checkShares(a, o.Symbol, o.Quantity)
	}
	return checkFunds(a, *o, trading.Decimal{})
}

func checkQuantity(i trading.Instrument, quantity trading.Decimal) *trading.Refusal {
	switch {
	case !quantity.IsPos():
		return refusal(trading.CodeInvalidQuantity, 0, "The quantity must be above zero.")
	case !multiple(quantity, i.QuantityStep):
		return refusal(trading.CodeInvalidQuantity, 0, "%s trades in steps of %s.", i.Symbol, i.QuantityStep)
	case i.MaxQuantity.IsPos() && quantity.Cmp(i.MaxQuantity) > 0:
		return refusal(trading.CodeOrderTooLarge, 0, "One order of %s may have at most %s.", i.Symbol, i.MaxQuantity)
	}
	return nil
}

func checkPrice(i trading.Instrument, price trading.Decimal) *trading.Refusal {
	switch {
	case !price.IsPos():
		return refusal(trading.CodeInvalidPrice, 0, "The limit price must be above zero.")
	case !multiple(price, i.PriceStep):
		return refusal(trading.CodeInvalidPrice, 0, "Prices of %s move in steps of %s.", i.Symbol, i.PriceStep)
	}
	return nil
}

// multiple reports whether a number is a whole number of steps; no step allows all.
func multiple(n, step trading.Decimal) bool {
	if !step.IsPos() {
		return true
	}
	_, rest, err := n.QuoRem(step)
	return err == nil && rest.IsZero()
}

// checkMarket requires a market that trades now. Limit orders can wait for one.
func (e *Executor) checkMarket(o *trading.Order) *trading.Refusal {
	q, ok := e.board.Quote(o.Symbol)
	switch {
	case ok && q.State == trading.QuoteClosed:
		return refusal(trading.CodeMarketClosed, 0, "The market of %s is closed; a limit order can wait for it.", o.Symbol)
	case ok && q.State == trading.QuoteHalted:
		return refusal(trading.CodeSymbolHalted, 0, "Trading in %s is halted; a limit order can wait for it.", o.Symbol)
	}
	price := q.Ask
	if o.Side == trading.Sell {
		price = q.Bid
	}
	if price.IsZero() {
		price = q.Price
	}
	if !price.IsPos() {
		return refusal(trading.CodeNoPrice, 0, "There is no price of %s yet.", o.Symbol)
	}
	if o.Side == trading.Buy {
		reserve, err := addPercent(price, e.o.MarketBuffer)
		if err != nil {
			return tooLarge(o.Symbol)
		}
		o.ReservePrice = reserve
	}
	return nil
}

func addPercent(price trading.Decimal, percent int64) (trading.Decimal, error) {
	factor, err := decimal.New(100+percent, 2)
	if err != nil {
		return price, err
	}
	return trading.Amount(price, factor)
}

// checkFunds requires the buying power that an order needs beyond what it has
// reserved already.
func checkFunds(a *trading.Account, o trading.Order, reserved trading.Decimal) *trading.Refusal {
	needed, err := o.Reserved()
	if err == nil {
		needed, err = trading.Sub(needed, reserved)
	}
	if err != nil {
		return tooLarge(o.Symbol)
	}
	power, err := a.BuyingPower()
	if err != nil {
		return tooLarge(o.Symbol)
	}
	if needed.IsPos() && needed.Cmp(power) > 0 {
		return refusal(trading.CodeInsufficientFunds, 0, "Not enough buying power: the order needs %s, available is %s.", needed, power)
	}
	return nil
}

// checkShares requires a position that no open order holds already: no short sales.
func checkShares(a *trading.Account, s trading.Symbol, quantity trading.Decimal) *trading.Refusal {
	available, err := a.Available(s)
	if err != nil {
		return tooLarge(s)
	}
	if quantity.IsPos() && quantity.Cmp(available) > 0 {
		return refusal(trading.CodeInsufficientShares, 0, "Not enough %s to sell: the order needs %s, available is %s.", s, quantity, available)
	}
	return nil
}

func tooLarge(s trading.Symbol) *trading.Refusal {
	return refusal(trading.CodeOrderTooLarge, 0, "The order of %s is too large to be counted.", s)
}

// checkReplacement applies the rules to the new terms of an order.
func (e *Executor) checkReplacement(a *trading.Account, o trading.Order, r trading.Replacement) *trading.Refusal {
	instrument, known := e.board.Instrument(o.Symbol)
	if !known {
		return refusal(trading.CodeUnknownSymbol, 0, "There is no symbol %.20s to trade.", o.Symbol)
	}
	if !r.Quantity.IsZero() {
		if refused := checkQuantity(instrument, r.Quantity); refused != nil {
			return refused
		}
		if r.Quantity.Cmp(o.FilledQuantity) <= 0 {
			return refusal(trading.CodeInvalidQuantity, 0, "The new quantity must be above the %s filled already.", o.FilledQuantity)
		}
	}
	if !r.LimitPrice.IsZero() {
		if o.Type == trading.Market {
			return refusal(trading.CodeInvalidPrice, 0, "A market order has no limit price to change.")
		}
		if refused := checkPrice(instrument, r.LimitPrice); refused != nil {
			return refused
		}
	}
	asked := o
	asked.Pending = r
	if o.Side == trading.Sell {
		more, err := trading.Sub(asked.ReservedShares(), o.ReservedShares())
		if err != nil {
			return tooLarge(o.Symbol)
		}
		return checkShares(a, o.Symbol, more)
	}
	reserved, err := o.Reserved()
	if err != nil {
		return tooLarge(o.Symbol)
	}
	return checkFunds(a, asked, reserved)
}

// describe is an order in a few words, for logs and sentences.
func describe(o trading.Order) string {
	return fmt.Sprintf("%s %s %s", o.Side, o.Quantity, o.Symbol)
}
