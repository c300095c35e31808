package loadtest

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
)

// WriteText writes the report for people.
func (r Report) WriteText(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(name, format string, args ...any) {
		fmt.Fprintf(t, "%s\t%s\n", name, fmt.Sprintf(format, args...))
	}
	for _, l := range r.lines() {
		line(l.name, "%s", l.value)
	}
	return t.Flush()
}

// line is a figure with its name, as text and page show it.
type line struct{ name, value string }

// lines are all figures that there are.
func (r Report) lines() []line {
	var out []line
	add := func(name, format string, args ...any) { out = append(out, line{name, fmt.Sprintf(format, args...)}) }
	add("scenario", "%s, %s, %s", r.Scenario, r.Transport, r.URL)
	add("clients", "%s connected, %s failed, of %s", thousands(r.Connected), thousands(r.Failed), thousands(r.Clients))
	add("connects", "%s a second, %s s in all", number(r.Connects.PerSecond), number(r.Connects.Seconds))
	r.Connects.LatencyMs.add(add, "connect latency")
	add("measured", "%s s", number(r.Seconds))
	add("deliveries", "%s, %s a second", thousands(r.Deliveries), number(r.DeliveriesPerSecond))
	r.LatencyMs.add(add, "latency")
	if c := r.CompleteMs; c != nil {
		add("last client", "%s events reached all clients, %s did not", thousands(c.Count), thousands(c.Incomplete))
		if c.Count > 0 {
			c.Quantiles.add(add, "last client has it")
		}
	}
	if r.MessagesPerRead > 0 {
		add("messages a read", "%s", number(r.MessagesPerRead))
	}
	if r.Pings > 0 {
		add("pings", "%s", thousands(r.Pings))
	}
	if t := r.Trades; t != nil {
		add("orders", "%s sent, %s accepted, %s executed, %s without a trade", thousands(t.Orders), thousands(t.Accepted), thousands(t.Executed), thousands(t.Missing))
		t.LatencyMs.add(add, "order to trade")
	}
	if l := r.Ledger; l != nil {
		add("money events", "%s, %s repeated, %s gaps, %s replays cut short", thousands(l.Handled), thousands(l.Repeats), thousands(l.Gaps), thousands(l.Truncated))
		add("lost on purpose", "%s connections cut, %s came back", thousands(l.Drops), thousands(l.Returns))
	}
	if s := r.Slow; s != nil {
		add("slow clients", "%s do not read, disconnected: %s", thousands(s.Clients), counts(s.Disconnected))
	}
	add("disconnects", "%s", counts(r.Disconnects))
	add("errors", "%s", counts(r.Errors))
	if s := r.Server; s != nil {
		s.add(add, r.Seconds)
	}
	if r.Seconds > 0 {
		add("generator", "%s cores", number(round(r.Generator.CPUSeconds/r.Seconds)))
	}
	if r.ClockSkewMs != 0 {
		add("clock", "the server's is ahead by %s ms, which is taken out of the latency", number(r.ClockSkewMs))
	}
	return out
}

func (q *Quantiles) add(add func(name, format string, args ...any), name string) {
	if q != nil {
		add(name, "p50 %s  p90 %s  p99 %s  p99.9 %s  max %s ms", number(q.P50), number(q.P90), number(q.P99), number(q.P999), number(q.Max))
	}
}

func (s *ServerUse) add(add func(name, format string, args ...any), seconds float64) {
	if seconds > 0 {
		add("server", "%s CPU seconds, %s cores", number(s.CPUSeconds), number(round(s.CPUSeconds/seconds)))
	}
	for _, p := range []struct {
		name  string
		value *float64
		unit  string
	}{
		{"server a delivery", s.CPUMicrosPerDelivery, "µs of CPU"},
		{"server a connect", s.CPUMicrosPerConnect, "µs of CPU"},
		{"server a ping", s.CPUMicrosPerPing, "µs of CPU"},
		{"server a connection", s.RSSBytesPerConnection, "bytes"},
	} {
		if p.value != nil {
			add(p.name, "%s %s", number(*p.value), p.unit)
		}
	}
	add("server memory", "%s MB, before the first connect %s MB", number(round(float64(s.RSSBytes)/1e6)), number(round(float64(s.RSSBytesIdle)/1e6)))
}

// counts lists what happened how often, the most frequent first.
func counts(of map[string]int) string {
	if len(of) == 0 {
		return "none"
	}
	texts := slices.SortedFunc(maps.Keys(of), func(a, b string) int {
		return cmp.Or(cmp.Compare(of[b], of[a]), cmp.Compare(a, b))
	})
	for i, text := range texts {
		texts[i] = thousands(of[text]) + " × " + text
	}
	return strings.Join(texts, ", ")
}

// number writes a figure without needless digits.
func number(v float64) string {
	if math.Abs(v) >= 1000 {
		return thousands(int64(v))
	}
	return fmt.Sprintf("%g", v)
}

// thousands writes a whole number with commas.
func thousands[T int | int64](n T) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
