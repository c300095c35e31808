package sim

import (
	"context"
	"fmt"
	"time"

	"github.com/govalues/decimal"

	"tradewind/internal/trading"
)

// maxHistory bounds one answer of History.
const maxHistory = 2000

// samples is how finely a candle looks at the price. Within an interval it is a
// divisor of it, so candles meet where one ends and the next begins.
var samples = map[trading.Interval]time.Duration{
	trading.Minute:         5 * time.Second,
	trading.FiveMinutes:    15 * time.Second,
	trading.FifteenMinutes: 30 * time.Second,
	trading.Hour:           2 * time.Minute,
	trading.OneDay:         30 * time.Minute,
}

// History implements trading.CandleHistory: what the prices did until now, as if
// the market had always been there. Scripts have no past. At most 2,000 candles.
func (f *Feed) History(ctx context.Context, symbol trading.Symbol, interval trading.Interval, n int) ([]trading.Candle, error) {
	step, ok := samples[interval]
	if !ok {
		return nil, fmt.Errorf("interval %q: %w", interval, trading.ErrNotFound)
	}
	for _, t := range f.tickers {
		if t.symbol == symbol {
			return newModel(t, f.o.Seed).history(ctx, time.Now(), interval, step, min(n, maxHistory))
		}
	}
	return nil, fmt.Errorf("symbol %q: %w", symbol, trading.ErrNotFound)
}

func (m model) history(ctx context.Context, now time.Time, interval trading.Interval, step time.Duration, n int) ([]trading.Candle, error) {
	length := interval.Duration()
	start := interval.Start(now).Add(-length * time.Duration(n-1))
	var all []trading.Candle
	for ; !start.After(now) && n > 0; start = start.Add(length) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		end := start.Add(length)
		if end.After(now) {
			end = now
		}
		all = append(all, m.candle(start, end, step))
	}
	return all, nil
}

// candle is what happened from start until end, both included in the prices.
func (m model) candle(start, end time.Time, step time.Duration) trading.Candle {
	open, last := m.cents(start), m.cents(end)
	low, high := min(open, last), max(open, last)
	for t := start.Add(step); t.Before(end); t = t.Add(step) {
		price := m.cents(t)
		low, high = min(low, price), max(high, price)
	}
	volume := m.volume(start.Add(max(0, end.Sub(start)-time.Millisecond))) - m.volume(start)
	return trading.Candle{
		Time: start,
		Open: money(open), High: money(high), Low: money(low), Close: money(last),
		Volume: decimal.MustNew(volume, 0),
	}
}
