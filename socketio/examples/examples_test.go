package examples_test

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tradewind/conformance/node"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Every program starts on the port it is given, and a stock client that does what
// README.md says prints what README.md says.
func TestStockClientDoesWhatTheReadmeSays(t *testing.T) {
	dir := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-ldflags=-s -w", "-o", dir+"/", "./...")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	for _, name := range names(t) {
		t.Run(name, func(t *testing.T) {
			url := start(t, filepath.Join(dir, name))
			node.Install(t)
			if _, err := os.Stat(filepath.Join(node.Dir(), "node_modules", "socket.io-msgpack-parser")); name == "msgpack" && err != nil {
				t.Skip("conformance/js does not have the parser; main_test.go speaks the packets itself")
			}
			code := snippet(t, name)
			want := prints(code)
			out := node.Run(t, 30*time.Second, nil, "--input-type=module", "-e", script(strings.ReplaceAll(code, "http://localhost:3000", url), len(want)))
			got := strings.Split(strings.TrimSpace(out), "\n")
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("printed %q, want %q", got, want)
			}
		})
	}
}

// script is a snippet as a program that ends a moment after its last line, so that
// a line too many is seen as well.
func script(code string, lines int) string {
	return fmt.Sprintf(`import { io } from 'socket.io-client'
const print = console.log
let left = %d
console.log = (...args) => {
  print(...args)
  if (--left === 0) setTimeout(() => process.exit(0), 100)
}
%s`, lines, code)
}

// start runs a program on a free port until the test ends and returns its address
// when it answers.
func start(t *testing.T, program string) (url string) {
	t.Helper()
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), fmt.Sprint("PORT=", port))
	cmd.Stderr = t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }() // ends with the program, which is killed below
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // fails when it has ended
		<-ended
	})
	url = fmt.Sprint("http://localhost:", port)
	for tick := time.Tick(10 * time.Millisecond); ; {
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("ended: %v", err)
		case <-t.Context().Done():
			t.Fatal("does not answer")
		case <-tick:
		}
		if handshakes(t, url) {
			return url
		}
	}
}

// handshakes tells whether a server makes a connection, as far as Engine.IO.
func handshakes(t *testing.T, url string) bool {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/socket.io/?EIO=4&transport=polling", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Close = true
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return false // does not listen yet
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("the handshake is answered with %s", resp.Status)
	}
	return true
}
