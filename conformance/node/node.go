// Package node runs Node scripts with stock Socket.IO clients for Go tests. The
// scripts and the clients they need are in conformance/js; the clients are
// installed from the lock file at the first use.
package node

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// Dir is the folder of the scripts.
func Dir() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(filepath.Dir(file)), "js")
}

// Install makes sure that the clients are there. Tests of several packages may
// call it at the same time. It needs node and npm, which -short does without.
func Install(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("stock JavaScript clients are not run by -short")
	}
	dir := Dir()
	lock, err := os.OpenFile(filepath.Join(dir, ".install.lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil { // released by Close
		t.Fatalf("wait for another installation: %v", err)
	}
	if upToDate(dir) {
		return
	}
	cmd := exec.CommandContext(t.Context(), "npm", "ci", "--no-audit", "--no-fund")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("install the JavaScript clients: %v\n%s", err, out)
	}
}

// upToDate tells whether what is installed is newer than the lock file.
func upToDate(dir string) bool {
	want, err := os.Stat(filepath.Join(dir, "package-lock.json"))
	if err != nil {
		return false
	}
	have, err := os.Stat(filepath.Join(dir, "node_modules", ".package-lock.json"))
	return err == nil && !have.ModTime().Before(want.ModTime())
}

// Run runs node with these arguments in Dir and returns what it printed. A
// script that fails, or is not over in time, fails the test and is killed with
// everything that it started.
func Run(t testing.TB, timeout time.Duration, env map[string]string, args ...string) string {
	t.Helper()
	out, err := run(t, timeout, env, args...)
	if err != nil {
		t.Fatalf("node %v: %v\n%s", args, err, out)
	}
	return out
}

func run(t testing.TB, timeout time.Duration, env map[string]string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	cmd := command(ctx, env, args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if ctx.Err() != nil {
		err = fmt.Errorf("not over within %v", timeout)
	}
	return out.String(), err
}

// Process is a script that is running.
type Process struct {
	// Lines is what it prints, line by line; closed when it has ended.
	Lines <-chan string
	done  chan error
}

// Start is Run for a script that is watched while it runs. It is killed after
// the test, with everything that it started.
func Start(t testing.TB, timeout time.Duration, env map[string]string, args ...string) *Process {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	cmd := command(ctx, env, args...)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 1000)
	p := &Process{Lines: lines, done: make(chan error, 1)}
	go func() { // ends with the script, whose end closes the pipe
		defer close(lines)
		s := bufio.NewScanner(stdout)
		for s.Scan() {
			lines <- s.Text()
		}
		err := cmd.Wait()
		if err != nil {
			err = fmt.Errorf("node %v: %w\n%s", args, err, stderr.String())
		}
		p.done <- err
	}()
	t.Cleanup(func() {
		cancel()
		_ = p.Wait() // the test has decided already
	})
	return p
}

// Wait returns when the script has ended, with an error if it failed.
func (p *Process) Wait() error {
	err := <-p.done
	p.done <- err
	return err
}

// command makes a node process of its own group, which ends with ctx.
func command(ctx context.Context, env map[string]string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "node", args...)
	cmd.Dir = Dir()
	cmd.Env = os.Environ()
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	return cmd
}
