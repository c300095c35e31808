package sqlite

import (
	"context"
	"fmt"

	"tradewind/internal/store/document"
	"tradewind/internal/trading"
)

// LoadSnapshot implements trading.LedgerStore.
func (db *DB) LoadSnapshot(ctx context.Context, account trading.AccountID) (*trading.Account, error) {
	var doc []byte
	if err := db.one(ctx, `SELECT doc FROM snapshots WHERE account = ?`, []any{account}, &doc); err != nil {
		return nil, fmt.Errorf("read snapshot of account %s: %w", account, err)
	}
	return document.DecodeAccount(doc)
}

// SaveSnapshot implements trading.LedgerStore. An older fold never replaces a newer one.
func (db *DB) SaveSnapshot(ctx context.Context, a *trading.Account) error {
	doc, err := document.EncodeAccount(a)
	if err != nil {
		return fmt.Errorf("save snapshot of account %s: %w", a.ID, err)
	}
	id, seq := a.ID, a.Seq // a belongs to the caller, who may have left before the write runs
	err = db.writer.writeSoon(ctx, func(tx *tx) error {
		return tx.exec(`INSERT INTO snapshots (account, seq, doc) VALUES (?, ?, ?)
			ON CONFLICT (account) DO UPDATE SET seq = excluded.seq, doc = excluded.doc WHERE excluded.seq > snapshots.seq`,
			id, seq, string(doc))
	})
	if err != nil {
		return fmt.Errorf("save snapshot of account %s: %w", id, err)
	}
	return nil
}
