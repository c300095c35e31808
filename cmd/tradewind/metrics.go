package main

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"tradewind/internal/trading"
)

// newRegistry makes the registry that all packages put their metrics on.
func newRegistry() *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "tradewind_build_info", Help: "1, with the version as label.",
			ConstLabels: prometheus.Labels{"version": version},
		}, func() float64 { return 1 }),
	)
	return registry
}

// commitMetrics measure the store's transactions: the time of one is what a
// ledger append waits for.
type commitMetrics struct {
	seconds prometheus.Histogram
	writes  prometheus.Counter
}

func newCommitMetrics(registry prometheus.Registerer) *commitMetrics {
	m := &commitMetrics{
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "tradewind_store_commit_seconds", Help: "Time of a transaction of the store, flush included.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5},
		}),
		writes: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "tradewind_store_writes_total", Help: "Writes that were committed; with tradewind_store_commit_seconds_count it tells how many share a transaction.",
		}),
	}
	registry.MustRegister(m.seconds, m.writes)
	return m
}

func (m *commitMetrics) committed(writes int, took time.Duration) {
	m.seconds.Observe(took.Seconds())
	m.writes.Add(float64(writes))
}

// registerFeedMetrics counts what the feed brings; how old its prices are is told by the gateway.
func registerFeedMetrics(registry prometheus.Registerer, board *trading.Board) {
	var quotes atomic.Int64
	board.OnQuotes(func(q []trading.Quote) { quotes.Add(int64(len(q))) })
	registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "tradewind_feed_quotes_total", Help: "Quotes that the feed published.",
	}, func() float64 { return float64(quotes.Load()) }))
}
