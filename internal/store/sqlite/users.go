package sqlite

import (
	"context"
	"fmt"

	"tradewind/internal/store/document"
	"tradewind/internal/trading"
)

// CreateUser implements trading.UserStore.
func (db *DB) CreateUser(ctx context.Context, u trading.User, a trading.AccountInfo) error {
	err := db.writer.write(ctx, func(tx *tx) error { return insertUser(tx, u, a) })
	if err != nil {
		return fmt.Errorf("create user %.64q: %w", u.Name, err)
	}
	return nil
}

func insertUser(tx *tx, u trading.User, a trading.AccountInfo) error {
	err := tx.exec(`INSERT INTO users (id, name, name_key, password_hash, account, created_at) VALUES (?, ?, ?, ?, ?, ?)`,
		u.ID, u.Name, document.FoldName(u.Name), u.PasswordHash, a.ID, document.Millis(u.CreatedAt))
	if isDuplicate(err) {
		return trading.ErrNameTaken
	}
	if err != nil {
		return err
	}
	return saveAccount(tx, a)
}

func saveAccount(tx *tx, a trading.AccountInfo) error {
	return tx.exec(`INSERT INTO accounts (id, user_id, broker, live, currency, created_at) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET broker = excluded.broker, live = excluded.live, currency = excluded.currency`,
		a.ID, a.User, a.Broker, a.Live, a.Currency, document.Millis(a.CreatedAt))
}

const userColumns = `id, name, password_hash, account, created_at`

func scanUser(row scanner) (trading.User, error) {
	var u trading.User
	var created int64
	err := row.Scan(&u.ID, &u.Name, &u.PasswordHash, &u.Account, &created)
	u.CreatedAt = document.Time(created)
	return u, err
}

// UserByName implements trading.UserStore.
func (db *DB) UserByName(ctx context.Context, name string) (trading.User, error) {
	u, err := scanUser(db.row(ctx, `SELECT `+userColumns+` FROM users WHERE name_key = ?`, document.FoldName(name)))
	if err != nil {
		return trading.User{}, fmt.Errorf("read user %.64q: %w", name, err)
	}
	return u, nil
}

// User implements trading.UserStore.
func (db *DB) User(ctx context.Context, id trading.UserID) (trading.User, error) {
	u, err := scanUser(db.row(ctx, `SELECT `+userColumns+` FROM users WHERE id = ?`, id))
	if err != nil {
		return trading.User{}, fmt.Errorf("read user %s: %w", id, err)
	}
	return u, nil
}

// Users implements trading.UserStore, by name.
func (db *DB) Users(ctx context.Context) ([]trading.User, error) {
	users, err := list(ctx, db, scanUser, `SELECT `+userColumns+` FROM users ORDER BY name_key`)
	if err != nil {
		return nil, fmt.Errorf("read users: %w", err)
	}
	return users, nil
}

// SetPasswordHash implements trading.UserStore; ErrNotFound if there is no such user.
func (db *DB) SetPasswordHash(ctx context.Context, id trading.UserID, hash string) error {
	return db.changeUser(ctx, "set password", id, func(tx *tx) (int64, error) {
		return tx.change(`UPDATE users SET password_hash = ? WHERE id = ?`, hash, id)
	})
}

// SetAccount implements trading.UserStore; ErrNotFound if there is no such user.
func (db *DB) SetAccount(ctx context.Context, id trading.UserID, a trading.AccountInfo) error {
	return db.changeUser(ctx, "set account", id, func(tx *tx) (int64, error) {
		if err := saveAccount(tx, a); err != nil {
			return 0, err
		}
		return tx.change(`UPDATE users SET account = ? WHERE id = ?`, a.ID, id)
	})
}

// RemoveUser implements trading.UserStore; ErrNotFound if there is no such user.
func (db *DB) RemoveUser(ctx context.Context, id trading.UserID) error {
	return db.changeUser(ctx, "remove", id, func(tx *tx) (int64, error) {
		return tx.change(`DELETE FROM users WHERE id = ?`, id)
	})
}

// changeUser runs a change that must find its user.
func (db *DB) changeUser(ctx context.Context, what string, id trading.UserID, change func(*tx) (int64, error)) error {
	err := db.writer.write(ctx, func(tx *tx) error { return mustFind(change(tx)) })
	if err != nil {
		return fmt.Errorf("%s of user %s: %w", what, id, err)
	}
	return nil
}

// mustFind turns a change that found no row into trading.ErrNotFound.
func mustFind(rows int64, err error) error {
	if err == nil && rows == 0 {
		return trading.ErrNotFound
	}
	return err
}

// Account implements trading.UserStore.
func (db *DB) Account(ctx context.Context, id trading.AccountID) (trading.AccountInfo, error) {
	a := trading.AccountInfo{ID: id}
	var created int64
	err := db.one(ctx, `SELECT user_id, broker, live, currency, created_at FROM accounts WHERE id = ?`, []any{id},
		&a.User, &a.Broker, &a.Live, &a.Currency, &created)
	if err != nil {
		return trading.AccountInfo{}, fmt.Errorf("read account %s: %w", id, err)
	}
	a.CreatedAt = document.Time(created)
	return a, nil
}
