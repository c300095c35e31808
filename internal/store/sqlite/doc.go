// Package sqlite keeps everything in one SQLite database in a directory: ledgers,
// the paper broker's book, users, sessions, profiles and value history. A *DB
// implements each of the store contracts of package trading.
//
// One goroutine writes. It takes every write that is waiting into one transaction
// (group commit), so that a thousand appends cost a few disk flushes; each write
// has a result of its own, and a savepoint where it shares its transaction. The
// database runs in WAL mode with synchronous=FULL: what was acknowledged survives
// a crash of the process and of the machine. Reads run on a pool of connections of
// their own and see every acknowledged write.
//
// Two things are written without a flush of their own and reach the disk with the
// next write that has one: the paper broker's book and snapshots of accounts. The
// WAL keeps its order, so a ledger is never on the disk without the book that it
// tells of, and an account is folded again where its snapshot is missing.
//
// All methods may be called concurrently, from several processes too; they wait
// as long as their context allows. A write that has begun is waited for, so its
// outcome is always known: a context's error means that nothing was stored. The
// queue of waiting writes is bounded; when it is full, callers wait for room.
// Close commits what is waiting and then ends; later calls fail with ErrClosed.
package sqlite
