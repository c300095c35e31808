package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
)

// part is something that runs in the background until its context ends.
type part struct {
	name string
	run  func(context.Context) error
}

// runningParts are parts that were started together. If one of them ends before
// it was told to, all have failed.
type runningParts struct {
	cancel context.CancelFunc
	wg     sync.WaitGroup
	failed chan error // the first that ended by itself
	log    *slog.Logger
}

// startParts starts each part in a goroutine; stop ends and waits for them.
func startParts(ctx context.Context, log *slog.Logger, parts []part) *runningParts {
	ctx, cancel := context.WithCancel(ctx)
	r := &runningParts{cancel: cancel, failed: make(chan error, 1), log: log}
	for _, p := range parts {
		r.wg.Go(func() { // ends with ctx; stop waits
			err := p.run(ctx)
			if ctx.Err() != nil {
				if err != nil && !errors.Is(err, context.Canceled) {
					log.Error("part ended with an error", "part", p.name, "error", err)
				}
				return
			}
			if err == nil {
				err = errors.New("ended by itself")
			}
			select {
			case r.failed <- fmt.Errorf("%s: %w", p.name, err):
			default:
			}
		})
	}
	return r
}

// stop ends the parts and waits until all of it is over.
func (r *runningParts) stop() {
	r.cancel()
	r.wg.Wait()
}
