package workload

import (
	"context"
	"math/rand/v2"
	"time"
)

// Publisher delivers. A call returns when the server has taken the event over,
// not when clients have it.
type Publisher interface {
	Quote(ctx context.Context, q Quote) error
	Notice(ctx context.Context, n Notice) error
	Portfolio(ctx context.Context, p *Portfolio) error
}

// Run publishes what the settings say as soon as enough clients are connected,
// until ctx ends or the publisher fails. The times of a rate are fixed from the
// start: a server that is late catches up, by at most a second.
func Run(ctx context.Context, s Settings, roster *Roster, p Publisher) error {
	if !s.Publishes() {
		<-ctx.Done()
		return nil
	}
	symbols := SymbolNames(s.Symbols)
	rate := s.Rate
	var publish func() error
	switch {
	case s.Kind == Broadcast:
		text := noticeText(s.Size)
		publish = func() error { return p.Notice(ctx, Notice{At: now(), Text: text}) }
	case s.Kind == Unicast:
		publish = unicast(ctx, symbols, roster, p)
	case s.Spread:
		rate *= float64(s.Symbols)
		publish = func() error { return p.Quote(ctx, newQuote(symbols[rand.IntN(len(symbols))], now())) }
	default:
		publish = burst(ctx, symbols, p)
	}
	return repeat(ctx, rate, func() bool { return roster.Count() >= s.Clients }, publish)
}

// burst publishes every symbol at one tick. All have its time: the wait for
// those before it is a part of a quote's latency.
func burst(ctx context.Context, symbols []string, p Publisher) func() error {
	return func() error {
		at := now()
		for _, symbol := range symbols {
			if err := p.Quote(ctx, newQuote(symbol, at)); err != nil {
				return err
			}
		}
		return nil
	}
}

// unicast publishes to every user at one tick, whose time all have.
func unicast(ctx context.Context, symbols []string, roster *Roster, p Publisher) func() error {
	var users []int
	return func() error {
		at := now()
		users = roster.AppendUsers(users[:0])
		for _, user := range users {
			if err := p.Portfolio(ctx, newPortfolio(user, symbols, at)); err != nil {
				return err
			}
		}
		return nil
	}
}

// repeat calls publish rate times a second while ready, until ctx ends.
func repeat(ctx context.Context, rate float64, ready func() bool, publish func() error) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	// Whole steps, so that a tick is due exactly at its time.
	step := time.Duration(float64(time.Second) / rate)
	start, done := time.Now(), int64(0)
	for {
		timer.Reset(time.Until(start.Add(time.Duration(done+1) * step)))
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		n := int64(time.Since(start) / step)
		if !ready() {
			done = n
			continue
		}
		done = max(done, n-int64(rate)-1)
		for ; done < n && ctx.Err() == nil; done++ {
			if err := publish(); err != nil && ctx.Err() == nil {
				return err
			}
		}
	}
}

func now() int64 { return time.Now().UnixMicro() }
