package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tradewind/internal/trading"
	"tradewind/internal/trading/tradingtest"
	"tradewind/internal/wire"
)

// heard is what a socket was sent: the seq of an event of the ledger or of a portfolio.
type heard struct {
	seq       trading.Seq
	portfolio bool
}

// ear is an outlet that remembers.
type ear struct {
	mu    sync.Mutex
	heard []heard
	gate  chan struct{} // when set, send waits for it
	slow  time.Duration // how long flushed takes
	ended bool
}

func (e *ear) send(_ context.Context, event, _ string, payload any) error {
	if e.gate != nil {
		<-e.gate
	}
	text, err := json.Marshal(payload)
	if err != nil {
		return err
	}
	var p struct{ Seq trading.Seq }
	if err := json.Unmarshal(text, &p); err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ended {
		return errors.New("ended")
	}
	e.heard = append(e.heard, heard{p.Seq, event == wire.EventPortfolio})
	return nil
}

func (e *ear) flushed(ctx context.Context) error {
	if e.slow == 0 {
		return nil
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(e.slow):
		return nil
	}
}

func (e *ear) take() []heard {
	e.mu.Lock()
	defer e.mu.Unlock()
	all := e.heard
	e.heard = nil
	return all
}

// ground is streams over a store in memory, with one account.
type ground struct {
	*streams
	t     *testing.T
	store *tradingtest.LedgerStore
	mu    sync.Mutex // orders commits
	seq   trading.Seq
}

const account trading.AccountID = "acc_1"

func newGround(t *testing.T, wrap func(trading.LedgerStore) trading.LedgerStore) *ground {
	store := tradingtest.NewLedgerStore()
	var read trading.LedgerStore = store
	if wrap != nil {
		read = wrap(store)
	}
	tasks := newTasks()
	t.Cleanup(tasks.stop)
	return &ground{streams: newStreams(read, tasks, newMetrics(), slog.New(slog.DiscardHandler)), t: t, store: store}
}

func (g *ground) tape(e *ear) *tape {
	tp := &tape{account: account, out: e, ctx: g.tasks.ctx}
	tp.start = func(ctx context.Context, id trading.AccountID, run int) { g.startReplay(ctx, tp, id, run) }
	return tp
}

// commit stores entries and announces them as the executor does.
func (g *ground) commit(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for range n {
		g.seq++
		e := trading.Entry{Account: account, Seq: g.seq, Time: time.Now(), Kind: trading.EntryAccount, Adjustment: &trading.Adjustment{Kind: trading.Deposit}}
		if err := g.store.Append(context.Background(), e); err != nil {
			g.t.Error(err)
		}
		g.entry(e)
	}
}

// value announces a portfolio as valuation does: at some time after the entry it contains.
func (g *ground) value() {
	g.mu.Lock()
	p := trading.Portfolio{Account: account, Seq: g.seq, AsOf: time.Now()}
	g.mu.Unlock()
	g.changed(p)
}

// subscribe does what a request does.
func (g *ground) subscribe(tp *tape, after trading.Seq) {
	before := tp.suspend()
	g.join(tp)
	newest, err := g.store.Head(context.Background(), account)
	if err != nil {
		g.t.Error(err)
	}
	if after > newest {
		tp.resume(before)
		return
	}
	tp.begin(after, newest)
}

func entries(from, to trading.Seq) (want []heard) {
	for seq := from; seq <= to; seq++ {
		want = append(want, heard{seq: seq})
	}
	return want
}

func expect(t *testing.T, e *ear, want []heard) {
	t.Helper()
	if got := e.take(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("heard %v, want %v", got, want)
	}
}

func TestTrades_ReplayThenLive_WithoutGapOrRepeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, e := newGround(t, nil), &ear{}
		g.commit(250)
		tp := g.tape(e)
		g.subscribe(tp, 3)
		synctest.Wait()
		expect(t, e, entries(4, 250))
		g.commit(3)
		synctest.Wait()
		expect(t, e, entries(251, 253))
		tp.closeTrades()
		g.commit(1)
		synctest.Wait()
		expect(t, e, nil)
		g.subscribe(tp, 254)
		g.commit(1)
		synctest.Wait()
		expect(t, e, entries(255, 255))
	})
}

func TestTrades_EntriesCommittedWhileAReplayIsSlow_ComeFromTheStoreInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, e := newGround(t, nil), &ear{slow: time.Second}
		g.commit(300)
		tp := g.tape(e)
		g.subscribe(tp, 0)
		for range 6 {
			time.Sleep(700 * time.Millisecond)
			g.commit(20)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		expect(t, e, entries(1, 420))
		if tp.trades != tradesLive {
			t.Fatal("not live after all was replayed")
		}
	})
}

func TestTrades_RefusedResubscription_TheRunningOneGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, e := newGround(t, nil), &ear{}
		g.commit(5)
		tp := g.tape(e)
		g.subscribe(tp, 5)
		before := tp.suspend()
		g.commit(2) // while the request is decided
		tp.resume(before)
		g.commit(1)
		synctest.Wait()
		expect(t, e, entries(6, 8))
	})
}

func TestTrades_QueueOfAnAccountOverflows_TheStoreFillsTheGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, e := newGround(t, nil), &ear{gate: make(chan struct{})}
		tp := g.tape(e)
		g.subscribe(tp, 0)
		g.commit(3 * maxWaitingEntries)
		synctest.Wait()
		if n := len(g.stream(account).entries); n > maxWaitingEntries {
			t.Fatalf("%d entries wait, at most %d", n, maxWaitingEntries)
		}
		close(e.gate)
		synctest.Wait()
		time.Sleep(time.Minute)
		synctest.Wait()
		g.commit(1)
		synctest.Wait()
		expect(t, e, entries(1, 3*maxWaitingEntries+1))
	})
}

func TestTrades_AnnouncementLost_TheStoreFillsTheGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, e := newGround(t, nil), &ear{}
		tp := g.tape(e)
		g.subscribe(tp, 0)
		g.commit(1)
		g.seq++
		silent := trading.Entry{Account: account, Seq: g.seq, Kind: trading.EntryAccount, Adjustment: &trading.Adjustment{Kind: trading.Deposit}}
		if err := g.store.Append(t.Context(), silent); err != nil {
			t.Fatal(err)
		}
		g.commit(2)
		synctest.Wait()
		expect(t, e, entries(1, 4))
	})
}

// failingStore fails, or lags, a few times before it answers.
type failingStore struct {
	trading.LedgerStore
	failures, lags int
}

func (s *failingStore) Entries(ctx context.Context, id trading.AccountID, after trading.Seq, limit int) ([]trading.Entry, error) {
	if s.failures > 0 {
		s.failures--
		return nil, errors.New("disk is on fire")
	}
	if s.lags > 0 {
		s.lags--
		return nil, nil
	}
	return s.LedgerStore.Entries(ctx, id, after, limit)
}

func TestTrades_StoreFailsOrLags_ReplayTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &failingStore{failures: 3}
		g, e := newGround(t, func(s trading.LedgerStore) trading.LedgerStore { store.LedgerStore = s; return store }), &ear{}
		g.commit(4)
		tp := g.tape(e)
		g.subscribe(tp, 0)
		time.Sleep(time.Minute)
		synctest.Wait()
		expect(t, e, entries(1, 4))

		before := tp.suspend()
		g.commit(2)
		synctest.Wait() // the pump has seen them: a replay must not end before they are read
		store.lags = 2
		tp.resume(before)
		time.Sleep(time.Minute)
		synctest.Wait()
		expect(t, e, entries(5, 6))
	})
}

func TestTrades_UnreadableEntry_IsPassedOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, e := newGround(t, nil), &ear{}
		tp := g.tape(e)
		g.subscribe(tp, 0)
		g.commit(1)
		g.mu.Lock()
		g.seq++
		broken := trading.Entry{Account: account, Seq: g.seq, Kind: trading.EntryAccount}
		if err := g.store.Append(t.Context(), broken); err != nil {
			t.Fatal(err)
		}
		g.entry(broken)
		g.mu.Unlock()
		g.commit(1)
		synctest.Wait()
		expect(t, e, []heard{{seq: 1}, {seq: 3}})
	})
}

func TestTrades_SocketEnds_ReplayEndsAndNothingIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, e := newGround(t, nil), &ear{ended: true}
		g.commit(10)
		ctx, end := context.WithCancel(t.Context())
		tp := g.tape(e)
		tp.ctx = ctx
		g.subscribe(tp, 0)
		synctest.Wait()
		end()
		g.leave(tp)
		tp.closeTrades()
		synctest.Wait()
		if len(g.byAccount) != 0 {
			t.Fatal("the account is still known")
		}
		g.commit(1)
		g.value()
		g.leave(tp) // a second time
	})
}

func TestPortfolio_SnapshotFirst_ThenChanges_NeverAnOlderOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, e := newGround(t, nil), &ear{}
		g.commit(2)
		tp := g.tape(e)
		g.join(tp)
		if !tp.awaitPortfolio() || tp.awaitPortfolio() {
			t.Fatal("new once, and only once")
		}
		g.commit(1)
		g.value() // 3, before the snapshot is there
		synctest.Wait()
		expect(t, e, nil)
		tp.openPortfolio(&trading.Portfolio{Account: account, Seq: 2, AsOf: time.Now().Add(-time.Second)})
		if got := e.take(); len(got) == 0 || got[len(got)-1] != (heard{3, true}) {
			t.Fatalf("heard %v, want what came meanwhile at the end", got)
		}
		g.changed(trading.Portfolio{Account: account, Seq: 2, AsOf: time.Now()})
		synctest.Wait()
		expect(t, e, nil)
		time.Sleep(time.Millisecond)
		g.value()
		synctest.Wait()
		expect(t, e, []heard{{3, true}})
		if !tp.closePortfolio() || tp.closePortfolio() {
			t.Fatal("closed once, and only once")
		}
		g.value()
		tp.openPortfolio(&trading.Portfolio{Account: account, Seq: 9})
		synctest.Wait()
		expect(t, e, nil)
	})
}

func TestPortfolio_AheadOfItsFill_WaitsForIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, e := newGround(t, nil), &ear{}
		tp := g.tape(e)
		g.subscribe(tp, 0)
		tp.awaitPortfolio()
		tp.openPortfolio(&trading.Portfolio{Account: account})
		expect(t, e, []heard{{0, true}})
		g.changed(trading.Portfolio{Account: account, Seq: 2, AsOf: time.Now()})
		synctest.Wait()
		expect(t, e, nil)
		g.commit(1)
		synctest.Wait()
		expect(t, e, []heard{{seq: 1}})
		g.commit(1)
		synctest.Wait()
		expect(t, e, []heard{{seq: 2}, {2, true}})
	})
}

func TestPortfolio_DuringAReplay_IsHeldBackAndAFreshOneFollows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, e := newGround(t, nil), &ear{slow: time.Second}
		g.commit(150)
		tp := g.tape(e)
		g.join(tp)
		tp.awaitPortfolio()
		g.subscribe(tp, 0)
		tp.openPortfolio(&trading.Portfolio{Account: account, Seq: 150, AsOf: time.Now()})
		time.Sleep(time.Second / 2)
		g.commit(5)
		g.value()
		time.Sleep(time.Minute)
		synctest.Wait()
		expect(t, e, append(entries(1, 155), heard{155, true}))
	})
}

func TestPortfolio_TradesEndWhileItWaits_ItIsShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, e := newGround(t, nil), &ear{}
		tp := g.tape(e)
		g.subscribe(tp, 0)
		tp.awaitPortfolio()
		tp.openPortfolio(&trading.Portfolio{Account: account, Seq: 1, AsOf: time.Now()})
		expect(t, e, nil)
		tp.closeTrades()
		expect(t, e, []heard{{1, true}})
	})
}

// Commits, portfolios, subscriptions with any cursor and slow clients at the same
// time: whatever happens, a subscription hears every entry after its cursor once
// and in order, and no portfolio ahead of the entries it contains.
func TestStreams_EverythingAtOnce_OrderHolds(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { stress(t, seed) })
		})
	}
}

func stress(t *testing.T, seed uint64) {
	g := newGround(t, nil)
	random := rand.New(rand.NewPCG(seed, 1))
	e := &ear{}
	if random.IntN(2) == 0 {
		e.slow = time.Duration(random.IntN(20)) * time.Millisecond
	}
	tp := g.tape(e)
	g.join(tp)
	tp.awaitPortfolio()
	tp.openPortfolio(&trading.Portfolio{Account: account})
	e.take()

	var writers sync.WaitGroup
	for w := range uint64(3) {
		writers.Go(func() {
			random := rand.New(rand.NewPCG(seed, 10+w))
			for range 60 {
				time.Sleep(time.Duration(random.IntN(10)) * time.Millisecond)
				g.commit(1 + random.IntN(20))
				g.value()
			}
		})
	}
	for range 8 {
		time.Sleep(time.Duration(random.IntN(40)) * time.Millisecond)
		tp.closeTrades()
		tp.suspend()
		e.take() // portfolios that came while nothing was subscribed owe nothing to the entries
		g.mu.Lock()
		newest := g.seq
		g.mu.Unlock()
		after := max(0, newest-trading.Seq(random.IntN(300)))
		g.subscribe(tp, after)
		time.Sleep(time.Duration(random.IntN(60)) * time.Millisecond)
		check(t, e.take(), after)
		g.subscribe(tp, newest+1_000_000) // refused: nothing changes
	}
	tp.suspend()
	e.take()
	g.subscribe(tp, 0)
	writers.Wait()
	g.value()
	time.Sleep(time.Minute)
	synctest.Wait()
	got := e.take()
	if last := check(t, got, 0); last != g.seq {
		t.Fatalf("heard up to %d of %d", last, g.seq)
	}
	if last := got[len(got)-1]; last != (heard{g.seq, true}) {
		t.Fatalf("the newest portfolio is not last but %v", last)
	}
}

// check returns the last entry heard.
func check(t *testing.T, got []heard, cursor trading.Seq) trading.Seq {
	t.Helper()
	for i, h := range got {
		switch {
		case h.portfolio && h.seq > cursor:
			t.Fatalf("message %d: portfolio %d is ahead of entry %d", i, h.seq, cursor)
		case !h.portfolio && h.seq != cursor+1:
			t.Fatalf("message %d: entry %d after %d", i, h.seq, cursor)
		case !h.portfolio:
			cursor = h.seq
		}
	}
	return cursor
}
