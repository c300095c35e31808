package tradingtest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"tradewind/internal/trading"
)

var _ trading.PaperBook = (*PaperBook)(nil)

// PaperBook is the paper broker's book in memory.
type PaperBook struct {
	// BeforeSave and AfterSave work as BeforeAppend and AfterAppend of LedgerStore.
	BeforeSave, AfterSave func(trading.AccountID, trading.BrokerOrder, *trading.Fill) error

	mu         sync.RWMutex
	orders     map[bookKey]trading.BrokerOrder
	sequence   []bookKey // oldest first
	executions map[trading.AccountID][]trading.BrokerEvent
	known      map[execKey]bool
}

type bookKey struct {
	account trading.AccountID
	id      trading.ClientOrderID
}

type execKey struct {
	account trading.AccountID
	id      trading.ExecutionID
}

// NewPaperBook returns an empty book.
func NewPaperBook() *PaperBook {
	return &PaperBook{
		orders:     make(map[bookKey]trading.BrokerOrder),
		executions: make(map[trading.AccountID][]trading.BrokerEvent),
		known:      make(map[execKey]bool),
	}
}

// SaveOrder implements trading.PaperBook.
func (b *PaperBook) SaveOrder(ctx context.Context, account trading.AccountID, o trading.BrokerOrder, execution *trading.Fill) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("save paper order: %w", err)
	}
	if b.BeforeSave != nil {
		if err := b.BeforeSave(account, o, execution); err != nil {
			return err
		}
	}
	if err := b.save(account, o, execution); err != nil {
		return err
	}
	if b.AfterSave != nil {
		return b.AfterSave(account, o, execution)
	}
	return nil
}

func (b *PaperBook) save(account trading.AccountID, o trading.BrokerOrder, execution *trading.Fill) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	key := bookKey{account, o.ClientOrderID}
	if execution != nil {
		id := execKey{account, execution.ID}
		if b.known[id] {
			return trading.ErrDuplicateExecution
		}
		b.known[id] = true
		b.executions[account] = append(b.executions[account], trading.BrokerEvent{Account: account, Order: o, Fill: clone(execution)})
	}
	if _, known := b.orders[key]; !known {
		b.sequence = append(b.sequence, key)
	}
	b.orders[key] = o
	return nil
}

// PaperOrder implements trading.PaperBook.
func (b *PaperBook) PaperOrder(_ context.Context, account trading.AccountID, id trading.ClientOrderID) (trading.BrokerOrder, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	o, known := b.orders[bookKey{account, id}]
	if !known {
		return o, fmt.Errorf("paper order %s: %w", id, trading.ErrNotFound)
	}
	return o, nil
}

// OpenPaperOrders implements trading.PaperBook.
func (b *PaperBook) OpenPaperOrders(context.Context) (map[trading.AccountID][]trading.BrokerOrder, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	out := make(map[trading.AccountID][]trading.BrokerOrder)
	for _, key := range b.sequence {
		if o := b.orders[key]; !o.Status.Terminal() {
			out[key.account] = append(out[key.account], o)
		}
	}
	return out, nil
}

// PaperExecutions implements trading.PaperBook.
func (b *PaperBook) PaperExecutions(_ context.Context, account trading.AccountID, since time.Time) ([]trading.BrokerEvent, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	var out []trading.BrokerEvent
	for _, ev := range b.executions[account] {
		if !ev.Fill.Time.Before(since) {
			ev.Fill = clone(ev.Fill)
			out = append(out, ev)
		}
	}
	return out, nil
}
