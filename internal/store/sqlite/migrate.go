package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// applicationID marks a file as ours: "TWND".
const applicationID = 0x54574e44

// migration is a numbered step of the schema; the numbers run from 1 without gaps.
type migration struct {
	version int
	script  string
}

func migrations() ([]migration, error) {
	names, err := fs.Glob(migrationFiles, "migrations/*.sql") // sorted by name
	if err != nil {
		return nil, err
	}
	steps := make([]migration, 0, len(names))
	for _, name := range names {
		number, _, _ := strings.Cut(strings.TrimPrefix(name, "migrations/"), "_")
		version, err := strconv.Atoi(number)
		if err != nil || version != len(steps)+1 {
			return nil, fmt.Errorf("migration %s: expected number %d", name, len(steps)+1)
		}
		script, err := migrationFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		steps = append(steps, migration{version, string(script)})
	}
	return steps, nil
}

// identity is what a database file says about itself.
type identity struct {
	application, version, tables int
}

// rowQuerier is a connection, a pool or a transaction.
type rowQuerier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func identify(ctx context.Context, q rowQuerier) (identity, error) {
	var id identity
	err := q.QueryRowContext(ctx, `SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema)
		FROM pragma_application_id, pragma_user_version`).Scan(&id.application, &id.version, &id.tables)
	return id, unreadable(err)
}

// check refuses a database that this version must not touch.
func (id identity) check(known int) error {
	if id.tables > 0 && id.application != applicationID {
		return ErrForeign
	}
	if id.version > known {
		return fmt.Errorf("%w: its schema is version %d and this program knows versions up to %d; run the program that wrote it, or a newer one", ErrNewer, id.version, known)
	}
	return nil
}

// migrate brings the schema up to date, in one transaction, so that two
// processes that start together do not get in each other's way.
func migrate(ctx context.Context, conn *sql.Conn) error {
	steps, err := migrations()
	if err != nil {
		return err
	}
	if id, err := identify(ctx, conn); err != nil {
		return err
	} else if err := id.check(len(steps)); err != nil || id.version == len(steps) {
		return err
	}
	if _, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	if err := migrateLocked(ctx, conn, steps); err != nil {
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK") // the first error is the one that counts
		return err
	}
	_, err = conn.ExecContext(ctx, "COMMIT")
	return err
}

func migrateLocked(ctx context.Context, conn *sql.Conn, steps []migration) error {
	id, err := identify(ctx, conn) // again: another process may have been faster
	if err != nil {
		return err
	}
	if err := id.check(len(steps)); err != nil {
		return err
	}
	for _, m := range steps[id.version:] {
		script := fmt.Sprintf("%s\nPRAGMA user_version = %d; PRAGMA application_id = %d;", m.script, m.version, applicationID)
		if _, err := conn.ExecContext(ctx, script); err != nil {
			return fmt.Errorf("migration %d: %w", m.version, err)
		}
	}
	return nil
}
