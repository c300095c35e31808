package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tradewind/socketio/client"
	"tradewind/socketio/examples/exampletest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A client that does not read for a while gets every alert and the newest price, not all the prices between.
func TestSlowClientGetsTheNewestQuoteAndEveryAlert(t *testing.T) {
	io := newServer()
	c := exampletest.Serve(t, io).Dial(client.Options{})
	got := make(chan string, 10_000)
	c.On("alert", func(a client.Args) { got <- a.String() })
	c.On("quote", func(a client.Args) { got <- a.String() })
	if ack := exampletest.Call(t, c, "watch", []string{"AAPL", "unknown"}); ack != "[1]" {
		t.Fatalf("watch: %s", ack)
	}
	resume := exampletest.Stall(t, io, c)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	const changes = 1000
	for i := range changes + 1 {
		must(publish(t.Context(), io, quote{"AAPL", i}))
		if i%100 == 0 {
			must(alert(t.Context(), io, "AAPL", fmt.Sprint("alert ", i)))
		}
	}
	resume()
	quotes, alerts, last := 0, 0, fmt.Sprintf(`[{"symbol":"AAPL","price":%d}]`, changes)
	for seen := false; !seen || alerts < 11; {
		select {
		case text := <-got:
			if strings.Contains(text, "alert") {
				if want := fmt.Sprintf(`["alert %d"]`, alerts*100); text != want {
					t.Errorf("got %s, want %s", text, want)
				}
				alerts++
				continue
			}
			quotes++
			seen = seen || text == last
		case <-time.After(10 * time.Second):
			t.Fatalf("%d quotes and %d alerts came, the newest quote: %v", quotes, alerts, seen)
		}
	}
	if quotes > changes/2 {
		t.Errorf("%d quotes came of %d", quotes, changes)
	}
}

func TestPricesMoveUntilTheProgramIsStopped(t *testing.T) {
	io := newServer()
	c := exampletest.Serve(t, io).Client(client.Options{})
	got := make(chan string, 10_000)
	c.On("quote", func(a client.Args) { got <- a.String() })
	if err := c.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Call(t.Context(), "watch", []string{"MSFT"}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	moved := make(chan error, 1)
	go func() { moved <- move(ctx, io, 1000) }() // ends with ctx
	select {
	case <-got:
	case <-time.After(10 * time.Second):
		t.Error("no price has moved")
	}
	stop()
	if err := <-moved; err != nil {
		t.Error(err)
	}
}
