//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"tradewind/bench/workload"
)

func main() {
	settings, err := workload.FromEnv(os.Getenv)
	if err == nil {
		err = run(settings)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "floor:", err)
		os.Exit(1)
	}
}

// run serves until a signal ends it.
func run(settings workload.Settings) error {
	ctx, stop := workload.Process()
	defer stop()
	gap, err := flushGap(os.Getenv("FLUSH"))
	if err != nil {
		return err
	}
	shards, err := newShards(os.Getenv("SHARDS"), settings.PingInterval, gap)
	if err != nil {
		return err
	}
	roster := workload.NewRoster()
	r, err := newReader(settings, roster, shards)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	for _, s := range shards {
		g.Go(func() error { s.run(ctx); return nil })
	}
	g.Go(func() error { return r.run(ctx) })
	g.Go(func() error { return workload.Run(ctx, settings, roster, publisher{shards}) })
	return g.Wait()
}

// flushGap is 0 for a write per message.
func flushGap(text string) (time.Duration, error) {
	if text == "" || text == "message" {
		return 0, nil
	}
	gap, err := time.ParseDuration(text)
	if err != nil || gap <= 0 {
		return 0, fmt.Errorf("environment: FLUSH=%q is neither message nor a duration", text)
	}
	return gap, nil
}

func newShards(text string, ping, gap time.Duration) ([]*shard, error) {
	n := 2
	if text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil || n < 1 {
			return nil, fmt.Errorf("environment: SHARDS=%q is not a number of shards", text)
		}
	}
	shards := make([]*shard, n)
	for i := range shards {
		shards[i] = newShard(ping, gap)
	}
	return shards, nil
}

// publisher hands every frame to all shards.
type publisher struct{ shards []*shard }

func (p publisher) Quote(ctx context.Context, q workload.Quote) error {
	return p.send(ctx, roomOfSymbol(q.Symbol), workload.EventQuote, q)
}

func (p publisher) Notice(ctx context.Context, n workload.Notice) error {
	return p.send(ctx, roomOfAll, workload.EventNotice, n)
}

func (p publisher) Portfolio(ctx context.Context, f *workload.Portfolio) error {
	return p.send(ctx, roomOfUser(f.User), workload.EventPortfolio, f)
}

func (p publisher) send(ctx context.Context, room, event string, payload appender) error {
	frame, err := eventFrame(event, payload)
	if err != nil {
		return err
	}
	for _, s := range p.shards {
		if !s.post(ctx, task{kind: deliver, rooms: []string{room}, frame: frame}) {
			return ctx.Err()
		}
	}
	return nil
}
