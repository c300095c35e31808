package gateway

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tradewind/internal/trading"
	"tradewind/internal/wire"
	"tradewind/socketio"
)

// metrics are what an operator sees of the gateway. Their labels come from closed
// lists: what a client makes up never becomes a series.
type metrics struct {
	refusals    *prometheus.CounterVec // by code
	disconnects *prometheus.CounterVec // by reason
	received    *prometheus.CounterVec // by event and outcome
	emitted     map[class]prometheus.Counter
	replaced    map[string]prometheus.Counter
	ghosts      prometheus.Counter
	delivery    prometheus.Histogram
	sockets     prometheus.Gauge
	portfolios  prometheus.Gauge
	trades      prometheus.Gauge
	watching    prometheus.Gauge
	all         []prometheus.Collector
}

// unknownEvent is the label of events that are not in the contract.
const unknownEvent = "unknown"

func newMetrics() *metrics {
	m := &metrics{emitted: make(map[class]prometheus.Counter), replaced: make(map[string]prometheus.Counter)}
	m.refusals = counters(m, "refusals_total", "Handshakes refused, by code.", "code")
	m.disconnects = counters(m, "disconnects_total", "Sockets that ended, by reason.", "reason")
	m.received = counters(m, "events_in_total", "Events of clients, by event and outcome (ok or the code of the error).", "event", "outcome")
	emitted := counters(m, "events_out_total", "Events emitted, by delivery class; one to many sockets counts once.", "class")
	replaced := counters(m, "conflated_total", "Values that a newer one replaced before they were emitted, by event.", "event")
	for _, c := range []class{ledger, latest, reply} {
		m.emitted[c] = emitted.WithLabelValues(string(c))
	}
	for event, d := range deliveries {
		if d.class == latest {
			m.replaced[event] = replaced.WithLabelValues(event)
		}
	}
	for _, r := range []wire.Refusal{wire.AuthRequired, wire.InvalidSession, wire.AuthFailed, wire.TooManyConnections, wire.TooManyAttempts} {
		m.refusals.WithLabelValues(string(r.Code))
	}
	for _, r := range socketio.Reasons() {
		m.disconnects.WithLabelValues(string(r))
	}
	m.ghosts = prometheus.NewCounter(prometheus.CounterOpts{Name: "tradewind_gateway_ghosts_total",
		Help: "Connections dropped because they did not answer when their user was at the cap."})
	m.delivery = prometheus.NewHistogram(prometheus.HistogramOpts{Name: "tradewind_gateway_ledger_delivery_seconds",
		Help:    "Time from the commit of a ledger entry until it was handed to the sockets that subscribed.",
		Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5}})
	m.all = append(m.all, m.ghosts, m.delivery)
	m.sockets = m.gauge("sockets", "Signed-in sockets.")
	m.portfolios = m.gauge("portfolio_subscriptions", "Sockets that watch their portfolio.")
	m.trades = m.gauge("trade_subscriptions", "Sockets that watch their trades.")
	m.watching = m.gauge("watched_symbols", "Symbols on the watchlists of all sockets, repeats counted.")
	return m
}

func counters(m *metrics, name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tradewind_gateway_" + name, Help: help}, labels)
	m.all = append(m.all, c)
	return c
}

func (m *metrics) gauge(name, help string) prometheus.Gauge {
	g := prometheus.NewGauge(prometheus.GaugeOpts{Name: "tradewind_gateway_" + name, Help: help})
	m.all = append(m.all, g)
	return g
}

// register adds the metrics to a registry; feedAge is asked at every scrape.
func (m *metrics) register(registry prometheus.Registerer, feedAge func() float64) {
	if registry == nil {
		return
	}
	registry.MustRegister(m.all...)
	registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "tradewind_gateway_feed_age_seconds",
		Help: "Time since the last quote of any symbol came; -1 before the first."}, feedAge))
}

func (m *metrics) refused(r wire.Refusal)         { m.refusals.WithLabelValues(string(r.Code)).Inc() }
func (m *metrics) disconnected(r socketio.Reason) { m.disconnects.WithLabelValues(string(r)).Inc() }
func (m *metrics) handled(event string, code trading.Code) {
	m.received.WithLabelValues(event, string(code)).Inc()
}
func (m *metrics) sent(c class)                  { m.emitted[c].Inc() }
func (m *metrics) conflated(event string, n int) { m.replaced[event].Add(float64(n)) }
func (m *metrics) delivered(took time.Duration)  { m.delivery.Observe(took.Seconds()) }
