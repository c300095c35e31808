package loadtest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"tradewind/internal/loadtest"
	"tradewind/socketio"
)

// exchange plays what of Tradewind the generator talks to: orders that are
// executed at once, a ledger for each session, its replay, and the clock.
type exchange struct {
	*target
	skip int // every so many entries one is never sent

	mu     sync.Mutex
	ledger map[string][]string // events by session
	delay  time.Duration       // between an order's answer and its trade
	orders map[string]int
}

var session = socketio.NewKey[string]("session")

func newExchange(t *testing.T) *exchange {
	e := &exchange{ledger: map[string][]string{}, orders: map[string]int{}}
	e.target = newTarget(t, socketio.Options{}, func(s *target, mux *http.ServeMux) {
		s.Use(func(ctx context.Context, c *socketio.Socket) error {
			var auth struct{ SessionID string }
			if err := c.DecodeAuth(&auth); err != nil {
				return err
			}
			session.Set(c, auth.SessionID)
			return nil
		})
		socketio.OnAck(s, "subscribe:trades", e.subscribe)
		socketio.OnAck(s, "clock", func(context.Context, *socketio.Socket, socketio.None) (map[string]any, error) {
			return map[string]any{"ok": true, "now": time.Now().UnixMilli()}, nil
		})
		mux.HandleFunc("GET /api/symbols", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"symbols":[{"symbol":"AAPL"},{"symbol":"MSFT"}]}`)
		})
		mux.HandleFunc("POST /api/orders", e.order)
	})
	return e
}

// subscribe answers with the newest seq, replays what follows the cursor, and goes on live.
func (e *exchange) subscribe(ctx context.Context, c *socketio.Socket, wanted *struct{ After *int }) (map[string]any, error) {
	id, _ := session.Get(c)
	e.mu.Lock()
	defer e.mu.Unlock()
	entries := e.ledger[id]
	after := len(entries)
	if wanted != nil && wanted.After != nil {
		after = *wanted.After
	}
	replay := entries[after:]
	go func() { // ends with its few emits
		e.mu.Lock()
		defer e.mu.Unlock()
		for _, entry := range replay {
			_ = c.Emit(context.WithoutCancel(ctx), "trade:executed", json.RawMessage(entry))
		}
		_ = c.Join(context.WithoutCancel(ctx), socketio.Room(id))
	}()
	return map[string]any{"ok": true, "seq": len(entries), "replayed": len(replay)}, nil
}

func (e *exchange) order(w http.ResponseWriter, r *http.Request) {
	var order struct{ Symbol, Side, ClientOrderID string }
	if err := json.NewDecoder(r.Body).Decode(&order); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	id := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	w.WriteHeader(http.StatusAccepted)
	time.Sleep(e.delay) // what the market takes, which is what is measured
	e.mu.Lock()
	defer e.mu.Unlock()
	e.orders[order.Side]++
	seq := len(e.ledger[id]) + 1
	entry := fmt.Sprintf(`{"seq":%d,"symbol":%q,"side":%q,"timestamp":%d,"order":{"clientOrderId":%q}}`,
		seq, order.Symbol, order.Side, time.Now().UnixMilli(), order.ClientOrderID)
	e.ledger[id] = append(e.ledger[id], entry)
	if e.skip > 0 && seq%e.skip == 0 {
		return
	}
	_ = e.To(socketio.Room(id)).Emit(context.WithoutCancel(r.Context()), "trade:executed", json.RawMessage(entry))
}

func tradeOptions(s loadtest.Scenario) loadtest.Options {
	o := loadtest.Options{Scenario: s, Clients: 10, OrdersPerSecond: 100, Duration: time.Second, Settle: 100 * time.Millisecond}
	for i := range o.Clients {
		o.Sessions = append(o.Sessions, fmt.Sprint("session-", i))
	}
	return o
}

func TestTrades_OrderToTrade_IsMeasured(t *testing.T) {
	e := newExchange(t)
	e.delay = 50 * time.Millisecond
	r := e.run(t, tradeOptions(loadtest.Trades))
	wantCounts(t, r, 10, 0, 0)
	got := r.Trades
	if got == nil || got.Orders < 90 || got.Accepted != got.Orders || got.Executed != got.Orders || got.Missing != 0 {
		t.Fatalf("trades %s, errors %v", asJSON(got), r.Errors)
	}
	if got.LatencyMs.P50 < 49 || got.LatencyMs.P50 > 1000 {
		t.Errorf("latency %s, want 50 ms and a little", asJSON(got.LatencyMs))
	}
	if r.Ledger.Handled != int64(got.Orders) || r.Ledger.Gaps != 0 || r.Ledger.Repeats != 0 {
		t.Errorf("ledger %s", asJSON(r.Ledger))
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.orders["sell"] == 0 || e.orders["sell"] > e.orders["buy"] {
		t.Errorf("orders %v: a client sells what it bought", e.orders)
	}
}

func TestMixed_LostConnections_ReplayWithoutAGap(t *testing.T) {
	e := newExchange(t)
	o := tradeOptions(loadtest.Mixed)
	o.DropsPerSecond = 20
	r := e.run(t, o)
	wantCounts(t, r, 10, 0, 0)
	if l := r.Ledger; l.Drops < 10 || l.Returns != l.Drops || l.Gaps != 0 || l.Handled != int64(r.Trades.Orders) {
		t.Errorf("ledger %s, trades %s", asJSON(l), asJSON(r.Trades))
	}
	if r.Trades.Missing != 0 {
		t.Errorf("%d trades are missing", r.Trades.Missing)
	}
}

func TestMixed_ServerThatLeavesEntriesOut_HasGaps(t *testing.T) {
	e := newExchange(t)
	e.skip = 3
	o := tradeOptions(loadtest.Mixed)
	o.DropsPerSecond = 0.1
	if r := e.run(t, o); r.Ledger.Gaps == 0 || r.Trades.Missing == 0 {
		t.Errorf("ledger %s, trades %s", asJSON(r.Ledger), asJSON(r.Trades))
	}
}

func TestTrades_RefusedOrders_AreErrorsByCode(t *testing.T) {
	o := tradeOptions(loadtest.Trades)
	o.SymbolList = []string{"NONE"}
	refusing := newTarget(t, socketio.Options{}, func(s *target, mux *http.ServeMux) {
		socketio.OnAck(s, "subscribe:trades", func(context.Context, *socketio.Socket, socketio.None) (map[string]any, error) {
			return map[string]any{"ok": true, "seq": 0, "replayed": 0}, nil
		})
		mux.HandleFunc("POST /api/orders", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusUnprocessableEntity)
			fmt.Fprint(w, `{"code":"unknown_symbol"}`)
		})
	})
	r := refusing.run(t, o)
	if n := r.Errors["order: answered with 422 Unprocessable Entity unknown_symbol"]; n == 0 || n != r.Trades.Orders || r.Trades.Accepted != 0 {
		t.Errorf("errors %v, trades %s", r.Errors, asJSON(r.Trades))
	}
}
