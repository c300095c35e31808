package sqlite

import (
	"log/slog"
	"runtime"
	"time"
)

// Options of Open. The zero value is right for a server.
type Options struct {
	// MustExist makes Open fail with ErrMissing where there is no database, instead of making one.
	MustExist bool
	// BusyTimeout is how long to wait for another process that writes. Default 5 s.
	BusyTimeout time.Duration
	// Readers is the number of read connections. Default 4, or one per CPU if that is more.
	Readers int
	// MaxBatch is how many writes share a transaction at most. Default 256.
	MaxBatch int
	// MaxQueue is how many writes may wait before callers wait for room. Default 1024.
	MaxQueue int
	// Logger gets what no caller is told. Default: silence.
	Logger *slog.Logger
	// OnCommit is called after each transaction with the number of writes in it
	// and how long it took, flush included. The writes are answered when it has
	// returned: it must not block. Default: none.
	OnCommit func(writes int, took time.Duration)
}

func (o Options) withDefaults() Options {
	if o.BusyTimeout <= 0 {
		o.BusyTimeout = 5 * time.Second
	}
	if o.Readers <= 0 {
		o.Readers = max(4, runtime.GOMAXPROCS(0))
	}
	if o.MaxBatch <= 0 {
		o.MaxBatch = 256
	}
	if o.MaxQueue <= 0 {
		o.MaxQueue = 1024
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.OnCommit == nil {
		o.OnCommit = func(int, time.Duration) {}
	}
	return o
}
