package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tradewind/internal/trading"
	"tradewind/socketio/client"
)

// The server is killed with SIGKILL in the middle of two hundred orders of one
// client that retries with its own ids. Afterwards each order exists once, money
// and shares are what the fills say, limit orders still fill, and the client is
// told exactly what it missed.
func TestKillInTheMiddleOfOrdersLosesAndDoublesNothing(t *testing.T) {
	const orders, killAfter = 200, 70
	dir := newDir(t)
	u := users(t, dir, 1, "trader", "10000000")[0]
	s := serve(t, map[string]string{"DATA_DIR": dir})
	watcher := newTrader(t, s, u, client.Options{})
	watcher.connect()
	watcher.subscribe()

	// Two limit orders that wait far below the market, for after the crash.
	limit := percentOf(s.price(t, u, "MSFT"), 60)
	for i := range 2 {
		o := s.place(t, u, orderRequest{Symbol: "MSFT", Side: "buy", Type: "limit", Quantity: 3, LimitPrice: limit, TimeInForce: "gtc", ClientOrderID: fmt.Sprintf("open-%d", i)})
		if o.Status == "filled" {
			t.Fatalf("the limit order far below the market was filled: %+v", o)
		}
	}

	// The client: eight at a time, each sent again with the same id until it has an answer.
	requests := make([]orderRequest, orders)
	symbols := []string{"AAPL", "GOOGL", "NVDA", "SPY"}
	for i := range requests {
		side := "buy"
		if i%5 == 4 {
			side = "sell"
		}
		requests[i] = orderRequest{Symbol: symbols[i%len(symbols)], Side: side, Type: "market", Quantity: 1 + i%3, ClientOrderID: "mine-" + strconv.Itoa(i)}
	}
	answered := make(chan struct{}, orders)
	var current sync.Map // "server": the address to send to
	current.Store("server", s)
	work := make(chan orderRequest)
	var workers sync.WaitGroup
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for range 8 {
		workers.Go(func() {
			for r := range work {
				if err := insist(ctx, &current, u, r); err != nil {
					t.Error(err)
					return
				}
				answered <- struct{}{}
			}
		})
	}
	go func() { // ends with the last order, or with the workers' context
		defer close(work)
		for _, r := range requests {
			select {
			case work <- r:
			case <-ctx.Done():
				return
			}
		}
	}()
	for range killAfter {
		receive(t, answered, "an answer before the crash")
	}
	s.kill()
	receive(t, watcher.Done(), "the end of the watcher's connection")
	known := watcher.at()
	seenBefore := watcher.events(0)
	watcher.check()

	script := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, fmt.Appendf(nil, "at 3s price MSFT %.2f 5s\n", limit-1), 0o600); err != nil {
		t.Fatal(err)
	}
	second := s.again(t, map[string]string{"FEED": "sim:script=" + script})
	current.Store("server", second)
	for range orders - killAfter {
		receive(t, answered, "an answer after the crash")
	}
	workers.Wait()

	// What the client had not seen comes, and nothing else.
	back := newTrader(t, second, u, client.Options{})
	back.connect()
	back.subscribe(known)
	until(t, "both limit orders were filled", func() bool {
		filled := 0
		for _, o := range second.orders(t, u) {
			if o.Symbol == "MSFT" && o.Status == "filled" {
				filled++
			}
		}
		return filled == 2
	})
	entries := second.ledger(t, u, 0)
	until(t, "all was replayed", func() bool { return back.at() >= int64(len(entries)) })
	back.check()
	if d := cmp.Diff(seqs(t, entries[known:]), seqs(t, back.events(known))); d != "" {
		t.Errorf("replay after %d: %s", known, d)
	}
	if d := cmp.Diff(eventTexts(entries[known:]), eventTexts(back.events(known))); d != "" {
		t.Errorf("the replay is not what the ledger holds: %s", d)
	}
	if d := cmp.Diff(eventTexts(entries[int(known)-len(seenBefore):known]), eventTexts(seenBefore)); d != "" {
		t.Errorf("what was told before the crash is not in the ledger: %s", d)
	}

	// Each order exists once.
	count := map[string]int{}
	for _, o := range second.orders(t, u) {
		count[o.ClientOrderID]++
	}
	want := map[string]int{"open-0": 1, "open-1": 1}
	for _, r := range requests {
		want[r.ClientOrderID] = 1
	}
	if d := cmp.Diff(want, count); d != "" {
		t.Errorf("orders by client order id: %s", d)
	}
	foldMatches(t, second, u, entries, "10000000")
}

// insist places an order, again and again until the server has answered it. A
// refusal by a check is an answer.
func insist(ctx context.Context, current *sync.Map, u user, r orderRequest) error {
	for {
		to, _ := current.Load("server")
		s := to.(*server)
		var answer struct{ Order order }
		status, _, err := s.try(ctx, "POST", "/api/orders", u.session, r, &answer)
		switch status {
		case http.StatusAccepted, http.StatusUnprocessableEntity:
			return nil
		case 0, http.StatusTooManyRequests, http.StatusServiceUnavailable: // sent again
		default:
			return fmt.Errorf("order %s: %w", r.ClientOrderID, err)
		}
		select {
		case <-time.After(50 * time.Millisecond): // between two tries
		case <-ctx.Done():
			return fmt.Errorf("order %s was not answered: %w", r.ClientOrderID, err)
		}
	}
}

// orders lists all orders of the account.
func (s *server) orders(t *testing.T, u user) (all []order) {
	t.Helper()
	before := ""
	for {
		var page struct{ Orders []order }
		path := "/api/orders?limit=100"
		if before != "" {
			path += "&before=" + before
		}
		s.must(t, "GET", path, u.session, nil, &page)
		all = append(all, page.Orders...)
		if len(page.Orders) < 100 {
			return all
		}
		before = page.Orders[len(page.Orders)-1].ID
	}
}

// foldMatches compares cash and positions with what the fills of the ledger add up to.
func foldMatches(t *testing.T, s *server, u user, entries []ledgerEvent, openingCash string) {
	t.Helper()
	cash, err := trading.ParseDecimal(openingCash)
	if err != nil {
		t.Fatal(err)
	}
	held := map[string]trading.Decimal{}
	executions := map[string]bool{}
	perOrder := map[string]trading.Decimal{}
	for _, e := range entries {
		if e.Event != "trade:executed" {
			continue
		}
		f := decode[fill](t, e.Data)
		if executions[f.ID] {
			t.Errorf("execution %s is in the ledger twice", f.ID)
		}
		executions[f.ID] = true
		quantity, price := decimal(t, f.Quantity), decimal(t, f.Price)
		amount := must(quantity.Mul(price))
		if f.Side == "buy" {
			cash = must(cash.Sub(amount))
			held[f.Symbol] = must(held[f.Symbol].Add(quantity))
		} else {
			cash = must(cash.Add(amount))
			held[f.Symbol] = must(held[f.Symbol].Sub(quantity))
		}
		perOrder[f.OrderID] = must(perOrder[f.OrderID].Add(quantity))
	}
	p := s.portfolio(t, u)
	if got := decimal(t, p.Cash); got.Cmp(cash) != 0 {
		t.Errorf("cash is %s, the fills make it %s", got, cash)
	}
	shown := map[string]string{}
	for _, position := range p.Positions {
		shown[position.Symbol] = decimal(t, position.Quantity).Trim(0).String()
	}
	folded := map[string]string{}
	for symbol, quantity := range held {
		if !quantity.IsZero() {
			folded[symbol] = quantity.Trim(0).String()
		}
	}
	if d := cmp.Diff(folded, shown); d != "" {
		t.Errorf("positions against the fold of the fills: %s", d)
	}
	for _, o := range s.orders(t, u) {
		filled := decimal(t, o.FilledQuantity)
		if filled.Cmp(perOrder[o.ID]) != 0 {
			t.Errorf("order %s says %s filled, its fills say %s", o.ClientOrderID, filled, perOrder[o.ID])
		}
		if o.Status == "filled" && filled.Cmp(decimal(t, o.Quantity)) != 0 {
			t.Errorf("order %s is filled with %s of %s", o.ClientOrderID, filled, o.Quantity)
		}
	}
}

// must is for arithmetic that cannot overflow with the numbers of a test.
func must(d trading.Decimal, err error) trading.Decimal {
	if err != nil {
		panic(err)
	}
	return d
}

func seqs(t *testing.T, events []ledgerEvent) (list []int64) {
	t.Helper()
	for _, e := range events {
		list = append(list, decode[struct{ Seq int64 }](t, e.Data).Seq)
	}
	return list
}

func eventTexts(events []ledgerEvent) (list []string) {
	for _, e := range events {
		list = append(list, e.Event+" "+string(e.Data))
	}
	return list
}

// percentOf is a price in whole cents, as the JSON of a request writes it.
func percentOf(price trading.Decimal, percent int) float64 {
	f, _ := price.Float64()
	return float64(int(f*float64(percent))) / 100
}
