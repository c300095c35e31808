package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"tradewind/internal/session"
)

// patience is how long tests wait for what should happen at once. Reached only when something is broken.
const patience = 20 * time.Second

// running is a program on a temporary directory and a free port.
type running struct {
	*Program
	url    string
	client *http.Client
	stop   context.CancelFunc // as SIGTERM
	done   chan error         // what Run returned
}

// newProgram starts a server with the demo user. It is stopped, and has to end
// without error, when the test ends.
func newProgram(t *testing.T, change ...func(*Config)) *running {
	t.Helper()
	cfg := mustConfigure(t, settings{storeSettings: storeSettings{DataDir: t.TempDir()}, Port: "0", AdminAddr: "127.0.0.1:0"})
	cfg.Demo = true
	for _, c := range change {
		c(&cfg)
	}
	p, err := NewProgram(cfg)
	if err != nil {
		t.Fatalf("new program: %v", err)
	}
	return start(t, p)
}

func start(t *testing.T, p *Program) *running {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	r := &running{Program: p, url: "http://" + p.Addr().String(), client: http.DefaultClient, stop: stop, done: make(chan error, 1)}
	go func() { r.done <- p.Run(ctx) }() // ends with ctx; the cleanup waits
	t.Cleanup(func() {
		stop()
		if err := r.ended(t); err != nil {
			t.Errorf("run: %v", err)
		}
	})
	return r
}

// ended waits for Run and returns its error; it may be asked again.
func (r *running) ended(t *testing.T) error {
	t.Helper()
	select {
	case err := <-r.done:
		r.done <- err
		return err
	case <-time.After(patience):
		t.Fatal("Run did not return")
		return nil
	}
}

// answer is what a REST call brought.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// text digs a string out of a JSON answer.
func (a answer) text(path ...string) string {
	var v any
	if json.Unmarshal(a.body, &v) != nil {
		return ""
	}
	for _, key := range path {
		object, _ := v.(map[string]any)
		v = object[key]
	}
	s, _ := v.(string)
	return s
}

// call makes a REST call, with a session if there is one.
func (r *running) call(t *testing.T, method, path, session string, body any) answer {
	t.Helper()
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		content = bytes.NewReader(text)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, r.url+path, content)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if session != "" {
		req.Header.Set("Authorization", "Bearer "+session)
	}
	resp, err := r.client.Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return answer{resp.StatusCode, resp.Header, got}
}

// signIn returns a session of the demo user.
func (r *running) signIn(t *testing.T) string {
	t.Helper()
	a := r.call(t, http.MethodPost, "/api/login", "", map[string]string{"username": session.DemoName, "password": session.DemoPassword})
	id := a.text("sessionID")
	if a.status != http.StatusOK || id == "" {
		t.Fatalf("sign in: %d %s", a.status, a.body)
	}
	return id
}
