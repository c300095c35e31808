package e2e_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// patience is how long a test waits for what should happen soon. It is reached
// only when something is broken.
const patience = 30 * time.Second

// binary is the program under test.
var binary string

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	if binary = os.Getenv("TRADEWIND_BINARY"); binary != "" {
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "tradewind-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "tradewind")
	build := exec.Command("go", "build", "-o", binary, "tradewind/cmd/tradewind")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the program: %v\n%s", err, out)
		return 1
	}
	code := m.Run()
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// server is a running program.
type server struct {
	t    *testing.T
	url  string
	env  map[string]string // what it was started with
	cmd  *exec.Cmd
	log  *safeBuffer
	exit chan error // filled once, when the process has ended
}

// command makes a command of the program with this environment and nothing of the test's own.
func command(ctx context.Context, env map[string]string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TMPDIR=" + os.TempDir()}
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // so that whatever it starts is killed with it
	return cmd
}

// newDir is a data directory for a server.
func newDir(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "data")
}

// users adds users with sessions straight to the store, before the server runs.
func users(t *testing.T, dir string, count int, prefix, cash string) []user {
	t.Helper()
	file := filepath.Join(t.TempDir(), "sessions")
	cmd := command(t.Context(), map[string]string{"DATA_DIR": dir},
		"user", "add", "--count", strconv.Itoa(count), "--prefix", prefix, "--sessions", file, "--cash", cash)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("add users: %v\n%s", err, out)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []user
	for line := range strings.Lines(string(text)) {
		name, session, _ := strings.Cut(strings.TrimSpace(line), " ")
		all = append(all, user{name, session})
	}
	if len(all) != count {
		t.Fatalf("%d sessions, want %d", len(all), count)
	}
	return all
}

// user is somebody who is signed in.
type user struct{ name, session string }

// serve starts the server with this environment, on a free port if it names none,
// and waits until it is ready. It is killed after the test, which fails if
// anything of it is left.
func serve(t *testing.T, env map[string]string, flags ...string) *server {
	t.Helper()
	full := map[string]string{"PORT": "0", "ADMIN_ADDR": "127.0.0.1:0", "LOG_LEVEL": "warn"}
	for name, value := range env {
		full[name] = value
	}
	s := &server{t: t, env: full, log: &safeBuffer{}, exit: make(chan error, 1)}
	s.cmd = command(context.Background(), full, append([]string{"serve"}, flags...)...)
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.cmd.Stderr = s.log
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the server's log:\n%s", s.log.tail(8000))
		}
	})
	greeting := make(chan string, 10)
	go func() { // ends with the process, whose end closes the pipe
		lines := bufio.NewScanner(io.TeeReader(stdout, s.log))
		for lines.Scan() {
			select {
			case greeting <- lines.Text():
			default:
			}
		}
		s.exit <- s.cmd.Wait()
	}()
	s.learn(greeting)
	s.waitReady()
	return s
}

var listening = regexp.MustCompile(`Tradewind is on (https?)://localhost:(\d+)`)
var metricsOn = regexp.MustCompile(`Metrics are on (\S+)`)

// learn reads the addresses from what the server says at its start.
func (s *server) learn(greeting <-chan string) {
	s.t.Helper()
	deadline := time.After(patience)
	for s.url == "" || s.env["metrics"] == "" {
		select {
		case line := <-greeting:
			if m := listening.FindStringSubmatch(line); m != nil {
				s.url, s.env["PORT"] = m[1]+"://127.0.0.1:"+m[2], m[2]
			}
			if m := metricsOn.FindStringSubmatch(line); m != nil {
				s.env["metrics"] = m[1]
			}
		case err := <-s.exit:
			s.exit <- err
			s.t.Fatalf("the server ended at its start: %v\n%s", err, s.log.tail(8000))
		case <-deadline:
			s.t.Fatalf("the server did not say where it is:\n%s", s.log.tail(8000))
		}
	}
}

func (s *server) waitReady() {
	s.t.Helper()
	until(s.t, "the server is ready", func() bool {
		resp, err := http.Get(s.url + "/readyz")
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
}

// again starts a new process on the same directory and port.
func (s *server) again(t *testing.T, change map[string]string, flags ...string) *server {
	t.Helper()
	env := map[string]string{}
	for name, value := range s.env {
		if name != "metrics" {
			env[name] = value
		}
	}
	for name, value := range change {
		env[name] = value
	}
	return serve(t, env, flags...)
}

// kill ends the process and everything it started, as kill -9 does.
func (s *server) kill() {
	s.t.Helper()
	group := -s.cmd.Process.Pid
	_ = syscall.Kill(group, syscall.SIGKILL) // it may have ended already
	select {
	case err := <-s.exit:
		s.exit <- err
	case <-time.After(patience):
		s.t.Errorf("process %d did not end", s.cmd.Process.Pid)
		return
	}
	if err := syscall.Kill(group, 0); !errors.Is(err, syscall.ESRCH) {
		s.t.Errorf("something that the server started is left: %v", err)
	}
}

// terminate sends SIGTERM and returns the exit code.
func (s *server) terminate() int {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	return s.exitCode()
}

func (s *server) exitCode() int {
	s.t.Helper()
	select {
	case err := <-s.exit:
		s.exit <- err
		return s.cmd.ProcessState.ExitCode()
	case <-time.After(patience):
		s.t.Fatal("the server did not end")
		return -1
	}
}

// memory is the resident size of the process in bytes; 0 where the system does not tell.
func (s *server) memory() int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, _ := strconv.ParseInt(strings.Fields(value)[0], 10, 64)
			return kb << 10
		}
	}
	return 0
}

// metric is the sum over the labels of a metric.
func (s *server) metric(name string) (sum float64, found bool) {
	s.t.Helper()
	resp, err := http.Get(s.env["metrics"])
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		rest, ok := strings.CutPrefix(lines.Text(), name)
		if !ok || rest == "" || rest[0] != ' ' && rest[0] != '{' {
			continue
		}
		fields := strings.Fields(rest)
		v, err := strconv.ParseFloat(fields[len(fields)-1], 64)
		if err == nil {
			sum, found = sum+v, true
		}
	}
	return sum, found
}

// until polls for a condition.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", patience, what)
		}
		time.Sleep(10 * time.Millisecond) // between two looks
	}
}

// receive waits for a value.
func receive[T any](t *testing.T, ch <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(patience):
		t.Fatalf("not within %v: %s", patience, what)
		panic("unreachable")
	}
}

// safeBuffer keeps what a process writes; the first 4 MB of it.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.b.Len() < 4<<20 {
		b.b.Write(p)
	}
	return len(p), nil
}

func (b *safeBuffer) tail(n int) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.b.String()
	return s[max(0, len(s)-n):]
}
