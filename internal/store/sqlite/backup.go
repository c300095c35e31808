package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Backup writes a consistent copy of the database to a new file while everything
// goes on. The file appears under its name only when it is complete, checked and
// on disk. A file that exists is not overwritten (fs.ErrExist).
func (db *DB) Backup(ctx context.Context, file string) error {
	if err := db.backup(ctx, file); err != nil {
		return fmt.Errorf("back up to %s: %w", file, err)
	}
	return nil
}

func (db *DB) backup(ctx context.Context, file string) error {
	select {
	case <-db.closed:
		return ErrClosed
	default:
	}
	if _, err := os.Lstat(file); err == nil {
		return fs.ErrExist
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	partial, err := copyDatabase(ctx, db.file, filepath.Dir(file), filepath.Base(file))
	if err != nil {
		return err
	}
	// A link, not a rename: it fails if the name was taken meanwhile.
	switch err := os.Link(partial, file); {
	case err == nil:
		err = remove(partial)
		return errors.Join(err, syncDir(filepath.Dir(file)))
	case errors.Is(err, fs.ErrExist):
		return errors.Join(err, remove(partial))
	default: // a file system without links, such as that of a memory stick
		return errors.Join(os.Rename(partial, file), syncDir(filepath.Dir(file)))
	}
}

// PreviousName is what Restore renames the replaced database to.
const PreviousName = FileName + ".previous"

// Restore puts a backup in the place of the database in dir, which may be
// missing. The backup is checked first: ErrForeign, ErrNewer and ErrDamaged are
// refused, and ErrInUse if the database is open anywhere. The database that was
// there is kept under PreviousName.
func Restore(ctx context.Context, file, dir string) error {
	if err := restore(ctx, file, dir); err != nil {
		return fmt.Errorf("restore %s into %s: %w", file, dir, err)
	}
	return nil
}

func restore(ctx context.Context, file, dir string) error {
	if info, err := os.Stat(file); err != nil {
		return err
	} else if !info.Mode().IsRegular() {
		return ErrForeign
	}
	if err := verify(ctx, file); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	target := filepath.Join(dir, FileName)
	fresh, err := copyDatabase(ctx, file, dir, FileName)
	if err != nil {
		return err
	}
	unlock, err := seize(ctx, target)
	if err != nil {
		return errors.Join(err, remove(fresh))
	}
	return errors.Join(replace(target, fresh, filepath.Join(dir, PreviousName)), unlock(), syncDir(dir))
}

// replace puts fresh in the place of target and keeps what was there. At no
// moment is there no database: a server that starts then would make an empty one.
func replace(target, fresh, previous string) error {
	if err := remove(previous); err != nil {
		return err
	}
	if err := os.Link(target, previous); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	// A sound database has been folded into one file. What a damaged one left must not be taken for the new one's.
	for _, suffix := range []string{"-wal", "-shm", "-journal"} {
		if err := remove(target + suffix); err != nil {
			return err
		}
	}
	return os.Rename(fresh, target)
}

// copyDatabase writes a checked copy of a database, on disk and for the owner
// alone, to a file in dir whose name begins with name.
func copyDatabase(ctx context.Context, from, dir, name string) (string, error) {
	f, err := os.CreateTemp(dir, name+".partial-*")
	if err != nil {
		return "", err
	}
	file := f.Name()
	if err := errors.Join(f.Close(), copyInto(ctx, from, file)); err != nil {
		return "", errors.Join(err, remove(file))
	}
	return file, nil
}

// copyInto is copyDatabase to an empty file, which VACUUM INTO takes for one that is not there.
func copyInto(ctx context.Context, from, file string) error {
	err := withConn(ctx, from, func(conn *sql.Conn) error {
		_, err := conn.ExecContext(ctx, "VACUUM INTO ?", file)
		return err
	})
	if err != nil {
		return err
	}
	if err := verify(ctx, file); err != nil {
		return err
	}
	return syncFile(file)
}

// verify refuses a file that is not a sound database of ours.
func verify(ctx context.Context, file string) error {
	steps, err := migrations()
	if err != nil {
		return err
	}
	return withConn(ctx, file, func(conn *sql.Conn) error {
		id, err := identify(ctx, conn)
		if err != nil {
			return err
		}
		if id.application != applicationID {
			return ErrForeign
		}
		if err := id.check(len(steps)); err != nil {
			return err
		}
		return checkIntegrity(ctx, conn)
	})
}

func checkIntegrity(ctx context.Context, conn *sql.Conn) error {
	rows, err := conn.QueryContext(ctx, "PRAGMA integrity_check(3)")
	if err != nil {
		return unreadable(err)
	}
	defer rows.Close()
	var faults []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return unreadable(err)
		}
		faults = append(faults, line)
	}
	if err := rows.Err(); err != nil {
		return unreadable(err)
	}
	if len(faults) != 1 || faults[0] != "ok" {
		return fmt.Errorf("%w: %s", ErrDamaged, strings.Join(faults, "; "))
	}
	return nil
}

// withConn opens a database for one connection that changes nothing in it.
func withConn(ctx context.Context, file string, use func(conn *sql.Conn) error) error {
	pool, err := connect(file, "ro", 1, 5*time.Second)
	if err != nil {
		return err
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		return errors.Join(unreadable(err), pool.Close())
	}
	return errors.Join(unreadable(use(conn)), conn.Close(), pool.Close())
}

// seize takes a database for itself and folds its WAL into the file; ErrInUse if
// anyone has it open. Where there is none there is nothing to seize.
func seize(ctx context.Context, file string) (release func() error, err error) {
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return func() error { return nil }, nil
	} else if err != nil {
		return nil, err
	}
	pool, err := connect(file, "rw", 1, time.Second)
	if err != nil {
		return nil, err
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	release = func() error { return errors.Join(conn.Close(), pool.Close()) }
	// Leaving WAL mode needs the database alone: any other connection, even an idle one, is in the way.
	for _, statement := range []string{"PRAGMA journal_mode = DELETE", "PRAGMA locking_mode = EXCLUSIVE", "BEGIN EXCLUSIVE"} {
		_, err := conn.ExecContext(ctx, statement)
		err = unreadable(err)
		switch {
		case err == nil:
		case isLocked(err):
			return nil, errors.Join(ErrInUse, release())
		case errors.Is(err, ErrForeign), errors.Is(err, ErrDamaged): // what restoring is for
			return release, nil
		default:
			return nil, errors.Join(err, release())
		}
	}
	return release, nil
}

// remove deletes a file that may be missing.
func remove(file string) error {
	if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func syncFile(file string) error {
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// syncDir makes names in a directory durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
