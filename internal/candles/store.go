package candles

import (
	"context"
	"fmt"
	"sync"
	"unsafe"

	"tradewind/internal/trading"
)

// The defaults of Options, and the fewest candles of a row whatever the memory.
const (
	DefaultBars   = 500
	DefaultMemory = 64 << 20
	MinBars       = 60
)

// Options tune a Store.
type Options struct {
	Bars    int                   // candles of a row at most; 0: DefaultBars
	Memory  int                   // bytes of all rows together, as far as MinBars allow; 0: DefaultMemory
	History trading.CandleHistory // what was before the first quote; nil: nothing
}

// Store is a trading.CandleStore in memory.
type Store struct {
	history trading.CandleHistory
	bars    int

	mu   sync.RWMutex
	rows map[trading.Symbol]*rows
}

// rows are the candles of one symbol, in the order of trading.Intervals.
type rows struct {
	quoted bool            // there was a live quote:
	volume trading.Decimal // of the last one
	row    [len(trading.Intervals)]row
}

var _ trading.CandleStore = (*Store)(nil)

// New returns a store that listens to the board from now on. It is to be called
// before quotes are published.
func New(board *trading.Board, o Options) *Store {
	instruments := board.Instruments()
	s := &Store{
		history: o.History,
		bars:    capacity(len(instruments), o),
		rows:    make(map[trading.Symbol]*rows, len(instruments)),
	}
	for _, i := range instruments {
		s.rows[i.Symbol] = &rows{}
	}
	board.OnQuotes(s.onQuotes)
	return s
}

// capacity is how many candles a row may have.
func capacity(symbols int, o Options) int {
	if o.Bars <= 0 {
		o.Bars = DefaultBars
	}
	if o.Memory <= 0 {
		o.Memory = DefaultMemory
	}
	each := max(1, symbols) * len(trading.Intervals) * int(unsafe.Sizeof(trading.Candle{}))
	return max(min(o.Bars, MinBars), min(o.Bars, o.Memory/each))
}

// onQuotes lets candles grow. Quotes that are not live tell nothing new.
func (s *Store) onQuotes(quotes []trading.Quote) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, q := range quotes {
		if r := s.rows[q.Symbol]; r != nil && q.State == trading.QuoteLive {
			r.add(q, s.bars)
		}
	}
}

// add takes a live quote into all rows of its symbol.
func (r *rows) add(q trading.Quote, limit int) {
	var traded trading.Decimal // what was traded before the first quote is not ours to tell
	if r.quoted {
		traded = since(r.volume, q.Volume)
	}
	r.quoted, r.volume = true, q.Volume
	for n := range r.row {
		r.row[n].add(trading.Intervals[n], q, traded, limit)
	}
}

// since is what was traded between two volumes. They count from the feed's
// reference, so a fall means that the count began again.
func since(before, now trading.Decimal) trading.Decimal {
	if traded, err := trading.Sub(now, before); err == nil && !traded.IsNeg() {
		return traded
	}
	return now
}

// Candles implements trading.CandleStore. The answer is the caller's.
func (s *Store) Candles(ctx context.Context, symbol trading.Symbol, interval trading.Interval, limit int) ([]trading.Candle, error) {
	r, err := s.row(symbol, interval)
	if err != nil {
		return nil, err
	}
	if err := s.fill(ctx, r, symbol, interval); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return r.last(limit), nil
}

func (s *Store) row(symbol trading.Symbol, interval trading.Interval) (*row, error) {
	all := s.rows[symbol] // the map does not change after New
	if all == nil {
		return nil, fmt.Errorf("candles of symbol %q: %w", symbol, trading.ErrNotFound)
	}
	for n, i := range trading.Intervals {
		if i == interval {
			return &all.row[n], nil
		}
	}
	return nil, fmt.Errorf("candles of interval %q: %w", interval, trading.ErrNotFound)
}

// fill puts the feed's history in front of a row, once. Callers that come
// meanwhile read it too; the first to finish counts.
func (s *Store) fill(ctx context.Context, r *row, symbol trading.Symbol, interval trading.Interval) error {
	if s.history == nil {
		return nil
	}
	s.mu.RLock()
	filled := r.filled
	s.mu.RUnlock()
	if filled {
		return nil
	}
	history, err := s.history.History(ctx, symbol, interval, s.bars)
	if err != nil {
		return fmt.Errorf("history of %s: %w", symbol, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r.prepend(interval, history, s.bars)
	return nil
}
