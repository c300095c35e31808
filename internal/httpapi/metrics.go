package httpapi

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tradewind/internal/trading"
)

// metrics are the request metrics. Their labels come from closed lists: what a
// client makes up never becomes a series.
type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	problems *prometheus.CounterVec
	inFlight prometheus.Gauge
}

func newMetrics(registry prometheus.Registerer) *metrics {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tradewind_http_requests_total", Help: "REST requests answered, by route, method and status.",
		}, []string{"route", "method", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tradewind_http_request_seconds", Help: "Time from a REST request to its answer, by route and method.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"route", "method"}),
		problems: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tradewind_http_problems_total", Help: "REST requests refused or failed, by code.",
		}, []string{"code"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "tradewind_http_in_flight", Help: "REST requests that are running.",
		}),
	}
	if registry != nil {
		registry.MustRegister(m.requests, m.seconds, m.problems, m.inFlight)
	}
	return m
}

func (m *metrics) request(method, route string, status int, code trading.Code, took time.Duration) {
	method = knownMethod(method)
	m.requests.WithLabelValues(route, method, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(route, method).Observe(took.Seconds())
	if code != "" {
		m.problems.WithLabelValues(string(code)).Inc()
	}
}

// knownMethod bounds the methods that clients can make up.
func knownMethod(method string) string {
	switch method {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS":
		return method
	}
	return "other"
}
