package main

import (
	"errors"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tradewind/socketio"
	"tradewind/socketio/client"
	"tradewind/socketio/examples/exampletest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func example() *socketio.Server {
	return newServer("secret", map[string]string{"fx": "euro"})
}

func in(namespace, token string) client.Options {
	return client.Options{Namespace: namespace, Auth: auth{token}}
}

func TestBidsStayInTheirAuctionAndLastCallReachesAll(t *testing.T) {
	s := exampletest.Serve(t, example())
	seven, eight, admin := s.Dial(in("/auction-7", "")), s.Dial(in("/auction-8", "")), s.Dial(in("/admin", "secret"))
	bids, others := exampletest.Listen(t, seven, "bid"), exampletest.Listen(t, eight, "bid")
	lastSeven, lastEight := exampletest.Listen(t, seven, "last call"), exampletest.Listen(t, eight, "last call")
	exampletest.Call(t, seven, "bid", 100)
	if got := exampletest.Next(t, bids); got != "[100]" {
		t.Errorf("bid: %s", got)
	}
	exampletest.Call(t, admin, "last call")
	exampletest.Next(t, lastSeven)
	exampletest.Next(t, lastEight)
	if len(others) > 0 {
		t.Errorf("auction 8 heard the bid %s", <-others)
	}
}

func TestAuctionGoesWithTheLastWhoLeaves(t *testing.T) {
	s := exampletest.Serve(t, example())
	admin := s.Dial(in("/admin", "secret"))
	bidder, watcher := s.Dial(in("/auction-7", "")), s.Dial(in("/auction-7", ""))
	for _, c := range []*client.Client{bidder, watcher} {
		if got := exampletest.Call(t, admin, "auctions"); got != `[["/auction-7"]]` {
			t.Errorf("auctions: %s", got)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	// The server hears of the end a moment later.
	for deadline := time.Now().Add(10 * time.Second); exampletest.Call(t, admin, "auctions") != "[[]]"; {
		if time.Now().After(deadline) {
			t.Fatal("the auction is still there")
		}
	}
}

func TestWhoMayComeInIsUpToTheNamespace(t *testing.T) {
	s := exampletest.Serve(t, example())
	if got := exampletest.Call(t, s.Dial(in("/desk-fx", "euro")), "name"); got != `["fx"]` {
		t.Errorf("desk: %s", got)
	}
	for o, want := range map[[2]string]string{
		{"/desk-fx", "dollar"}:     "This is not your desk",
		{"/desk-gold", "euro"}:     "Invalid namespace",
		{"/auction-seven", ""}:     "Invalid namespace",
		{"/admin", "not a secret"}: "Administrators only",
	} {
		var refused *client.ConnectError
		if err := s.Client(in(o[0], o[1])).Connect(t.Context()); !errors.As(err, &refused) || refused.Message != want {
			t.Errorf("%v: %v, want %s", o, err, want)
		}
	}
}
