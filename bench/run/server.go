package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	startTime = 20 * time.Second // that a server may take until it answers
	stopTime  = 10 * time.Second // and until it has ended, before it is killed
	mostLog   = 4 << 10          // bytes of a failed server's output that are shown
)

// server is a running server.
type server struct {
	cmd  *exec.Cmd
	port int
	log  *bytes.Buffer
	gone chan struct{} // closed when it has ended
	line string        // its variables and command
}

// environment is what a server is told about a run. It publishes when nearly
// all clients are there, as a few may fail.
func environment(c benchCase, rate float64) []string {
	env := []string{
		"WORKLOAD=" + c.workload,
		"N=" + strconv.Itoa(c.clients-c.clients/50),
		"R=" + strconv.FormatFloat(rate, 'g', -1, 64),
		"S=" + strconv.Itoa(c.symbolCount()),
		"K=" + strconv.Itoa(c.watchedCount()),
	}
	if c.spread {
		env = append(env, "SPREAD=1")
	}
	if c.size > 0 {
		env = append(env, "SIZE="+strconv.Itoa(c.size))
	}
	if c.ping > 0 {
		env = append(env, "PING="+strconv.FormatInt(c.ping.Milliseconds(), 10))
	}
	if c.flush != "" {
		env = append(env, "FLUSH="+c.flush)
	}
	return env
}

// start starts a server on a free port and waits until it answers.
func start(ctx context.Context, d dirs, p peer, env []string) (*server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	env = append([]string{"PORT=" + strconv.Itoa(port)}, env...)
	command := p.command(d)
	s := &server{port: port, log: &bytes.Buffer{}, gone: make(chan struct{}), line: strings.Join(append(env, command...), " ")}
	s.cmd = exec.Command(command[0], command[1:]...)
	s.cmd.Dir = d.bench
	s.cmd.Env = append(os.Environ(), env...)
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", p.name, err)
	}
	// Ends with the process, for which stop waits.
	go func() {
		defer close(s.gone)
		s.cmd.Wait()
	}()
	if err := s.await(ctx); err != nil {
		s.stop()
		return nil, fmt.Errorf("start %s: %w\n%s", p.name, err, s.tail())
	}
	return s, nil
}

// await waits for the first answer to a request, whatever it is.
func (s *server) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	url := fmt.Sprintf("http://127.0.0.1:%d/", s.port)
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		req.Close = true
		if resp, err := http.DefaultClient.Do(req); err == nil {
			return resp.Body.Close()
		}
		select {
		case <-s.gone:
			return fmt.Errorf("ended by itself: %s", s.cmd.ProcessState)
		case <-ctx.Done():
			return fmt.Errorf("no answer on port %d: %w", s.port, context.Cause(ctx))
		case <-again.C:
		}
	}
}

// alive reports whether it has not ended.
func (s *server) alive() bool {
	select {
	case <-s.gone:
		return false
	default:
		return true
	}
}

// stop ends the server and waits for it.
func (s *server) stop() {
	s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.gone:
	case <-time.After(stopTime):
		s.cmd.Process.Kill()
		<-s.gone
	}
}

// tail is the end of what the server wrote; only after it has ended.
func (s *server) tail() []byte {
	b := s.log.Bytes()
	return b[max(0, len(b)-mostLog):]
}

func freePort() (int, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}
