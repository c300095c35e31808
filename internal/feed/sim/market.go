package sim

import (
	"math/rand/v2"
	"slices"
	"time"

	"tradewind/internal/trading"
)

// shortestTick bounds how often a spread feed wakes up, whatever the number of
// symbols: those that are due within one tick share it.
const shortestTick = 20 * time.Millisecond

// market is one Run of a feed; it belongs to the goroutine of Run.
type market struct {
	sink    trading.QuoteSink
	source  string
	started time.Time

	stocks   []*stock
	bySymbol map[trading.Symbol]*stock

	// A round updates every stock once, slot after slot; tick k of the market is
	// due at k × period / len(slots) and updates slot k mod len(slots). Counting
	// from the start keeps the pace free of drift.
	period time.Duration
	slots  [][]*stock
	ticks  int64 // how many are over

	script   []Step          // by time
	edges    []time.Duration // when a step begins or ends, in order
	past     int             // how many edges are over
	begun    int             // how many steps have begun
	closed   bool
	stalled  bool
	halted   map[trading.Symbol]bool
	announce trading.FeedState // what was published last

	batch []trading.Quote // reused: sinks keep no slices
}

// open begins a market: its state and first quotes are published.
func open(f *Feed, now time.Time, sink trading.QuoteSink) *market {
	m := &market{
		sink:     sink,
		source:   f.Name(),
		started:  now,
		bySymbol: make(map[trading.Symbol]*stock, len(f.tickers)),
		period:   time.Second / time.Duration(f.o.Rate),
	}
	for _, t := range f.tickers {
		s := newStock(t, f.o.Seed)
		m.stocks = append(m.stocks, s)
		m.bySymbol[t.symbol] = s
	}
	m.slots = slots(m.stocks, f.o, m.period)
	m.load(f.o.Script)
	m.turn(now)
	return m
}

// slots lays the stocks of a round out in time. The order is random but stays
// the same, so that every stock waits one period between its updates.
func slots(stocks []*stock, o Options, period time.Duration) [][]*stock {
	if o.Mode == Burst {
		return [][]*stock{stocks}
	}
	all := make([][]*stock, max(1, min(len(stocks), int(period/shortestTick))))
	random := rand.New(rand.NewPCG(o.Seed, 0))
	for n, k := range random.Perm(len(stocks)) {
		slot := n * len(all) / len(stocks)
		all[slot] = append(all[slot], stocks[k])
	}
	return all
}

// load takes the script apart into edges.
func (m *market) load(script []Step) {
	m.script = slices.Clone(script)
	slices.SortStableFunc(m.script, func(a, b Step) int { return int(a.At - b.At) })
	for _, s := range m.script {
		m.edges = append(m.edges, s.At)
		if s.For > 0 {
			m.edges = append(m.edges, s.At+s.For)
		}
	}
	slices.Sort(m.edges)
	m.edges = slices.Compact(m.edges)
}

// untilNext is how long nothing is due.
func (m *market) untilNext(now time.Time) time.Duration {
	next := m.due(m.ticks + 1)
	if m.past < len(m.edges) {
		next = min(next, m.edges[m.past])
	}
	return max(0, next-now.Sub(m.started))
}

// due is when a tick is due, rounded up so that it is over when that time has come.
func (m *market) due(tick int64) time.Duration {
	n := int64(len(m.slots))
	return time.Duration((tick*int64(m.period) + n - 1) / n)
}

// advance does what has become due: what the script says, then ticks.
func (m *market) advance(now time.Time) {
	elapsed := now.Sub(m.started)
	if m.past < len(m.edges) && m.edges[m.past] <= elapsed {
		m.turn(now)
	}
	last, n := int64(elapsed)*int64(len(m.slots))/int64(m.period), int64(len(m.slots))
	// After a pause of the whole program every stock is updated once, in one batch:
	// what was missed is over, and nobody needs a burst of it.
	for tick := max(m.ticks+1, last-n+1); tick <= last; tick++ {
		for _, s := range m.slots[tick%n] {
			// A stock that the script has just moved keeps that price for a moment.
			if m.state(s) == trading.QuoteLive && !s.last.Time.Equal(stamp(now)) {
				m.batch = append(m.batch, s.trade(now, elapsed, trading.QuoteLive))
			}
		}
	}
	m.ticks = max(m.ticks, last)
	m.flush()
}

// turn passes the edges that are due and publishes what changed at them.
func (m *market) turn(now time.Time) {
	elapsed := now.Sub(m.started)
	for m.past < len(m.edges) && m.edges[m.past] <= elapsed {
		m.past++
	}
	moved := make(map[*stock]bool)
	for ; m.begun < len(m.script) && m.script[m.begun].At <= elapsed; m.begun++ {
		step := m.script[m.begun]
		if s := m.bySymbol[step.Symbol]; s != nil && step.Action == Price {
			s.jump(now, cents(step.Price), step.At+step.For)
			moved[s] = true
		}
	}
	m.closed, m.stalled, m.halted = false, false, make(map[trading.Symbol]bool)
	for _, s := range m.script[:m.begun] {
		switch {
		case !s.active(elapsed):
		case s.Action == Close:
			m.closed = true
		case s.Action == Stall:
			m.stalled = true
		case s.Action == Halt:
			m.halted[s.Symbol] = true
		}
	}
	m.republish(now, elapsed, moved)
}

// republish tells of a new state of the feed, and of stocks whose state or
// scripted price is new.
func (m *market) republish(now time.Time, elapsed time.Duration, moved map[*stock]bool) {
	if m.stalled && !m.closed {
		return
	}
	state := trading.FeedLive
	if m.closed {
		state = trading.FeedClosed
	}
	if state != m.announce {
		m.announce = state
		m.sink.PublishStatus(trading.FeedStatus{Source: m.source, State: state, Since: stamp(now)})
	}
	for _, s := range m.stocks {
		state := m.state(s)
		switch {
		case !s.quoted(), state == trading.QuoteLive && (moved[s] || s.last.State != state):
			m.batch = append(m.batch, s.trade(now, elapsed, state))
		case s.last.State != state:
			m.batch = append(m.batch, s.turn(state))
		}
	}
	m.flush()
}

// state is what the script makes of a stock now; empty while the feed is silent.
func (m *market) state(s *stock) trading.QuoteState {
	switch {
	case m.closed:
		return trading.QuoteClosed
	case m.stalled:
		return ""
	case m.halted[s.symbol]:
		return trading.QuoteHalted
	}
	return trading.QuoteLive
}

func (m *market) flush() {
	if len(m.batch) > 0 {
		m.sink.PublishQuotes(m.batch)
	}
	m.batch = m.batch[:0]
}
