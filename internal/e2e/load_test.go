package e2e_test

import (
	"bytes"
	"strconv"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"tradewind/socketio/client"
)

// A thousand sockets of two hundred users, all with a portfolio that changes:
// updates are fresh within half a second and trades are told within one.
func TestThousandSocketsOfTwoHundredUsers(t *testing.T) {
	const sockets, each = 5, 200
	dir := newDir(t)
	people := users(t, dir, each, "load", "100000")
	s := serve(t, map[string]string{"DATA_DIR": dir})

	var fresh, told latencies
	crowd := make([]*loadUser, each)
	for i, u := range people {
		crowd[i] = &loadUser{user: u, placed: map[string]time.Time{}, fresh: &fresh, told: &told}
	}
	connects := errgroup.Group{}
	connects.SetLimit(50)
	for _, u := range crowd {
		for range sockets {
			connects.Go(func() error { return u.connect(t, s.url) })
		}
	}
	if err := connects.Wait(); err != nil {
		t.Fatal(err)
	}
	alive := func() (n int) {
		for _, u := range crowd {
			for _, c := range u.all() {
				if c.Connected() {
					n++
				}
			}
		}
		return n
	}
	if n := alive(); n != sockets*each {
		t.Fatalf("%d of %d sockets are connected", n, sockets*each)
	}

	// Everybody buys two symbols, so that every portfolio moves with the market.
	symbols := []string{"AAPL", "MSFT", "GOOGL", "AMZN", "NVDA", "TSLA", "SPY"}
	trades := 0
	place := func(round int) {
		pace := time.NewTicker(10 * time.Millisecond) // 100 orders a second over all users
		defer pace.Stop()
		for i, u := range crowd {
			<-pace.C
			id := "load-" + strconv.Itoa(round) + "-" + strconv.Itoa(i)
			u.mark(id)
			s.place(t, u.user, orderRequest{Symbol: symbols[(i+round)%len(symbols)], Side: "buy", Type: "market", Quantity: 1, ClientOrderID: id})
			trades++
		}
	}
	place(0)
	place(1)
	fresh.reset() // what counts is the time with all portfolios moving
	place(2)
	until(t, "every socket was told of every trade", func() bool {
		_, n := told.quantile(1)
		return n >= trades*sockets
	})
	until(t, "enough portfolios", func() bool { _, n := fresh.quantile(1); return n >= 10*sockets*each })

	p99, n := fresh.quantile(0.99)
	slowest, m := told.quantile(1)
	t.Logf("%d portfolios, p99 %v; %d trade notifications, slowest %v; server %d MB", n, p99, m, slowest, s.memory()>>20)
	if p99 >= 500*time.Millisecond {
		t.Errorf("portfolio updates: p99 %v", p99)
	}
	if slowest >= time.Second {
		t.Errorf("trade notifications: slowest %v", slowest)
	}
	if m != trades*sockets {
		t.Errorf("%d trade notifications, want %d", m, trades*sockets)
	}
	if n := alive(); n != sockets*each {
		t.Errorf("%d of %d sockets are left", n, sockets*each)
	}
}

// loadUser is a user with several sockets.
type loadUser struct {
	user        user
	fresh, told *latencies

	mu      sync.Mutex
	clients []*client.Client
	placed  map[string]time.Time // by client order id
}

func (u *loadUser) all() []*client.Client {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.clients
}

func (u *loadUser) mark(id string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.placed[id] = time.Now()
}

func (u *loadUser) connect(t *testing.T, url string) error {
	c, err := client.New(url, client.Options{Auth: map[string]string{"sessionID": u.user.session}})
	if err != nil {
		return err
	}
	t.Cleanup(func() { c.Close() })
	c.On("portfolio:update", func(a client.Args) {
		if at, ok := number(a.Raw(0), `"asOf":`); ok {
			u.fresh.add(time.Since(time.UnixMilli(at)))
		}
	})
	c.On("trade:executed", func(a client.Args) {
		var f fill
		if a.Decode(0, &f) != nil {
			return
		}
		u.mu.Lock()
		defer u.mu.Unlock()
		if at, ok := u.placed[f.Order.ClientOrderID]; ok {
			u.told.add(time.Since(at))
		}
	})
	if err := c.Connect(t.Context()); err != nil {
		return err
	}
	for _, event := range []string{"subscribe:trades", "subscribe:portfolio"} {
		if _, err := c.Call(t.Context(), event); err != nil {
			return err
		}
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.clients = append(u.clients, c)
	return nil
}

// number finds a number in JSON without reading all of it: the load generator
// shares the machine with what it measures.
func number(text []byte, name string) (int64, bool) {
	_, rest, ok := bytes.Cut(text, []byte(name))
	if !ok {
		return 0, false
	}
	end := bytes.IndexAny(rest, ",}")
	if end < 0 {
		return 0, false
	}
	n, err := strconv.ParseInt(string(rest[:end]), 10, 64)
	return n, err == nil
}
