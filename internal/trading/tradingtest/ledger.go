package tradingtest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"tradewind/internal/trading"
)

var _ trading.LedgerStore = (*LedgerStore)(nil)

// LedgerStore keeps ledgers in memory.
type LedgerStore struct {
	// BeforeAppend, when set, may refuse an append: its error is returned and nothing is stored.
	// AfterAppend runs when the entry is stored; its error is returned all the same, like an
	// answer that was lost. Both are set before the store is used and run without any lock.
	BeforeAppend, AfterAppend func(trading.Entry) error

	mu      sync.RWMutex
	ledgers map[trading.AccountID]*ledger
}

type ledger struct {
	entries   []trading.Entry
	orders    map[trading.OrderID]trading.Order
	sequence  []trading.OrderID // oldest first
	clientIDs map[trading.ClientOrderID]trading.OrderID
	fills     map[trading.ExecutionID]int // index in entries
	snapshot  *trading.Account
}

// NewLedgerStore returns an empty store.
func NewLedgerStore() *LedgerStore {
	return &LedgerStore{ledgers: make(map[trading.AccountID]*ledger)}
}

// Append implements trading.LedgerStore.
func (s *LedgerStore) Append(ctx context.Context, e trading.Entry) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("append entry: %w", err)
	}
	if s.BeforeAppend != nil {
		if err := s.BeforeAppend(e); err != nil {
			return err
		}
	}
	if err := s.append(e); err != nil {
		return err
	}
	if s.AfterAppend != nil {
		return s.AfterAppend(e)
	}
	return nil
}

func (s *LedgerStore) append(e trading.Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.ledgers[e.Account]
	if l == nil {
		l = &ledger{
			orders:    make(map[trading.OrderID]trading.Order),
			clientIDs: make(map[trading.ClientOrderID]trading.OrderID),
			fills:     make(map[trading.ExecutionID]int),
		}
		s.ledgers[e.Account] = l
	}
	// A caller whose fill is stored already should learn that, whatever seq it tried.
	if e.Fill != nil {
		if _, taken := l.fills[e.Fill.ID]; taken {
			return trading.ErrDuplicateExecution
		}
	}
	if e.Order != nil {
		if id, taken := l.clientIDs[e.Order.ClientOrderID]; taken && id != e.Order.ID {
			return trading.ErrDuplicateClientOrderID
		}
	}
	switch next := trading.Seq(len(l.entries)) + 1; {
	case e.Seq < next:
		return trading.ErrSeqTaken
	case e.Seq > next:
		return trading.ErrSeqGap
	}
	e = copyEntry(e)
	l.entries = append(l.entries, e)
	if e.Fill != nil {
		l.fills[e.Fill.ID] = len(l.entries) - 1
	}
	if o := e.Order; o != nil {
		if _, known := l.orders[o.ID]; !known {
			l.sequence = append(l.sequence, o.ID)
			l.clientIDs[o.ClientOrderID] = o.ID
		}
		l.orders[o.ID] = *o
	}
	return nil
}

// copyEntry cuts the ties to what the caller still holds.
func copyEntry(e trading.Entry) trading.Entry {
	e.Order, e.Fill = clone(e.Order), clone(e.Fill)
	e.Rejection, e.Adjustment = clone(e.Rejection), clone(e.Adjustment)
	return e
}

func clone[T any](p *T) *T {
	if p == nil {
		return nil
	}
	c := *p
	return &c
}

// read runs fn on a ledger, an empty one when the account has none.
func (s *LedgerStore) read(account trading.AccountID, fn func(*ledger)) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	l := s.ledgers[account]
	if l == nil {
		l = &ledger{}
	}
	fn(l)
}

// Entries implements trading.LedgerStore.
func (s *LedgerStore) Entries(_ context.Context, account trading.AccountID, after trading.Seq, limit int) ([]trading.Entry, error) {
	var out []trading.Entry
	s.read(account, func(l *ledger) {
		from := min(max(int(after), 0), len(l.entries))
		for _, e := range l.entries[from:min(from+limit, len(l.entries))] {
			out = append(out, copyEntry(e))
		}
	})
	return out, nil
}

// Head implements trading.LedgerStore.
func (s *LedgerStore) Head(_ context.Context, account trading.AccountID) (head trading.Seq, err error) {
	s.read(account, func(l *ledger) { head = trading.Seq(len(l.entries)) })
	return head, nil
}

// LoadSnapshot implements trading.LedgerStore.
func (s *LedgerStore) LoadSnapshot(_ context.Context, account trading.AccountID) (a *trading.Account, err error) {
	s.read(account, func(l *ledger) {
		if l.snapshot != nil {
			a = l.snapshot.Clone()
		}
	})
	if a == nil {
		return nil, fmt.Errorf("snapshot of account %s: %w", account, trading.ErrNotFound)
	}
	return a, nil
}

// SaveSnapshot implements trading.LedgerStore.
func (s *LedgerStore) SaveSnapshot(_ context.Context, a *trading.Account) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := s.ledgers[a.ID]; l != nil {
		l.snapshot = a.Clone()
	}
	return nil
}

// Order implements trading.LedgerStore.
func (s *LedgerStore) Order(_ context.Context, account trading.AccountID, id trading.OrderID) (o trading.Order, err error) {
	known := false
	s.read(account, func(l *ledger) { o, known = l.orders[id] })
	if !known {
		return o, fmt.Errorf("order %s: %w", id, trading.ErrNotFound)
	}
	return o, nil
}

// OrderByClientID implements trading.LedgerStore.
func (s *LedgerStore) OrderByClientID(ctx context.Context, account trading.AccountID, id trading.ClientOrderID) (trading.Order, error) {
	var own trading.OrderID
	s.read(account, func(l *ledger) { own = l.clientIDs[id] })
	return s.Order(ctx, account, own)
}

// Orders implements trading.LedgerStore.
func (s *LedgerStore) Orders(_ context.Context, account trading.AccountID, q trading.OrderQuery) ([]trading.Order, error) {
	var out []trading.Order
	s.read(account, func(l *ledger) {
		ids := l.sequence
		if at := slices.Index(ids, q.Before); at >= 0 {
			ids = ids[:at]
		}
		for _, id := range slices.Backward(ids) {
			o := l.orders[id]
			if (q.Open && o.Status.Terminal()) || (q.Symbol != "" && q.Symbol != o.Symbol) {
				continue
			}
			if out = append(out, o); len(out) == limit(q.Limit) {
				return
			}
		}
	})
	return out, nil
}

// Fills implements trading.LedgerStore.
func (s *LedgerStore) Fills(_ context.Context, account trading.AccountID, q trading.FillQuery) ([]trading.Entry, error) {
	var out []trading.Entry
	s.read(account, func(l *ledger) {
		for _, at := range slices.Backward(slices.Sorted(maps.Values(l.fills))) {
			e := l.entries[at]
			if (q.Symbol != "" && q.Symbol != e.Fill.Symbol) || e.Time.Before(q.Since) || (q.Before > 0 && e.Seq >= q.Before) {
				continue
			}
			if out = append(out, copyEntry(e)); len(out) == limit(q.Limit) {
				return
			}
		}
	})
	return out, nil
}

func limit(n int) int {
	if n <= 0 {
		return 100
	}
	return n
}

// Fill implements trading.LedgerStore.
func (s *LedgerStore) Fill(_ context.Context, account trading.AccountID, id trading.ExecutionID) (e trading.Entry, err error) {
	known := false
	s.read(account, func(l *ledger) {
		var at int
		if at, known = l.fills[id]; known {
			e = copyEntry(l.entries[at])
		}
	})
	if !known {
		return e, fmt.Errorf("fill %s: %w", id, trading.ErrNotFound)
	}
	return e, nil
}

// AccountsWithOpenOrders implements trading.LedgerStore.
func (s *LedgerStore) AccountsWithOpenOrders(context.Context) ([]trading.AccountID, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []trading.AccountID
	for id, l := range s.ledgers {
		for _, o := range l.orders {
			if !o.Status.Terminal() {
				out = append(out, id)
				break
			}
		}
	}
	slices.Sort(out)
	return out, nil
}
