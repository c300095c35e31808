package sqlite

import (
	"context"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"time"

	"tradewind/internal/store/document"
	"tradewind/internal/trading"
)

// How long value points are kept: every minute for a week, the first of each hour
// for a year, the first of each day for ten. That is at most about 24,000 points
// of an account. An account is thinned once a day, at a minute of its own, while
// points are added to it.
const (
	keepMinutes = 7 * 24 * time.Hour
	keepHours   = 366 * 24 * time.Hour
	keepDays    = 10 * keepHours
)

// historyChunk bounds one write of points, so that it never holds up ledger entries for long.
const historyChunk = 100

// AddValuePoints implements trading.HistoryStore. Points fall on full minutes.
func (db *DB) AddValuePoints(ctx context.Context, points map[trading.AccountID]trading.ValuePoint) error {
	accounts := slices.Sorted(maps.Keys(points))
	for chunk := range slices.Chunk(accounts, historyChunk) {
		rows := make([]valueRow, len(chunk))
		for i, id := range chunk {
			rows[i] = valueRow{id, points[id].Time.Truncate(time.Minute), document.Number(points[id].Value)}
		}
		err := db.writer.write(ctx, func(tx *tx) error {
			for _, r := range rows {
				if err := r.save(tx); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("add value points of %d accounts: %w", len(points), err)
		}
	}
	return nil
}

// valueRow is a point of an account, ready to be stored.
type valueRow struct {
	account trading.AccountID
	minute  time.Time
	value   string
}

func (r valueRow) save(tx *tx) error {
	err := tx.exec(`INSERT INTO value_points (account, time, value) VALUES (?, ?, ?)
		ON CONFLICT (account, time) DO UPDATE SET value = excluded.value`, r.account, r.minute.UnixMilli(), r.value)
	if err != nil || !r.thinsNow() {
		return err
	}
	if err := r.thin(tx, r.minute.Add(-keepMinutes), time.Hour); err != nil {
		return err
	}
	if err := r.thin(tx, r.minute.Add(-keepHours), 24*time.Hour); err != nil {
		return err
	}
	return tx.exec(`DELETE FROM value_points WHERE account = ? AND time < ?`, r.account, r.minute.Add(-keepDays).UnixMilli())
}

// thinsNow spreads the work of thinning over the day.
func (r valueRow) thinsNow() bool {
	h := fnv.New32a()
	_, _ = h.Write([]byte(r.account)) // never fails
	return r.minute.Unix()/60%(24*60) == int64(h.Sum32()%(24*60))
}

// thin keeps only the first point of each period before a time.
func (r valueRow) thin(tx *tx, before time.Time, period time.Duration) error {
	return tx.exec(`DELETE FROM value_points AS p WHERE account = ?1 AND time < ?2 AND EXISTS
		(SELECT 1 FROM value_points q WHERE q.account = ?1 AND q.time >= p.time - p.time % ?3 AND q.time < p.time)`,
		r.account, before.UnixMilli(), period.Milliseconds())
}

// ValueHistory implements trading.HistoryStore.
func (db *DB) ValueHistory(ctx context.Context, account trading.AccountID, since time.Time, limit int) ([]trading.ValuePoint, error) {
	if limit <= 0 {
		limit = -1 // SQLite's word for no limit
	}
	points, err := list(ctx, db, scanValuePoint,
		`SELECT time, value FROM value_points WHERE account = ? AND time >= ? ORDER BY time DESC LIMIT ?`,
		account, document.Millis(since), limit)
	if err != nil {
		return nil, fmt.Errorf("read value history of account %s: %w", account, err)
	}
	slices.Reverse(points)
	return points, nil
}

func scanValuePoint(row scanner) (trading.ValuePoint, error) {
	var ms int64
	var text string
	if err := row.Scan(&ms, &text); err != nil {
		return trading.ValuePoint{}, err
	}
	value, err := document.ReadNumber(text)
	return trading.ValuePoint{Time: document.Time(ms), Value: value}, err
}
