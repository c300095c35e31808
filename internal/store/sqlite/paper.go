package sqlite

import (
	"context"
	"fmt"
	"time"

	"tradewind/internal/store/document"
	"tradewind/internal/trading"
)

// SaveOrder implements trading.PaperBook. The order is on the disk with the next
// entry of any ledger, which is the first that tells of it.
func (db *DB) SaveOrder(ctx context.Context, account trading.AccountID, o trading.BrokerOrder, execution *trading.Fill) error {
	if err := db.saveOrder(ctx, account, o, execution); err != nil {
		return fmt.Errorf("save paper order %.128q of account %s: %w", o.ClientOrderID, account, err)
	}
	return nil
}

func (db *DB) saveOrder(ctx context.Context, account trading.AccountID, o trading.BrokerOrder, execution *trading.Fill) error {
	order, err := document.EncodeBrokerOrder(o)
	if err != nil {
		return err
	}
	save := func(tx *tx) error {
		return tx.exec(`INSERT INTO paper_orders (account, client_order_id, open, doc) VALUES (?, ?, ?, ?)
			ON CONFLICT (account, client_order_id) DO UPDATE SET open = excluded.open, doc = excluded.doc`,
			account, o.ClientOrderID, !o.Status.Terminal(), string(order))
	}
	if execution == nil {
		return db.writer.writeSoon(ctx, save)
	}
	fill := *execution
	event, err := document.EncodeExecution(fill, o)
	if err != nil {
		return err
	}
	return db.writer.writeSoon(ctx, func(tx *tx) error {
		err := tx.exec(`INSERT INTO paper_executions (account, execution_id, time, doc) VALUES (?, ?, ?, ?)`,
			account, fill.ID, document.Millis(fill.Time), string(event))
		if isDuplicate(err) {
			return trading.ErrDuplicateExecution
		}
		if err != nil {
			return err
		}
		return save(tx)
	})
}

// PaperOrder implements trading.PaperBook.
func (db *DB) PaperOrder(ctx context.Context, account trading.AccountID, id trading.ClientOrderID) (trading.BrokerOrder, error) {
	var doc []byte
	err := db.one(ctx, `SELECT doc FROM paper_orders WHERE account = ? AND client_order_id = ?`, []any{account, id}, &doc)
	if err != nil {
		return trading.BrokerOrder{}, fmt.Errorf("read paper order %.128q of account %s: %w", id, account, err)
	}
	return document.DecodeBrokerOrder(doc)
}

// OpenPaperOrders implements trading.PaperBook.
func (db *DB) OpenPaperOrders(ctx context.Context) (map[trading.AccountID][]trading.BrokerOrder, error) {
	type owned struct {
		account trading.AccountID
		order   trading.BrokerOrder
	}
	orders, err := list(ctx, db, func(row scanner) (owned, error) {
		var o owned
		var doc []byte
		err := row.Scan(&o.account, &doc)
		if err == nil {
			o.order, err = document.DecodeBrokerOrder(doc)
		}
		return o, err
	}, `SELECT account, doc FROM paper_orders WHERE open = 1 ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("read open paper orders: %w", err)
	}
	open := make(map[trading.AccountID][]trading.BrokerOrder)
	for _, o := range orders {
		open[o.account] = append(open[o.account], o.order)
	}
	return open, nil
}

// PaperExecutions implements trading.PaperBook.
func (db *DB) PaperExecutions(ctx context.Context, account trading.AccountID, since time.Time) ([]trading.BrokerEvent, error) {
	events, err := list(ctx, db, func(row scanner) (trading.BrokerEvent, error) {
		var doc []byte
		if err := row.Scan(&doc); err != nil {
			return trading.BrokerEvent{}, err
		}
		return document.DecodeExecution(account, doc)
	}, `SELECT doc FROM paper_executions WHERE account = ? AND time >= ? ORDER BY time, id`, account, document.Millis(since))
	if err != nil {
		return nil, fmt.Errorf("read paper executions of account %s: %w", account, err)
	}
	return events, nil
}
