package loadtest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// orders places market orders over REST and waits for their trades. It may be
// used concurrently. Its lock is taken inside that of figures.
type orders struct {
	run  *run
	http *http.Client
	name string // of this run, before the number in a client order id

	mu       sync.Mutex
	sent     int
	filled   int
	accepted int
	latency  histogram
	waiting  map[string]order
}

// order waits for its trade.
type order struct {
	client *client
	start  int64 // of the request, Unix nanoseconds
	buys   bool
}

// mostRequests bounds the requests under way; an order that finds no room waits for one of them.
const mostRequests = 256

func newOrders(r *run) *orders {
	return &orders{
		run: r, name: "load-" + strconv.FormatInt(time.Now().UnixNano(), 36), waiting: map[string]order{},
		http: &http.Client{
			Timeout: handshakeTime,
			Transport: &http.Transport{
				MaxIdleConns: mostRequests, MaxIdleConnsPerHost: mostRequests, TLSClientConfig: r.tls,
			},
		},
	}
}

// place places orders at an even pace, the clients in turns, until ctx ends, and
// waits for the answers.
func (o *orders) place(ctx context.Context, perSecond float64) {
	var g errgroup.Group
	g.SetLimit(mostRequests)
	pace := newPace(perSecond)
	clients := o.run.clients
	for i := 0; pace.wait(ctx); i++ {
		c := clients[i%len(clients)]
		if !c.trading() {
			continue
		}
		id := o.name + "-" + strconv.Itoa(i)
		g.Go(func() error {
			o.placeOne(ctx, c, id)
			return nil
		})
	}
	_ = g.Wait() // has no errors: they are counted
}

// trading reports whether the client can hear of its trades.
func (c *client) trading() bool {
	c.figures.mu.Lock()
	defer c.figures.mu.Unlock()
	return c.replaying
}

// takeShare reports whether the client has a share to sell, and takes it.
func (c *client) takeShare() bool {
	c.figures.mu.Lock()
	defer c.figures.mu.Unlock()
	if c.holding == 0 {
		return false
	}
	c.holding--
	return true
}

// placeOne buys a share, or sells the one that was bought before.
func (o *orders) placeOne(ctx context.Context, c *client, id string) {
	buys := !c.takeShare()
	side := "sell"
	if buys {
		side = "buy"
	}
	symbol := o.run.symbols[c.index%len(o.run.symbols)]
	body := orderBody(symbol, side, id)

	o.mu.Lock()
	o.sent++
	o.waiting[id] = order{client: c, start: time.Now().UnixNano(), buys: buys}
	o.mu.Unlock()
	err := o.post(context.WithoutCancel(ctx), c.session(), body) // an order that was begun is measured to its end
	o.mu.Lock()
	defer o.mu.Unlock()
	if err == nil {
		o.accepted++
		return
	}
	delete(o.waiting, id)
	o.run.tally.problem("order: " + describe(err))
}

// orderBody is a market order of one share.
func orderBody(symbol, side, id string) []byte {
	return fmt.Appendf(nil, `{"symbol":%q,"side":%q,"type":"market","quantity":1,"clientOrderId":%q}`, symbol, side, id)
}

func (o *orders) post(ctx context.Context, session string, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, o.run.base.String()+"/api/orders", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+session)
	resp, err := o.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusAccepted {
		return fmt.Errorf("answered with %s %s", resp.Status, textOf(answer, `"code":"`))
	}
	return nil
}

// executed notes the trade of an order. The figures of the client are locked.
func (o *orders) executed(c *client, id string, now int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	waiting, ok := o.waiting[id]
	if !ok || waiting.client != c {
		return // of another run, or of another client of the same user
	}
	delete(o.waiting, id)
	o.filled++
	o.latency.add(time.Duration(now - waiting.start))
	if waiting.buys {
		c.holding++
	}
}

// open is how many orders still wait for their trade.
func (o *orders) open() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.waiting)
}
