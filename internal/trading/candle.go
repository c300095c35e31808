package trading

import (
	"context"
	"time"
)

// Interval is the length of a candle by the name clients use.
type Interval string

// The intervals.
const (
	Minute         Interval = "1m"
	FiveMinutes    Interval = "5m"
	FifteenMinutes Interval = "15m"
	Hour           Interval = "1h"
	OneDay         Interval = "1d"
)

// Intervals lists the intervals, shortest first.
var Intervals = [...]Interval{Minute, FiveMinutes, FifteenMinutes, Hour, OneDay}

// Duration is the length of the interval, 0 for one that does not exist.
func (i Interval) Duration() time.Duration {
	switch i {
	case Minute:
		return time.Minute
	case FiveMinutes:
		return 5 * time.Minute
	case FifteenMinutes:
		return 15 * time.Minute
	case Hour:
		return time.Hour
	case OneDay:
		return 24 * time.Hour
	}
	return 0
}

// Start is the beginning of the interval that t falls into, counted from 00:00 UTC.
func (i Interval) Start(t time.Time) time.Time {
	return t.UTC().Truncate(i.Duration())
}

// Candle is what the price of a symbol did from Time until one interval later.
// Volume is what was traded meanwhile, zero when unknown.
type Candle struct {
	Time                   time.Time
	Open, High, Low, Close Decimal
	Volume                 Decimal
}

// CandleStore tells what prices did. Methods may be called concurrently.
type CandleStore interface {
	// Candles returns up to limit candles, oldest first, the last one still
	// growing. Intervals in which nothing was quoted are missing. ErrNotFound: the
	// symbol or the interval is unknown. limit <= 0: all there are.
	Candles(ctx context.Context, symbol Symbol, interval Interval, limit int) ([]Candle, error)
}

// CandleHistory is implemented by a QuoteFeed that knows what prices did before
// it started. It returns up to n finished or growing candles, oldest first, and
// may be called before Run.
type CandleHistory interface {
	History(ctx context.Context, symbol Symbol, interval Interval, n int) ([]Candle, error)
}
