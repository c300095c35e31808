package sqlite

import (
	"errors"
	"fmt"

	driver "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"
)

// Errors of opening, closing and restoring; test with errors.Is.
var (
	// ErrClosed is returned by every call after Close.
	ErrClosed = errors.New("store is closed")
	// ErrNewer means that the database was written by a newer version of the product.
	ErrNewer = errors.New("database is from a newer version")
	// ErrForeign means that the file is a database of another program, or none at all.
	ErrForeign = errors.New("not a tradewind database")
	// ErrInUse means that another process, or this one, has the database open.
	ErrInUse = errors.New("database is in use")
	// ErrDamaged means that SQLite's integrity check found faults.
	ErrDamaged = errors.New("database is damaged")
	// ErrMissing means that there is no database and none was to be made.
	ErrMissing = errors.New("no database there")
)

// code returns SQLite's extended result code, 0 for other errors.
func code(err error) int {
	var e *driver.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}

// isDuplicate reports a violation of a primary key or unique index.
func isDuplicate(err error) bool {
	switch code(err) {
	case codes.SQLITE_CONSTRAINT_UNIQUE, codes.SQLITE_CONSTRAINT_PRIMARYKEY, codes.SQLITE_CONSTRAINT_ROWID:
		return true
	}
	return false
}

// isOrphan reports a row whose parent does not exist.
func isOrphan(err error) bool { return code(err) == codes.SQLITE_CONSTRAINT_FOREIGNKEY }

// isLocked reports that another connection held a lock for longer than the busy timeout.
func isLocked(err error) bool {
	primary := code(err) & 0xff
	return primary == codes.SQLITE_BUSY || primary == codes.SQLITE_LOCKED
}

// unreadable names what is wrong with a file that SQLite cannot read, or returns err as it is.
func unreadable(err error) error {
	switch code(err) & 0xff {
	case codes.SQLITE_NOTADB:
		return fmt.Errorf("%w: %w", ErrForeign, err)
	case codes.SQLITE_CORRUPT:
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return err
}
