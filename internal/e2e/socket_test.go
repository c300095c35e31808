package e2e_test

import (
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"time"

	"tradewind/socketio/client"
)

// trader is a user's socket that notes everything it gets.
type trader struct {
	*client.Client
	t    *testing.T
	user user

	mu     sync.Mutex
	seen   []ledgerEvent // money events, in the order of arrival
	seq    int64         // of the newest of them
	broken []string      // what must not happen
	latest portfolio
	quotes map[string]int64 // timestamps by symbol
}

// moneyEvents are the events of the ledger.
var moneyEvents = []string{"trade:executed", "trade:failed", "order:update", "account:update"}

// newTrader makes a trader that is not connected yet. From the first event on it
// checks that money comes in order without gaps and that no portfolio is ahead of it.
func newTrader(t *testing.T, s *server, u user, o client.Options) *trader {
	t.Helper()
	o.Auth = map[string]string{"sessionID": u.session}
	c, err := client.New(s.url, o)
	if err != nil {
		t.Fatal(err)
	}
	tr := &trader{Client: c, t: t, user: u, quotes: map[string]int64{}}
	for _, event := range moneyEvents {
		c.On(event, func(a client.Args) { tr.money(event, a.Raw(0)) })
	}
	c.On("portfolio:update", func(a client.Args) {
		var p portfolio
		if err := a.Decode(0, &p); err != nil {
			tr.fault("portfolio: " + err.Error())
			return
		}
		tr.mu.Lock()
		defer tr.mu.Unlock()
		if tr.seq > 0 && p.Seq > tr.seq {
			tr.broken = append(tr.broken, "a portfolio came before the money event that it contains")
		}
		if p.Seq < tr.latest.Seq || p.AsOf < tr.latest.AsOf {
			tr.broken = append(tr.broken, "an older portfolio came after a newer one")
		}
		tr.latest = p
	})
	c.On("quote:update", func(a client.Args) {
		var q struct {
			Symbol    string
			Timestamp int64
		}
		if err := a.Decode(0, &q); err != nil {
			tr.fault("quote: " + err.Error())
			return
		}
		tr.mu.Lock()
		defer tr.mu.Unlock()
		if q.Timestamp < tr.quotes[q.Symbol] {
			tr.broken = append(tr.broken, "an older quote of "+q.Symbol+" came after a newer one")
		}
		tr.quotes[q.Symbol] = q.Timestamp
	})
	t.Cleanup(func() { c.Close() })
	return tr
}

func (tr *trader) fault(what string) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.broken = append(tr.broken, what)
}

func (tr *trader) money(event string, raw json.RawMessage) {
	var at struct{ Seq int64 }
	if err := json.Unmarshal(raw, &at); err != nil {
		tr.fault(event + ": " + err.Error())
		return
	}
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if tr.seq > 0 && at.Seq != tr.seq+1 {
		tr.broken = append(tr.broken, "a money event is missing, doubled or out of order")
	}
	tr.seq = at.Seq
	tr.seen = append(tr.seen, ledgerEvent{event, slices.Clone(raw)})
}

// connect connects and fails the test if that does not work.
func (tr *trader) connect() {
	tr.t.Helper()
	if err := tr.Connect(tr.t.Context()); err != nil {
		tr.t.Fatalf("%s: %v", tr.user.name, err)
	}
}

// ack is how every event of a client is answered.
type ack struct {
	OK       bool
	Account  string
	Seq      int64
	Replayed int64
	Accepted []string
	Error    struct {
		Code, Message string
		RetryAfterMs  int64
	}
}

// call emits an event and returns the ack.
func (tr *trader) call(event string, args ...any) (a ack) {
	tr.t.Helper()
	answer, err := tr.Call(tr.t.Context(), event, args...)
	if err == nil {
		err = answer.Decode(0, &a)
	}
	if err != nil {
		tr.t.Fatalf("%s of %s: %v", event, tr.user.name, err)
	}
	return a
}

// mustCall is call for events that have to be accepted.
func (tr *trader) mustCall(event string, args ...any) ack {
	tr.t.Helper()
	a := tr.call(event, args...)
	if !a.OK {
		tr.t.Fatalf("%s of %s: %+v", event, tr.user.name, a.Error)
	}
	return a
}

// subscribe asks for trades from now on, or after a seq, and for the portfolio.
func (tr *trader) subscribe(after ...int64) ack {
	tr.t.Helper()
	var args []any
	if len(after) > 0 {
		tr.startAfter(after[0])
		args = []any{map[string]int64{"after": after[0]}}
	}
	a := tr.mustCall("subscribe:trades", args...)
	if len(after) == 0 {
		tr.startAfter(a.Seq)
	}
	tr.mustCall("subscribe:portfolio")
	return a
}

// startAfter tells the trader what it knows already.
func (tr *trader) startAfter(seq int64) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.seq = seq
}

// at is the seq of the newest money event.
func (tr *trader) at() int64 {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return tr.seq
}

// portfolio is the newest one.
func (tr *trader) portfolio() portfolio {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return tr.latest
}

// events are the money events after a seq.
func (tr *trader) events(after int64) (list []ledgerEvent) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	for _, e := range tr.seen {
		var at struct{ Seq int64 }
		_ = json.Unmarshal(e.Data, &at) // it was read before
		if at.Seq > after {
			list = append(list, e)
		}
	}
	return list
}

// check fails the test if anything came that must not.
func (tr *trader) check() {
	tr.t.Helper()
	tr.mu.Lock()
	defer tr.mu.Unlock()
	for _, what := range slices.Compact(slices.Clone(tr.broken)) {
		tr.t.Errorf("%s: %s", tr.user.name, what)
	}
}

// latencies collects durations of many goroutines.
type latencies struct {
	mu  sync.Mutex
	all []time.Duration
}

func (l *latencies) add(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, d)
}

func (l *latencies) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = nil
}

// quantile is the duration that a share p of all does not exceed, and how many there are.
func (l *latencies) quantile(p float64) (time.Duration, int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.all) == 0 {
		return 0, 0
	}
	slices.Sort(l.all)
	return l.all[min(int(p*float64(len(l.all))), len(l.all)-1)], len(l.all)
}
