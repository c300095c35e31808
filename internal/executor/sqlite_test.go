package executor_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tradewind/internal/broker/paper"
	"tradewind/internal/executor"
	"tradewind/internal/store/sqlite"
	"tradewind/internal/trading"
)

// TestExecutor_OnSQLite_StoppedInTheMiddle places orders under client ids from many
// requests at once on the real store, stops half way, and lets the clients repeat
// everything against the next start.
func TestExecutor_OnSQLite_StoppedInTheMiddle(t *testing.T) {
	dir := t.TempDir()
	board := newWorld(t).board
	const orders = 200
	placed := make([]trading.OrderID, orders)
	for run := range 2 {
		db, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		e := executor.New(db, db, board, []trading.Broker{paper.New(db, board, paper.Options{})}, executor.Options{MaxOpenOrders: 500})
		if run == 0 {
			err = db.CreateUser(t.Context(), trading.User{ID: alice, Name: "alice", Account: acct},
				trading.AccountInfo{ID: acct, User: alice, Broker: "paper", Currency: "USD", CreatedAt: time.Now()})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := e.Adjust(t.Context(), acct, trading.Adjustment{Kind: trading.Deposit, Amount: num("10000000")}); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		over := make(chan error, 1)
		go func() { over <- e.Run(ctx) }() // ends with cancel
		var wg sync.WaitGroup
		var answered atomic.Int32
		for i := range orders {
			wg.Go(func() {
				r := market(trading.Buy, "1")
				if i%4 == 0 {
					r = limit(trading.Buy, "1", "50")
				}
				r.ClientOrderID = trading.ClientOrderID(fmt.Sprintf("order-%d", i))
				for {
					p, err := e.Place(t.Context(), alice, r)
					if c := code(err); c == trading.CodeAccountReconciling || c == trading.CodeRateLimited {
						var refused *trading.Refusal
						errors.As(err, &refused)
						time.Sleep(refused.RetryAfter / 20) // what a client does
						continue
					}
					if err != nil && code(err) != trading.CodeBrokerUnavailable && code(err) != trading.CodeNotSubmitted {
						t.Errorf("Place: %v", err)
					}
					if known := placed[i]; known != "" && p.Order.ID != known {
						t.Errorf("order %d was %s and is %s", i, known, p.Order.ID)
					}
					placed[i] = p.Order.ID
					if answered.Add(1) == orders/4 && run == 0 {
						cancel() // in the middle of the others
					}
					return
				}
			})
		}
		wg.Wait()
		if run == 1 {
			sameFills(t, db, e)
		}
		cancel()
		if err := <-over; err != nil {
			t.Errorf("Run: %v", err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}

// sameFills expects the ledger and the broker's book to agree, each order once.
func sameFills(t *testing.T, db *sqlite.DB, e *executor.Executor) {
	t.Helper()
	entries, err := db.Entries(t.Context(), acct, 0, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	executed, err := db.PaperExecutions(t.Context(), acct, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	a := trading.NewAccount(acct)
	fills, ids := 0, make(map[trading.ClientOrderID]trading.OrderID)
	for _, entry := range entries {
		if err := a.Apply(entry); err != nil {
			t.Fatal(err)
		}
		if entry.Fill != nil {
			fills++
		}
		if o := entry.Order; o != nil && o.Status == trading.Submitting {
			if other, twice := ids[o.ClientOrderID]; twice {
				t.Errorf("%s is order %s and %s", o.ClientOrderID, other, o.ID)
			}
			ids[o.ClientOrderID] = o.ID
		}
	}
	if fills == 0 || fills != len(executed) || !a.Positions["AAPL"].Quantity.Equal(num(fmt.Sprint(fills))) {
		t.Errorf("%d fills in the ledger, %d in the book, position %s", fills, len(executed), a.Positions["AAPL"].Quantity)
	}
	live, err := e.Account(t.Context(), acct)
	if err != nil || !live.Cash.Equal(a.Cash) || live.Seq != a.Seq {
		t.Errorf("live account %+v, folded %+v, %v", live, a, err)
	}
}
