package paper_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tradewind/internal/broker/paper"
	"tradewind/internal/trading"
	"tradewind/internal/trading/tradingtest"
)

var errDisk = errors.New("disk says no")

func failing(trading.AccountID, trading.BrokerOrder, *trading.Fill) error { return errDisk }

// blindBook can be made unreadable.
type blindBook struct {
	*tradingtest.PaperBook
	blind atomic.Bool
}

func (b *blindBook) PaperOrder(ctx context.Context, a trading.AccountID, id trading.ClientOrderID) (trading.BrokerOrder, error) {
	if b.blind.Load() {
		return trading.BrokerOrder{}, errDisk
	}
	return b.PaperBook.PaperOrder(ctx, a, id)
}

func (b *blindBook) OpenPaperOrders(ctx context.Context) (map[trading.AccountID][]trading.BrokerOrder, error) {
	if b.blind.Load() {
		return nil, errDisk
	}
	return b.PaperBook.OpenPaperOrders(ctx)
}

func (b *blindBook) PaperExecutions(ctx context.Context, a trading.AccountID, since time.Time) ([]trading.BrokerEvent, error) {
	if b.blind.Load() {
		return nil, errDisk
	}
	return b.PaperBook.PaperExecutions(ctx, a, since)
}

func TestSubmit_BookCannotBeWritten_LeavesNothing(t *testing.T) {
	onFloor(t, paper.Options{}, func(t *testing.T, f *floor) {
		f.quote("100", "101", "10")
		f.setBeforeSave(failing)
		_, err := f.Submit(t.Context(), acct, order("m", trading.Buy, "10", "", trading.Day))
		wantRefused(t, err, trading.CodeBrokerUnavailable)
		if _, err := f.Lookup(t.Context(), acct, "m"); !errors.Is(err, trading.ErrOrderUnknown) {
			t.Errorf("Lookup: %v", err)
		}
		f.setBeforeSave(nil)
		// The size that the failed order had claimed is there for the next one.
		f.submit(t, order("n", trading.Buy, "10", "", trading.Day))
		f.lives(t, "n", "filled(10@101)")
		f.lives(t, "m", "")
	})
}

func TestSubmit_AnswerOfTheBookLost_IsFoundOut(t *testing.T) {
	onFloor(t, paper.Options{}, func(t *testing.T, f *floor) {
		f.book.AfterSave = failing
		b := f.submit(t, order("m", trading.Buy, "10", "", trading.Day))
		if b.Status != trading.Filled {
			t.Errorf("order is %s", b.Status)
		}
		f.lives(t, "m", "filled(10@101)")
	})
}

func TestSubmit_BookGone_OutcomeIsUnknownUntilItIsBack(t *testing.T) {
	onFloor(t, paper.Options{}, func(t *testing.T, f *floor) {
		f.stop()
		book := &blindBook{PaperBook: f.book}
		f.Broker = paper.New(book, f.board, paper.Options{})
		f.run(t)
		f.book.AfterSave = func(trading.AccountID, trading.BrokerOrder, *trading.Fill) error {
			book.blind.Store(true)
			return errDisk
		}
		o := order("m", trading.Buy, "10", "", trading.Day)
		if _, err := f.Submit(t.Context(), acct, o); !errors.Is(err, trading.ErrOutcomeUnknown) {
			t.Fatalf("Submit: %v", err)
		}
		if _, err := f.Lookup(t.Context(), acct, "m"); err == nil || errors.Is(err, trading.ErrOrderUnknown) {
			t.Errorf("Lookup: %v", err)
		}
		if err := f.Cancel(t.Context(), acct, o); err == nil {
			t.Error("Cancel of an order that may not exist")
		}
		if _, err := f.Executions(t.Context(), acct, time.Time{}); err == nil {
			t.Error("executions of a book that cannot be read")
		}
		f.book.AfterSave = nil
		book.blind.Store(false)
		if b, err := f.Lookup(t.Context(), acct, "m"); err != nil || b.Status != trading.Filled {
			t.Errorf("Lookup: %+v, %v", b, err)
		}
		f.lives(t, "m", "filled(10@101)")
	})
}

func TestMatch_BookCannotBeWritten_TriesAgain(t *testing.T) {
	onFloor(t, paper.Options{}, func(t *testing.T, f *floor) {
		f.submit(t, order("l", trading.Buy, "10", "99", trading.GTC))
		f.setBeforeSave(failing)
		f.quote("98", "99", "10")
		f.lives(t, "l", "")
		f.setBeforeSave(nil)
		time.Sleep(2 * time.Second)
		f.lives(t, "l", "filled(10@99)")
	})
}

func TestMatch_OutcomeOfAFillUnknown_IsSettledBeforeTheNext(t *testing.T) {
	onFloor(t, paper.Options{}, func(t *testing.T, f *floor) {
		f.stop()
		book := &blindBook{PaperBook: f.book}
		f.Broker = paper.New(book, f.board, paper.Options{})
		f.run(t)
		f.submit(t, order("l", trading.Buy, "10", "99", trading.GTC))
		f.book.AfterSave = func(trading.AccountID, trading.BrokerOrder, *trading.Fill) error {
			book.blind.Store(true)
			return errDisk
		}
		f.quote("98", "99", "4")
		f.lives(t, "l", "")
		f.quote("98", "99", "4")
		f.lives(t, "l", "")
		f.book.AfterSave = nil
		book.blind.Store(false)
		f.quote("98", "98.5", "500")
		time.Sleep(3 * time.Second)
		f.lives(t, "l", "partially_filled(4@99) filled(6@98.5)")
	})
}

func TestRun_BookUnreadableAtStart_TriesAgain(t *testing.T) {
	onFloor(t, paper.Options{}, func(t *testing.T, f *floor) {
		o := order("l", trading.Buy, "10", "99", trading.GTC)
		f.submit(t, o)
		f.stop()
		book := &blindBook{PaperBook: f.book}
		book.blind.Store(true)
		f.Broker = paper.New(book, f.board, paper.Options{})
		f.run(t)
		synctest.Wait()
		book.blind.Store(false)
		open, err := f.OpenOrders(t.Context(), acct)
		if err != nil || len(open) != 1 {
			t.Errorf("OpenOrders: %v, %v", open, err)
		}
	})
}

func TestRun_EndsWhileTheBookIsUnreadable(t *testing.T) {
	onFloor(t, paper.Options{}, func(t *testing.T, f *floor) {
		f.stop()
		book := &blindBook{PaperBook: f.book}
		book.blind.Store(true)
		f.Broker = paper.New(book, f.board, paper.Options{})
		f.run(t)
		synctest.Wait()
		f.stop()
	})
}

func TestSubmit_BookUnreadable_IsRefused(t *testing.T) {
	onFloor(t, paper.Options{}, func(t *testing.T, f *floor) {
		f.stop()
		book := &blindBook{PaperBook: f.book}
		f.Broker = paper.New(book, f.board, paper.Options{})
		f.run(t)
		synctest.Wait()
		book.blind.Store(true)
		_, err := f.Submit(t.Context(), acct, order("m", trading.Buy, "10", "", trading.Day))
		wantRefused(t, err, trading.CodeBrokerUnavailable)
	})
}

// The sink is the ledger: while it does not answer, events wait within their bound
// and nothing more is filled than can be reported.
func TestDelivery_SinkStuck_NothingIsLostAndNothingGrows(t *testing.T) {
	onFloor(t, paper.Options{MaxEvents: 3}, func(t *testing.T, f *floor) {
		stuck := true
		f.mu.Lock()
		f.sink = func(trading.BrokerEvent) error {
			if stuck {
				return errDisk
			}
			return nil
		}
		f.mu.Unlock()
		ids := []string{"a", "b", "c", "d", "e"}
		for _, id := range ids[:3] {
			f.submit(t, order(id, trading.Buy, "1", "", trading.Day))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := f.Submit(ctx, acct, order("d", trading.Buy, "1", "", trading.Day))
		wantRefused(t, err, trading.CodeBrokerUnavailable)
		f.mu.Lock()
		stuck = false
		f.mu.Unlock()
		f.submit(t, order("e", trading.Buy, "1", "", trading.Day))
		time.Sleep(2 * time.Second)
		for _, id := range []string{"a", "b", "c", "e"} {
			f.lives(t, id, "filled(1@101)")
		}
	})
}

func TestCancel_WhileRoomIsMissing_GivesUpWithItsContext(t *testing.T) {
	onFloor(t, paper.Options{MaxEvents: 1}, func(t *testing.T, f *floor) {
		f.mu.Lock()
		f.sink = func(trading.BrokerEvent) error { return errDisk }
		f.mu.Unlock()
		o := order("l", trading.Buy, "1", "90", trading.GTC)
		f.submit(t, o)
		f.submit(t, order("m", trading.Buy, "1", "", trading.Day))
		for _, change := range []func(context.Context) error{
			func(ctx context.Context) error { return f.Cancel(ctx, acct, o) },
			func(ctx context.Context) error {
				return f.Replace(ctx, acct, o, trading.Replacement{Quantity: num("2")})
			},
		} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			if err := change(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("without room: %v", err)
			}
			cancel()
		}
		f.mu.Lock()
		f.sink = nil
		f.mu.Unlock()
		time.Sleep(2 * time.Second)
		if err := f.Cancel(t.Context(), acct, o); err != nil {
			t.Error(err)
		}
		f.lives(t, "l", "canceled")
	})
}
