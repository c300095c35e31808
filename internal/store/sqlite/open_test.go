package sqlite_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tradewind/internal/store/sqlite"
)

func TestOpen_MakesEverythingForTheOwnerAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "data")
	db := open(t, dir, sqlite.Options{})
	if err := db.Append(t.Context(), deposit("a", 1)); err != nil {
		t.Fatal(err)
	}
	wantMode(t, dir, 0o700)
	for _, suffix := range []string{"", "-wal", "-shm"} {
		wantMode(t, db.File()+suffix, 0o600)
	}
}

func TestOpen_TightensAFileThatOthersCouldRead(t *testing.T) {
	dir := t.TempDir()
	db := open(t, dir, sqlite.Options{})
	db.Close()
	if err := os.Chmod(db.File(), 0o644); err != nil {
		t.Fatal(err)
	}
	open(t, dir, sqlite.Options{})
	wantMode(t, db.File(), 0o600)
}

func wantMode(t *testing.T, path string, want os.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != want {
		t.Errorf("%s has mode %o, want %o", path, info.Mode().Perm(), want)
	}
}

func TestOpen_TakesAnyDirectoryName(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "50% off? #1 & a b;ü")
	db := open(t, dir, sqlite.Options{})
	if err := db.Append(t.Context(), deposit("a", 1)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, sqlite.FileName)); err != nil {
		t.Error(err)
	}
}

func TestOpen_MustExist_MakesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "none")
	if _, err := sqlite.Open(t.Context(), dir, sqlite.Options{MustExist: true}); !errors.Is(err, sqlite.ErrMissing) {
		t.Errorf("got %v, want ErrMissing", err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the directory was made (%v)", err)
	}
}

func TestOpen_OfANewerDatabase_IsRefusedWithASentence(t *testing.T) {
	dir := t.TempDir()
	db := open(t, dir, sqlite.Options{})
	db.Close()
	execRaw(t, raw(t, db.File()), "PRAGMA user_version = 999")
	_, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
	if !errors.Is(err, sqlite.ErrNewer) || !strings.Contains(err.Error(), "version 999") || !strings.Contains(err.Error(), db.File()) {
		t.Errorf("got %v, want ErrNewer with the version and the file", err)
	}
}

func TestOpen_OfAnotherProgramsFile_IsRefusedAndLeavesItAlone(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, sqlite.FileName)
	t.Run("text", func(t *testing.T) {
		text := bytes.Repeat([]byte("no database "), 1000)
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := sqlite.Open(t.Context(), dir, sqlite.Options{}); !errors.Is(err, sqlite.ErrForeign) {
			t.Errorf("got %v, want ErrForeign", err)
		}
		if now, err := os.ReadFile(file); err != nil || !bytes.Equal(now, text) {
			t.Errorf("the file was changed (%v)", err)
		}
	})
	t.Run("database", func(t *testing.T) {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		execRaw(t, raw(t, file), "CREATE TABLE users (x)")
		if _, err := sqlite.Open(t.Context(), dir, sqlite.Options{}); !errors.Is(err, sqlite.ErrForeign) {
			t.Errorf("got %v, want ErrForeign", err)
		}
	})
}

func TestOpen_WhereNoDirectoryCanBe_Fails(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(t.Context(), filepath.Join(file, "data"), sqlite.Options{}); err == nil {
		t.Error("opened a database below a file")
	}
}

func TestOpen_Again_FindsWhatWasStored(t *testing.T) {
	dir := t.TempDir()
	db := open(t, dir, sqlite.Options{})
	id := storeID(t, db)
	key, err := db.SecretKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Append(t.Context(), deposit("a", 1)); err != nil {
		t.Fatal(err)
	}
	db.Close()

	again := open(t, dir, sqlite.Options{})
	if head, err := again.Head(t.Context(), "a"); head != 1 || err != nil {
		t.Errorf("head is %d (%v), want 1", head, err)
	}
	if storeID(t, again) != id || len(id) != 32 {
		t.Errorf("store ids %q and %q, want the same 32 digits", id, storeID(t, again))
	}
	sameKey, err := again.SecretKey(t.Context())
	if err != nil || !bytes.Equal(key, sameKey) || len(key) != 32 {
		t.Errorf("secret keys differ or are not 32 bytes (%v)", err)
	}
	if storeID(t, open(t, t.TempDir(), sqlite.Options{})) == id {
		t.Error("two stores have the same id")
	}
}

func storeID(t *testing.T, db *sqlite.DB) string {
	t.Helper()
	id, err := db.StoreID(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// A command line tool and a server use the same file; so do two that start together.
func TestOpen_TwiceAtOnce_BothWorkOnTheSameStore(t *testing.T) {
	dir := t.TempDir()
	opened := make(chan *sqlite.DB, 2)
	for range 2 {
		go func() { // ends below
			db, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
			if err != nil {
				t.Error(err)
			}
			opened <- db
		}()
	}
	a, b := <-opened, <-opened
	if a == nil || b == nil {
		return
	}
	defer a.Close()
	defer b.Close()
	if storeID(t, a) != storeID(t, b) {
		t.Error("the ids differ")
	}
	if err := a.Append(t.Context(), deposit("x", 1)); err != nil {
		t.Fatal(err)
	}
	if err := b.Append(t.Context(), deposit("x", 2)); err != nil {
		t.Fatal(err)
	}
	if head, err := a.Head(t.Context(), "x"); head != 2 || err != nil {
		t.Errorf("head is %d (%v), want 2", head, err)
	}
}

func TestForeignWrites_ChangesWithWritesOfOthersAlone(t *testing.T) {
	dir := t.TempDir()
	db, tool := open(t, dir, sqlite.Options{}), open(t, dir, sqlite.Options{})
	version := func() int64 {
		t.Helper()
		v, err := db.ForeignWrites(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	before := version()
	if err := db.Append(t.Context(), deposit("a", 1)); err != nil {
		t.Fatal(err)
	}
	if version() != before {
		t.Error("our own write looks foreign")
	}
	if err := tool.Append(t.Context(), deposit("a", 2)); err != nil {
		t.Fatal(err)
	}
	if version() == before {
		t.Error("a foreign write was not seen")
	}
}
