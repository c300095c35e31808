package loadtest

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"tradewind/internal/wire"
)

// link is what carries a client's packets.
type link interface {
	// read handles what comes until the connection ends, and says why it did.
	read() error
	// emit sends an event with one argument as JSON, or none.
	emit(event, argument string, ask question) error
	// cut ends the connection without a word, leave with one.
	cut()
	leave()
}

// question is an event whose acknowledgement is wanted; its number is the id.
type question int

const (
	askNothing question = iota
	askWatchlist
	askPortfolio
	askTrades
	askClock
)

// client is one user's connection, and the next one after it was cut.
type client struct {
	run     *run
	index   int
	slow    bool // does not read
	figures *figures
	away    atomic.Bool // its connection was cut, and the next one is not there yet

	// Guarded by figures.mu.
	replaying bool  // has a cursor
	seq       int64 // newest money event that was handled
	since     int64 // of the subscriptions, Unix nanoseconds: what was made before is a snapshot
	holding   int   // shares that may be sold

	// Of the goroutine that connects, cuts or leaves.
	link    link         // nil while there is none
	leaving *atomic.Bool // the end of this connection is this side's will
}

// auth is the JSON to connect with.
func (c *client) auth() string {
	if id := c.session(); id != "" {
		return `{"sessionID":` + strconv.Quote(id) + `}`
	}
	return strings.ReplaceAll(c.run.o.Auth, "%i", strconv.Itoa(c.index))
}

// session is the id of this client's user, empty when there are none.
func (c *client) session() string {
	if n := len(c.run.o.Sessions); n > 0 {
		return c.run.o.Sessions[c.index%n]
	}
	return ""
}

// symbols are what this client watches: spread evenly, a different set for each of
// as many clients as there are symbols.
func (c *client) symbols() []string {
	all := c.run.symbols
	n := min(c.run.o.SymbolsPerClient, len(all))
	step := max(1, len(all)/n)
	mine := make([]string, n)
	for i := range mine {
		mine[i] = all[(c.index+i*step)%len(all)]
	}
	return mine
}

// connect opens a connection and subscribes.
func (c *client) connect(ctx context.Context) (err error) {
	c.leaving = new(atomic.Bool)
	if c.run.o.Transport == WebSocket {
		var s *socket
		if s, err = openSocket(ctx, c); err == nil {
			c.link = s
		}
	} else {
		var p *stock
		if p, err = openStock(ctx, c); err == nil {
			c.link = p
		}
	}
	if err != nil {
		return err
	}
	if err := c.subscribe(); err != nil {
		c.link.cut()
		c.link = nil
		return err
	}
	return nil
}

func (c *client) subscribe() error {
	s := c.run.o.Scenario
	c.figures.mu.Lock()
	c.since = time.Now().UnixNano()
	c.figures.mu.Unlock()
	if s.watches() {
		symbols := make([]string, 0, c.run.o.SymbolsPerClient)
		for _, symbol := range c.symbols() {
			symbols = append(symbols, strconv.Quote(symbol))
		}
		if err := c.ask(wire.EventSubscribeWatchlist, "["+strings.Join(symbols, ",")+"]", askWatchlist); err != nil {
			return err
		}
	}
	if s == Portfolio || s == Mixed {
		if err := c.ask(wire.EventSubscribePortfolio, "", askPortfolio); err != nil {
			return err
		}
	}
	if !s.trades() {
		return nil
	}
	after := ""
	c.figures.mu.Lock()
	if c.replaying {
		after = fmt.Sprintf(`{"after":%d}`, c.seq)
	}
	c.figures.mu.Unlock()
	return c.ask(wire.EventSubscribeTrades, after, askTrades)
}

// ask emits an event, and wants the answer of a server that gives one.
func (c *client) ask(event, argument string, q question) error {
	if !c.run.tradewind() {
		q = askNothing
	}
	return c.link.emit(event, argument, q)
}

// counted adds one while figures count. They are locked.
func (c *client) counted(n *int64) {
	if c.run.counting.Load() {
		*n++
	}
}

// event handles one event; payload begins behind its name. The figures are locked.
func (c *client) event(name, payload []byte, now int64) {
	r := c.run
	if r.o.Scenario.trades() {
		c.money(name, payload, now)
	}
	counting := r.counting.Load()
	if !counting && !(r.late.Load() && r.o.Scenario == Broadcast) {
		return
	}
	f := c.figures
	if counting {
		f.named(name)
	}
	if r.event != "" && string(name) != r.event {
		return
	}
	if counting {
		f.fresh++
	}
	at, ok := stampOf(payload)
	at -= r.skew.Load()
	if !ok || at < c.since || r.o.Scenario.trades() && string(name) != wire.EventQuote {
		return // a trade's latency is that of its order, and a replay is old
	}
	late := time.Duration(now - at)
	if counting {
		f.recent.add(late)
	}
	if r.o.Scenario == Broadcast && at >= r.began.Load() && (counting || at <= r.ended.Load()) {
		f.published(at, late)
	}
}

// money follows the ledger. The figures are locked.
func (c *client) money(name, payload []byte, now int64) {
	switch string(name) {
	case wire.EventTradeExecuted:
		c.run.orders.executed(c, textOf(payload, `"clientOrderId":"`), now)
	case wire.EventTradeFailed, wire.EventOrder, wire.EventAccount:
	default:
		return
	}
	if !c.replaying {
		return
	}
	seq, ok := findNumber(payload, `"seq":`)
	if !ok {
		return
	}
	ledger := &c.figures.ledger
	switch {
	case seq <= c.seq:
		ledger.repeats++
		return
	case seq > c.seq+1:
		ledger.gaps++
	}
	ledger.handled++
	c.seq = seq
}

// answered handles an acknowledgement. The figures are locked.
func (c *client) answered(q question, payload []byte, now int64) {
	if bytes.Contains(payload, []byte(`"ok":false`)) {
		c.run.tally.problem(questionNames[q] + ": " + textOf(payload, `"code":"`))
		return
	}
	switch q {
	case askTrades:
		if c.replaying && !bytes.Contains(payload, []byte(`"truncated":true`)) {
			return
		}
		if c.replaying {
			c.figures.ledger.truncated++
		}
		c.replaying, c.seq = true, numberOf(payload, `"seq":`)-numberOf(payload, `"replayed":`)
	case askClock:
		c.run.clock.answer(numberOf(payload, `"now":`), now)
	}
}

var questionNames = map[question]string{
	askWatchlist: wire.EventSubscribeWatchlist,
	askPortfolio: wire.EventSubscribePortfolio,
	askTrades:    wire.EventSubscribeTrades,
	askClock:     wire.EventClock,
}
