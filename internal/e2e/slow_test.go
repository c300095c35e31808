package e2e_test

import (
	"context"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tradewind/socketio/client"
)

// marketSize is how many symbols the simulated market of these tests has.
const marketSize = 100

// A client that stops reading for eight seconds, while a thousand quotes a
// second and some fills arrive, costs the server a bounded amount of memory and
// nobody else any time. On reading again it gets little old data, then the newest
// price of every symbol and every money event, none of them after a portfolio
// that contains it.
func TestClientThatStopsReadingGetsTheNewestPricesAndAllMoney(t *testing.T) {
	stopReading(t, 8*time.Second, nil)
}

// After a longer stop the heartbeat has ended the connection: the client comes
// back by itself and replays what it missed.
func TestClientThatStopsReadingForLongReconnectsAndReplays(t *testing.T) {
	stopReading(t, 6*time.Second, map[string]string{"PING_INTERVAL": "1s", "PING_TIMEOUT": "2s"})
}

// The same as an operator sees it, with the heartbeat of production.
func TestClientThatStopsReadingForTwoMinutes(t *testing.T) {
	if os.Getenv("TRADEWIND_SOAK") == "" {
		t.Skip("takes two minutes: set TRADEWIND_SOAK=1")
	}
	stopReading(t, 2*time.Minute, nil)
}

func stopReading(t *testing.T, stop time.Duration, env map[string]string) {
	const fills = 12
	dir := newDir(t)
	people := users(t, dir, 2, "reader", "1000000")
	slowUser, otherUser := people[0], people[1]
	full := map[string]string{"DATA_DIR": dir, "FEED": "sim:symbols=100,rate=10"}
	for name, value := range env {
		full[name] = value
	}
	s := serve(t, full)
	symbols := s.symbols(t, slowUser)
	if len(symbols) != marketSize {
		t.Fatalf("%d symbols, want %d", len(symbols), marketSize)
	}

	// The others: they must not notice anything.
	var age latencies
	other := newTrader(t, s, otherUser, client.Options{})
	other.On("quote:update", func(a client.Args) {
		if at, ok := number(a.Raw(0), `"timestamp":`); ok {
			age.add(time.Since(time.UnixMilli(at)))
		}
	})
	other.connect()
	other.subscribe()
	other.mustCall("subscribe:watchlist", symbols)

	gate := &gate{}
	connects := make(chan struct{}, 10)
	slow := newTrader(t, s, slowUser, client.Options{
		Reconnect:   &client.Backoff{Delay: 50 * time.Millisecond, MaxDelay: 200 * time.Millisecond},
		DialContext: plainTCP,
	})
	var old meter
	slow.OnAny(func(event string, a client.Args) {
		gate.pass()
		old.note(event, a)
	})
	slow.OnConnect(func() { connects <- struct{}{} })
	slow.connect()
	<-connects
	slow.subscribe()
	slow.mustCall("subscribe:watchlist", symbols)
	// Something to value, so that portfolios move too.
	s.place(t, slowUser, orderRequest{Symbol: "AAPL", Side: "buy", Type: "market", Quantity: 1})
	until(t, "the first fill", func() bool { return len(slow.events(0)) > 0 && slow.portfolio().Seq >= slow.at() })
	until(t, "a quote of every symbol", func() bool { return slow.freshQuotes(0) == marketSize && other.freshQuotes(0) == marketSize })
	age.reset()
	memoryBefore, before := s.memory(), slow.at()

	gate.shut()
	gate.waitForVisitor(t)
	t.Cleanup(gate.open) // so that a test that fails can close its clients
	shutAt := time.Now()
	var mostQueued float64
	mostMemory := memoryBefore
	placed := 0
	for time.Since(shutAt) < stop {
		if due := int(time.Since(shutAt)*fills/stop) + 1; placed < min(due, fills) {
			s.place(t, slowUser, orderRequest{Symbol: symbols[placed], Side: "buy", Type: "market", Quantity: 1})
			placed++
		}
		if queued, ok := s.metric("tradewind_socketio_queued_bytes"); ok {
			mostQueued = max(mostQueued, queued)
		}
		mostMemory = max(mostMemory, s.memory())
		time.Sleep(50 * time.Millisecond) // between two looks
	}
	p99, n := age.quantile(0.99)
	t.Logf("stopped for %v: at most %.0f bytes queued, memory %d MB more; %d quotes to the other client, p99 %v",
		stop, mostQueued, (mostMemory-memoryBefore)>>20, n, p99)
	if mostQueued > 1<<20 {
		t.Errorf("%.0f bytes were queued", mostQueued)
	}
	if grown := mostMemory - memoryBefore; grown > 64<<20 {
		t.Errorf("memory grew by %d MB", grown>>20)
	}
	if want := int(stop.Seconds()) * marketSize; n < want {
		t.Errorf("the other client got %d quotes, want %d and more", n, want)
	}
	if p99 > 500*time.Millisecond {
		t.Errorf("the other client's quotes are %v old (p99)", p99)
	}

	resumed := old.start()
	gate.open()
	// The connection may have ended meanwhile. Then the client is back, as a new socket, and asks for what it missed.
	known := int64(0)
	until(t, "the first fresh data, or a new connection", func() bool {
		select {
		case <-connects:
			known = slow.at()
			return true
		default:
			return old.isOver()
		}
	})
	if known > 0 {
		slow.subscribe(known)
		slow.mustCall("subscribe:watchlist", symbols)
	}
	until(t, "the newest price of every symbol", func() bool { return slow.freshQuotes(resumed) == marketSize })
	entries := s.ledger(t, slowUser, before)
	last := before + int64(len(entries))
	until(t, "every money event", func() bool { return slow.at() >= last })
	until(t, "the portfolio with all fills", func() bool { return slow.portfolio().Seq >= last })
	slow.check()
	other.check()
	if d := cmp.Diff(eventTexts(entries), eventTexts(slow.events(before))); d != "" {
		t.Errorf("money events: %s", d)
	}
	bytes := old.bytes()
	t.Logf("%d bytes of old data after the stop, reconnected: %v", bytes, known > 0)
	if bytes > 200<<10 {
		t.Errorf("%d bytes of old data, allowed are 200 KB", bytes)
	}
	if env == nil && stop < 10*time.Second && known > 0 {
		t.Error("the connection was lost during a short stop")
	}
	if stop > 25*time.Second && known == 0 {
		t.Error("the connection outlived a stop longer than the heartbeat")
	}
}

// symbols lists what the feed quotes.
func (s *server) symbols(t *testing.T, u user) (list []string) {
	t.Helper()
	var answer struct{ Symbols []struct{ Symbol string } }
	s.must(t, "GET", "/api/symbols?limit=500", u.session, nil, &answer)
	for _, i := range answer.Symbols {
		list = append(list, i.Symbol)
	}
	return list
}

// freshQuotes is of how many symbols a quote at or after that time came.
func (tr *trader) freshQuotes(since int64) (n int) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	for _, at := range tr.quotes {
		if at >= since && at > 0 {
			n++
		}
	}
	return n
}

// gate stops a client from reading: its handlers wait here.
type gate struct {
	mu      sync.Mutex
	closed  chan struct{} // nil while open
	waiting bool
}

func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = make(chan struct{})
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed != nil {
		close(g.closed)
		g.closed = nil
	}
}

func (g *gate) pass() {
	g.mu.Lock()
	closed := g.closed
	g.waiting = closed != nil
	g.mu.Unlock()
	if closed != nil {
		<-closed
	}
}

// waitForVisitor returns when the client reads no more.
func (g *gate) waitForVisitor(t *testing.T) {
	t.Helper()
	until(t, "the client stands at the gate", func() bool {
		g.mu.Lock()
		defer g.mu.Unlock()
		return g.waiting
	})
}

// meter counts the prices and portfolios that are old when the client reads again.
type meter struct {
	mu     sync.Mutex
	resume int64
	size   int
	over   bool // something fresh came
}

// grace is how old what was the newest at the resume may be: a symbol changes at
// least once a second.
const grace = 1000

func (m *meter) start() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.resume = now()
	return m.resume
}

func (m *meter) note(event string, a client.Args) {
	name := map[string]string{"quote:update": `"timestamp":`, "portfolio:update": `"asOf":`}[event]
	if name == "" {
		return
	}
	at, ok := number(a.Raw(0), name)
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case !ok || m.resume == 0:
	case at < m.resume-grace:
		m.size += len(event) + len(a.Raw(0)) + len(`42["",]`)
	case at >= m.resume:
		m.over = true
	}
}

func (m *meter) bytes() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.size
}

func (m *meter) isOver() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.over
}

// plainTCP dials as any program does, with the buffers that the system gives.
func plainTCP(ctx context.Context, network, address string) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, network, address)
}
