package workload_test

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tradewind/bench/workload"
)

// counter counts what is published and fails on what a client could not read.
type counter struct {
	mu         sync.Mutex
	quotes     map[string]int
	notices    int
	portfolios map[int]int
	bytes      int // of the last payload
}

func newCounter() *counter {
	return &counter{quotes: map[string]int{}, portfolios: map[int]int{}}
}

func (c *counter) take(v interface {
	AppendJSON([]byte) ([]byte, error)
}, count func()) error {
	b, err := v.AppendJSON(nil)
	if err != nil {
		return err
	}
	var got struct {
		At int64 `json:"ts"`
	}
	if err := json.Unmarshal(b, &got); err != nil {
		return err
	}
	if got.At != time.Now().UnixMicro() {
		return errors.New("ts is not the time of publishing in microseconds")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bytes = len(b)
	count()
	return nil
}

func (c *counter) Quote(_ context.Context, q workload.Quote) error {
	return c.take(q, func() { c.quotes[q.Symbol]++ })
}

func (c *counter) Notice(_ context.Context, n workload.Notice) error {
	return c.take(n, func() { c.notices++ })
}

func (c *counter) Portfolio(_ context.Context, p *workload.Portfolio) error {
	return c.take(p, func() { c.portfolios[p.User]++ })
}

// publish runs a workload for ten seconds of fake time with n users connected.
func publish(t *testing.T, env map[string]string, n int) *counter {
	t.Helper()
	settings, err := workload.FromEnv(func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	c := newCounter()
	synctest.Test(t, func(t *testing.T) {
		roster := workload.NewRoster()
		for user := range n {
			roster.Add(user)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second+time.Millisecond)
		defer cancel()
		if err := workload.Run(ctx, settings, roster, c); err != nil {
			t.Error(err)
		}
	})
	return c
}

func within(t *testing.T, what string, got, least, most int) {
	t.Helper()
	if got < least || got > most {
		t.Errorf("%s: %d, want %d to %d", what, got, least, most)
	}
}

func TestRun_QuotesPublishesEverySymbolAtEachTick(t *testing.T) {
	c := publish(t, map[string]string{"WORKLOAD": "quotes", "R": "5", "S": "10"}, 1)
	if len(c.quotes) != 10 {
		t.Errorf("quotes of %d symbols, want 10", len(c.quotes))
	}
	for symbol, n := range c.quotes {
		within(t, symbol, n, 49, 50)
	}
	within(t, "bytes", c.bytes, 100, 140)
}

func TestRun_SpreadPublishesAsManyOneByOne(t *testing.T) {
	c := publish(t, map[string]string{"WORKLOAD": "quotes", "R": "5", "S": "10", "SPREAD": "1"}, 1)
	total := 0
	for _, n := range c.quotes {
		total += n
	}
	within(t, "quotes", total, 499, 500)
}

func TestRun_BroadcastPublishesNotices(t *testing.T) {
	c := publish(t, map[string]string{"WORKLOAD": "broadcast", "R": "4"}, 1)
	within(t, "notices", c.notices, 39, 40)
	within(t, "bytes", c.bytes, 184, 185)
}

func TestRun_SizeIsThatOfANotice(t *testing.T) {
	for _, size := range []int{50, 10_000} {
		c := publish(t, map[string]string{"WORKLOAD": "broadcast", "SIZE": strconv.Itoa(size)}, 1)
		within(t, "bytes", c.bytes, size-1, size) // the fake time is a digit shorter
	}
}

func TestRun_UnicastPublishesToEveryUser(t *testing.T) {
	c := publish(t, map[string]string{"WORKLOAD": "unicast", "R": "2"}, 3)
	for user := range 3 {
		within(t, "portfolios", c.portfolios[user], 19, 20)
	}
	within(t, "bytes", c.bytes, 1000, 1200)
}

func TestRun_WaitsForItsClients(t *testing.T) {
	c := publish(t, map[string]string{"WORKLOAD": "broadcast", "R": "4", "N": "2"}, 1)
	if c.notices != 0 {
		t.Errorf("%d notices with one of two clients", c.notices)
	}
}

func TestFromEnv_RefusesWhatMeansNothing(t *testing.T) {
	for name, value := range map[string]string{"WORKLOAD": "qoutes", "R": "-1", "S": "0", "N": "many", "PING": "0", "SIZE": "39"} {
		if _, err := workload.FromEnv(func(n string) string {
			if n == name {
				return value
			}
			return ""
		}); err == nil {
			t.Errorf("%s=%s was taken", name, value)
		}
	}
}

func TestFindSymbol_KnowsTheSymbolsThereAre(t *testing.T) {
	for text, want := range map[string]string{"SYM7": "SYM7", "SYM07": "SYM7", "SYM10": "", "AAPL": "", "SYM-1": ""} {
		if got, ok := workload.FindSymbol(text, 10); got != want || ok != (want != "") {
			t.Errorf("%s: got %q, %v", text, got, ok)
		}
	}
}

func TestRoster_CountsConnectionsAndNamesUsersOnce(t *testing.T) {
	r := workload.NewRoster()
	r.Add(7)
	r.Add(7)
	if n, users := r.Count(), r.AppendUsers(nil); n != 2 || len(users) != 1 || users[0] != 7 {
		t.Errorf("got %d connections of %v", n, users)
	}
	for range 3 {
		r.Remove(7)
	}
	if n, users := r.Count(), r.AppendUsers(nil); n != 0 || len(users) != 0 {
		t.Errorf("got %d connections of %v after the last was removed", n, users)
	}
}
