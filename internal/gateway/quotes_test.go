package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tradewind/internal/trading"
	"tradewind/internal/wire"
)

// hall is the rooms of symbols with the sockets in them.
type hall struct {
	mu      sync.Mutex
	sockets map[*spectator]bool
	sent    int
	gate    chan struct{} // when set, sendQuote waits for it
}

func (h *hall) sendQuote(ctx context.Context, symbol trading.Symbol, encoded json.RawMessage, slow bool) error {
	if h.gate != nil {
		h.gate <- struct{}{} // it has come this far
		<-h.gate
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sent++
	for s := range h.sockets {
		if s.in[symbol] && !(slow && s.slow) {
			_ = s.send(ctx, wire.EventQuote, string(symbol), encoded)
		}
	}
	return nil
}

// spectator is a socket that watches symbols and remembers what it got and when.
type spectator struct {
	list  watchlist
	in    map[trading.Symbol]bool
	slow  bool
	ended bool

	mu  sync.Mutex
	got []seen
}

type seen struct {
	symbol trading.Symbol
	price  int
	at     time.Duration
}

func (s *spectator) watch(_ context.Context, added, removed []trading.Symbol, slow bool) error {
	if s.ended {
		return errors.New("ended")
	}
	for _, symbol := range added {
		s.in[symbol] = true
	}
	for _, symbol := range removed {
		delete(s.in, symbol)
	}
	s.slow = slow
	return nil
}

func (s *spectator) send(_ context.Context, event, key string, payload any) error {
	var q struct {
		Symbol trading.Symbol
		Price  int
	}
	if err := json.Unmarshal(payload.(json.RawMessage), &q); err != nil {
		return err
	}
	if event != wire.EventQuote || key != string(q.Symbol) {
		return fmt.Errorf("%s under key %q", event, key)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got = append(s.got, seen{q.Symbol, q.Price, time.Since(start)})
	return nil
}

func (s *spectator) flushed(context.Context) error { return nil }

func (s *spectator) take() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := ""
	for _, g := range s.got {
		text += fmt.Sprintf("%s %d at %d; ", g.symbol, g.price, g.at.Milliseconds())
	}
	s.got = nil
	return text
}

var start time.Time // of the bubble of a test

// market is a running conflater with a hall.
type market struct {
	*quotes
	*hall
	t *testing.T
}

func openMarket(t *testing.T) *market {
	start = time.Now()
	h := &hall{sockets: make(map[*spectator]bool)}
	m := &market{quotes: newQuotes(h, 100*time.Millisecond, newMetrics(), slog.New(slog.DiscardHandler)), hall: h, t: t}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { m.run(ctx) })
	t.Cleanup(func() { cancel(); running.Wait() })
	return m
}

func (m *market) spectator() *spectator {
	s := &spectator{in: make(map[trading.Symbol]bool)}
	m.hall.mu.Lock()
	defer m.hall.mu.Unlock()
	m.sockets[s] = true
	return s
}

func (m *market) watch(s *spectator, interval time.Duration, symbols ...trading.Symbol) {
	m.t.Helper()
	if err := m.quotes.watch(m.t.Context(), s, &s.list, symbols, interval); err != nil {
		m.t.Error(err)
	}
}

func (m *market) quote(symbol trading.Symbol, prices ...int64) {
	var tick []trading.Quote // at once, so that nothing is sent in between
	for _, price := range prices {
		tick = append(tick, trading.Quote{Symbol: symbol, Price: integer(price), State: trading.QuoteLive})
	}
	m.publish(tick)
}

func integer(n int64) (d trading.Decimal) {
	d, err := trading.ParseDecimal(fmt.Sprint(n))
	if err != nil {
		panic(err)
	}
	return d
}

func want(t *testing.T, s *spectator, text string) {
	t.Helper()
	synctest.Wait()
	if got := s.take(); got != text {
		t.Errorf("got  %q\nwant %q", got, text)
	}
}

func TestQuotes_FirstAfterAQuietIntervalAtOnce_ThenTheNewestPerInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := openMarket(t)
		s := m.spectator()
		m.watch(s, 0, "AAPL", "MSFT")
		want(t, s, "")
		m.quote("AAPL", 1)
		want(t, s, "AAPL 1 at 0; ")
		time.Sleep(10 * time.Millisecond)
		m.quote("AAPL", 2, 3)
		time.Sleep(10 * time.Millisecond)
		m.quote("AAPL", 4)
		m.quote("MSFT", 9)
		want(t, s, "MSFT 9 at 20; ")
		time.Sleep(80 * time.Millisecond)
		want(t, s, "AAPL 4 at 100; ")
		time.Sleep(time.Second)
		want(t, s, "")
		m.quote("AAPL", 5)
		want(t, s, "AAPL 5 at 1100; ")
		if n := count(t, m.metrics.replaced[wire.EventQuote]); n != 2 {
			t.Errorf("%v conflated, want 2", n)
		}
	})
}

func TestQuotes_SnapshotOfEachSymbol_AtOnceAndOnEveryRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := openMarket(t)
		m.quote("AAPL", 1, 2)
		m.quote("MSFT", 7)
		s := m.spectator()
		m.watch(s, 0, "MSFT", "AAPL", "TSLA")
		want(t, s, "MSFT 7 at 0; AAPL 2 at 0; ")
		m.watch(s, 0, "AAPL")
		want(t, s, "AAPL 2 at 0; ")
		m.quote("MSFT", 8)
		time.Sleep(time.Second)
		want(t, s, "")
		m.watch(s, 0)
		m.quote("AAPL", 3)
		time.Sleep(time.Second)
		want(t, s, "")
	})
}

func TestQuotes_NobodyWatches_NothingIsEncodedAndNothingStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := openMarket(t)
		s := m.spectator()
		m.quote("AAPL", 1, 2, 3)
		m.watch(s, 0, "AAPL", "NEVER")
		m.quote("AAPL", 4)
		synctest.Wait()
		sent := m.sent
		m.quote("AAPL", 5)
		m.forget(&s.list)
		m.quote("AAPL", 6)
		time.Sleep(time.Second)
		synctest.Wait()
		if m.sent != sent {
			t.Error("a quote was encoded for nobody")
		}
		if _, known := m.symbols["NEVER"]; known {
			t.Error("a symbol without quote and watcher is kept")
		}
		if n := count(t, m.metrics.watching); n != 0 {
			t.Errorf("%v symbols watched by nobody", n)
		}
	})
}

func TestQuotes_SlowerPace_OneBatchAnInterval_OfWhatChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := openMarket(t)
		m.quote("AAPL", 1)
		m.quote("MSFT", 1)
		fast, slow := m.spectator(), m.spectator()
		m.watch(fast, 50*time.Millisecond, "AAPL") // not slower than the server: full speed
		m.watch(slow, time.Second, "AAPL", "MSFT")
		want(t, slow, "AAPL 1 at 0; MSFT 1 at 0; ")
		want(t, fast, "AAPL 1 at 0; ")
		time.Sleep(200 * time.Millisecond)
		m.quote("AAPL", 2, 3)
		want(t, fast, "AAPL 3 at 200; ")
		want(t, slow, "")
		time.Sleep(800 * time.Millisecond)
		want(t, slow, "AAPL 3 at 1000; ")
		time.Sleep(3 * time.Second)
		want(t, slow, "")
		m.quote("MSFT", 2)
		m.watch(slow, 0, "MSFT")
		want(t, slow, "MSFT 2 at 4000; ")
		m.quote("MSFT", 3)
		want(t, slow, "MSFT 3 at 4000; ")
		m.watch(slow, time.Minute, "MSFT")
		m.forget(&slow.list)
		if len(m.pace) != 0 {
			t.Error("a socket that left is still paced")
		}
	})
}

func TestQuotes_SeveralPaces_EachItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := openMarket(t)
		var all []*spectator
		for i := range 5 {
			s := m.spectator()
			m.watch(s, time.Duration(5-i)*200*time.Millisecond, "AAPL")
			all = append(all, s)
		}
		m.forget(&all[2].list)
		m.quote("AAPL", 1)
		time.Sleep(1100 * time.Millisecond)
		synctest.Wait()
		for i, s := range all {
			text := fmt.Sprintf("AAPL 1 at %d; ", (5-i)*200)
			if i == 2 {
				text = ""
			}
			want(t, s, text)
		}
	})
}

func TestQuotes_EndedSocket_IsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := openMarket(t)
		s := m.spectator()
		s.ended = true
		if err := m.quotes.watch(t.Context(), s, &s.list, []trading.Symbol{"AAPL"}, 0); err == nil {
			t.Error("no error")
		}
	})
}

// Sockets change lists and paces while prices, which only rise, change: none ever
// gets an older price after a newer one, and in the end each has the newest.
func TestQuotes_ListsChangeWhilePricesDo_NeverOlderAfterNewer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := openMarket(t)
		symbols := []trading.Symbol{"AAPL", "MSFT", "TSLA"}
		var busy sync.WaitGroup
		busy.Go(func() {
			random := rand.New(rand.NewPCG(1, 2))
			for price := range int64(2000) {
				m.quote(symbols[random.IntN(3)], price)
				time.Sleep(time.Duration(random.IntN(20)) * time.Millisecond)
			}
		})
		var all []*spectator
		for i := range uint64(6) {
			s := m.spectator()
			all = append(all, s)
			busy.Go(func() {
				random := rand.New(rand.NewPCG(i, 3))
				for range 100 {
					m.watch(s, time.Duration(random.IntN(4))*150*time.Millisecond, symbols[:random.IntN(4)]...)
					time.Sleep(time.Duration(random.IntN(300)) * time.Millisecond)
				}
				m.watch(s, 0, symbols...)
			})
		}
		busy.Wait()
		time.Sleep(time.Second)
		synctest.Wait()
		for i, s := range all {
			newest := map[trading.Symbol]int{}
			for _, g := range s.got {
				if g.price < newest[g.symbol] {
					t.Fatalf("socket %d: %s at %d after %d", i, g.symbol, g.price, newest[g.symbol])
				}
				newest[g.symbol] = g.price
			}
			for _, symbol := range symbols {
				if have := fmt.Sprint(newest[symbol]); have != m.symbols[symbol].quote.Price.String() {
					t.Errorf("socket %d ends with %s at %s, the newest is %s", i, symbol, have, m.symbols[symbol].quote.Price)
				}
			}
		}
	})
}

// A flush that has taken a price but not sent it yet must be over before a socket
// joins, or the socket would get it after its newer snapshot.
func TestQuotes_SnapshotDuringAFlush_WaitsForIt(t *testing.T) {
	m := openMarket(t)
	m.gate = make(chan struct{})
	first, second := m.spectator(), m.spectator()
	m.watch(first, 0, "AAPL")
	m.quote("AAPL", 1)
	<-m.gate
	m.quote("AAPL", 2)
	joined := make(chan struct{})
	go func() { // ends with watch
		defer close(joined)
		m.watch(second, 0, "AAPL")
	}()
	select {
	case <-joined:
		t.Error("the snapshot did not wait")
	case <-time.After(50 * time.Millisecond): // it waits, which is right
	}
	m.gate <- struct{}{}
	<-joined
	<-m.gate
	m.gate <- struct{}{}
	m.forget(&first.list)
	m.forget(&second.list)
	second.mu.Lock()
	defer second.mu.Unlock()
	for i, g := range second.got {
		if g.price < 2 {
			t.Errorf("quote %d is %d, older than the snapshot", i, g.price)
		}
	}
}

func TestQuotes_AgeOfTheFeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := openMarket(t)
		if _, known := m.age(time.Now()); known {
			t.Error("an age before the first quote")
		}
		m.quote("AAPL", 1)
		time.Sleep(3 * time.Second)
		if age, known := m.age(time.Now()); !known || age != 3*time.Second {
			t.Errorf("age %s, %v", age, known)
		}
	})
}

// count is the value of a counter or gauge.
func count(t *testing.T, c prometheus.Collector) float64 {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(c)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	m := families[0].GetMetric()[0]
	return m.GetCounter().GetValue() + m.GetGauge().GetValue()
}
