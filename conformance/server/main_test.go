package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tradewind/socketio/client"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start runs the command and returns its address; it is stopped after the test.
func start(t *testing.T, protocol string, env map[string]string) string {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	r, w := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := run(ctx, []string{protocol}, func(name string) string { return env[name] }, w)
		w.CloseWithError(io.EOF)
		done <- err
	}()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("server ended with %v", err)
		}
	})
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("server did not start: %v", err)
	}
	_, address, _ := strings.Cut(strings.TrimSpace(line), " listens on ")
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatalf("first line %q: %v", line, err)
	}
	return "127.0.0.1:" + port
}

func TestSocketServerGivesAuthAndArgumentsBack(t *testing.T) {
	address := start(t, "socket", map[string]string{"PORT": "0", "PING_INTERVAL_MS": "10000"})
	auth := make(chan client.Args, 1)
	c, err := client.New("http://"+address, client.Options{Namespace: "/custom", Auth: map[string]int{"a": 1}})
	if err != nil {
		t.Fatal(err)
	}
	c.On("auth", func(a client.Args) { auth <- a })
	if err := c.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	select {
	case a := <-auth:
		if a.String() != `[{"a":1}]` {
			t.Errorf("auth %s", a)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("no auth event")
	}
	if a, err := c.Call(t.Context(), "message-with-ack", "x", []byte{1}); err != nil || a.String() != `["x","AQ=="]` {
		t.Errorf("ack %v, %v", a, err)
	}
}

func TestEngineServerSendsBackWhatCame(t *testing.T) {
	address := start(t, "engine", map[string]string{"PORT": "0"})
	_, err := client.Dial(t.Context(), "http://"+address, client.Options{Path: "/engine.io/", ConnectTimeout: time.Second})
	// The CONNECT comes back as it was sent: one without a sid, which is no answer.
	if err == nil || !strings.Contains(err.Error(), "answer to CONNECT") {
		t.Errorf("err = %v", err)
	}
}

func TestWrongArgumentsAndEnvironmentAreRefused(t *testing.T) {
	none := func(string) string { return "" }
	if err := run(t.Context(), nil, none, io.Discard); err == nil {
		t.Error("no protocol was accepted")
	}
	if err := run(t.Context(), []string{"pigeon"}, none, io.Discard); err == nil || !strings.Contains(err.Error(), "pigeon") {
		t.Errorf("err = %v", err)
	}
	for _, value := range []string{"x", "-1"} {
		err := run(t.Context(), []string{"socket"}, func(name string) string {
			if name == "MAX_PAYLOAD" {
				return value
			}
			return ""
		}, io.Discard)
		if err == nil || !strings.Contains(err.Error(), "MAX_PAYLOAD") {
			t.Errorf("err = %v", err)
		}
	}
}
