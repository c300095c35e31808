package sqlite_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"tradewind/internal/store/sqlite"
	"tradewind/internal/trading"
)

// appenderDir makes the test binary a program that appends to the store in that directory until it is killed.
const appenderDir = "TRADEWIND_TEST_APPENDER"

const appenders = 8

// appendUntilKilled prints each entry when, and only when, the store has acknowledged it.
func appendUntilKilled(dir string) {
	db, err := sqlite.Open(context.Background(), dir, sqlite.Options{})
	if err != nil {
		fmt.Println("failed", err)
		os.Exit(1)
	}
	var wg sync.WaitGroup
	for w := range appenders {
		wg.Go(func() {
			account := trading.AccountID(fmt.Sprint("account-", w))
			for seq := trading.Seq(1); ; seq++ {
				if err := db.Append(context.Background(), deposit(account, seq)); err != nil {
					fmt.Println("failed", err)
					os.Exit(1)
				}
				fmt.Println(account, seq)
			}
		})
	}
	wg.Wait()
}

func deposit(account trading.AccountID, seq trading.Seq) trading.Entry {
	return trading.Entry{
		Account: account, Seq: seq, Time: time.UnixMilli(int64(seq)), Kind: trading.EntryAccount,
		Adjustment: &trading.Adjustment{Kind: trading.Deposit, Reason: "crash"},
	}
}

func TestStore_KilledWhileAppending_KeepsEveryAcknowledgedEntryWithoutGaps(t *testing.T) {
	dir := t.TempDir()
	acknowledged := make(map[trading.AccountID]trading.Seq)
	for round := range 3 {
		if round > 0 {
			dir = t.TempDir()
			clear(acknowledged)
		}
		killAppender(t, dir, 100+rand.IntN(400), acknowledged)
		db := open(t, dir, sqlite.Options{})
		if len(acknowledged) != appenders {
			t.Errorf("%d accounts were written, want %d", len(acknowledged), appenders)
		}
		for account, seq := range acknowledged {
			head, err := db.Head(t.Context(), account)
			if err != nil {
				t.Fatal(err)
			}
			// One more may have reached the disk unacknowledged, never more: each writer waits for its answer.
			if head < seq || head > seq+1 {
				t.Errorf("%s: newest stored is %d, newest acknowledged %d", account, head, seq)
			}
			entries, err := db.Entries(t.Context(), account, 0, int(head)+1)
			if err != nil {
				t.Fatal(err)
			}
			for i, e := range entries {
				if e.Seq != trading.Seq(i+1) {
					t.Fatalf("%s: entry %d has seq %d", account, i, e.Seq)
				}
			}
			if len(entries) != int(head) {
				t.Errorf("%s: %d entries up to seq %d", account, len(entries), head)
			}
			if err := db.Append(t.Context(), deposit(account, head+1)); err != nil {
				t.Errorf("%s does not go on: %v", account, err)
			}
		}
	}
}

// killAppender runs a child that appends and kills it after some acknowledgements.
func killAppender(t *testing.T, dir string, after int, acknowledged map[trading.AccountID]trading.Seq) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.CommandContext(t.Context(), self)
	child.Env = append(os.Environ(), appenderDir+"="+dir)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for n := 0; lines.Scan(); n++ {
		var account trading.AccountID
		var seq trading.Seq
		if _, err := fmt.Sscan(lines.Text(), &account, &seq); err != nil {
			t.Fatalf("the child said %q", lines.Text())
		}
		acknowledged[account] = seq
		if n == after {
			if err := child.Process.Kill(); err != nil { // SIGKILL
				t.Fatal(err)
			}
		}
	}
	if err := child.Wait(); err == nil {
		t.Fatal("the child ended by itself")
	}
}
