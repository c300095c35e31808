package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"tradewind/internal/trading"
)

// DB is an open database. It implements every store contract of package trading.
type DB struct {
	file   string
	o      Options
	writer *writer
	write  *sql.DB // the pool of the writer's one connection
	read   *sql.DB
	stmts  sync.Map // query text to *sql.Stmt on read; the texts are constants of this package

	closing sync.Once
	closed  chan struct{}
	err     error // of Close
}

var (
	_ trading.LedgerStore  = (*DB)(nil)
	_ trading.PaperBook    = (*DB)(nil)
	_ trading.UserStore    = (*DB)(nil)
	_ trading.SessionStore = (*DB)(nil)
	_ trading.ProfileStore = (*DB)(nil)
	_ trading.HistoryStore = (*DB)(nil)
	_ trading.Seeder       = (*DB)(nil)
)

// Open opens the database in dir, makes it where there is none, and brings its
// schema up to date. Errors: ErrNewer, ErrForeign, ErrMissing (with MustExist).
func Open(ctx context.Context, dir string, o Options) (*DB, error) {
	o = o.withDefaults()
	file := filepath.Join(dir, FileName)
	if err := prepareFile(dir, file, o.MustExist); err != nil {
		return nil, err
	}
	pool, conn, err := writeConn(ctx, file, o.BusyTimeout)
	if err != nil {
		return nil, err
	}
	db := &DB{file: file, o: o, write: pool, closed: make(chan struct{})}
	if err := whileLocked(ctx, o.BusyTimeout, func() error { return migrate(ctx, conn) }); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", file, err), conn.Close(), pool.Close())
	}
	db.read, err = connect(file, "rw", o.Readers, o.BusyTimeout, pragma{"query_only", "ON"}, pragma{"cache_size", "-4096"})
	if err != nil {
		return nil, errors.Join(err, conn.Close(), pool.Close())
	}
	db.read.SetConnMaxIdleTime(time.Minute)
	db.writer = newWriter(conn, o)
	go db.writer.run() // ends in Close, which waits for it
	if err := db.makeID(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", file, err), db.Close())
	}
	return db, nil
}

// Close commits the writes that wait, then closes the database. It may be called
// more than once and concurrently; each call returns when all of it is over.
func (db *DB) Close() error {
	db.closing.Do(func() {
		// Writer first: readers must not keep the last writes from reaching the file.
		db.writer.close()
		close(db.closed)
		// The read pool closes its statements; the writer's connection goes last and folds the WAL into the file.
		db.err = errors.Join(db.read.Close(), db.writer.conn.Close(), db.write.Close())
	})
	return db.err
}

// File is the path of the database.
func (db *DB) File() string { return db.file }

// Waiting is how many writes are in the queue now.
func (db *DB) Waiting() int { return len(db.writer.queue) }
