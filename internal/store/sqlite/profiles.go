package sqlite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"tradewind/internal/trading"
)

// Watchlist implements trading.ProfileStore.
func (db *DB) Watchlist(ctx context.Context, user trading.UserID) ([]trading.Symbol, error) {
	text, err := db.profile(ctx, `SELECT coalesce(watchlist, '') FROM profiles WHERE user_id = ?`, user)
	if err != nil {
		return nil, fmt.Errorf("read watchlist of user %s: %w", user, err)
	}
	symbols := []trading.Symbol{}
	if text != "" {
		err = json.Unmarshal([]byte(text), &symbols)
	}
	if err != nil {
		return nil, fmt.Errorf("decode watchlist of user %s: %w", user, err)
	}
	return symbols, nil
}

// SetWatchlist implements trading.ProfileStore; ErrNotFound if there is no such user.
func (db *DB) SetWatchlist(ctx context.Context, user trading.UserID, symbols []trading.Symbol) error {
	text, err := json.Marshal(symbols)
	if err == nil {
		err = db.setProfile(ctx, `INSERT INTO profiles (user_id, watchlist) VALUES (?, ?)
			ON CONFLICT (user_id) DO UPDATE SET watchlist = excluded.watchlist`, user, string(text))
	}
	if err != nil {
		return fmt.Errorf("set watchlist of user %s: %w", user, err)
	}
	return nil
}

// Settings implements trading.ProfileStore.
func (db *DB) Settings(ctx context.Context, user trading.UserID) (json.RawMessage, error) {
	text, err := db.profile(ctx, `SELECT coalesce(settings, '') FROM profiles WHERE user_id = ?`, user)
	if err != nil {
		return nil, fmt.Errorf("read settings of user %s: %w", user, err)
	}
	if text == "" {
		return nil, nil
	}
	return json.RawMessage(text), nil
}

// SetSettings implements trading.ProfileStore; ErrNotFound if there is no such user.
func (db *DB) SetSettings(ctx context.Context, user trading.UserID, settings json.RawMessage) error {
	err := db.setProfile(ctx, `INSERT INTO profiles (user_id, settings) VALUES (?, ?)
		ON CONFLICT (user_id) DO UPDATE SET settings = excluded.settings`, user, string(settings))
	if err != nil {
		return fmt.Errorf("set settings of user %s: %w", user, err)
	}
	return nil
}

// profile reads one text of a profile, empty when it was never set.
func (db *DB) profile(ctx context.Context, query string, user trading.UserID) (string, error) {
	var text string
	err := db.one(ctx, query, []any{user}, &text)
	if errors.Is(err, trading.ErrNotFound) {
		return "", nil
	}
	return text, err
}

func (db *DB) setProfile(ctx context.Context, query string, user trading.UserID, text string) error {
	err := db.writer.write(ctx, func(tx *tx) error { return tx.exec(query, user, text) })
	if isOrphan(err) {
		return trading.ErrNotFound
	}
	return err
}
