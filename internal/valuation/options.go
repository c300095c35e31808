package valuation

import (
	"log/slog"
	"runtime"
	"time"

	"tradewind/internal/trading"
)

// The defaults of Options.
const (
	DefaultInterval    = 250 * time.Millisecond
	DefaultMaxRecorded = 10_000
)

// Options tune an Engine.
type Options struct {
	Interval    time.Duration        // the window of an account; 0: DefaultInterval
	History     trading.HistoryStore // gets a point a minute of every account that is watched or has positions; nil: no history
	MaxRecorded int                  // how many accounts that nobody watches have a history; 0: DefaultMaxRecorded
	Shards      int                  // workers; 0: one per processor, at most 8
	Logger      *slog.Logger         // nil: silence
}

func (o Options) withDefaults() Options {
	if o.Interval <= 0 {
		o.Interval = DefaultInterval
	}
	if o.MaxRecorded <= 0 {
		o.MaxRecorded = DefaultMaxRecorded
	}
	if o.Shards <= 0 {
		o.Shards = min(8, runtime.GOMAXPROCS(0))
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}
