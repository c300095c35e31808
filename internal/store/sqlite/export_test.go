package sqlite

import "context"

// Exec runs a statement on the connection that writes, outside of any promise.
func (db *DB) Exec(ctx context.Context, query string) error {
	return db.writer.write(ctx, func(tx *tx) error { return tx.exec(query) })
}
