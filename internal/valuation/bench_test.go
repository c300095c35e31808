package valuation_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"tradewind/internal/trading"
	"tradewind/internal/trading/tradingtest"
	"tradewind/internal/valuation"
)

// BenchmarkTick is one tick of 100 symbols until every account that holds 20 of
// them has its new portfolio.
func BenchmarkTick(b *testing.B) {
	for _, accounts := range []int{200, 2000} {
		b.Run(fmt.Sprintf("accounts=%d", accounts), func(b *testing.B) { tick(b, accounts) })
	}
}

func tick(b *testing.B, accounts int) {
	var instruments []trading.Instrument
	for n := range 100 {
		instruments = append(instruments, trading.Instrument{Symbol: trading.Symbol(fmt.Sprintf("SYM%03d", n))})
	}
	l, users, board := newLedgers(), tradingtest.NewUserStore(), trading.NewBoard(instruments)
	engine := valuation.New(l, users, board, valuation.Options{Interval: time.Nanosecond})
	var sent sync.WaitGroup
	engine.OnPortfolio(func(trading.Portfolio) { sent.Done() })
	ctx, stop := context.WithCancel(b.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = engine.Run(ctx) })
	defer running.Wait()
	defer stop()
	for n := range accounts {
		name := fmt.Sprint("user", n)
		addUser(b, users, name)
		for k := range 20 {
			l.lose(trading.AccountID(name), shares(instruments[(n+k*5)%100].Symbol, "10", "1000"))
		}
		sent.Add(1)
		if _, err := engine.Watch(ctx, trading.AccountID(name)); err != nil {
			b.Fatal(err)
		}
	}
	sent.Wait()
	quotes := make([]trading.Quote, len(instruments))
	price := int64(10_000)
	b.ReportAllocs()
	for b.Loop() {
		price++
		for n, i := range instruments {
			quotes[n] = trading.Quote{Symbol: i.Symbol, Price: decimal.MustNew(price, 2), Change: decimal.MustNew(price-10_000, 2), State: trading.QuoteLive}
		}
		sent.Add(accounts)
		board.PublishQuotes(quotes)
		sent.Wait()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*accounts), "ns/portfolio")
}
