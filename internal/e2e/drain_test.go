package e2e_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"tradewind/conformance/node"
	"tradewind/socketio/client"
)

// SIGTERM drains: transports are closed without the DISCONNECT that makes stock
// clients stay away, the process ends with 0, and all are back as soon as there
// is a server again.
func TestTerminateDrainsAndClientsComeBack(t *testing.T) {
	node.Install(t)
	const count = 40
	dir := newDir(t)
	people := users(t, dir, count/4, "drain", "1000")
	s := serve(t, map[string]string{"DATA_DIR": dir})

	ended := make(chan *client.DisconnectError, 10*count)
	connected := make(chan struct{}, 10*count)
	transports := [][]client.Transport{{client.WebSocket}, {client.Polling}, {client.Polling, client.WebSocket}}
	for i := range count {
		c, err := client.New(s.url, client.Options{
			Auth:       map[string]string{"sessionID": people[i/4].session},
			Transports: transports[i%len(transports)],
			Reconnect:  &client.Backoff{Delay: 50 * time.Millisecond, MaxDelay: 500 * time.Millisecond},
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		c.OnDisconnect(func(e *client.DisconnectError) { ended <- e })
		c.OnConnect(func() { connected <- struct{}{} })
		if err := c.Connect(t.Context()); err != nil {
			t.Fatal(err)
		}
		receive(t, connected, "connect")
	}
	stock := node.Start(t, time.Minute, map[string]string{"URL": s.url, "SESSION": people[0].session}, "reconnect.mjs")
	if line := receive(t, stock.Lines, "the stock client connects"); line != "connected" {
		t.Fatalf("stock client said %q", line)
	}

	if code := s.terminate(); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	codes := map[int]int{}
	for range count {
		e := receive(t, ended, "the end of a connection")
		codes[e.Code]++
		if e.Reason != client.TransportClose && e.Reason != client.TransportError {
			t.Errorf("a client was told %v", e)
		}
	}
	if codes[4010] < count/3 {
		t.Errorf("close codes %v, want 4010 on every websocket", codes)
	}
	if line := receive(t, stock.Lines, "the stock client is cut off"); line != "disconnected: transport close" {
		t.Errorf("stock client said %q", line)
	}
	var netErr error
	if _, netErr = http.Get(s.url + "/healthz"); netErr == nil {
		t.Error("something still listens")
	}

	s.again(t, nil)
	for range count {
		receive(t, connected, "a client is back")
	}
	if line := receive(t, stock.Lines, "the stock client is back"); line != "connected" {
		t.Errorf("stock client said %q", line)
	}
	if err := stock.Wait(); err != nil {
		t.Error(err)
	}
}

// Requests that were accepted are finished, and what comes during the drain is refused.
func TestTerminateFinishesRequests(t *testing.T) {
	dir := newDir(t)
	u := users(t, dir, 1, "last", "100000")[0]
	s := serve(t, map[string]string{"DATA_DIR": dir})
	const orders = 40
	results := make(chan error, orders)
	for range orders {
		go func() { // ends with its request
			status, _, err := s.try(t.Context(), "POST", "/api/orders", u.session, orderRequest{Symbol: "AAPL", Side: "buy", Type: "market", Quantity: 1}, nil)
			switch {
			case status == http.StatusAccepted, status == http.StatusUnprocessableEntity, status == http.StatusServiceUnavailable:
				err = nil
			case status == 0: // never accepted: refused by the system after the listener was closed, or a kept connection that was idle
				err = nil
			}
			results <- err
		}()
	}
	if code := s.terminate(); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	var errs []error
	for range orders {
		errs = append(errs, receive(t, results, "an answer"))
	}
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
	again := s.again(t, nil)
	foldMatches(t, again, u, again.ledger(t, u, 0), "100000")
}
