package watchdog

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"tradewind/internal/trading"
)

// DefaultSilence is how long a feed may be silent.
const DefaultSilence = 3 * time.Second

// Options tune a Feed.
type Options struct {
	Silence time.Duration // longer than this without quotes is a stall; 0: DefaultSilence
	Logger  *slog.Logger  // nil: silence
}

// Feed is a feed with a watchdog.
type Feed struct {
	trading.QuoteFeed
	silence time.Duration
	log     *slog.Logger
}

var (
	_ trading.QuoteFeed     = (*Feed)(nil)
	_ trading.CandleHistory = (*Feed)(nil)
)

// New puts a watchdog behind a feed. It starts nothing.
func New(feed trading.QuoteFeed, o Options) *Feed {
	f := &Feed{QuoteFeed: feed, silence: cmp.Or(o.Silence, DefaultSilence), log: o.Logger}
	if f.log == nil {
		f.log = slog.New(slog.DiscardHandler)
	}
	return f
}

// History implements trading.CandleHistory with that of the feed. A feed that
// knows no history has none.
func (f *Feed) History(ctx context.Context, symbol trading.Symbol, interval trading.Interval, n int) ([]trading.Candle, error) {
	if h, ok := f.QuoteFeed.(trading.CandleHistory); ok {
		return h.History(ctx, symbol, interval, n)
	}
	return nil, nil
}

// Run runs the feed and watches it until ctx ends or the feed's Run returns, and
// returns what that returned.
func (f *Feed) Run(ctx context.Context, sink trading.QuoteSink) error {
	w := &watch{
		sink:   sink,
		source: f.Name(),
		limit:  f.silence,
		log:    f.log,
		quotes: make(map[trading.Symbol]trading.Quote),
	}
	w.mu.Lock()
	w.timer = time.AfterFunc(f.silence, w.bark)
	w.mu.Unlock()
	defer w.end()
	return f.QuoteFeed.Run(ctx, w)
}

// watch is the sink of one Run. Its lock is held while it publishes, so that a
// stall and the quotes that end it cannot overtake each other.
type watch struct {
	sink   trading.QuoteSink
	source string
	limit  time.Duration
	log    *slog.Logger

	mu      sync.Mutex
	quotes  map[trading.Symbol]trading.Quote // as published; bounded by the feed's symbols
	state   trading.FeedState                // as the feed or the watchdog published it, empty before the first
	heard   time.Time                        // when the feed last said something
	timer   *time.Timer                      // calls bark; set back lazily, not at every quote
	stopped bool
}

// PublishQuotes implements trading.QuoteSink.
func (w *watch) PublishQuotes(quotes []trading.Quote) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.heard = time.Now()
	for _, q := range quotes {
		w.quotes[q.Symbol] = q
	}
	if w.state == trading.FeedStalled && slices.ContainsFunc(quotes, live) {
		w.log.Info("feed is live again", "source", w.source)
		w.publishLocked(trading.FeedLive)
	}
	w.sink.PublishQuotes(quotes)
}

// PublishStatus implements trading.QuoteSink.
func (w *watch) PublishStatus(s trading.FeedStatus) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.heard = time.Now()
	w.state = s.State
	w.sink.PublishStatus(s)
}

// bark runs when the feed may have been silent for too long.
func (w *watch) bark() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stopped {
		return
	}
	silent := time.Since(w.heard)
	if silent < w.limit {
		w.timer.Reset(w.limit - silent)
		return
	}
	w.timer.Reset(w.limit)
	if w.state == trading.FeedClosed || w.state == trading.FeedStalled {
		return
	}
	w.log.Warn("feed has stalled", "source", w.source, "silence", w.limit)
	w.publishLocked(trading.FeedStalled)
	var stale []trading.Quote
	for _, q := range w.quotes {
		if live(q) {
			q.State = trading.QuoteStale
			w.quotes[q.Symbol] = q
			stale = append(stale, q)
		}
	}
	if len(stale) > 0 {
		slices.SortFunc(stale, func(a, b trading.Quote) int { return cmp.Compare(a.Symbol, b.Symbol) })
		w.sink.PublishQuotes(stale)
	}
}

func (w *watch) publishLocked(state trading.FeedState) {
	w.state = state
	now := time.Now().UTC().Truncate(time.Millisecond)
	w.sink.PublishStatus(trading.FeedStatus{Source: w.source, State: state, Since: now})
}

// end stops the watchdog. What it was publishing is over when end returns.
func (w *watch) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stopped = true
	w.timer.Stop()
}

func live(q trading.Quote) bool { return q.State == trading.QuoteLive }
