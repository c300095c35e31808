package trading

import (
	"context"
	"time"
)

// PositionValue is a position at current prices. Amounts are in the account's currency.
type PositionValue struct {
	Symbol               Symbol
	Quantity             Decimal
	AvgPrice             Decimal
	Price                Decimal
	MarketValue          Decimal
	UnrealizedPnl        Decimal
	UnrealizedPnlPercent Decimal
	DayChange            Decimal
}

// Portfolio is an account at current prices. Seq is the newest ledger entry folded in.
type Portfolio struct {
	Account          AccountID
	Seq              Seq
	AsOf             time.Time
	Currency         string
	Cash             Decimal
	BuyingPower      Decimal // cash less what open buy orders reserve
	MarketValue      Decimal
	TotalValue       Decimal
	DayChange        Decimal
	DayChangePercent Decimal
	UnrealizedPnl    Decimal
	RealizedPnl      Decimal
	Positions        []PositionValue // by symbol
}

// Valuer computes portfolios. All methods may be called concurrently.
type Valuer interface {
	// Value computes a portfolio now.
	Value(ctx context.Context, account AccountID) (Portfolio, error)
	// Watch keeps an account valued until release is called; watches are counted.
	// The account's portfolio goes to the listeners of OnPortfolio at once, also
	// when it was watched already, then its changes, conflated to the interval.
	Watch(ctx context.Context, account AccountID) (release func(), err error)
	// OnPortfolio registers a listener for the portfolios of watched accounts,
	// per account in order. To be called before anything runs; it must not block.
	OnPortfolio(fn func(Portfolio))
}
