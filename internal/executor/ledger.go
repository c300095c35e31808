package executor

import (
	"context"
	"fmt"
	"time"

	"tradewind/internal/trading"
)

// Account implements trading.Ledgers.
func (e *Executor) Account(ctx context.Context, id trading.AccountID) (*trading.Account, error) {
	l, err := e.enter(ctx, id)
	if err != nil {
		return nil, err
	}
	defer e.leave(l)
	return l.account.Clone(), nil
}

// Adjust implements trading.Ledgers.
func (e *Executor) Adjust(ctx context.Context, account trading.AccountID, a trading.Adjustment) (trading.Entry, error) {
	l, err := e.enter(ctx, account)
	if err != nil {
		return trading.Entry{}, err
	}
	defer e.leave(l)
	entry, err := e.commit(ctx, l, func(_ *trading.Account, now time.Time) (*trading.Entry, error) {
		return &trading.Entry{Kind: trading.EntryAccount, Time: now, Adjustment: &a}, nil
	})
	if err != nil {
		return trading.Entry{}, fmt.Errorf("adjust account %s: %w", account, err)
	}
	return *entry, nil
}
