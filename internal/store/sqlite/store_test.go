package sqlite_test

import (
	"testing"

	"tradewind/internal/store/sqlite"
	"tradewind/internal/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Store { return open(t, t.TempDir(), sqlite.Options{}) })
}

// open returns a store that is closed with its test.
func open(t *testing.T, dir string, o sqlite.Options) *sqlite.DB {
	t.Helper()
	db, err := sqlite.Open(t.Context(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return db
}
