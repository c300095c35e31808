package main

import (
	"context"
	"errors"
	"fmt"

	"tradewind/internal/store/sqlite"
	"tradewind/internal/trading"
)

// store is what the program asks of its store, whichever it is.
type store interface {
	trading.LedgerStore
	trading.UserStore
	trading.SessionStore
	trading.ProfileStore
	trading.HistoryStore
	trading.PaperBook
	trading.Seeder
	SecretKey(ctx context.Context) ([]byte, error)
	Close() error
}

// withStore opens the store for one command and closes it again.
func withStore(ctx context.Context, s storeSettings, use func(store) error) error {
	db, err := sqlite.Open(ctx, dataDir(s), sqlite.Options{})
	if err != nil {
		return fmt.Errorf("open the store in DATA_DIR %s: %w", dataDir(s), err)
	}
	return errors.Join(use(db), db.Close())
}

func dataDir(s storeSettings) string {
	return withDefaults(settings{storeSettings: s}).DataDir
}

// inProduction reads APP_ENV for commands that need nothing else of the configuration.
func inProduction(s storeSettings) (bool, error) {
	var p parser
	production := p.production(s)
	return production, errors.Join(p.errs...)
}
