package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// grace is how much longer than planned the load generator may take.
const grace = 2 * time.Minute

// loadtest measures a running server and returns the command with the report.
func loadtest(ctx context.Context, d dirs, c benchCase, s *server, sessions string) (command string, report json.RawMessage, err error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return "", nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "report.json")
	args := append([]string{"loadtest"}, loadtestArgs(c, s.port, s.cmd.Process.Pid, sessions)...)
	command = application + " " + strings.Join(args, " ")
	ctx, cancel := context.WithTimeout(ctx, c.estimate()+grace)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(d.bin, application), append(args, "--json", file)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = stopTime
	if c.trim > 0 {
		timer := time.AfterFunc(c.trim, func() { s.cmd.Process.Signal(syscall.SIGUSR2) })
		defer timer.Stop()
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		return command, nil, fmt.Errorf("loadtest: %w\n%s", err, out[max(0, len(out)-mostLog):])
	}
	report, err = os.ReadFile(file)
	return command, report, err
}

// loadtestArgs is what the load generator is told. sessions is the file of a
// server that has users of its own, empty for the sessions s0, s1 and so on.
func loadtestArgs(c benchCase, port, pid int, sessions string) []string {
	args := []string{
		"--url", fmt.Sprintf("http://127.0.0.1:%d", port),
		"--scenario", c.workload,
		"--clients", strconv.Itoa(c.clients),
		"--settle", c.settle.String(),
		"--duration", c.duration.String(),
		"--pid", strconv.Itoa(pid),
	}
	if c.symbols > 0 {
		args = append(args, "--symbols", strconv.Itoa(c.symbols))
	}
	if c.watched > 0 {
		args = append(args, "--symbols-per-client", strconv.Itoa(c.watched))
	}
	if sessions != "" {
		args = append(args, "--sessions", sessions)
	}
	return append(args, c.args...)
}
