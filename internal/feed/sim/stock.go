package sim

import (
	"time"

	"github.com/govalues/decimal"

	"tradewind/internal/trading"
)

// stock is one symbol of a running market.
type stock struct {
	model
	symbol trading.Symbol
	last   trading.Quote
	cents  int64 // of last

	midnight  time.Time // the day that reference belongs to
	reference int64     // cents at 00:00 UTC

	// A scripted jump lasts: from then on the model's price is scaled by to / from.
	from, to int64
	pinned   time.Duration // until then the price stays where the script put it
}

func newStock(t ticker, seed uint64) *stock {
	return &stock{model: newModel(t, seed), symbol: t.symbol, from: 1, to: 1}
}

// jump moves the price, and keeps it there until pinned has elapsed.
func (s *stock) jump(now time.Time, cents int64, pinned time.Duration) {
	s.startDay(now)
	s.from, s.to, s.pinned = s.model.cents(now), cents, pinned
	s.cents = 0 // the next price is exact, whatever the last one was
}

// quoted reports whether there was a quote yet.
func (s *stock) quoted() bool { return s.last.Symbol != "" }

// turn is the last quote in another state. Its time stays: it is as old as its price.
func (s *stock) turn(state trading.QuoteState) trading.Quote {
	s.last.State = state
	return s.last
}

// trade makes the quote of now.
func (s *stock) trade(now time.Time, elapsed time.Duration, state trading.QuoteState) trading.Quote {
	s.startDay(now)
	price := s.price(now, elapsed)
	s.cents = price
	change := price - s.reference
	spread := 1 + price/20_000
	s.last = trading.Quote{
		Symbol:        s.symbol,
		Price:         money(price),
		Change:        money(change),
		ChangePercent: money(divide(change*10_000, s.reference)),
		Time:          stamp(now),
		Bid:           money(max(1, price-spread)),
		Ask:           money(price + spread),
		BidSize:       decimal.MustNew(s.size(now, 0), 0),
		AskSize:       decimal.MustNew(s.size(now, 1), 0),
		Volume:        decimal.MustNew(s.volume(now), 0),
		State:         state,
	}
	return s.last
}

// startDay lets Change count from 00:00 UTC of the day of now.
func (s *stock) startDay(now time.Time) {
	if midnight := now.UTC().Truncate(day); !midnight.Equal(s.midnight) {
		s.midnight, s.reference = midnight, s.scaled(midnight)
	}
}

// price is the model's price, or a cent beside it where it would be the last one again.
func (s *stock) price(now time.Time, elapsed time.Duration) int64 {
	if elapsed < s.pinned {
		return s.to
	}
	price := s.scaled(now)
	if price != s.cents {
		return price
	}
	if price > 1 && mix(s.key^uint64(now.UnixMilli()))%2 == 0 {
		return price - 1
	}
	return price + 1
}

func (s *stock) scaled(t time.Time) int64 {
	return max(1, divide(s.model.cents(t)*s.to, s.from))
}

// divide divides by a positive number and rounds to the nearest.
func divide(a, b int64) int64 {
	if a < 0 {
		return -divide(-a, b)
	}
	return (a + b/2) / b
}

// money is a number of cents.
func money(cents int64) trading.Decimal { return decimal.MustNew(cents, 2) }

// stamp is a time as the domain has it.
func stamp(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
