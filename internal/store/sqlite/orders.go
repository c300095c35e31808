package sqlite

import (
	"context"
	"errors"
	"fmt"

	"tradewind/internal/store/document"
	"tradewind/internal/trading"
)

// Order implements trading.LedgerStore.
func (db *DB) Order(ctx context.Context, account trading.AccountID, id trading.OrderID) (trading.Order, error) {
	o, err := db.order(ctx, `SELECT l.doc FROM orders o JOIN ledger l ON l.account = o.account AND l.seq = o.last_seq
		WHERE o.account = ? AND o.order_id = ?`, account, id)
	if err != nil {
		return trading.Order{}, fmt.Errorf("read order %s: %w", id, err)
	}
	return o, nil
}

// OrderByClientID implements trading.LedgerStore.
func (db *DB) OrderByClientID(ctx context.Context, account trading.AccountID, id trading.ClientOrderID) (trading.Order, error) {
	o, err := db.order(ctx, `SELECT l.doc FROM ledger first
		JOIN orders o ON o.account = first.account AND o.order_id = first.order_id
		JOIN ledger l ON l.account = o.account AND l.seq = o.last_seq
		WHERE first.account = ? AND first.client_order_id = ?`, account, id)
	if err != nil {
		return trading.Order{}, fmt.Errorf("read order with client order id %.128q: %w", id, err)
	}
	return o, nil
}

func (db *DB) order(ctx context.Context, query string, args ...any) (trading.Order, error) {
	var doc []byte
	if err := db.one(ctx, query, args, &doc); err != nil {
		return trading.Order{}, err
	}
	return decodeOrder(doc)
}

func decodeOrder(doc []byte) (trading.Order, error) {
	e, err := document.DecodeEntry(doc)
	if err != nil {
		return trading.Order{}, err
	}
	if e.Order == nil {
		return trading.Order{}, fmt.Errorf("entry %d of account %s holds no order", e.Seq, e.Account)
	}
	return *e.Order, nil
}

// The selections of orders, newest first: each a constant text, so that it is
// prepared once, and each answered from an index.
const (
	ordersAll = `SELECT l.doc FROM orders o JOIN ledger l ON l.account = o.account AND l.seq = o.last_seq
		WHERE o.account = ?1 AND o.first_seq < ?2 AND (?3 = '' OR o.symbol = ?3) ORDER BY o.first_seq DESC LIMIT ?4`
	ordersOpen = `SELECT l.doc FROM orders o JOIN ledger l ON l.account = o.account AND l.seq = o.last_seq
		WHERE o.open = 1 AND o.account = ?1 AND o.first_seq < ?2 AND (?3 = '' OR o.symbol = ?3) ORDER BY o.first_seq DESC LIMIT ?4`
)

// Orders implements trading.LedgerStore. Newest is by when the order was placed.
// After a Before that is not an order of the account there is nothing.
func (db *DB) Orders(ctx context.Context, account trading.AccountID, q trading.OrderQuery) ([]trading.Order, error) {
	orders, err := db.orders(ctx, account, q)
	if err != nil {
		return nil, fmt.Errorf("read orders of account %s: %w", account, err)
	}
	return orders, nil
}

func (db *DB) orders(ctx context.Context, account trading.AccountID, q trading.OrderQuery) ([]trading.Order, error) {
	before := int64(1<<63 - 1)
	if q.Before != "" {
		err := db.one(ctx, `SELECT first_seq FROM orders WHERE account = ? AND order_id = ?`, []any{account, q.Before}, &before)
		if errors.Is(err, trading.ErrNotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
	}
	query := ordersAll
	if q.Open {
		query = ordersOpen
	}
	return list(ctx, db, scanOrder, query, account, before, q.Symbol, pageSize(q.Limit))
}

func scanOrder(row scanner) (trading.Order, error) {
	var doc []byte
	if err := row.Scan(&doc); err != nil {
		return trading.Order{}, err
	}
	return decodeOrder(doc)
}

// AccountsWithOpenOrders implements trading.LedgerStore.
func (db *DB) AccountsWithOpenOrders(ctx context.Context) ([]trading.AccountID, error) {
	accounts, err := list(ctx, db, scanAccountID, `SELECT DISTINCT account FROM orders WHERE open = 1 ORDER BY account`)
	if err != nil {
		return nil, fmt.Errorf("read accounts with open orders: %w", err)
	}
	return accounts, nil
}

func scanAccountID(row scanner) (id trading.AccountID, err error) {
	err = row.Scan(&id)
	return id, err
}
