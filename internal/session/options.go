package session

import (
	"context"
	"log/slog"
	"runtime"
	"time"

	"tradewind/internal/trading"
)

// Options of New. The zero value is right for a server.
type Options struct {
	// TTL is how long a session lives without use. Default 24 h.
	TTL time.Duration
	// MaxAge is how long a session lives at most. Default 30 days.
	MaxAge time.Duration
	// PerUser is how many sessions a user may have; the oldest goes. Default 50.
	PerUser int
	// Recheck is how often held sessions are compared with the store. Default 10 s.
	Recheck time.Duration
	// CacheTTL is how long a session that was looked up is taken for valid without
	// asking the store again. Ends on this node count at once. A session that is held is
	// compared with the store anyway (Recheck), and not asked for again. Default 5 s,
	// negative: no cache.
	CacheTTL time.Duration
	// StoreTimeout bounds one look-up of a session, and one write that keeps it alive. Default 10 s.
	StoreTimeout time.Duration
	// CacheSize is how many sessions are cached. Default 10,000.
	CacheSize int
	// Hashers is how many passwords are hashed at once. Default GOMAXPROCS.
	Hashers int
	// HashWait is how long a sign-in waits for its turn before ErrBusy. Default 2 s.
	HashWait time.Duration
	// Cost of new password hashes. Default DefaultCost.
	Cost Cost
	// Attempts limits failed sign-ins. Default: a limiter with its defaults.
	Attempts *LoginLimiter
	// Broker executes for the accounts of new users. Default paper.
	Broker string
	// Fund is called by CreateUser for a new user's account, before the user is
	// stored, so that nobody ever sees it without its first deposit. Default: none.
	Fund func(ctx context.Context, a trading.AccountInfo) error
	// Now is the clock. Default time.Now.
	Now func() time.Time
	// Logger gets what no caller is told. Default: silence.
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	setDefault(&o.TTL, DefaultTTL)
	setDefault(&o.MaxAge, DefaultMaxAge)
	setDefault(&o.PerUser, 50)
	setDefault(&o.Recheck, 10*time.Second)
	setDefault(&o.CacheTTL, 5*time.Second)
	setDefault(&o.StoreTimeout, 10*time.Second)
	setDefault(&o.CacheSize, 10_000)
	setDefault(&o.Hashers, runtime.GOMAXPROCS(0))
	setDefault(&o.HashWait, 2*time.Second)
	setDefault(&o.Cost, DefaultCost)
	setDefault(&o.Broker, "paper")
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Attempts == nil {
		o.Attempts = NewLoginLimiter(LimiterOptions{Now: o.Now})
	}
	if o.Fund == nil {
		o.Fund = func(context.Context, trading.AccountInfo) error { return nil }
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// touchEvery is how often the use of a session is written down: a hundredth of
// its life, between a minute and a quarter of an hour. Only sessions that would
// not live for two minutes are written more often than once a minute.
func (o Options) touchEvery() time.Duration {
	every := min(max(o.TTL/100, time.Minute), 15*time.Minute)
	return min(every, o.TTL/3)
}
