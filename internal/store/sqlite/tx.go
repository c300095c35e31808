package sqlite

import (
	"context"
	"database/sql"
	"fmt"
)

// tx is the open transaction: statements of the writer's connection, prepared
// once. It is used by the writer's goroutine alone. Statements are not bound to
// a context, because a transaction is shared: one caller's haste must not end it.
type tx struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt // by query text; the texts are constants of this package
}

func (t *tx) stmt(query string) (*sql.Stmt, error) {
	if s, ok := t.stmts[query]; ok {
		return s, nil
	}
	s, err := t.conn.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	t.stmts[query] = s
	return s, nil
}

// close ends the statements. database/sql does not do that for statements of a
// single connection, and SQLite keeps a connection open as long as it has any.
func (t *tx) close() {
	for query, s := range t.stmts {
		_ = s.Close() // says again how its last use ended, which the caller was told
		delete(t.stmts, query)
	}
}

func (t *tx) exec(query string, args ...any) error {
	s, err := t.stmt(query)
	if err != nil {
		return err
	}
	_, err = s.Exec(args...)
	return err
}

// change is exec for statements that must find something: it returns the number of rows changed.
func (t *tx) change(query string, args ...any) (int64, error) {
	s, err := t.stmt(query)
	if err != nil {
		return 0, err
	}
	result, err := s.Exec(args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// scan reads one row; sql.ErrNoRows if there is none.
func (t *tx) scan(query string, args []any, into ...any) error {
	s, err := t.stmt(query)
	if err != nil {
		return err
	}
	return s.QueryRow(args...).Scan(into...)
}
