package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"sync/atomic"
	"time"
)

// write is something to do inside a transaction of the writer.
type write struct {
	do    func(tx *tx) error
	flush bool // it must be on the disk before it is answered
	state atomic.Int32
	done  chan error // buffered: the writer never waits for a caller
}

// The states of a write. Exactly one of the writer and the caller moves it out of waiting.
const (
	waiting   = iota
	begun     // the writer has it: the caller waits for the outcome
	abandoned // the caller has left: it is never run
)

// writer owns the one connection that writes. It takes all writes that wait, up
// to a batch, into one transaction.
type writer struct {
	conn     *sql.Conn
	tx       *tx
	flushes  bool // what the connection does now when it commits
	queue    chan *write
	asks     chan func(tx *tx) // unbuffered: what is taken is run
	maxBatch int
	onCommit func(writes int, took time.Duration)

	stop    chan struct{} // closed by close
	stopped chan struct{} // closed when run has returned
}

func newWriter(conn *sql.Conn, o Options) *writer {
	return &writer{
		conn:     conn,
		tx:       &tx{conn: conn, stmts: make(map[string]*sql.Stmt)},
		flushes:  true,
		queue:    make(chan *write, o.MaxQueue),
		asks:     make(chan func(tx *tx)),
		maxBatch: o.MaxBatch,
		onCommit: o.OnCommit,
		stop:     make(chan struct{}),
		stopped:  make(chan struct{}),
	}
}

// write runs do in a transaction, possibly one shared with others, and returns
// when it is committed and on the disk, or refused. An error of do undoes what do
// did and nothing else. The error of ctx means that do did not run.
func (w *writer) write(ctx context.Context, do func(tx *tx) error) error {
	return w.enqueue(ctx, &write{do: do, flush: true, done: make(chan error, 1)})
}

// writeSoon is write for what may be lost with the machine's power until the next
// write that changes something has returned, which brings it to the disk: commits
// reach it in their order.
func (w *writer) writeSoon(ctx context.Context, do func(tx *tx) error) error {
	return w.enqueue(ctx, &write{do: do, done: make(chan error, 1)})
}

func (w *writer) enqueue(ctx context.Context, item *write) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-w.stop:
		return ErrClosed
	default:
	}
	select {
	case w.queue <- item:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.stop:
		return ErrClosed
	}
	select {
	case err := <-item.done:
		return err
	case <-ctx.Done():
		if item.state.CompareAndSwap(waiting, abandoned) {
			return ctx.Err()
		}
		return <-item.done
	case <-w.stopped:
		// The item came in while the writer emptied its queue for the last time.
		if item.state.CompareAndSwap(waiting, abandoned) {
			return ErrClosed
		}
		return <-item.done
	}
}

// ask runs do on the connection between two transactions.
func (w *writer) ask(ctx context.Context, do func(tx *tx) error) error {
	done := make(chan error, 1)
	select {
	case w.asks <- func(tx *tx) { done <- do(tx) }:
		return <-done
	case <-ctx.Done():
		return ctx.Err()
	case <-w.stop:
		return ErrClosed
	}
}

// close lets the writer finish what waits and returns when it has ended.
func (w *writer) close() {
	close(w.stop)
	<-w.stopped
}

func (w *writer) run() {
	defer close(w.stopped)
	defer w.tx.close()
	batch := make([]*write, 0, w.maxBatch)
	for {
		select {
		case item := <-w.queue:
			batch = w.gather(append(batch[:0], item))
		case do := <-w.asks:
			do(w.tx)
			continue
		case <-w.stop:
			if batch = w.gather(batch[:0]); len(batch) == 0 {
				return
			}
		}
		w.commit(batch)
		clear(batch)
	}
}

// gather adds what waits in the queue now.
func (w *writer) gather(batch []*write) []*write {
	for len(batch) < w.maxBatch {
		select {
		case item := <-w.queue:
			batch = append(batch, item)
		default:
			return batch
		}
	}
	return batch
}

// commit runs a batch in one transaction. Failed writes are answered with their
// own error; if the transaction itself fails, all others get its error.
func (w *writer) commit(batch []*write) {
	taken := batch[:0]
	for _, item := range batch {
		if item.state.CompareAndSwap(waiting, begun) {
			taken = append(taken, item)
		}
	}
	if len(taken) == 0 {
		return
	}
	start := time.Now()
	results, err := w.transact(taken)
	w.onCommit(len(taken), time.Since(start))
	for i, item := range taken {
		if err != nil {
			item.done <- fmt.Errorf("commit: %w", err)
		} else {
			item.done <- results[i]
		}
	}
}

func (w *writer) transact(batch []*write) (results []error, err error) {
	if err := w.setFlush(slices.ContainsFunc(batch, func(item *write) bool { return item.flush })); err != nil {
		return nil, err
	}
	if err := w.tx.exec("BEGIN IMMEDIATE"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			// SQLite may have rolled back by itself; then this says so, and the first error is the one that counts.
			_ = w.tx.exec("ROLLBACK")
		}
	}()
	results = make([]error, len(batch))
	if len(batch) == 1 { // it needs no savepoint: there is nothing else to keep
		if results[0] = batch[0].do(w.tx); results[0] != nil {
			_ = w.tx.exec("ROLLBACK") // as below
			return results, nil
		}
		return results, w.tx.exec("COMMIT")
	}
	for i, item := range batch {
		if results[i], err = w.isolated(item.do); err != nil {
			return nil, err
		}
	}
	return results, w.tx.exec("COMMIT")
}

// setFlush says whether the next commit reaches the disk before it returns. It is
// no prepared statement, because SQLite acts on it when it is prepared.
func (w *writer) setFlush(flush bool) error {
	if flush == w.flushes {
		return nil
	}
	level := "NORMAL"
	if flush {
		level = "FULL"
	}
	if _, err := w.conn.ExecContext(context.Background(), "PRAGMA synchronous = "+level); err != nil {
		return fmt.Errorf("set synchronous = %s: %w", level, err)
	}
	w.flushes = flush
	return nil
}

// isolated runs one write in a savepoint. The second error means that the whole
// transaction is lost: a full disk, for one, makes SQLite roll all of it back.
func (w *writer) isolated(do func(*tx) error) (failed, fatal error) {
	if err := w.tx.exec("SAVEPOINT one"); err != nil {
		return nil, err
	}
	if failed = do(w.tx); failed != nil {
		if err := w.tx.exec("ROLLBACK TO one"); err != nil {
			return nil, failed
		}
	}
	return failed, w.tx.exec("RELEASE one")
}
