package loadtest

import (
	"math"
	"strconv"
	"time"
)

// Report is what a run has measured. Times are milliseconds where the name says
// so; what a scenario does not measure is nil.
type Report struct {
	Scenario  Scenario  `json:"scenario"`
	URL       string    `json:"url"`
	Transport Transport `json:"transport"`
	Clients   int       `json:"clients"`   // asked for
	Connected int       `json:"connected"` // got in
	Failed    int       `json:"failed"`    // did not
	Seconds   float64   `json:"seconds"`   // of measuring, after ramp and settling

	Deliveries          int64      `json:"deliveries"` // of the scenario's event
	DeliveriesPerSecond float64    `json:"deliveriesPerSecond"`
	LatencyMs           *Quantiles `json:"latencyMs,omitempty"`  // from the time in the event to the client
	CompleteMs          *Complete  `json:"completeMs,omitempty"` // from the time in the event to the last client
	Connects            Connects   `json:"connects"`

	Disconnects     map[string]int   `json:"disconnects"` // connections that ended against the clients' will, by reason
	Slow            *SlowClients     `json:"slow,omitempty"`
	Errors          map[string]int   `json:"errors"`           // what went wrong, by text
	Events          map[string]int64 `json:"events,omitempty"` // all that came, by name
	Pings           int64            `json:"pings"`            // of the server; websocket alone
	MessagesPerRead float64          `json:"messagesPerRead,omitempty"`
	Trades          *TradeReport     `json:"trades,omitempty"`
	Ledger          *LedgerReport    `json:"ledger,omitempty"`
	Server          *ServerUse       `json:"server"`
	Generator       GeneratorUse     `json:"generator"`
	ClockSkewMs     float64          `json:"clockSkewMs"` // how much the server's clock is ahead, taken out of the latency
	Points          []Point          `json:"points,omitempty"`
}

// Quantiles are of a latency, in milliseconds.
type Quantiles struct {
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p999"`
	Max  float64 `json:"max"`
}

// Complete is how long events took to reach the last of all clients.
type Complete struct {
	Quantiles
	Count      int `json:"count"`      // events that reached all
	Incomplete int `json:"incomplete"` // events that did not
}

// Connects are the connects of all clients, without those of clients that come back.
type Connects struct {
	Count     int        `json:"count"`
	Seconds   float64    `json:"seconds"`
	PerSecond float64    `json:"perSecond"`
	LatencyMs *Quantiles `json:"latencyMs,omitempty"` // from TCP to the answer to CONNECT
}

// SlowClients are those that stop reading.
type SlowClients struct {
	Clients      int            `json:"clients"`
	Disconnected map[string]int `json:"disconnected"` // by reason
}

// TradeReport is of orders over REST.
type TradeReport struct {
	Orders    int        `json:"orders"`   // sent
	Accepted  int        `json:"accepted"` // by the answer to the request
	Executed  int        `json:"executed"` // by the event
	Missing   int        `json:"missing"`  // accepted, and no trade came
	LatencyMs *Quantiles `json:"latencyMs,omitempty"`
}

// LedgerReport says whether money events came without a gap.
type LedgerReport struct {
	Drops     int64 `json:"drops"`     // connections cut
	Returns   int64 `json:"returns"`   // clients that came back with their cursor
	Handled   int64 `json:"handled"`   // money events
	Repeats   int64 `json:"repeats"`   // seen before
	Gaps      int64 `json:"gaps"`      // a seq was left out: money events are missing
	Truncated int64 `json:"truncated"` // replays that the server cut short
}

// ServerUse is what the server's process used.
type ServerUse struct {
	PID                   int      `json:"pid"`
	CPUSeconds            float64  `json:"cpuSeconds"` // while measuring
	CPUMicrosPerDelivery  *float64 `json:"cpuMicrosPerDelivery,omitempty"`
	CPUMicrosPerConnect   *float64 `json:"cpuMicrosPerConnect,omitempty"`
	CPUMicrosPerPing      *float64 `json:"cpuMicrosPerPing,omitempty"` // Idle alone
	RSSBytes              int64    `json:"rssBytes"`                   // at the end of measuring
	RSSBytesIdle          int64    `json:"rssBytesIdle"`               // before the first connect
	RSSBytesPerConnection *float64 `json:"rssBytesPerConnection,omitempty"`
}

// GeneratorUse is what this process used itself while measuring.
type GeneratorUse struct {
	CPUSeconds float64 `json:"cpuSeconds"`
}

// report puts the figures together. Nothing counts any more.
func (r *run) report(m marks) Report {
	t := r.tally
	out := Report{
		Scenario: r.o.Scenario, URL: r.o.URL, Transport: r.o.Transport, Clients: r.o.Clients, Seconds: round(m.measured.Seconds()),
		Events: map[string]int64{}, Generator: GeneratorUse{round((m.ownEnded - m.ownBegan).Seconds())},
		ClockSkewMs: ms(time.Duration(r.skew.Load())), Points: r.course.all(),
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	out.Connected, out.Failed = t.connected, t.failed
	out.Disconnects, out.Errors = copyOf(t.disconnects), copyOf(t.errors)
	out.Connects = Connects{Count: t.connected, Seconds: round(m.connecting.Seconds()), LatencyMs: quantiles(&t.latency)}
	if m.connecting > 0 {
		out.Connects.PerSecond = round(float64(t.connected) / m.connecting.Seconds())
	}
	if r.o.SlowPercent > 0 {
		out.Slow = &SlowClients{Disconnected: copyOf(t.slow)}
		for _, c := range r.clients {
			if c.slow && c.link != nil {
				out.Slow.Clients++
			}
		}
	}
	r.reportDeliveries(&out)
	if r.o.Scenario.trades() {
		out.Trades = r.orders.report()
		out.Ledger = r.reportLedger()
	}
	if out.Deliveries == 0 {
		out.Points = nil
	}
	if r.o.PID != 0 {
		out.Server = r.reportServer(m, out)
	}
	return out
}

func (r *run) reportDeliveries(out *Report) {
	var latency histogram
	var messages, reads int64
	for _, f := range r.figures {
		f.mu.Lock()
		latency.merge(&f.latency)
		out.Deliveries += f.deliveries
		out.Pings += f.pings
		messages, reads = messages+f.messages, reads+f.reads
		for name, n := range f.events {
			out.Events[name] += n
		}
		f.mu.Unlock()
	}
	out.LatencyMs = quantiles(&latency)
	if out.Seconds > 0 {
		out.DeliveriesPerSecond = round(float64(out.Deliveries) / out.Seconds)
	}
	if reads > 0 {
		out.MessagesPerRead = round(float64(messages) / float64(reads))
	}
	if r.o.Scenario == Broadcast {
		out.CompleteMs = r.complete()
	}
}

func (r *run) reportLedger() *LedgerReport {
	out := &LedgerReport{Drops: r.drops.Load(), Returns: r.returns.Load()}
	for _, f := range r.figures {
		f.mu.Lock()
		out.Handled += f.ledger.handled
		out.Repeats += f.ledger.repeats
		out.Gaps += f.ledger.gaps
		out.Truncated += f.ledger.truncated
		f.mu.Unlock()
	}
	return out
}

func (o *orders) report() *TradeReport {
	o.mu.Lock()
	defer o.mu.Unlock()
	return &TradeReport{Orders: o.sent, Accepted: o.accepted, Executed: o.filled, Missing: len(o.waiting), LatencyMs: quantiles(&o.latency)}
}

func (r *run) reportServer(m marks, out Report) *ServerUse {
	cpu := m.ended.cpu - m.began.cpu
	s := &ServerUse{PID: r.o.PID, CPUSeconds: round(cpu.Seconds()), RSSBytes: m.ended.rss, RSSBytesIdle: m.before.rss}
	s.CPUMicrosPerDelivery = per(micros(cpu), float64(out.Deliveries))
	s.CPUMicrosPerConnect = per(micros(m.connected.cpu-m.before.cpu), float64(out.Connected))
	if r.o.Scenario == Idle {
		s.CPUMicrosPerPing = per(micros(cpu), float64(out.Pings))
	}
	s.RSSBytesPerConnection = per(float64(m.ended.rss-m.before.rss), float64(out.Connected))
	return s
}

// publishes puts the broadcasts of all figures together.
func (r *run) publishes() map[int64]publish {
	all := map[int64]publish{}
	for _, f := range r.figures {
		f.mu.Lock()
		for at, p := range f.publishes {
			sum := all[at]
			all[at] = publish{sum.clients + p.clients, max(sum.last, p.last)}
		}
		f.mu.Unlock()
	}
	return all
}

// audience is how many clients a broadcast has to reach: those that read and are there.
func (r *run) audience() int {
	n := 0
	for _, c := range r.clients {
		if c.link != nil && !c.slow {
			n++
		}
	}
	lost := 0
	for _, ends := range r.tally.disconnects {
		lost += ends
	}
	return n - lost
}

func (r *run) allComplete() bool {
	r.tally.mu.Lock()
	audience := r.audience()
	r.tally.mu.Unlock()
	for _, p := range r.publishes() {
		if p.clients < audience {
			return false
		}
	}
	return true
}

// complete needs the tally locked.
func (r *run) complete() *Complete {
	var h histogram
	incomplete := 0
	audience := r.audience()
	for _, p := range r.publishes() {
		if p.clients < audience {
			incomplete++
			continue
		}
		h.add(p.last)
	}
	out := &Complete{Count: int(h.count), Incomplete: incomplete}
	if q := quantiles(&h); q != nil {
		out.Quantiles = *q
	}
	return out
}

// all are the points so far.
func (c *course) all() []Point {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Point(nil), c.points...)
}

// quantiles is nil when there is nothing.
func quantiles(h *histogram) *Quantiles {
	if h.count == 0 {
		return nil
	}
	return &Quantiles{
		P50: ms(h.quantile(0.50)), P90: ms(h.quantile(0.90)), P99: ms(h.quantile(0.99)), P999: ms(h.quantile(0.999)), Max: ms(h.max),
	}
}

// per is a share, nil of nothing.
func per(sum, count float64) *float64 {
	if count <= 0 {
		return nil
	}
	q := round(sum / count)
	return &q
}

func ms(d time.Duration) float64     { return round(float64(d) / float64(time.Millisecond)) }
func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
func fromMs(v float64) time.Duration { return time.Duration(v * float64(time.Millisecond)) }

// round leaves four significant digits, and whole numbers as they are: no figure is more exact.
func round(v float64) float64 {
	if math.Abs(v) >= 1000 {
		return math.Round(v)
	}
	short, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 4, 64), 64)
	if err != nil {
		return v
	}
	return short
}

func copyOf(from map[string]int) map[string]int {
	out := make(map[string]int, len(from))
	for text, n := range from {
		out[text] = n
	}
	return out
}
