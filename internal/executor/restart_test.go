package executor_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tradewind/internal/trading"
)

// crash counts the writes of a process to its stores. At the given one the process
// dies: that write and all after it are lost, and when it dies after the write only
// the answer is.
type crash struct {
	at    int
	after bool
	dead  chan struct{}

	mu    sync.Mutex
	count int
}

var errDead = errors.New("the process is dead")

func (c *crash) before() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-c.dead:
		return errDead
	default:
	}
	if c.count++; c.count == c.at && !c.after {
		close(c.dead)
		return errDead
	}
	return nil
}

func (c *crash) behind() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.count == c.at && c.after {
		select {
		case <-c.dead:
		default:
			close(c.dead)
		}
		return errDead
	}
	return nil
}

func (c *crash) happened() bool {
	select {
	case <-c.dead:
		return true
	default:
		return false
	}
}

// TestRestart_AtEveryWrite kills the process before and after each of its writes,
// to the ledger and to the broker's book, in the middle of a client's day. The
// client repeats what was not answered. Each order then exists once, and the
// ledger agrees with the book.
func TestRestart_AtEveryWrite(t *testing.T) {
	for _, after := range []bool{false, true} {
		for at := 1; ; at++ {
			survived := false
			name := fmt.Sprintf("at=%d/after=%v", at, after)
			t.Run(name, func(t *testing.T) {
				on(t, func(t *testing.T, w *world) {
					survived = crashDay(t, w, &crash{at: at, after: after, dead: make(chan struct{})})
				})
			})
			if survived {
				if at < 10 {
					t.Errorf("the day had only %d writes", at-1)
				}
				break
			}
		}
	}
}

// crashDay runs the client's day with a crash and reports whether it never came.
func crashDay(t *testing.T, w *world, c *crash) (survived bool) {
	d := w.start(t)
	synctest.Wait()
	w.store.BeforeAppend = func(trading.Entry) error { return c.before() }
	w.store.AfterAppend = func(trading.Entry) error { return c.behind() }
	w.book.BeforeSave = func(trading.AccountID, trading.BrokerOrder, *trading.Fill) error { return c.before() }
	w.book.AfterSave = func(trading.AccountID, trading.BrokerOrder, *trading.Fill) error { return c.behind() }
	clientDay(t, d)
	synctest.Wait()
	survived = !c.happened()
	if err := d.stop(); err != nil {
		t.Errorf("Run: %v", err)
	}
	w.store.BeforeAppend, w.store.AfterAppend, w.book.BeforeSave, w.book.AfterSave = nil, nil, nil, nil

	d = w.start(t)
	d.w.quote("AAPL", "99", "100", "500")
	time.Sleep(time.Minute)
	clientDay(t, d)
	w.quote("AAPL", "94", "95", "500")
	time.Sleep(time.Minute)
	synctest.Wait()
	agree(t, d)
	return survived
}

// clientDay is a client that places orders under its own ids, one after the other,
// whatever is answered.
func clientDay(t *testing.T, d *desk) {
	t.Helper()
	orders := []trading.OrderRequest{market(trading.Buy, "10"), limit(trading.Buy, "10", "98"), limit(trading.Buy, "6", "97"), market(trading.Sell, "2")}
	for i, r := range orders {
		r.ClientOrderID = trading.ClientOrderID(fmt.Sprintf("order-%d", i))
		p, _ := d.tryPlace(t, r)
		if i == 1 && p.Order.ID != "" {
			_, _ = d.Replace(t.Context(), alice, p.Order.ID, trading.Replacement{LimitPrice: num("96")})
		}
		if i == 2 && p.Order.ID != "" {
			_, _ = d.Cancel(t.Context(), alice, p.Order.ID)
		}
	}
}

// agree expects every order once, over, and with the same fills in ledger and book.
func agree(t *testing.T, d *desk) {
	t.Helper()
	a := d.account(t)
	if len(a.Open) != 0 {
		t.Errorf("still open: %+v", a.Open)
	}
	byClient := make(map[trading.ClientOrderID]trading.OrderID)
	applied := make(map[trading.ExecutionID]bool)
	for _, e := range d.ledger(t) {
		if o := e.Order; o != nil {
			if known, ok := byClient[o.ClientOrderID]; ok && known != o.ID {
				t.Errorf("client order id %s made orders %s and %s", o.ClientOrderID, known, o.ID)
			}
			byClient[o.ClientOrderID] = o.ID
		}
		if e.Fill != nil {
			applied[e.Fill.ID] = true
		}
	}
	if len(byClient) != 4 {
		t.Errorf("%d orders in the ledger, want 4", len(byClient))
	}
	executed, err := d.w.book.PaperExecutions(t.Context(), acct, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	position := trading.Decimal{}
	for _, ev := range executed {
		if !applied[ev.Fill.ID] {
			t.Errorf("fill %s of order %s is missing in the ledger", ev.Fill.ID, ev.Order.ClientOrderID)
		}
		quantity := ev.Fill.Quantity
		if ev.Fill.Side == trading.Sell {
			quantity = quantity.Neg()
		}
		position, _ = trading.Add(position, quantity)
	}
	if len(executed) != len(applied) {
		t.Errorf("%d fills in the ledger, %d in the book", len(applied), len(executed))
	}
	if !position.Equal(a.Positions["AAPL"].Quantity) {
		t.Errorf("position is %s, the book has %s", a.Positions["AAPL"].Quantity, position)
	}
}

// An entry whose commit was not confirmed may be there: the next request finds out.
func TestPlace_CommitNotConfirmed_LeavesNoOrderBehind(t *testing.T) {
	on(t, func(t *testing.T, w *world) {
		d := w.start(t)
		d.place(t, market(trading.Buy, "1"))
		fail := true
		w.store.AfterAppend = func(trading.Entry) error {
			if fail {
				fail = false
				return errors.New("disk says nothing")
			}
			return nil
		}
		r := market(trading.Buy, "10")
		r.ClientOrderID = "mine"
		if _, err := d.tryPlace(t, r); err == nil || code(err) != "" {
			t.Fatalf("Place: %v", err)
		}
		synctest.Wait()
		_, err := d.tryPlace(t, r)
		again := wantCode(t, err, trading.CodeNotSubmitted)
		d.wantHistory(t, *again.Order, "submitting rejected")
		d.place(t, market(trading.Buy, "1"))
		equal(t, "position", d.account(t).Positions["AAPL"].Quantity, "2")
	})
}

// Two nodes on one store: who loses the seq reloads, decides again and misses nothing.
func TestCommit_SeqTakenByAnotherNode_DecidesAgain(t *testing.T) {
	on(t, func(t *testing.T, w *world) {
		d := w.start(t)
		d.place(t, market(trading.Buy, "50"))
		other := newOther(w)
		if _, err := other.Adjust(t.Context(), acct, trading.Adjustment{Kind: trading.Fee, Amount: num("-4000")}); err != nil {
			t.Fatal(err)
		}
		// This node still believes in 5,000 of cash.
		_, err := d.tryPlace(t, limit(trading.Buy, "20", "90"))
		wantCode(t, err, trading.CodeInsufficientFunds)
		d.place(t, limit(trading.Buy, "10", "90"))
		if _, err := other.Adjust(t.Context(), acct, trading.Adjustment{Kind: trading.Deposit, Amount: num("4000")}); err != nil {
			t.Fatal(err)
		}
		d.place(t, limit(trading.Buy, "20", "90"))
		synctest.Wait()
		d.mu.Lock()
		defer d.mu.Unlock()
		for i, e := range d.entries {
			if e.Seq != trading.Seq(i+1) {
				t.Fatalf("entry %d was told as number %d", e.Seq, i+1)
			}
		}
		if d.Stats().Races < 2 {
			t.Errorf("stats: %+v", d.Stats())
		}
	})
}

func TestAccounts_MoreThanTheCacheHolds_AreLoadedAgain(t *testing.T) {
	on(t, func(t *testing.T, w *world) {
		w.o.MaxAccounts = 3
		w.o.SnapshotEvery = 5
		d := w.start(t)
		for round := range 8 {
			for n := range 10 {
				id := trading.AccountID(fmt.Sprintf("acct-%d", n))
				if _, err := d.Adjust(t.Context(), id, trading.Adjustment{Kind: trading.Deposit, Amount: num("1")}); err != nil {
					t.Fatal(err)
				}
				a, err := d.Account(t.Context(), id)
				if err != nil || !a.Cash.Equal(num(fmt.Sprint(round+1))) {
					t.Fatalf("account %s in round %d: %+v, %v", id, round, a, err)
				}
			}
		}
		if got := d.Stats().Accounts; got > 3 {
			t.Errorf("%d accounts in memory", got)
		}
	})
}

func TestSnapshots_AreSavedAndLoadedFrom(t *testing.T) {
	on(t, func(t *testing.T, w *world) {
		w.o.SnapshotEvery = 5
		d := w.start(t)
		for range 10 {
			d.place(t, market(trading.Buy, "1"))
		}
		synctest.Wait()
		snapshot, err := w.store.LoadSnapshot(t.Context(), acct)
		if err != nil || snapshot.Seq < 15 {
			t.Fatalf("snapshot: %+v, %v", snapshot, err)
		}
		if d.Stats().Snapshots == 0 {
			t.Error("no snapshot was counted")
		}
		// A fold that starts at the snapshot is the fold.
		if err := d.stop(); err != nil {
			t.Fatal(err)
		}
		d = w.start(t)
		a := d.account(t)
		equal(t, "cash", a.Cash, "9000")
		if a.Seq != 21 {
			t.Errorf("seq is %d", a.Seq)
		}
	})
}

func TestPlace_AccountBusy_OnlySoManyWait(t *testing.T) {
	on(t, func(t *testing.T, w *world) {
		w.o.MaxWaiting = 3
		d := w.start(t)
		d.place(t, limit(trading.Buy, "1", "90"))
		free := make(chan struct{})
		w.store.BeforeAppend = func(trading.Entry) error { <-free; return nil }
		errs := make(chan error, 10)
		for range 10 {
			go func() {
				_, err := d.Place(t.Context(), alice, limit(trading.Buy, "1", "90"))
				errs <- err
			}()
		}
		synctest.Wait()
		for range 6 {
			r := wantCode(t, <-errs, trading.CodeRateLimited)
			if r.RetryAfter == 0 {
				t.Error("no time to try again")
			}
		}
		// Those that wait give up after the answer time; the one that has the turn goes on.
		time.Sleep(3 * time.Second)
		synctest.Wait()
		for range 3 {
			wantCode(t, <-errs, trading.CodeRateLimited)
		}
		close(free)
		if err := <-errs; err != nil {
			t.Errorf("the first: %v", err)
		}
	})
}

func TestAdjust_WhatDoesNotFold_IsNotStored(t *testing.T) {
	on(t, func(t *testing.T, w *world) {
		d := w.start(t)
		_, err := d.Adjust(t.Context(), acct, trading.Adjustment{Kind: "gift", Amount: num("1")})
		if !errors.Is(err, trading.ErrBadEntry) {
			t.Errorf("Adjust: %v", err)
		}
		_, err = d.Adjust(t.Context(), acct, trading.Adjustment{Kind: trading.Deposit, Amount: num("9990000000000000000")})
		if err != nil {
			t.Errorf("a huge deposit: %v", err)
		}
		_, err = d.Adjust(t.Context(), acct, trading.Adjustment{Kind: trading.Deposit, Amount: num("9990000000000000000")})
		if !errors.Is(err, trading.ErrBadEntry) {
			t.Errorf("a deposit beyond counting: %v", err)
		}
		entry, err := d.Adjust(t.Context(), acct, trading.Adjustment{Kind: trading.Fee, Amount: num("-1"), Reason: "data"})
		if err != nil || entry.Seq != d.account(t).Seq || entry.Kind != trading.EntryAccount {
			t.Errorf("Adjust: %+v, %v", entry, err)
		}
	})
}
