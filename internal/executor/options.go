package executor

import (
	"log/slog"
	"time"
)

// Options of an Executor; the zero value is ready to use.
type Options struct {
	Logger *slog.Logger     // nil: silent
	Now    func() time.Time // nil: time.Now

	AnswerTime    time.Duration // how long a request waits for the broker before it answers with the state reached; 2 s
	BrokerTimeout time.Duration // of one call of a broker; 10 s
	StoreTimeout  time.Duration // of one write to the ledger; 10 s
	DrainTime     time.Duration // how long Run lets submissions finish when it is to end; 5 s

	// Not found at the broker counts as never submitted after this many look-ups
	// over at least this time; 3 over 60 s. Brokers with trading.AuthoritativeLookup
	// are believed at once.
	LookupCount int
	LookupSpan  time.Duration

	OrdersPerSecond float64 // of one user; 20
	OrderBurst      int     // 200
	MaxOpenOrders   int     // of one account; 1,000
	MaxWaiting      int     // requests waiting for one account, more are refused; 256
	MaxInFlight     int     // broker calls under way at once, more requests wait; 1,024
	MaxAccounts     int     // folds kept in memory; idle ones go first; 4,096
	SnapshotEvery   int     // entries between snapshots of an account; 200

	// MarketBuffer is what a market buy reserves above the quoted price, in percent: 1.
	MarketBuffer int64

	// OnAppend is told how long each write to the ledger took; it must not block. Nil: nobody is told.
	OnAppend func(time.Duration)
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	fill(&o.AnswerTime, 2*time.Second)
	fill(&o.BrokerTimeout, 10*time.Second)
	fill(&o.StoreTimeout, 10*time.Second)
	fill(&o.DrainTime, 5*time.Second)
	fill(&o.LookupCount, 3)
	fill(&o.LookupSpan, time.Minute)
	fill(&o.OrdersPerSecond, 20)
	fill(&o.OrderBurst, 200)
	fill(&o.MaxOpenOrders, 1000)
	fill(&o.MaxWaiting, 256)
	fill(&o.MaxInFlight, 1024)
	fill(&o.MaxAccounts, 4096)
	fill(&o.SnapshotEvery, 200)
	fill(&o.MarketBuffer, 1)
	return o
}

func fill[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
