package candles

import (
	"slices"
	"time"

	"tradewind/internal/trading"
)

// row is the candles of one symbol and interval, oldest first, the last growing.
type row struct {
	candles []trading.Candle
	head    int       // candles before it are forgotten; they are cut off in one go
	end     time.Time // when the last one ends
	filled  bool      // the feed's history is in
}

// add takes a quote and what was traded since the one before.
func (r *row) add(interval trading.Interval, q trading.Quote, traded trading.Decimal, limit int) {
	if len(r.candles) == 0 || !q.Time.Before(r.end) {
		start := interval.Start(q.Time)
		r.end = start.Add(interval.Duration())
		r.push(trading.Candle{Time: start, Open: q.Price, High: q.Price, Low: q.Price, Close: q.Price, Volume: traded}, limit)
		return
	}
	c := &r.candles[len(r.candles)-1]
	if q.Time.Before(c.Time) {
		return // older than what it would change
	}
	c.High, c.Low, c.Close = c.High.Max(q.Price), c.Low.Min(q.Price), q.Price
	if sum, err := trading.Add(c.Volume, traded); err == nil {
		c.Volume = sum
	}
}

// push appends a candle; the oldest beyond limit is forgotten.
func (r *row) push(c trading.Candle, limit int) {
	r.candles = append(r.candles, c)
	r.trim(limit)
}

// trim forgets what is beyond limit. The memory goes when as much again as a
// quarter of the row has been forgotten, so a push costs little on average.
func (r *row) trim(limit int) {
	r.head = max(r.head, len(r.candles)-limit)
	if r.head > limit/4 {
		r.candles = slices.Clone(r.candles[r.head:])
		r.head = 0
	}
}

// last returns a copy of the newest candles, all for limit <= 0.
func (r *row) last(limit int) []trading.Candle {
	kept := r.candles[r.head:]
	if limit > 0 && limit < len(kept) {
		kept = kept[len(kept)-limit:]
	}
	return slices.Clone(kept)
}

// prepend puts history in front, unless that has been done. The candle in which
// quotes began is both: opened in history, closed by quotes.
func (r *row) prepend(interval trading.Interval, history []trading.Candle, limit int) {
	if r.filled {
		return
	}
	r.filled = true
	own := r.candles[r.head:]
	if len(own) > 0 {
		n, _ := slices.BinarySearchFunc(history, own[0].Time, func(c trading.Candle, t time.Time) int { return c.Time.Compare(t) })
		if n < len(history) && history[n].Time.Equal(own[0].Time) {
			own[0] = merge(history[n], own[0])
		}
		history = history[:n]
	} else if len(history) > 0 {
		r.end = history[len(history)-1].Time.Add(interval.Duration())
	}
	r.candles = slices.Concat(history, own)
	r.head = 0
	r.trim(limit)
}

// merge joins a candle of history with the quotes of the same interval.
func merge(history, own trading.Candle) trading.Candle {
	own.Open = history.Open
	own.High, own.Low = own.High.Max(history.High), own.Low.Min(history.Low)
	own.Volume = own.Volume.Max(history.Volume)
	return own
}
