// Package process runs the command conformance/server for Go tests, as a process
// of its own that nothing but its environment, the network and signals reach.
package process

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// patience is how long a process may take to start and to end.
const patience = 20 * time.Second

// Build builds the command and returns its path, which is gone after the test.
func Build(t testing.TB) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "server")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", bin, "tradewind/conformance/server")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build the command: %v\n%s", err, out)
	}
	return bin
}

// Process is a command that is running.
type Process struct {
	// URL is where it listens, without a path.
	URL string

	cmd   *exec.Cmd
	ended chan struct{}
	err   error // how it ended, once it has
}

// Start starts the command for a protocol on a free port of this machine, with
// this environment and no other, and returns once it listens. After the test it
// is told to end, and fails the test when it does not do so well.
func Start(t testing.TB, bin, protocol string, env ...string) *Process {
	t.Helper()
	p := &Process{cmd: exec.Command(bin, protocol), ended: make(chan struct{})}
	p.cmd.Env = append([]string{"HOST=127.0.0.1", "PORT=0"}, env...)
	var log bytes.Buffer
	p.cmd.Stderr = &log
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	p.cmd.Stdout = in
	err = p.cmd.Start()
	in.Close()
	if err != nil {
		t.Fatal(err)
	}
	go func() { // ends with the process
		p.err = p.cmd.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		if err := p.End(os.Interrupt); err != nil {
			t.Errorf("the %s server ended with %v", protocol, err)
		}
		if t.Failed() {
			t.Logf("the %s server logged:\n%s", protocol, log.String())
		}
	})
	if p.URL, err = address(out); err != nil {
		t.Fatalf("the %s server does not start: %v", protocol, err)
	}
	return p
}

// address reads where the command listens.
func address(out *os.File) (url string, err error) {
	if err := out.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return "", err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	_, address, _ := strings.Cut(strings.TrimSpace(line), " listens on ")
	if _, _, err := net.SplitHostPort(address); err != nil {
		return "", fmt.Errorf("its first line is %q", line)
	}
	return "http://" + address, nil
}

// End sends a signal and waits for the end, which is an error unless the process
// exits with 0 in time. Further calls return the same.
func (p *Process) End(s os.Signal) error {
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-p.ended:
		return p.err
	case <-time.After(patience):
		_ = p.cmd.Process.Kill()
		<-p.ended
		return fmt.Errorf("killed: still there %v after %v", patience, s)
	}
}

// Refuse runs the command where it should not start, and returns its exit code
// and what it said.
func Refuse(t testing.TB, bin string, env []string, args ...string) (code int, said string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), bin, args...)
	cmd.Env = append([]string{}, env...)
	timer := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}
