package sqlite

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
)

// makeID gives a new database its id.
func (db *DB) makeID(ctx context.Context) error {
	_, err := db.generated(ctx, "store_id", 16)
	return err
}

// StoreID identifies this database among all others. It is made once and goes
// into backups, so a restored store is the same store.
func (db *DB) StoreID(ctx context.Context) (string, error) {
	id, err := db.generated(ctx, "store_id", 16)
	if err != nil {
		return "", fmt.Errorf("read store id: %w", err)
	}
	return hex.EncodeToString(id), nil
}

// SecretKey is 32 random bytes, made when first asked for, for installations
// that configure no key of their own.
func (db *DB) SecretKey(ctx context.Context) ([]byte, error) {
	key, err := db.generated(ctx, "secret_key", 32)
	if err != nil {
		return nil, fmt.Errorf("read secret key: %w", err)
	}
	return key, nil
}

// generated returns a random value that is made once, whoever asks first.
func (db *DB) generated(ctx context.Context, key string, size int) ([]byte, error) {
	fresh := make([]byte, size)
	rand.Read(fresh) // never fails
	var value []byte
	err := db.writer.write(ctx, func(tx *tx) error {
		if err := tx.exec(`INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO NOTHING`, key, fresh); err != nil {
			return err
		}
		return tx.scan(`SELECT value FROM meta WHERE key = ?`, []any{key}, &value)
	})
	return value, err
}

// ForeignWrites returns a number that changes when another process, such as a
// command line tool, has written to the database. It costs no disk access.
func (db *DB) ForeignWrites(ctx context.Context) (version int64, err error) {
	// Only the connection that writes can tell others' commits from ours.
	err = db.writer.ask(ctx, func(tx *tx) error { return tx.scan(`PRAGMA data_version`, nil, &version) })
	if err != nil {
		return 0, fmt.Errorf("look for foreign writes: %w", err)
	}
	return version, nil
}
