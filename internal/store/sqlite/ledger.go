package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"tradewind/internal/store/document"
	"tradewind/internal/trading"
)

// Append implements trading.LedgerStore.
func (db *DB) Append(ctx context.Context, e trading.Entry) error {
	row, err := newEntryRow(e)
	if err == nil {
		err = db.writer.write(ctx, row.append)
	}
	if err != nil {
		return fmt.Errorf("append entry %d of account %s: %w", e.Seq, e.Account, err)
	}
	return nil
}

// entryRow is a ledger entry ready to be inserted: encoding is the caller's work, not the writer's.
type entryRow struct {
	entry trading.Entry
	doc   []byte
}

func newEntryRow(e trading.Entry) (entryRow, error) {
	if e.Account == "" || e.Seq < 1 {
		return entryRow{}, errors.New("an entry needs an account and a seq from 1")
	}
	doc, err := document.EncodeEntry(e)
	return entryRow{e, doc}, err
}

// append inserts the entry and moves its order's place. It runs in the writer.
func (r entryRow) append(tx *tx) error {
	e := r.entry
	var orderID trading.OrderID
	if e.Order != nil {
		orderID = e.Order.ID
	}
	var head int64
	var known bool // the order
	err := tx.scan(`SELECT coalesce(max(seq), 0), EXISTS (SELECT 1 FROM orders WHERE account = ?1 AND order_id = ?2) FROM ledger WHERE account = ?1`,
		[]any{e.Account, orderID}, &head, &known)
	if err != nil {
		return err
	}
	switch seq := int64(e.Seq); {
	case seq <= head:
		return trading.ErrSeqTaken
	case seq > head+1:
		return fmt.Errorf("%w: the newest is %d", trading.ErrSeqGap, head)
	}
	var order, client, execution, symbol, executed any // NULL where not set
	if e.Order != nil {
		order = e.Order.ID
		if !known && e.Order.ClientOrderID != "" {
			client = e.Order.ClientOrderID
		}
	}
	if e.Kind == trading.EntryFill && e.Fill != nil {
		execution, symbol, executed = e.Fill.ID, e.Fill.Symbol, document.Millis(e.Fill.Time)
	}
	err = tx.exec(`INSERT INTO ledger (account, seq, kind, time, order_id, client_order_id, execution_id, symbol, executed_at, doc)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		e.Account, e.Seq, e.Kind, document.Millis(e.Time), order, client, execution, symbol, executed, string(r.doc))
	if isDuplicate(err) {
		return r.whichDuplicate(tx)
	}
	if err != nil || e.Order == nil {
		return err
	}
	return tx.exec(`INSERT INTO orders (account, order_id, first_seq, last_seq, symbol, open) VALUES (?1, ?2, ?3, ?3, ?4, ?5)
		ON CONFLICT (account, order_id) DO UPDATE SET last_seq = excluded.last_seq, open = excluded.open`,
		e.Account, e.Order.ID, e.Seq, e.Order.Symbol, !e.Order.Status.Terminal())
}

// whichDuplicate finds out which promise the entry would have broken. The driver
// says so only in words; nothing else can write meanwhile, so looking is exact.
func (r entryRow) whichDuplicate(tx *tx) error {
	if r.entry.Fill != nil {
		var found int
		err := tx.scan(`SELECT 1 FROM ledger WHERE account = ? AND execution_id = ?`, []any{r.entry.Account, r.entry.Fill.ID}, &found)
		if err == nil {
			return trading.ErrDuplicateExecution
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
	}
	return trading.ErrDuplicateClientOrderID
}

// Entries implements trading.LedgerStore. A limit of 0 means 100.
func (db *DB) Entries(ctx context.Context, account trading.AccountID, after trading.Seq, limit int) ([]trading.Entry, error) {
	entries, err := list(ctx, db, scanEntry,
		`SELECT doc FROM ledger WHERE account = ? AND seq > ? ORDER BY seq LIMIT ?`, account, after, pageSize(limit))
	if err != nil {
		return nil, fmt.Errorf("read ledger of account %s: %w", account, err)
	}
	return entries, nil
}

// Head implements trading.LedgerStore.
func (db *DB) Head(ctx context.Context, account trading.AccountID) (trading.Seq, error) {
	var head trading.Seq
	if err := db.one(ctx, `SELECT coalesce(max(seq), 0) FROM ledger WHERE account = ?`, []any{account}, &head); err != nil {
		return 0, fmt.Errorf("read newest seq of account %s: %w", account, err)
	}
	return head, nil
}

// Fills implements trading.LedgerStore. Since compares with the time of execution.
func (db *DB) Fills(ctx context.Context, account trading.AccountID, q trading.FillQuery) ([]trading.Entry, error) {
	before := q.Before
	if before == 0 {
		before = 1<<63 - 1
	}
	entries, err := list(ctx, db, scanEntry,
		`SELECT doc FROM ledger WHERE account = ?1 AND execution_id IS NOT NULL AND seq < ?2 AND (?3 = '' OR symbol = ?3) AND executed_at >= ?4
			ORDER BY seq DESC LIMIT ?5`,
		account, before, q.Symbol, document.Millis(q.Since), pageSize(q.Limit))
	if err != nil {
		return nil, fmt.Errorf("read fills of account %s: %w", account, err)
	}
	return entries, nil
}

// Fill implements trading.LedgerStore.
func (db *DB) Fill(ctx context.Context, account trading.AccountID, id trading.ExecutionID) (trading.Entry, error) {
	var doc []byte
	err := db.one(ctx, `SELECT doc FROM ledger WHERE account = ? AND execution_id = ?`, []any{account, id}, &doc)
	if err != nil {
		return trading.Entry{}, fmt.Errorf("read fill %s of account %s: %w", id, account, err)
	}
	return document.DecodeEntry(doc)
}

func scanEntry(row scanner) (trading.Entry, error) {
	var doc []byte
	if err := row.Scan(&doc); err != nil {
		return trading.Entry{}, err
	}
	return document.DecodeEntry(doc)
}
