package main

// figure is one number of a case, of the runs of one repetition: one, or one for
// every rate of a sweep. It is nil when they do not have it.
type figure struct {
	name string
	of   func(c benchCase, runs []measured) *float64
	more bool // is better; less is, of most figures
}

// better reports whether a is better than b.
func (f figure) better(a, b float64) bool {
	if f.more {
		return a > b
	}
	return a < b
}

// measured is a report with the rate that was asked for.
type measured struct {
	rate   float64
	report report
}

func single(name string, f func(r report) *float64) figure {
	return figure{name: name, of: func(_ benchCase, runs []measured) *float64 {
		if len(runs) == 0 {
			return nil
		}
		return f(runs[len(runs)-1].report)
	}}
}

// rising is a figure of which more is better.
func rising(f figure) figure {
	f.more = true
	return f
}

func ofServer(name string, f func(s *serverUse) *float64) figure {
	return single(name, func(r report) *float64 { return get(r.Server, f) })
}

func ofLatency(name string, f func(q *quantiles) *float64) figure {
	return single(name, func(r report) *float64 { return get(r.LatencyMs, f) })
}

func p50(q *quantiles) *float64 { return q.P50 }
func p99(q *quantiles) *float64 { return q.P99 }

// The figures of the cases.
var (
	memory      = ofServer("RSS, bytes a connection", func(s *serverUse) *float64 { return s.RSSBytesPerConn })
	cpuPing     = ofServer("CPU, µs a ping", func(s *serverUse) *float64 { return s.CPUMicrosPerPing })
	cpuDelivery = ofServer("CPU, µs a delivery", func(s *serverUse) *float64 { return s.CPUMicrosPerDelivery })
	cpuConnect  = ofServer("CPU, µs a connect", func(s *serverUse) *float64 { return s.CPUMicrosPerConnect })
	latency50   = ofLatency("latency p50, ms", p50)
	latency99   = ofLatency("latency p99, ms", p99)
	complete50  = single("last client p50, ms", func(r report) *float64 { return get(r.CompleteMs, p50) })
	complete99  = single("last client p99, ms", func(r report) *float64 { return get(r.CompleteMs, p99) })
	delivered   = rising(single("deliveries a second", func(r report) *float64 { return r.DeliveriesPerSecond }))
	connectRate = rising(single("connects a second", func(r report) *float64 {
		return get(r.Connects, func(c *connects) *float64 { return c.PerSecond })
	}))
	connect99 = single("connect p99, ms", func(r report) *float64 {
		return get(r.Connects, func(c *connects) *float64 { return get(c.LatencyMs, p99) })
	})
	trade50 = single("order to trade p50, ms", func(r report) *float64 {
		return get(r.Trades, func(t *trades) *float64 { return get(t.LatencyMs, p50) })
	})
	trade99 = single("order to trade p99, ms", func(r report) *float64 {
		return get(r.Trades, func(t *trades) *float64 { return get(t.LatencyMs, p99) })
	})
	lostClients = single("clients lost", func(r report) *float64 {
		n := float64(r.lost() + r.Failed)
		return &n
	})
	highest = rising(figure{name: "highest sustained rate, deliveries a second", of: highestRate})
)

// leastShare of what is asked for has to arrive, where everything should.
const leastShare = 0.95

// worstP99 is how late the quotes of a sustained rate may be, in milliseconds.
const worstP99 = 150

// sustained reports whether quotes came in time and nobody was lost. A quote whose
// place a newer one of its symbol took, before it was sent, does not count as
// missing: that is what a server is for that has more to send than can be taken.
// Without that a server that is asked for too much is late.
func sustained(m measured) bool {
	late := get(m.report.LatencyMs, p99)
	return late != nil && *late < worstP99 && m.report.lost() == 0 && m.report.Failed == 0
}

// highestRate is the most that arrived at a rate that was sustained, with none
// below it that was not; nil if no rate was.
func highestRate(_ benchCase, runs []measured) *float64 {
	var best *float64
	for _, m := range runs {
		if !sustained(m) {
			break
		}
		if got := m.report.DeliveriesPerSecond; got != nil && (best == nil || *got > *best) {
			best = got
		}
	}
	return best
}
