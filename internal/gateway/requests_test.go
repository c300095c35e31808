package gateway_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"tradewind/internal/trading"
	"tradewind/internal/wire"
	"tradewind/socketio"
)

// errorOf is the error of a refused request's ack.
func errorOf(t *testing.T, ack string) (code, message string, retryAfter int) {
	t.Helper()
	raw := json.RawMessage(ack)
	if field[bool](t, raw, "ok") {
		t.Fatalf("accepted: %s", ack)
	}
	return field[string](t, raw, "error", "code"), field[string](t, raw, "error", "message"), field[int](t, raw, "error", "retryAfterMs")
}

func TestClock_TellsTheTime_ThirtyTimesAMinute(t *testing.T) {
	f := newFloor(t)
	term := f.person("ann").connect()
	for range 30 {
		now := field[int64](t, json.RawMessage(term.mustAsk(wire.EventClock)), "now")
		if off := time.Since(time.UnixMilli(now)); off < -time.Second || off > patience {
			t.Fatalf("off by %s", off)
		}
	}
	code, message, retryAfter := errorOf(t, term.ask(wire.EventClock))
	if code != "rate_limited" || message != "Rate limit exceeded" || retryAfter <= 0 || retryAfter > 2000 {
		t.Errorf("%s %q after %d ms", code, message, retryAfter)
	}
}

func TestRequests_Limits_PerSocketAndEvent(t *testing.T) {
	f := newFloor(t)
	ann := f.person("ann")
	for event, c := range map[string]struct {
		payload  any
		accepted int
	}{
		wire.EventSubscribePortfolio:   {nil, 1},
		wire.EventSubscribeTrades:      {nil, 1},
		wire.EventSubscribeWatchlist:   {[]string{"AAPL"}, 10},
		wire.EventUnsubscribePortfolio: {nil, 10},
		wire.EventUnsubscribeTrades:    {nil, 10},
		wire.EventUnsubscribeWatchlist: {nil, 10},
	} {
		t.Run(event, func(t *testing.T) {
			term := ann.connect()
			defer func() { _ = term.Close() }()
			for range c.accepted {
				term.mustAsk(event, c.payload)
			}
			code, message, retryAfter := errorOf(t, term.ask(event, c.payload))
			if code != "rate_limited" || message != "Rate limit exceeded" {
				t.Errorf("%s %q", code, message)
			}
			if most := 60_000 / c.accepted; retryAfter <= 0 || retryAfter > most {
				t.Errorf("retryAfterMs %d, at most %d", retryAfter, most)
			}
			again := ann.connect()
			defer func() { _ = again.Close() }()
			again.mustAsk(event, c.payload) // a new socket has fresh buckets
		})
	}
}

func TestRequests_RefusedOnes_TakeNoToken(t *testing.T) {
	f := newFloor(t)
	term := f.person("ann").connect()
	for range 3 {
		if code, _, _ := errorOf(t, term.ask(wire.EventSubscribeTrades, map[string]any{"after": 99})); code != "cursor_unknown" {
			t.Fatal(code)
		}
		if code, _, _ := errorOf(t, term.ask(wire.EventSubscribeTrades, "all")); code != "invalid_payload" {
			t.Fatal(code)
		}
	}
	term.mustAsk(wire.EventSubscribeTrades)
}

func TestRequests_Unsubscribe_GivesTheTokenBack_OfWhatWasSubscribedOnly(t *testing.T) {
	f := newFloor(t)
	term := f.person("ann").connect()
	for subscribe, unsubscribe := range map[string]string{
		wire.EventSubscribePortfolio: wire.EventUnsubscribePortfolio,
		wire.EventSubscribeTrades:    wire.EventUnsubscribeTrades,
	} {
		for range 3 {
			term.mustAsk(subscribe)
			term.mustAsk(unsubscribe)
		}
		term.mustAsk(subscribe)
		if code, _, _ := errorOf(t, term.ask(subscribe)); code != "rate_limited" {
			t.Errorf("%s: %s", subscribe, code)
		}
		term.mustAsk(unsubscribe)
		term.mustAsk(unsubscribe) // nothing to end: nothing to give
		term.mustAsk(subscribe)
		if code, _, _ := errorOf(t, term.ask(subscribe)); code != "rate_limited" {
			t.Errorf("%s: %s", subscribe, code)
		}
	}
	for range 10 {
		term.mustAsk(wire.EventSubscribeWatchlist, []string{"AAPL"})
	}
	term.mustAsk(wire.EventUnsubscribeWatchlist)
	term.mustAsk(wire.EventUnsubscribeWatchlist)
	term.mustAsk(wire.EventSubscribeWatchlist, []string{"AAPL"})
	if code, _, _ := errorOf(t, term.ask(wire.EventSubscribeWatchlist, []string{"AAPL"})); code != "rate_limited" {
		t.Error(code)
	}
}

func TestRequests_WithoutAck_FailuresAreTheEventError(t *testing.T) {
	f := newFloor(t)
	term := f.person("ann").connect()
	emit := func(name string, args ...any) {
		t.Helper()
		if err := term.Emit(t.Context(), name, args...); err != nil {
			t.Fatal(err)
		}
	}
	emit(wire.EventSubscribePortfolio)
	emit(wire.EventSubscribePortfolio)
	emit(wire.EventSubscribeWatchlist, 17)
	emit("subscribe:everything")
	emit(strings.Repeat("x", 5000))
	for i, want := range []struct{ code, message, event string }{
		{"rate_limited", "Rate limit exceeded", wire.EventSubscribePortfolio},
		{"invalid_payload", "", wire.EventSubscribeWatchlist},
		{"unknown_event", "", "subscribe:everything"},
		{"unknown_event", "", strings.Repeat("x", 64)},
	} {
		e := term.await(wire.EventError, i+1)
		if field[string](t, e, "code") != want.code || field[string](t, e, "event") != want.event || want.message != "" && field[string](t, e, "message") != want.message {
			t.Errorf("error %d: %s, want %v", i+1, e, want)
		}
		if limited := want.code == "rate_limited"; (field[int](t, e, "retryAfterMs") > 0) != limited {
			t.Errorf("error %d: %s", i+1, e)
		}
	}
	term.await(wire.EventPortfolio, 1) // the accepted one works without an ack
}

func TestRequests_UnknownEvent_IsAnswered(t *testing.T) {
	f := newFloor(t)
	term := f.person("ann").connect()
	if code, _, _ := errorOf(t, term.ask("no:such:event", 1, 2)); code != "unknown_event" {
		t.Error(code)
	}
	if n := f.metric("events_in_total", "unknown", "unknown_event"); n != 1 {
		t.Errorf("%v counted", n)
	}
}

func TestWatchlist_AcceptedAndRejected_SnapshotThenChanges(t *testing.T) {
	f := newFloor(t)
	f.quote("AAPL", "187.25")
	term := f.person("ann").connect()
	ack := term.mustAsk(wire.EventSubscribeWatchlist, []string{"aapl", "NOPE", "MSFT", "AAPL", ""})
	if got := fmt.Sprint(field[[]string](t, json.RawMessage(ack), "accepted")); got != "[AAPL MSFT]" {
		t.Errorf("accepted %s", got)
	}
	rejected := field[[]struct{ Symbol, Code, Message string }](t, json.RawMessage(ack), "rejected")
	if len(rejected) != 2 || rejected[0].Symbol != "NOPE" || rejected[0].Code != "unknown_symbol" || rejected[0].Message == "" {
		t.Errorf("rejected %v", rejected)
	}
	if price := field[json.Number](t, term.await(wire.EventQuote, 1), "price"); price != "187.25" {
		t.Errorf("snapshot at %s", price)
	}
	f.quote("MSFT", "410.1")
	if q := term.await(wire.EventQuote, 2); field[string](t, q, "symbol") != "MSFT" {
		t.Errorf("%s", q)
	}
	f.quote("TSLA", "1")
	f.quote("AAPL", "188")
	if q := term.await(wire.EventQuote, 3); field[string](t, q, "symbol") != "AAPL" {
		t.Errorf("%s", q)
	}
}

func TestWatchlist_OverAHundred_RefusedAndTheOldListStays(t *testing.T) {
	f := newFloor(t)
	term := f.person("ann").connect()
	term.mustAsk(wire.EventSubscribeWatchlist, []string{"AAPL"})
	var many []string
	for i := range 101 {
		many = append(many, fmt.Sprint("S", i))
	}
	if code, _, _ := errorOf(t, term.ask(wire.EventSubscribeWatchlist, many)); code != "too_many_symbols" {
		t.Error(code)
	}
	f.quote("AAPL", "1")
	term.await(wire.EventQuote, 1)
	for range 101 {
		many = append(many, "aapl")
	}
	term.mustAsk(wire.EventSubscribeWatchlist, many[2:]) // S2 to S100 and AAPL are a hundred without repeats
}

func TestWatchlist_EmptyOrUnsubscribed_NoMoreQuotes(t *testing.T) {
	f := newFloor(t)
	term := f.person("ann").connect()
	for _, end := range []func(){
		func() { term.mustAsk(wire.EventSubscribeWatchlist, []string{}) },
		func() { term.mustAsk(wire.EventUnsubscribeWatchlist) },
	} {
		term.mustAsk(wire.EventSubscribeWatchlist, map[string]any{"symbols": []string{"AAPL"}, "intervalMs": 0})
		end()
	}
	if n := f.metric("watched_symbols"); n != 0 {
		t.Errorf("%v symbols are watched", n)
	}
	f.quote("AAPL", "1")
	term.mustAsk(wire.EventSubscribeWatchlist, []string{"MSFT"})
	f.quote("MSFT", "2")
	if q := term.await(wire.EventQuote, 1); field[string](t, q, "symbol") != "MSFT" {
		t.Errorf("%s", q)
	}
}

func TestWatchlist_SlowerPace_LeavesFullSpeedToOthers(t *testing.T) {
	f := newFloor(t)
	ann := f.person("ann")
	fast, slow := ann.connect(), ann.connect()
	fast.mustAsk(wire.EventSubscribeWatchlist, []string{"AAPL"})
	slow.mustAsk(wire.EventSubscribeWatchlist, map[string]any{"symbols": []string{"AAPL"}, "intervalMs": 60_000})
	for i := range 5 {
		f.quote("AAPL", fmt.Sprint(i+1))
		fast.await(wire.EventQuote, i+1)
	}
	// The room of the symbol stays open to others, whatever the pace.
	if err := f.io.To("symbol:AAPL").Emit(t.Context(), "note", 1); err != nil {
		t.Fatal(err)
	}
	heard := slow.until("note", func(heard []event) bool { return len(heard) > 0 && heard[len(heard)-1].name == "note" })
	for _, e := range heard {
		if e.name == wire.EventQuote {
			t.Errorf("a quote at full speed: %s", e)
		}
	}
	slow.mustAsk(wire.EventSubscribeWatchlist, map[string]any{"symbols": []string{"AAPL"}, "intervalMs": 30})
	slow.await(wire.EventQuote, 1)
	f.quote("AAPL", "77")
	if price := field[json.Number](t, slow.await(wire.EventQuote, 2), "price"); price != "77" {
		t.Errorf("price %s", price)
	}
}

func TestWatchlist_NoFeed_AnyWellFormedSymbol(t *testing.T) {
	f := newFloorOn(t, trading.NewBoard(nil))
	term := f.person("ann").connect()
	ack := term.mustAsk(wire.EventSubscribeWatchlist, []string{"eurusd", "BTC-USD", "BAD SYMBOL", strings.Repeat("X", 33)})
	if got := fmt.Sprint(field[[]string](t, json.RawMessage(ack), "accepted")); got != "[EURUSD BTC-USD]" {
		t.Errorf("accepted %s", got)
	}
	if err := f.io.To("symbol:EURUSD").Emit(t.Context(), wire.EventQuote, map[string]any{"symbol": "EURUSD"}); err != nil {
		t.Fatal(err)
	}
	term.await(wire.EventQuote, 1)
}

func TestFeedStatus_AtConnectAndOnChange(t *testing.T) {
	f := newFloor(t)
	f.board.PublishStatus(trading.FeedStatus{Source: "sim", State: trading.FeedLive, Since: time.UnixMilli(1000)})
	term := f.person("ann").connect()
	if s := term.await(wire.EventFeedStatus, 1); string(s) != `{"source":"sim","state":"live","since":1000}` {
		t.Errorf("%s", s)
	}
	f.board.PublishStatus(trading.FeedStatus{Source: "sim", State: trading.FeedStalled, Since: time.UnixMilli(2000)})
	term.until("stalled", func(heard []event) bool {
		last := heard[len(heard)-1]
		return last.name == wire.EventFeedStatus && field[string](t, last.data, "state") == "stalled"
	})
}

func TestGateway_WhatTheBoardHasAlready_IsTold(t *testing.T) {
	board := trading.NewBoard([]trading.Instrument{{Symbol: "AAPL"}})
	board.PublishStatus(trading.FeedStatus{Source: "replay", State: trading.FeedClosed})
	board.PublishQuotes([]trading.Quote{{Symbol: "AAPL", Price: dec("9"), State: trading.QuoteClosed}})
	f := newFloorOn(t, board)
	term := f.person("ann").connect()
	if s := term.await(wire.EventFeedStatus, 1); field[string](t, s, "state") != "closed" {
		t.Errorf("%s", s)
	}
	term.mustAsk(wire.EventSubscribeWatchlist, []string{"AAPL"})
	if q := term.await(wire.EventQuote, 1); field[json.Number](t, q, "price") != "9" {
		t.Errorf("%s", q)
	}
}

func TestMetrics_EveryReasonAndClass(t *testing.T) {
	f := newFloor(t)
	ann := f.person("ann")
	if age := f.metric("feed_age_seconds"); age != -1 {
		t.Errorf("feed age %v before the first quote", age)
	}
	term := ann.connect()
	term.mustAsk(wire.EventSubscribePortfolio)
	term.mustAsk(wire.EventSubscribeTrades)
	term.mustAsk(wire.EventSubscribeWatchlist, []string{"AAPL", "MSFT"})
	f.quote("AAPL", "3")
	ann.deposit(2)
	term.await(wire.EventAccount, 2)
	term.await(wire.EventQuote, 1)
	for name, want := range map[string]float64{
		"sockets": 1, "portfolio_subscriptions": 1, "trade_subscriptions": 1, "watched_symbols": 2, "ledger_delivery_seconds": 2,
	} {
		f.eventually(name, func() bool { return f.metric(name) == want })
	}
	if n := f.metric("events_out_total", "ledger"); n != 2 {
		t.Errorf("%v ledger events", n)
	}
	if n := f.metric("events_out_total", "latest"); n < 2 {
		t.Errorf("%v latest events", n)
	}
	if n := f.metric("events_out_total", "reply"); n != 3 {
		t.Errorf("%v replies", n)
	}
	if n := f.metric("events_in_total", wire.EventSubscribeTrades, "ok"); n != 1 {
		t.Errorf("%v requests", n)
	}
	if age := f.metric("feed_age_seconds"); age < 0 || age > patience.Seconds() {
		t.Errorf("feed age %v", age)
	}
	term.Disconnect()
	for _, name := range []string{"sockets", "portfolio_subscriptions", "trade_subscriptions", "watched_symbols"} {
		f.eventually(name+" back to 0", func() bool { return f.metric(name) == 0 })
	}
	if n := f.metric("disconnects_total", string(socketio.ClientDisconnect)); n != 1 {
		t.Errorf("%v disconnects", n)
	}
}
