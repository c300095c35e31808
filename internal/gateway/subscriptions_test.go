package gateway_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"tradewind/internal/gateway"
	"tradewind/internal/trading"
	"tradewind/internal/wire"
	"tradewind/socketio"
	"tradewind/socketio/client"
)

// seqs are the seqs of the ledger events among those heard.
func seqs(t *testing.T, heard []event) (all []trading.Seq) {
	t.Helper()
	for _, e := range heard {
		if isLedger(e.name) {
			all = append(all, seqOf(t, e))
		}
	}
	return all
}

// seqOf is the seq of a ledger event without reading all of a large one.
func seqOf(t *testing.T, e event) (seq trading.Seq) {
	t.Helper()
	_, rest, _ := strings.Cut(string(e.data[:min(len(e.data), 100)]), `"seq":`)
	if _, err := fmt.Sscanf(rest, "%d", &seq); err != nil {
		t.Fatalf("no seq in %s", e)
	}
	return seq
}

// awaitSeq waits for a ledger event with that seq and returns the seqs until then.
func (term *terminal) awaitSeq(seq trading.Seq) []trading.Seq {
	term.t.Helper()
	checked := 0
	heard := term.until(fmt.Sprint("seq ", seq), func(heard []event) bool {
		for _, e := range heard[checked:] {
			checked++
			if isLedger(e.name) && seqOf(term.t, e) == seq {
				return true
			}
		}
		return false
	})
	return seqs(term.t, heard)
}

func run(from, to trading.Seq) string {
	var all []trading.Seq
	for seq := from; seq <= to; seq++ {
		all = append(all, seq)
	}
	return fmt.Sprint(all)
}

func TestTrades_WithoutCursor_LiveOnly(t *testing.T) {
	f := newFloor(t)
	ann := f.person("ann")
	ann.deposit(3)
	term := ann.connect()
	if ack := term.mustAsk(wire.EventSubscribeTrades); ack != `{"ok":true,"account":"acc_ann","seq":3,"replayed":0}` {
		t.Error(ack)
	}
	ann.deposit(1)
	ann.buy("AAPL", "o1")
	if got := fmt.Sprint(term.awaitSeq(6)); got != run(4, 6) {
		t.Errorf("heard %s", got)
	}
	fill := term.await(wire.EventTradeExecuted, 1)
	if field[string](t, fill, "id") != "exec_o1" || field[string](t, fill, "status") != "filled" || field[string](t, fill, "order", "clientOrderId") != "o1" {
		t.Errorf("%s", fill)
	}
	term.await(wire.EventOrder, 1)
	term.await(wire.EventAccount, 1)
}

func TestTrades_WithCursor_AckThenReplayThenLive(t *testing.T) {
	f := newFloor(t)
	ann := f.person("ann")
	ann.deposit(30)
	term := ann.connect()
	if ack := term.mustAsk(wire.EventSubscribeTrades, map[string]any{"after": 10, "account": "acc_ann"}); ack != `{"ok":true,"account":"acc_ann","seq":30,"replayed":20}` {
		t.Error(ack)
	}
	ann.deposit(5)
	if got := fmt.Sprint(term.awaitSeq(35)); got != run(11, 35) {
		t.Errorf("heard %s", got)
	}
}

func TestTrades_MoreThanAThousandMissed_NewestThousandAndTruncated(t *testing.T) {
	f := newFloor(t)
	ann := f.personWith("ann", 1050, 1)
	term := ann.connect()
	if ack := term.mustAsk(wire.EventSubscribeTrades, map[string]any{"after": 20}); ack != `{"ok":true,"account":"acc_ann","seq":1050,"replayed":1000,"truncated":true}` {
		t.Error(ack)
	}
	if got := fmt.Sprint(term.awaitSeq(1050)); got != run(51, 1050) {
		t.Errorf("heard %.200s", got)
	}
	term.mustAsk(wire.EventUnsubscribeTrades)
	if ack := term.mustAsk(wire.EventSubscribeTrades, map[string]any{"after": 50}); ack != `{"ok":true,"account":"acc_ann","seq":1050,"replayed":1000}` {
		t.Error(ack)
	}
}

// Ten megabytes for a client that does not read: far beyond its outbox and what
// the kernel takes. It gets all of it when it reads again, on the same connection.
func TestTrades_ClientStopsReadingDuringAReplay_IsNoSlowConsumer(t *testing.T) {
	f := newFloor(t, func(_ *gateway.Options, o *socketio.Options) { o.MaxOutboxBytes = 128 << 10 })
	ann := f.personWith("ann", 640, 16<<10)
	term := ann.connect()
	term.freeze() // with the first entry
	if err := term.Emit(t.Context(), wire.EventSubscribeTrades, map[string]any{"after": 0}); err != nil {
		t.Fatal(err)
	}
	term.await(wire.EventAccount, 1)
	f.eventually("the replay waits for the client", func() bool {
		before := f.metric("events_out_total", "ledger")
		time.Sleep(100 * time.Millisecond)
		return f.metric("events_out_total", "ledger") == before
	})
	if sent := f.metric("events_out_total", "ledger"); sent >= 640 {
		t.Fatalf("all %v entries were sent to a client that does not read", sent)
	}
	if queued := f.io.Stats().QueuedBytes; queued > 128<<10 {
		t.Errorf("%d bytes are queued", queued)
	}
	term.thaw()
	if got := fmt.Sprint(term.awaitSeq(640)); got != run(1, 640) {
		t.Errorf("heard %.200s", got)
	}
	if !term.Connected() {
		t.Error("the connection was closed")
	}
}

func TestTrades_ForeignOrFutureCursor_CursorUnknownWithWhereTheLedgerStands(t *testing.T) {
	f := newFloor(t)
	ann := f.person("ann")
	ann.deposit(2)
	term := ann.connect()
	for _, payload := range []map[string]any{{"after": 3}, {"after": 0, "account": "acc_ben"}, {"account": "acc_ben"}} {
		ack := json.RawMessage(term.ask(wire.EventSubscribeTrades, payload))
		if field[string](t, ack, "error", "code") != "cursor_unknown" || field[string](t, ack, "error", "account") != "acc_ann" || field[int](t, ack, "error", "seq") != 2 ||
			field[string](t, ack, "account") != "acc_ann" || field[int](t, ack, "seq") != 2 {
			t.Errorf("%v: %s", payload, ack)
		}
	}
	ann.deposit(1)
	term.mustAsk(wire.EventSubscribeTrades, map[string]any{"after": 3, "account": "acc_ann"})
	if n := len(seqs(t, term.until("feed", func([]event) bool { return true }))); n != 0 {
		t.Errorf("%d ledger events without a subscription", n)
	}
}

func TestTrades_OnlyTheAccountsOwnSockets_AndOnlySubscribers(t *testing.T) {
	f := newFloor(t)
	ann, ben := f.person("ann"), f.person("ben")
	subscribed, silent, foreign := ann.connect(), ann.connect(), ben.connect()
	subscribed.mustAsk(wire.EventSubscribeTrades)
	foreign.mustAsk(wire.EventSubscribeTrades)
	ann.deposit(3)
	subscribed.awaitSeq(3)
	for _, term := range []*terminal{silent, foreign} {
		term.mustAsk(wire.EventClock) // whatever was sent to it came before
		if got := seqs(t, term.until("clock", func([]event) bool { return true })); len(got) != 0 {
			t.Errorf("heard %v", got)
		}
	}
}

func TestTrades_AccountChanged_TheNextSubscriptionHearsTheNewOne(t *testing.T) {
	f := newFloor(t)
	ann := f.person("ann")
	term := ann.connect()
	fresh := trading.AccountInfo{ID: "acc_ann2", User: ann.id, Broker: "paper", Currency: "USD"}
	if err := f.store.SetAccount(t.Context(), ann.id, fresh); err != nil {
		t.Fatal(err)
	}
	ack := json.RawMessage(term.ask(wire.EventSubscribeTrades, map[string]any{"after": 7, "account": "acc_ann"}))
	if field[string](t, ack, "error", "account") != "acc_ann2" {
		t.Errorf("%s", ack)
	}
	term.mustAsk(wire.EventSubscribeTrades)
	ann.account = "acc_ann2"
	ann.deposit(1)
	term.awaitSeq(1)
}

func TestPortfolio_SnapshotAtOnce_ThenChanges(t *testing.T) {
	f := newFloor(t)
	ann := f.person("ann")
	ann.deposit(2)
	term := ann.connect()
	term.mustAsk(wire.EventSubscribePortfolio)
	p := term.await(wire.EventPortfolio, 1)
	if field[int](t, p, "seq") != 2 || field[json.Number](t, p, "cash") != "20" || field[string](t, p, "currency") != "USD" {
		t.Errorf("%s", p)
	}
	f.quote("AAPL", "5")
	ann.buy("AAPL", "o1")
	term.until("portfolio with the position", func(heard []event) bool {
		last := heard[len(heard)-1]
		return last.name == wire.EventPortfolio && field[int](t, last.data, "seq") == 4 && len(field[[]any](t, last.data, "positions")) == 1
	})
	f.quote("AAPL", "7.5")
	term.until("portfolio at the new price", func(heard []event) bool {
		last := heard[len(heard)-1]
		return last.name == wire.EventPortfolio && field[json.Number](t, last.data, "marketValue") == "7.5"
	})
	term.mustAsk(wire.EventUnsubscribePortfolio)
	heard := len(term.until("all", func([]event) bool { return true }))
	ann.deposit(1)
	term.mustAsk(wire.EventSubscribeTrades, map[string]any{"after": 4})
	term.awaitSeq(5)
	for _, e := range term.until("all", func([]event) bool { return true })[heard:] {
		if e.name == wire.EventPortfolio {
			t.Errorf("a portfolio after unsubscribing: %s", e)
		}
	}
}

// A client with both subscriptions sees every fill before the portfolio that
// contains it, while orders fill and prices move as fast as they can, live and
// after reconnecting with a cursor.
func TestPortfolio_NeverAheadOfItsFills(t *testing.T) {
	f := newFloor(t)
	ann := f.person("ann")
	ann.deposit(100)
	f.quote("AAPL", "5")

	var busy sync.WaitGroup
	stop := make(chan struct{})
	busy.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				ann.buy("AAPL", fmt.Sprint("o", i))
				f.quote("AAPL", fmt.Sprint(5+i%7))
				time.Sleep(time.Millisecond) // leave the processor to the others
			}
		}
	})
	defer func() { close(stop); busy.Wait() }()

	cursor := trading.Seq(100)
	for range 6 {
		sessionID, _ := ann.signIn()
		term, err := f.dial(client.Options{Auth: map[string]any{"sessionID": sessionID}})
		if err != nil {
			t.Fatal(err)
		}
		after := max(0, cursor-50)
		ack := json.RawMessage(term.mustAsk(wire.EventSubscribeTrades, map[string]any{"after": after}))
		cursor = field[trading.Seq](t, ack, "seq") - field[trading.Seq](t, ack, "replayed")
		term.mustAsk(wire.EventSubscribePortfolio)
		checked, portfolios, entries := 0, 0, 0
		heard := term.until("three portfolios and a hundred entries", func(heard []event) bool {
			for _, e := range heard[checked:] {
				checked++
				switch {
				case e.name == wire.EventPortfolio:
					portfolios++
				case isLedger(e.name):
					entries++
				}
			}
			return portfolios >= 3 && entries >= 100
		})
		_ = term.Close()
		for i, e := range heard {
			switch seq := field[trading.Seq](t, e.data, "seq"); {
			case isLedger(e.name) && seq != cursor+1:
				t.Fatalf("event %d: seq %d after %d", i, seq, cursor)
			case isLedger(e.name):
				cursor = seq
			case e.name == wire.EventPortfolio && seq > cursor:
				t.Fatalf("event %d: portfolio %d is ahead of entry %d", i, seq, cursor)
			}
		}
	}
}
