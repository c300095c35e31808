package sqlite_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"tradewind/internal/store/sqlite"
	"tradewind/internal/trading"
)

// filled opens a store with some entries.
func filled(t *testing.T, dir string, entries trading.Seq) *sqlite.DB {
	t.Helper()
	db := open(t, dir, sqlite.Options{})
	for seq := trading.Seq(1); seq <= entries; seq++ {
		if err := db.Append(t.Context(), deposit("a", seq)); err != nil {
			t.Fatal(err)
		}
	}
	return db
}

func wantHead(t *testing.T, dir string, want trading.Seq) {
	t.Helper()
	db := open(t, dir, sqlite.Options{MustExist: true})
	defer db.Close()
	if head, err := db.Head(t.Context(), "a"); head != want || err != nil {
		t.Errorf("newest entry is %d (%v), want %d", head, err, want)
	}
}

func wantFiles(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	have := make(map[string]bool)
	for _, e := range entries {
		have[e.Name()] = true
	}
	for _, name := range want {
		if !have[name] {
			t.Errorf("%s is missing", name)
		}
		delete(have, name)
	}
	for name := range have {
		t.Errorf("%s was left behind", name)
	}
}

func TestBackup_WhileTheStoreIsWritten_IsAWholeStore(t *testing.T) {
	db := filled(t, t.TempDir(), 50)
	ctx, stop := context.WithCancel(t.Context())
	written := make(chan trading.Seq)
	go func() { // ends when stopped below
		seq := trading.Seq(50)
		for db.Append(ctx, deposit("a", seq+1)) == nil {
			seq++
		}
		written <- seq
	}()
	file := filepath.Join(t.TempDir(), "backup.db")
	err := db.Backup(t.Context(), file)
	stop()
	last := <-written
	if err != nil {
		t.Fatal(err)
	}
	wantMode(t, file, 0o600)
	wantFiles(t, filepath.Dir(file), "backup.db")

	dir := filepath.Join(t.TempDir(), "restored")
	if err := sqlite.Restore(t.Context(), file, dir); err != nil {
		t.Fatal(err)
	}
	wantMode(t, dir, 0o700)
	wantMode(t, filepath.Join(dir, sqlite.FileName), 0o600)
	wantFiles(t, dir, sqlite.FileName)
	restored := open(t, dir, sqlite.Options{MustExist: true})
	head, err := restored.Head(t.Context(), "a")
	if err != nil || head < 50 || head > last {
		t.Errorf("newest entry is %d (%v), want one from 50 to %d", head, err, last)
	}
	if storeID(t, restored) != storeID(t, db) {
		t.Error("the restored store is another store")
	}
	if err := restored.Append(t.Context(), deposit("a", head+1)); err != nil {
		t.Errorf("the restored store does not go on: %v", err)
	}
}

func TestBackup_NeverOverwrites(t *testing.T) {
	db := filled(t, t.TempDir(), 1)
	file := filepath.Join(t.TempDir(), "backup.db")
	if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := db.Backup(t.Context(), file); !errors.Is(err, fs.ErrExist) {
		t.Errorf("got %v, want fs.ErrExist", err)
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "precious" {
		t.Errorf("the file holds %q (%v)", text, err)
	}
	wantFiles(t, filepath.Dir(file), "backup.db")
}

func TestBackup_ThatIsGivenUp_LeavesNothing(t *testing.T) {
	db := filled(t, t.TempDir(), 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	if err := db.Backup(ctx, filepath.Join(dir, "backup.db")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	wantFiles(t, dir)
}

func TestRestore_OverAStore_KeepsThePreviousOne(t *testing.T) {
	db := filled(t, t.TempDir(), 5)
	file := filepath.Join(t.TempDir(), "backup.db")
	if err := db.Backup(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for range 2 { // the second time there is a previous one already
		filled(t, dir, 0).Close()
		if err := sqlite.Restore(t.Context(), file, dir); err != nil {
			t.Fatal(err)
		}
	}
	wantHead(t, dir, 5)
	wantFiles(t, dir, sqlite.FileName, sqlite.PreviousName)
	previous := t.TempDir()
	if err := os.Rename(filepath.Join(dir, sqlite.PreviousName), filepath.Join(previous, sqlite.FileName)); err != nil {
		t.Fatal(err)
	}
	wantHead(t, previous, 5)
}

func TestRestore_OverAStoreInUse_IsRefused(t *testing.T) {
	db := filled(t, t.TempDir(), 5)
	file := filepath.Join(t.TempDir(), "backup.db")
	if err := db.Backup(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	used := filled(t, dir, 2) // idle now
	if err := sqlite.Restore(t.Context(), file, dir); !errors.Is(err, sqlite.ErrInUse) {
		t.Errorf("got %v, want ErrInUse", err)
	}
	if err := used.Append(t.Context(), deposit("a", 3)); err != nil {
		t.Errorf("the store in use was harmed: %v", err)
	}
	if err := used.Close(); err != nil {
		t.Fatal(err)
	}
	wantFiles(t, dir, sqlite.FileName)
	wantHead(t, dir, 3)
}

func TestRestore_OverADamagedStore_IgnoresWhatItLeft(t *testing.T) {
	db := filled(t, t.TempDir(), 5)
	file := filepath.Join(t.TempDir(), "backup.db")
	if err := db.Backup(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{sqlite.FileName: "no database any more", sqlite.FileName + "-wal": "rest of a log"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := sqlite.Restore(t.Context(), file, dir); err != nil {
		t.Fatal(err)
	}
	wantHead(t, dir, 5)
}

func TestRestore_OfSomethingUnsound_IsRefusedAndLeavesTheStoreAlone(t *testing.T) {
	db := filled(t, t.TempDir(), 500)
	sound := filepath.Join(t.TempDir(), "backup.db")
	if err := db.Backup(t.Context(), sound); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(sound)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		prepare func(t *testing.T, file string)
		want    error
	}{
		"missing": {func(*testing.T, string) {}, fs.ErrNotExist},
		"text": {func(t *testing.T, file string) {
			write(t, file, []byte("this is a text file and surely no database of anybody, whatever its length may be"))
		}, sqlite.ErrForeign},
		"empty":     {func(t *testing.T, file string) { write(t, file, nil) }, sqlite.ErrForeign},
		"directory": {func(t *testing.T, file string) { mkdir(t, file) }, sqlite.ErrForeign},
		"of another program": {func(t *testing.T, file string) {
			execRaw(t, raw(t, file), "CREATE TABLE t (x)")
		}, sqlite.ErrForeign},
		"newer": {func(t *testing.T, file string) {
			write(t, file, content)
			execRaw(t, raw(t, file), "PRAGMA user_version = 999")
		}, sqlite.ErrNewer},
		"torn": {func(t *testing.T, file string) {
			write(t, file, content[:len(content)/2])
		}, sqlite.ErrDamaged},
		"scribbled on": {func(t *testing.T, file string) {
			bad := append([]byte(nil), content...)
			for i := len(bad) / 3; i < 2*len(bad)/3; i++ {
				bad[i] ^= 0x5a
			}
			write(t, file, bad)
		}, sqlite.ErrDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			file, dir := filepath.Join(t.TempDir(), "backup.db"), t.TempDir()
			c.prepare(t, file)
			filled(t, dir, 3).Close()
			if err := sqlite.Restore(t.Context(), file, dir); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			wantHead(t, dir, 3)
			wantFiles(t, dir, sqlite.FileName)
		})
	}
}

func write(t *testing.T, file string, content []byte) {
	t.Helper()
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func mkdir(t *testing.T, dir string) {
	t.Helper()
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
}
