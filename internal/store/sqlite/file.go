package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// FileName is the name of the database in its directory.
const FileName = "tradewind.db"

// pragma is a setting of a connection, made before it is used.
type pragma struct{ name, value string }

// dsn names a database file and how to open it. The path is made absolute, so
// that no character of it is taken for a part of the address.
func dsn(file, mode string, busy time.Duration, pragmas ...pragma) (string, error) {
	abs, err := filepath.Abs(file)
	if err != nil {
		return "", fmt.Errorf("find %s: %w", file, err)
	}
	q := url.Values{"mode": {mode}}
	q.Add("_pragma", "busy_timeout("+strconv.FormatInt(busy.Milliseconds(), 10)+")")
	for _, p := range pragmas {
		q.Add("_pragma", p.name+"("+p.value+")")
	}
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(abs), RawQuery: q.Encode()}).String(), nil
}

// connect opens a pool of at most n connections.
func connect(file, mode string, n int, busy time.Duration, pragmas ...pragma) (*sql.DB, error) {
	name, err := dsn(file, mode, busy, pragmas...)
	if err != nil {
		return nil, err
	}
	pool, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", file, err)
	}
	pool.SetMaxOpenConns(n)
	pool.SetMaxIdleConns(n)
	return pool, nil
}

// writeConn opens the one connection that writes.
func writeConn(ctx context.Context, file string, busy time.Duration) (*sql.DB, *sql.Conn, error) {
	pool, err := connect(file, "rw", 1, busy,
		pragma{"journal_mode", "WAL"},
		pragma{"synchronous", "FULL"},
		pragma{"foreign_keys", "ON"},
		pragma{"journal_size_limit", "67108864"}, // a WAL that a backup made long shrinks to 64 MB again
		pragma{"cache_size", "-16384"},           // 16 MB
	)
	if err != nil {
		return nil, nil, err
	}
	var conn *sql.Conn
	err = whileLocked(ctx, busy, func() (err error) {
		conn, err = pool.Conn(ctx)
		return err
	})
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("open %s: %w", file, unreadable(err)), pool.Close())
	}
	return pool, conn, nil
}

// whileLocked tries f again while another connection holds a lock, up to the busy
// timeout. SQLite waits by itself for most locks, but not when two connections
// switch a new database to WAL at the same time.
func whileLocked(ctx context.Context, busy time.Duration, f func() error) error {
	for deadline := time.Now().Add(busy); ; {
		err := f()
		if !isLocked(err) || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// prepareFile makes the directory and an empty file that only the owner can
// read. SQLite gives its other files (-wal, -shm) the same permissions.
func prepareFile(dir, file string, mustExist bool) error {
	info, err := os.Stat(file)
	switch {
	case err == nil:
		// Never opened and closed here: on POSIX that would drop the locks of this process's other connections.
		if info.Mode().Perm()&0o077 != 0 {
			if err := os.Chmod(file, 0o600); err != nil {
				return fmt.Errorf("protect %s: %w", file, err)
			}
		}
		return nil
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("look at %s: %w", file, err)
	case mustExist:
		return fmt.Errorf("%s: %w", file, ErrMissing)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make data directory: %w", err)
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil // another process was faster
	}
	if err != nil {
		return fmt.Errorf("make %s: %w", file, err)
	}
	return f.Close()
}
