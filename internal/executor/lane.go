package executor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tradewind/internal/trading"
)

// lane is the one way through which an account changes on this node. Whoever
// holds its turn owns the fold; the turn is held over writes to the ledger, which
// a lock must not be.
type lane struct {
	id   trading.AccountID
	turn chan struct{} // full while somebody has the turn

	// Guarded by Executor.mu.
	users int // who has the turn or waits for it
	used  time.Time

	// Owned by the holder of the turn.
	account  *trading.Account // nil until loaded
	suspect  bool             // the ledger may have entries that the fold lacks
	saved    trading.Seq      // of the newest snapshot
	inFlight map[trading.OrderID]int
}

// enter waits for the turn of an account and brings its fold up to date; ctx
// bounds the waiting. Leave it with leave.
func (e *Executor) enter(ctx context.Context, account trading.AccountID) (*lane, error) {
	return e.enterAs(ctx, account, 0)
}

// enterAsUser is enter for requests: at most MaxWaiting wait, and no longer than
// AnswerTime.
func (e *Executor) enterAsUser(ctx context.Context, account trading.AccountID) (*lane, error) {
	ctx, cancel := context.WithTimeout(ctx, e.o.AnswerTime)
	defer cancel()
	return e.enterAs(ctx, account, e.o.MaxWaiting)
}

func (e *Executor) enterAs(ctx context.Context, account trading.AccountID, limit int) (*lane, error) {
	l := e.hold(account, limit)
	if l == nil {
		return nil, busy()
	}
	select {
	case l.turn <- struct{}{}:
	case <-ctx.Done():
		e.letGo(l)
		if limit > 0 {
			return nil, busy()
		}
		return nil, fmt.Errorf("wait for account %s: %w", account, context.Cause(ctx))
	}
	if err := e.refresh(ctx, l); err != nil {
		e.leave(l)
		return nil, err
	}
	return l, nil
}

func (e *Executor) leave(l *lane) {
	<-l.turn
	e.letGo(l)
}

// hold finds or makes the lane of an account and keeps it from being evicted; nil
// when more than limit are there already, 0 being no limit.
func (e *Executor) hold(account trading.AccountID, limit int) *lane {
	e.mu.Lock()
	defer e.mu.Unlock()
	l := e.lanes[account]
	if l == nil {
		e.evictLocked()
		l = &lane{id: account, turn: make(chan struct{}, 1), inFlight: make(map[trading.OrderID]int)}
		e.lanes[account] = l
	}
	if limit > 0 && l.users > limit {
		return nil
	}
	l.users++
	return l
}

func (e *Executor) letGo(l *lane) {
	e.mu.Lock()
	defer e.mu.Unlock()
	l.users--
	l.used = e.o.Now()
}

// evictLocked makes room for one more lane by dropping the one that was idle the
// longest. With nothing idle the map grows by what is in use, which is bounded by
// the requests and broker calls under way.
func (e *Executor) evictLocked() {
	if len(e.lanes) < e.o.MaxAccounts {
		return
	}
	var oldest *lane
	seen := 0
	for _, l := range e.lanes {
		if l.users > 0 || len(l.inFlight) > 0 {
			continue
		}
		if oldest == nil || l.used.Before(oldest.used) {
			oldest = l
		}
		// A sample is as good as the whole map, which may be large.
		if seen++; seen == 64 {
			break
		}
	}
	if oldest != nil {
		delete(e.lanes, oldest.id)
	}
}

// pageSize is how many entries are read from the ledger at a time.
const pageSize = 500

// refresh loads the fold, or brings it up to date when it may lack entries.
func (e *Executor) refresh(ctx context.Context, l *lane) error {
	if l.account == nil {
		a, err := e.load(ctx, l.id)
		if err != nil {
			return err
		}
		l.account, l.saved, l.suspect = a, a.Seq, false
		return nil
	}
	if !l.suspect {
		return nil
	}
	fresh, err := e.missing(ctx, l.account)
	for _, entry := range fresh {
		if e.fold(l, entry); l.account == nil {
			return fmt.Errorf("fold entry %d of account %s: %w", entry.Seq, l.id, trading.ErrBadEntry)
		}
	}
	if err != nil {
		return err
	}
	l.suspect = false
	return nil
}

// load folds an account from its newest snapshot.
func (e *Executor) load(ctx context.Context, id trading.AccountID) (*trading.Account, error) {
	a, err := e.store.LoadSnapshot(ctx, id)
	if errors.Is(err, trading.ErrNotFound) {
		a, err = trading.NewAccount(id), nil
	}
	if err != nil {
		return nil, fmt.Errorf("load snapshot of account %s: %w", id, err)
	}
	if a.Positions == nil {
		a.Positions = make(map[trading.Symbol]trading.Position)
	}
	if a.Open == nil {
		a.Open = make(map[trading.OrderID]trading.Order)
	}
	for {
		page, err := e.store.Entries(ctx, id, a.Seq, pageSize)
		if err != nil {
			return nil, fmt.Errorf("load account %s: %w", id, err)
		}
		for _, entry := range page {
			if err := a.Apply(entry); err != nil {
				return nil, fmt.Errorf("load account %s: %w", id, err)
			}
		}
		if len(page) < pageSize {
			return a, nil
		}
	}
}

// missing reads the entries after the fold.
func (e *Executor) missing(ctx context.Context, a *trading.Account) ([]trading.Entry, error) {
	var all []trading.Entry
	for after := a.Seq; ; {
		page, err := e.store.Entries(ctx, a.ID, after, pageSize)
		if err != nil {
			return all, fmt.Errorf("read entries of account %s after %d: %w", a.ID, after, err)
		}
		all = append(all, page...)
		if len(page) < pageSize {
			return all, nil
		}
		after = page[len(page)-1].Seq
	}
}
