package sqlite

import (
	"context"
	"errors"
)

// Exec runs a statement on the connection that writes, outside of any promise.
func (db *DB) Exec(ctx context.Context, query string) error {
	return db.writer.write(ctx, func(tx *tx) error { return tx.exec(query) })
}

// HoldWriter makes the writer stand still until letGo: writes only wait.
func (db *DB) HoldWriter(ctx context.Context) (letGo func() error) {
	standing, release, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() { // ends after letGo
		done <- db.writer.write(ctx, func(*tx) error {
			close(standing)
			<-release
			return nil
		})
	}()
	select {
	case <-standing:
	case <-ctx.Done():
		return func() error { return errors.New("the writer did not stop") }
	}
	return func() error {
		close(release)
		return <-done
	}
}

// Synchronous is the level that the connection had at its last commit: 2 flushes,
// 1 does not.
func (db *DB) Synchronous(ctx context.Context) (level int, err error) {
	err = db.writer.ask(ctx, func(tx *tx) error { return tx.scan(`PRAGMA synchronous`, nil, &level) })
	return level, err
}
