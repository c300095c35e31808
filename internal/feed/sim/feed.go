package sim

import (
	"context"
	"time"

	"tradewind/internal/trading"
)

// Feed is a simulated market.
type Feed struct {
	o       Options
	tickers []ticker
}

var (
	_ trading.QuoteFeed     = (*Feed)(nil)
	_ trading.CandleHistory = (*Feed)(nil)
)

// New returns a feed. It starts nothing.
func New(o Options) *Feed {
	o = o.withDefaults()
	return &Feed{o: o, tickers: tickers(o.Symbols)}
}

// Name implements trading.QuoteFeed.
func (f *Feed) Name() string { return "sim" }

// Instruments implements trading.QuoteFeed.
func (f *Feed) Instruments() []trading.Instrument {
	all := make([]trading.Instrument, len(f.tickers))
	for n, t := range f.tickers {
		all[n] = t.instrument()
	}
	return all
}

// Run publishes the state of the feed and a quote of every symbol, then updates
// until ctx ends; that is no error. A script starts again with every Run.
func (f *Feed) Run(ctx context.Context, sink trading.QuoteSink) error {
	m := open(f, time.Now(), sink)
	timer := time.NewTimer(m.untilNext(time.Now()))
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
			m.advance(time.Now())
			timer.Reset(m.untilNext(time.Now()))
		}
	}
}
