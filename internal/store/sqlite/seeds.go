package sqlite

import (
	"context"
	"fmt"
	"slices"

	"tradewind/internal/trading"
)

// seedChunk is how many seeds share a write.
const seedChunk = 200

// AddSeeds implements trading.Seeder, some hundred users a transaction.
func (db *DB) AddSeeds(ctx context.Context, seeds []trading.Seed) error {
	for chunk := range slices.Chunk(seeds, seedChunk) {
		rows := make([][]entryRow, len(chunk))
		for i, s := range chunk {
			for _, e := range s.Entries {
				row, err := newEntryRow(e)
				if err != nil {
					return fmt.Errorf("seed user %.64q: %w", s.User.Name, err)
				}
				rows[i] = append(rows[i], row)
			}
		}
		err := db.writer.write(ctx, func(tx *tx) error {
			for i, s := range chunk {
				if err := insertSeed(tx, s, rows[i]); err != nil {
					return fmt.Errorf("seed user %.64q: %w", s.User.Name, err)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func insertSeed(tx *tx, s trading.Seed, entries []entryRow) error {
	if err := insertUser(tx, s.User, s.Account); err != nil {
		return err
	}
	for _, e := range entries {
		if err := e.append(tx); err != nil {
			return err
		}
	}
	for _, session := range s.Sessions {
		if err := insertSession(tx, session); err != nil {
			return err
		}
	}
	return nil
}
