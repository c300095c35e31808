package main

import (
	"context"
	"fmt"

	"tradewind/internal/store/sqlite"
)

// backupCommand copies the database while a server uses it.
type backupCommand struct {
	storeSettings
	File string `arg:"" help:"File to write; must not exist yet."`
}

func (c *backupCommand) Run(ctx context.Context, w world) error {
	dir := dataDir(c.storeSettings)
	db, err := sqlite.Open(ctx, dir, sqlite.Options{MustExist: true})
	if err != nil {
		return fmt.Errorf("open the store in DATA_DIR %s: %w", dir, err)
	}
	defer db.Close()
	if err := db.Backup(ctx, c.File); err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	fmt.Fprintln(w.out, "wrote", c.File)
	return nil
}

// restoreCommand puts a backup in place.
type restoreCommand struct {
	storeSettings
	File string `arg:"" help:"Backup to read."`
}

func (c *restoreCommand) Run(ctx context.Context, w world) error {
	dir := dataDir(c.storeSettings)
	unlock, err := lockData(dir)
	if err != nil {
		return err
	}
	defer unlock()
	if err := sqlite.Restore(ctx, c.File, dir); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	fmt.Fprintln(w.out, "restored", c.File)
	return nil
}
