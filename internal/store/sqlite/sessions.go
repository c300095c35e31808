package sqlite

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"tradewind/internal/store/document"
	"tradewind/internal/trading"
)

// CreateSession implements trading.SessionStore; ErrNotFound if there is no such user.
func (db *DB) CreateSession(ctx context.Context, s trading.Session) error {
	err := db.writer.write(ctx, func(tx *tx) error { return insertSession(tx, s) })
	if err != nil {
		return fmt.Errorf("create session of user %s: %w", s.User, err)
	}
	return nil
}

func insertSession(tx *tx, s trading.Session) error {
	err := tx.exec(`INSERT INTO sessions (hash, public_id, user_id, created_at, seen_at, expires_at, user_agent, address)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		s.Hash[:], s.PublicID, s.User, document.Millis(s.CreatedAt), document.Millis(s.SeenAt), document.Millis(s.ExpiresAt), s.UserAgent, s.Address)
	if isOrphan(err) {
		return trading.ErrNotFound
	}
	return err
}

const sessionColumns = `hash, public_id, user_id, created_at, seen_at, expires_at, user_agent, address`

func scanSession(row scanner) (trading.Session, error) {
	var s trading.Session
	var hash []byte
	var created, seen, expires int64
	err := row.Scan(&hash, &s.PublicID, &s.User, &created, &seen, &expires, &s.UserAgent, &s.Address)
	if err != nil {
		return s, err
	}
	if len(hash) != len(s.Hash) {
		return s, errors.New("session hash has a wrong length")
	}
	copy(s.Hash[:], hash)
	s.CreatedAt, s.SeenAt, s.ExpiresAt = document.Time(created), document.Time(seen), document.Time(expires)
	return s, nil
}

// Session implements trading.SessionStore.
func (db *DB) Session(ctx context.Context, hash [32]byte) (trading.Session, error) {
	s, err := scanSession(db.row(ctx, `SELECT `+sessionColumns+` FROM sessions WHERE hash = ?`, hash[:]))
	if err != nil {
		return trading.Session{}, fmt.Errorf("read session: %w", err)
	}
	return s, nil
}

// SessionsByHash implements trading.SessionStore.
func (db *DB) SessionsByHash(ctx context.Context, hashes [][32]byte) ([]trading.Session, error) {
	if len(hashes) == 0 {
		return nil, nil
	}
	keys := make([]string, len(hashes))
	for i, h := range hashes {
		keys[i] = strings.ToUpper(hex.EncodeToString(h[:])) // as hex() writes it
	}
	// One parameter whatever the number: the statement stays the same and has no limit of its own.
	wanted, err := json.Marshal(keys)
	if err != nil {
		return nil, err
	}
	sessions, err := list(ctx, db, scanSession,
		`SELECT `+sessionColumns+` FROM sessions WHERE hash IN (SELECT unhex(value) FROM json_each(?))`, string(wanted))
	if err != nil {
		return nil, fmt.Errorf("read %d sessions: %w", len(hashes), err)
	}
	return sessions, nil
}

// SessionsOf implements trading.SessionStore.
func (db *DB) SessionsOf(ctx context.Context, user trading.UserID) ([]trading.Session, error) {
	sessions, err := list(ctx, db, scanSession,
		`SELECT `+sessionColumns+` FROM sessions WHERE user_id = ? ORDER BY created_at, hash`, user)
	if err != nil {
		return nil, fmt.Errorf("read sessions of user %s: %w", user, err)
	}
	return sessions, nil
}

// TouchSession implements trading.SessionStore.
func (db *DB) TouchSession(ctx context.Context, hash [32]byte, seen, expires time.Time) error {
	err := db.writer.write(ctx, func(tx *tx) error {
		return mustFind(tx.change(`UPDATE sessions SET seen_at = ?, expires_at = ? WHERE hash = ?`,
			document.Millis(seen), document.Millis(expires), hash[:]))
	})
	if err != nil {
		return fmt.Errorf("touch session: %w", err)
	}
	return nil
}

// DeleteSession implements trading.SessionStore.
func (db *DB) DeleteSession(ctx context.Context, hash [32]byte) error {
	err := db.writer.write(ctx, func(tx *tx) error { return tx.exec(`DELETE FROM sessions WHERE hash = ?`, hash[:]) })
	if err != nil {
		return fmt.Errorf("delete session: %w", err)
	}
	return nil
}

// sweepChunk bounds one write of a sweep, so that it never holds up ledger entries for long.
const sweepChunk = 500

// DeleteExpired implements trading.SessionStore: sessions that end at or before now.
func (db *DB) DeleteExpired(ctx context.Context, now time.Time) (int, error) {
	total := 0
	for {
		var deleted int64
		err := db.writer.write(ctx, func(tx *tx) (err error) {
			deleted, err = tx.change(`DELETE FROM sessions WHERE hash IN
				(SELECT hash FROM sessions WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)`, document.Millis(now), sweepChunk)
			return err
		})
		total += int(deleted)
		if err != nil {
			return total, fmt.Errorf("delete expired sessions: %w", err)
		}
		if deleted < sweepChunk {
			return total, nil
		}
	}
}
