package main

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tradewind/internal/executor"
	"tradewind/internal/valuation"
)

// newAppendMetrics measures how long a ledger entry waits to be stored.
func newAppendMetrics(registry prometheus.Registerer) func(time.Duration) {
	seconds := prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "tradewind_ledger_append_seconds", Help: "Time to store one ledger entry, waiting for its turn included.",
		Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
	})
	registry.MustRegister(seconds)
	return func(took time.Duration) { seconds.Observe(took.Seconds()) }
}

// executorMetrics reads the counters of the executor when it is asked.
type executorMetrics struct {
	read func() executor.Stats

	entries, races, snapshots, unknown, refused *prometheus.Desc
	accounts, inFlight, attended, reconciling   *prometheus.Desc
}

var _ prometheus.Collector = (*executorMetrics)(nil)

func newExecutorMetrics(read func() executor.Stats) *executorMetrics {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("tradewind_orders_"+name, help, labels, nil)
	}
	return &executorMetrics{
		read:        read,
		entries:     desc("ledger_entries_total", "Ledger entries folded."),
		races:       desc("ledger_races_total", "Appends that lost their seq and were decided again."),
		snapshots:   desc("snapshots_total", "Snapshots of accounts saved."),
		unknown:     desc("unknown_total", "Submissions whose answer was lost."),
		refused:     desc("refused_total", "Order requests refused, by code.", "code"),
		accounts:    desc("accounts_in_memory", "Accounts whose fold is in memory."),
		inFlight:    desc("broker_calls_in_flight", "Calls of brokers under way."),
		attended:    desc("accounts_attended", "Accounts with something to find out at the broker."),
		reconciling: desc("accounts_reconciling", "Accounts that may not trade until they are reconciled."),
	}
}

// Describe implements prometheus.Collector.
func (m *executorMetrics) Describe(out chan<- *prometheus.Desc) {
	prometheus.DescribeByCollect(m, out)
}

// Collect implements prometheus.Collector.
func (m *executorMetrics) Collect(out chan<- prometheus.Metric) {
	s := m.read()
	gauge := func(d *prometheus.Desc, v int) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(v))
	}
	counter := func(d *prometheus.Desc, v uint64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
	}
	counter(m.entries, s.Entries)
	counter(m.races, s.Races)
	counter(m.snapshots, s.Snapshots)
	counter(m.unknown, s.Unknown)
	for code, n := range s.Refused {
		counter(m.refused, n, string(code))
	}
	gauge(m.accounts, s.Accounts)
	gauge(m.inFlight, s.InFlight)
	gauge(m.attended, s.Attended)
	gauge(m.reconciling, s.Reconciling)
}

// registerValuationMetrics measures what valuation works on and what it saves.
func registerValuationMetrics(registry prometheus.Registerer, read func() valuation.Stats) {
	registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "tradewind_valuation_watched_accounts", Help: "Accounts that are kept valued.",
		}, func() float64 { return float64(read().Watched) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "tradewind_valuation_portfolios_total", Help: "Portfolios worked out for listeners.",
		}, func() float64 { return float64(read().Portfolios) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "tradewind_valuation_merged_total", Help: "Changes that went into a later portfolio.",
		}, func() float64 { return float64(read().Merged) }),
	)
}
