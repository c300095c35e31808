package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// runOnce starts a server, measures it and ends it.
func runOnce(ctx context.Context, d dirs, c benchCase, p peer, rate float64) (out outcome, err error) {
	env, sessions := environment(c, rate), ""
	if p.name == application {
		dir, err := os.MkdirTemp("", "bench")
		if err != nil {
			return out, err
		}
		defer os.RemoveAll(dir)
		sessions = filepath.Join(dir, "sessions")
		if err := addUsers(ctx, d, dir, sessions, c.accounts()); err != nil {
			return out, err
		}
		env = applicationEnvironment(dir)
	}
	s, err := start(ctx, d, p, env)
	if err != nil {
		return out, err
	}
	defer s.stop()
	out.server = s.line
	out.command, out.report, err = loadtest(ctx, d, c, s, sessions)
	if err != nil || s.alive() {
		return out, err
	}
	return out, fmt.Errorf("%s ended while it was measured: %s\n%s", p.name, s.cmd.ProcessState, s.tail())
}

// applicationEnvironment is how tradewind serve is run: on a fresh store, with
// portfolios five times a second and its default feed.
func applicationEnvironment(dir string) []string {
	return []string{
		"DATA_DIR=" + dir,
		"ADMIN_ADDR=off",
		"PORTFOLIO_INTERVAL=200ms",
		"LOG_LEVEL=warn",
	}
}

func addUsers(ctx context.Context, d dirs, dir, sessions string, n int) error {
	return execute(ctx, dir, filepath.Join(d.bin, application), "user", "add",
		"--data-dir", dir, "--count", strconv.Itoa(n), "--prefix", "load", "--sessions", sessions)
}
