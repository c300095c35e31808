package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"tradewind/internal/store/sqlite"
	"tradewind/internal/trading"
)

// held is a store whose writer can be made to stand still.
type held struct {
	*sqlite.DB
	dir string

	mu      sync.Mutex
	commits []int // writes per commit
}

func openHeld(t *testing.T, o sqlite.Options) *held {
	t.Helper()
	h := &held{dir: t.TempDir()}
	o.OnCommit = func(writes int, _ time.Duration) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.commits = append(h.commits, writes)
	}
	h.DB = open(t, h.dir, o)
	return h
}

// hold makes the writer stand still; until letGo, writes only wait.
func (h *held) hold(t *testing.T) (letGo func()) {
	t.Helper()
	release := h.HoldWriter(t.Context())
	h.mu.Lock()
	defer h.mu.Unlock()
	h.commits = nil
	return func() {
		if err := release(); err != nil {
			t.Error(err)
		}
	}
}

func (h *held) waitForQueue(t *testing.T, n int) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); h.Waiting() != n; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d writes wait, want %d", h.Waiting(), n)
		}
	}
}

// appendAll appends an entry to each of n accounts at once.
func (h *held) appendAll(ctx context.Context, n int) (wait func() []error) {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = h.Append(ctx, deposit(trading.AccountID(fmt.Sprint("account-", i)), 1)) })
	}
	return func() []error {
		wg.Wait()
		return errs
	}
}

func TestWrites_ThatWait_ShareOneTransaction(t *testing.T) {
	h := openHeld(t, sqlite.Options{})
	letGo := h.hold(t)
	wait := h.appendAll(t.Context(), 40)
	h.waitForQueue(t, 40)
	letGo()
	if err := errors.Join(wait()...); err != nil {
		t.Fatal(err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if !slices.Equal(h.commits, []int{1, 40}) {
		t.Errorf("commits of %v writes, want the holding one and one of 40", h.commits)
	}
}

func TestWrites_BeyondABatch_AreCommittedInTurn(t *testing.T) {
	h := openHeld(t, sqlite.Options{MaxBatch: 16})
	letGo := h.hold(t)
	wait := h.appendAll(t.Context(), 40)
	h.waitForQueue(t, 40)
	letGo()
	if err := errors.Join(wait()...); err != nil {
		t.Fatal(err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if !slices.Equal(h.commits, []int{1, 16, 16, 8}) {
		t.Errorf("commits of %v writes, want the holding one, then 16, 16 and 8", h.commits)
	}
}

func TestWrite_WhoseContextEndsWhileItWaits_StoresNothing(t *testing.T) {
	h := openHeld(t, sqlite.Options{})
	letGo := h.hold(t)
	ctx, cancel := context.WithCancel(t.Context())
	wait := h.appendAll(ctx, 3)
	h.waitForQueue(t, 3)
	cancel()
	for _, err := range wait() { // while the writer still stands
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want the context's error", err)
		}
	}
	letGo()
	if err := h.Append(t.Context(), deposit("after", 1)); err != nil { // passes behind them
		t.Fatal(err)
	}
	for i := range 3 {
		if head, err := h.Head(t.Context(), trading.AccountID(fmt.Sprint("account-", i))); head != 0 || err != nil {
			t.Errorf("head is %d (%v), want nothing stored", head, err)
		}
	}
}

func TestWrite_WhenTheQueueIsFull_WaitsForRoomAsLongAsItsContext(t *testing.T) {
	h := openHeld(t, sqlite.Options{MaxQueue: 2})
	letGo := h.hold(t)
	wait := h.appendAll(t.Context(), 2)
	h.waitForQueue(t, 2)

	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := h.Append(ctx, deposit("late", 1)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the deadline's error", err)
	}
	patient := make(chan error, 1)
	go func() { patient <- h.Append(t.Context(), deposit("patient", 1)) }() // ends below
	letGo()
	if err := errors.Join(append(wait(), <-patient)...); err != nil {
		t.Error(err)
	}
}

func TestClose_CommitsWhatWaits(t *testing.T) {
	h := openHeld(t, sqlite.Options{})
	letGo := h.hold(t)
	wait := h.appendAll(t.Context(), 10)
	h.waitForQueue(t, 10)
	closed := make(chan error, 1)
	go func() { closed <- h.Close() }() // ends below
	letGo()
	if err := errors.Join(append(wait(), <-closed)...); err != nil {
		t.Fatal(err)
	}
	again := open(t, h.dir, sqlite.Options{})
	for i := range 10 {
		if head, err := again.Head(t.Context(), trading.AccountID(fmt.Sprint("account-", i))); head != 1 || err != nil {
			t.Errorf("head is %d (%v), want 1", head, err)
		}
	}
}

func TestStore_AfterClose_RefusesEverything(t *testing.T) {
	db := open(t, t.TempDir(), sqlite.Options{})
	if _, err := db.Head(t.Context(), "a"); err != nil { // its statement is prepared now
		t.Fatal(err)
	}
	for range 2 {
		if err := db.Close(); err != nil {
			t.Fatalf("close: %v", err)
		}
	}
	for name, err := range everyCall(t, db) {
		if !errors.Is(err, sqlite.ErrClosed) {
			t.Errorf("%s: got %v, want ErrClosed", name, err)
		}
	}
}

// everyRead calls everything that reads and returns the errors by name.
func everyRead(t *testing.T, db *sqlite.DB) map[string]error {
	t.Helper()
	ctx, errs := t.Context(), make(map[string]error)
	read := func(name string) func(_ any, err error) { return func(_ any, err error) { errs[name] = err } }
	read("Entries")(db.Entries(ctx, "a", 0, 1))
	read("Head")(db.Head(ctx, "a"))
	read("LoadSnapshot")(db.LoadSnapshot(ctx, "a"))
	read("Order")(db.Order(ctx, "a", "o"))
	read("OrderByClientID")(db.OrderByClientID(ctx, "a", "c"))
	read("Orders")(db.Orders(ctx, "a", trading.OrderQuery{}))
	read("Orders before")(db.Orders(ctx, "a", trading.OrderQuery{Before: "o"}))
	read("Fills")(db.Fills(ctx, "a", trading.FillQuery{}))
	read("Fill")(db.Fill(ctx, "a", "x"))
	read("AccountsWithOpenOrders")(db.AccountsWithOpenOrders(ctx))
	read("PaperOrder")(db.PaperOrder(ctx, "a", "c"))
	read("OpenPaperOrders")(db.OpenPaperOrders(ctx))
	read("PaperExecutions")(db.PaperExecutions(ctx, "a", time.Time{}))
	read("UserByName")(db.UserByName(ctx, "n"))
	read("User")(db.User(ctx, "u"))
	read("Users")(db.Users(ctx))
	read("Account")(db.Account(ctx, "a"))
	read("Session")(db.Session(ctx, [32]byte{}))
	read("SessionsByHash")(db.SessionsByHash(ctx, make([][32]byte, 1)))
	read("SessionsOf")(db.SessionsOf(ctx, "u"))
	read("Watchlist")(db.Watchlist(ctx, "u"))
	read("Settings")(db.Settings(ctx, "u"))
	read("ValueHistory")(db.ValueHistory(ctx, "a", time.Time{}, 0))
	return errs
}

// everyCall calls everything that reads or writes and returns the errors by name.
func everyCall(t *testing.T, db *sqlite.DB) map[string]error {
	t.Helper()
	ctx, errs := t.Context(), everyRead(t, db)
	_, errs["StoreID"] = db.StoreID(ctx)
	_, errs["SecretKey"] = db.SecretKey(ctx)
	_, errs["ForeignWrites"] = db.ForeignWrites(ctx)
	_, errs["DeleteExpired"] = db.DeleteExpired(ctx, time.Now())
	errs["Append"] = db.Append(ctx, deposit("a", 1))
	errs["SaveSnapshot"] = db.SaveSnapshot(ctx, &trading.Account{ID: "a"})
	errs["SaveOrder"] = db.SaveOrder(ctx, "a", trading.BrokerOrder{}, &trading.Fill{})
	errs["CreateUser"] = db.CreateUser(ctx, trading.User{}, trading.AccountInfo{})
	errs["SetPasswordHash"] = db.SetPasswordHash(ctx, "u", "h")
	errs["SetAccount"] = db.SetAccount(ctx, "u", trading.AccountInfo{})
	errs["RemoveUser"] = db.RemoveUser(ctx, "u")
	errs["CreateSession"] = db.CreateSession(ctx, trading.Session{})
	errs["TouchSession"] = db.TouchSession(ctx, [32]byte{}, time.Time{}, time.Time{})
	errs["DeleteSession"] = db.DeleteSession(ctx, [32]byte{})
	errs["SetWatchlist"] = db.SetWatchlist(ctx, "u", nil)
	errs["SetSettings"] = db.SetSettings(ctx, "u", nil)
	errs["AddValuePoints"] = db.AddValuePoints(ctx, map[trading.AccountID]trading.ValuePoint{"a": {}})
	errs["AddSeeds"] = db.AddSeeds(ctx, make([]trading.Seed, 1))
	errs["Backup"] = db.Backup(ctx, t.TempDir()+"/b")
	return errs
}

// Close and writes that come at the same moment: each write is stored or refused, never lost in between.
func TestClose_WhileWritesCome_AnswersAllOfThem(t *testing.T) {
	for range 20 {
		dir := t.TempDir()
		db, err := sqlite.Open(t.Context(), dir, sqlite.Options{MaxQueue: 4, MaxBatch: 2})
		if err != nil {
			t.Fatal(err)
		}
		errs := make([]error, 16)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() { errs[i] = db.Append(t.Context(), deposit(trading.AccountID(fmt.Sprint(i)), 1)) })
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		wg.Wait()
		again := open(t, dir, sqlite.Options{})
		for i, err := range errs {
			head, headErr := again.Head(t.Context(), trading.AccountID(fmt.Sprint(i)))
			if headErr != nil {
				t.Fatal(headErr)
			}
			if (err == nil) != (head == 1) || err != nil && !errors.Is(err, sqlite.ErrClosed) {
				t.Errorf("append said %v and head is %d", err, head)
			}
		}
	}
}

func TestWrite_WhileAnotherProcessWrites_WaitsThenFailsAndGoesOn(t *testing.T) {
	dir := t.TempDir()
	db := open(t, dir, sqlite.Options{BusyTimeout: 30 * time.Millisecond})
	other := raw(t, db.File())
	execRaw(t, other, "BEGIN IMMEDIATE")
	err := db.Append(t.Context(), deposit("a", 1))
	if err == nil || errors.Is(err, trading.ErrSeqTaken) {
		t.Errorf("got %v, want a failure of the store", err)
	}
	execRaw(t, other, "ROLLBACK")
	if err := db.Append(t.Context(), deposit("a", 1)); err != nil {
		t.Error(err)
	}
}

// A full disk makes SQLite give up the whole transaction: nothing of it may be
// acknowledged, and the writer must find its way back.
func TestWrite_OnAFullDisk_FailsWithoutHarm(t *testing.T) {
	h := openHeld(t, sqlite.Options{})
	if err := h.Exec(t.Context(), "PRAGMA max_page_count = 1"); err != nil { // SQLite makes it the present size
		t.Fatal(err)
	}
	letGo := h.hold(t)
	wait := h.appendAll(t.Context(), 200)
	h.waitForQueue(t, 200)
	letGo()
	errs := wait()
	if errors.Join(errs...) == nil {
		t.Fatal("the disk was not full")
	}
	if err := h.Exec(t.Context(), "PRAGMA max_page_count = 1000000"); err != nil {
		t.Fatal(err)
	}
	for i, err := range errs {
		account := trading.AccountID(fmt.Sprint("account-", i))
		head, headErr := h.Head(t.Context(), account)
		if headErr != nil {
			t.Fatal(headErr)
		}
		if err == nil && head != 1 {
			t.Errorf("%s: acknowledged and not stored", account)
		}
		if err := h.Append(t.Context(), deposit(account, head+1)); err != nil {
			t.Fatalf("%s does not go on: %v", account, err)
		}
	}
}

// What is promised to be on the disk is committed with a flush, alone or with
// others that need none; the paper broker's book needs none of its own.
func TestWrites_AreFlushed_UnlessTheyMayWaitForTheNext(t *testing.T) {
	h := openHeld(t, sqlite.Options{})
	const flushed, written = 2, 1
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	level := func(want int, after string) {
		t.Helper()
		got, err := h.Synchronous(t.Context())
		if err != nil || got != want {
			t.Errorf("after %s: synchronous = %d, %v, want %d", after, got, err, want)
		}
	}
	order := trading.BrokerOrder{ID: "p1", ClientOrderID: "c1", Symbol: "AAPL", Side: trading.Buy, Type: trading.Market, Status: trading.Working}
	save := func() error { return h.SaveOrder(t.Context(), "a", order, nil) }
	level(flushed, "opening")
	for range 2 {
		must(save())
		level(written, "an order of the paper broker")
	}
	must(h.Append(t.Context(), deposit("a", 1)))
	level(flushed, "a ledger entry")
	must(save())
	letGo := h.hold(t)
	saved := make(chan error, 1)
	go func() { saved <- save() }() // ends with the batch
	h.waitForQueue(t, 1)
	wait := h.appendAll(t.Context(), 3)
	h.waitForQueue(t, 4)
	letGo()
	must(errors.Join(append(wait(), <-saved)...))
	level(flushed, "a batch of both")
	h.mu.Lock()
	defer h.mu.Unlock()
	if last := h.commits[len(h.commits)-1]; last != 4 {
		t.Errorf("the last commit had %d writes, want 4", last)
	}
}
