package main

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestBackup_OfARunningServerRestoresWhatWasThere(t *testing.T) {
	p := newProgram(t)
	dir, file := p.cfg.DataDir, filepath.Join(t.TempDir(), "backup.db")
	mustTradewind(t, dir, "correct horse\n", "user", "add", "early")
	if got := mustTradewind(t, dir, "", "backup", file); got != "wrote "+file+"\n" {
		t.Errorf("backup printed %q", got)
	}
	mustTradewind(t, dir, "correct horse\n", "user", "add", "late")
	if got := tradewind(t, dir, "", "backup", file); got.code != 1 || !strings.Contains(got.err, "exists") {
		t.Errorf("a second backup to the same file: %+v", got)
	}
	if got := tradewind(t, dir, "", "restore", file); got.code != 1 || !strings.Contains(got.err, "in use by another server") {
		t.Errorf("restore under a running server: %+v", got)
	}
	p.stop()
	if err := p.ended(t); err != nil {
		t.Fatal(err)
	}
	mustTradewind(t, dir, "", "restore", file)
	users := mustTradewind(t, dir, "", "user", "list")
	if !strings.Contains(users, "early") || strings.Contains(users, "late") {
		t.Errorf("after the restore there are:\n%s", users)
	}
	newProgram(t, func(c *Config) { c.DataDir = dir }).signIn(t)
}

func TestBackup_NeedsADatabase(t *testing.T) {
	dir := t.TempDir()
	if got := tradewind(t, dir, "", "backup", filepath.Join(dir, "backup.db")); got.code != 1 || !strings.Contains(got.err, "no database there") {
		t.Errorf("got %+v", got)
	}
}
