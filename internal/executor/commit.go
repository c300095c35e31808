package executor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tradewind/internal/trading"
)

// maxRaces is how often an append may lose its seq to another node in a row.
const maxRaces = 32

// decision makes the next entry from the newest fold; nil when there is nothing to
// do. It runs again when another node was faster, so it must look at nothing else
// that an entry could have changed.
type decision func(a *trading.Account, now time.Time) (*trading.Entry, error)

// commit appends the entry that decide makes, folds it in and tells the listeners.
// The caller has the turn. The write is not given up when the request is: what was
// begun is to be known. After an error other than those of trading.LedgerStore.Append
// the entry may be there; the fold is brought up to date before it is used again.
func (e *Executor) commit(ctx context.Context, l *lane, decide decision) (*trading.Entry, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), e.o.StoreTimeout)
	defer cancel()
	for range maxRaces {
		if err := e.refresh(ctx, l); err != nil {
			return nil, err
		}
		entry, err := decide(l.account, e.now())
		if err != nil || entry == nil {
			return nil, err
		}
		err = e.append(ctx, l, entry)
		if errors.Is(err, trading.ErrSeqTaken) {
			e.counts.races.Add(1)
			l.suspect = true
			continue
		}
		if err != nil {
			return nil, err
		}
		return entry, nil
	}
	return nil, fmt.Errorf("append to account %s: lost %d races in a row: %w", l.id, maxRaces, trading.ErrSeqTaken)
}

func (e *Executor) append(ctx context.Context, l *lane, entry *trading.Entry) error {
	entry.Account, entry.Seq = l.id, l.account.Seq+1
	if entry.Time.IsZero() {
		entry.Time = e.now()
	}
	// An entry that cannot be folded must not be stored.
	if err := l.account.Check(*entry); err != nil {
		return err
	}
	start := time.Now()
	err := e.store.Append(ctx, *entry)
	if e.o.OnAppend != nil {
		e.o.OnAppend(time.Since(start))
	}
	if err != nil {
		l.suspect = true
		return fmt.Errorf("append entry %d of account %s: %w", entry.Seq, l.id, err)
	}
	e.fold(l, *entry)
	return nil
}

// fold takes a stored entry into the account and tells everybody, in order,
// because the caller has the turn.
func (e *Executor) fold(l *lane, entry trading.Entry) {
	if err := l.account.Apply(entry); err != nil {
		// Nothing that Check allowed gets here, so another node stored what we cannot fold.
		e.log.Error("fold entry", "account", l.id, "seq", entry.Seq, "error", err)
		l.account = nil
		return
	}
	e.counts.entries.Add(1)
	for _, fn := range e.listeners {
		fn(entry)
	}
	if entry.Order != nil {
		e.watchers.tell(*entry.Order)
	}
	if int(entry.Seq-l.saved) >= e.o.SnapshotEvery {
		select {
		case e.snapshots <- l.account.Clone():
			l.saved = entry.Seq
		default: // the writer is behind: the next entry asks again
		}
	}
}

// Entries of orders. Each carries the order after it.

func orderEntry(o trading.Order, now time.Time) *trading.Entry {
	o.UpdatedAt = now
	return &trading.Entry{Kind: trading.EntryOrder, Time: now, Order: &o}
}

func rejectionEntry(o trading.Order, now time.Time, code trading.Code, message string) *trading.Entry {
	o.Status, o.Code, o.Reason = trading.Rejected, code, message
	o.Pending, o.UpdatedAt = trading.Replacement{}, now
	return &trading.Entry{
		Kind: trading.EntryRejection, Time: now, Order: &o,
		Rejection: &trading.Rejection{Code: code, Message: message},
	}
}

func fillEntry(o trading.Order, f trading.Fill, now time.Time) (*trading.Entry, error) {
	f.OrderID = o.ID
	after, err := o.Filled(f)
	if err != nil {
		return nil, err
	}
	after.UpdatedAt = now
	return &trading.Entry{Kind: trading.EntryFill, Time: now, Order: &after, Fill: &f}, nil
}
