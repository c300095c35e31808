package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"tradewind/internal/trading"
)

// prepared returns the statement of a query on the read pool, which prepares it
// once per connection.
func (db *DB) prepared(ctx context.Context, query string) (*sql.Stmt, error) {
	select {
	case <-db.closed:
		return nil, ErrClosed
	default:
	}
	if s, ok := db.stmts.Load(query); ok {
		return s.(*sql.Stmt), nil
	}
	s, err := db.read.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	if first, loaded := db.stmts.LoadOrStore(query, s); loaded {
		s.Close()
		s = first.(*sql.Stmt)
	}
	return s, nil
}

// row is a scanner of the only row of a query.
type row struct {
	db    *DB
	ctx   context.Context
	query string
	args  []any
}

// Scan reads the row; trading.ErrNotFound if there is none. A look-up by key takes
// microseconds and is not interrupted: the driver would start a goroutine each time
// to wait for that.
func (r row) Scan(into ...any) error {
	s, err := r.db.prepared(r.ctx, r.query)
	if err != nil {
		return err
	}
	if err := r.ctx.Err(); err != nil {
		return err
	}
	err = s.QueryRowContext(context.WithoutCancel(r.ctx), r.args...).Scan(into...)
	if errors.Is(err, sql.ErrNoRows) {
		return trading.ErrNotFound
	}
	return err
}

// one reads a single row by its key.
func (db *DB) one(ctx context.Context, query string, args []any, into ...any) error {
	return db.row(ctx, query, args...).Scan(into...)
}

// row is the row that a query by key finds.
func (db *DB) row(ctx context.Context, query string, args ...any) row {
	return row{db, ctx, query, args}
}

// scanner is a row to read from.
type scanner interface{ Scan(into ...any) error }

// list reads all rows of a query.
func list[T any](ctx context.Context, db *DB, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	s, err := db.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(ctx, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}

// pageSize is a limit of a query with its default.
func pageSize(limit int) int {
	if limit <= 0 {
		return 100
	}
	return limit
}
