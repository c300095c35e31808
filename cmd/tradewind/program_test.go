package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"tradewind/socketio/client"
)

// connect joins as the demo user and waits until it is connected.
func (r *running) connect(t *testing.T, session string, o client.Options) *client.Client {
	t.Helper()
	o.Auth = map[string]string{"sessionID": session}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c, err := client.Dial(ctx, r.url, o)
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestProgram_FromSignInToFillAndPortfolio(t *testing.T) {
	p := newProgram(t)
	session := p.signIn(t)
	socket := p.connect(t, session, client.Options{})
	trades := make(chan json.RawMessage, 16)
	portfolios := make(chan json.RawMessage, 64)
	socket.On("trade:executed", func(a client.Args) { trades <- a.Raw(0) })
	socket.On("portfolio:update", func(a client.Args) {
		select {
		case portfolios <- a.Raw(0):
		default: // a market that moves all the time; the test has long read what it wants
		}
	})
	subscribe(t, socket, "subscribe:trades")
	subscribe(t, socket, "subscribe:portfolio")

	placed := p.call(t, http.MethodPost, "/api/orders", session, map[string]any{
		"symbol": "AAPL", "side": "buy", "type": "market", "quantity": 5, "clientOrderId": "one",
	})
	if placed.status != http.StatusAccepted {
		t.Fatalf("order: %d %s", placed.status, placed.body)
	}
	var fill struct {
		Seq      int64
		Symbol   string
		Quantity json.Number
	}
	read(t, trades, &fill)
	if fill.Symbol != "AAPL" || fill.Quantity != "5" {
		t.Errorf("fill %+v, want 5 AAPL", fill)
	}
	var portfolio struct {
		Seq       int64
		Positions []struct {
			Symbol   string
			Quantity json.Number
		}
	}
	for portfolio.Seq < fill.Seq {
		read(t, portfolios, &portfolio)
	}
	for _, position := range portfolio.Positions {
		if position.Symbol == "AAPL" && position.Quantity != "45" {
			t.Errorf("holds %s AAPL, want 45", position.Quantity)
		}
	}
}

func TestProgram_KeepsWhatHappened(t *testing.T) {
	first := newProgram(t)
	dir := first.cfg.DataDir
	session := first.signIn(t)
	order := map[string]any{"symbol": "MSFT", "side": "buy", "type": "market", "quantity": 3, "clientOrderId": "kept"}
	placed := first.call(t, http.MethodPost, "/api/orders", session, order)
	if placed.status != http.StatusAccepted {
		t.Fatalf("order: %d %s", placed.status, placed.body)
	}
	first.stop()
	if err := first.ended(t); err != nil {
		t.Fatal(err)
	}

	second := newProgram(t, func(c *Config) { c.DataDir = dir })
	again := second.call(t, http.MethodPost, "/api/orders", session, order)
	if got, want := again.text("order", "id"), placed.text("order", "id"); got != want || want == "" {
		t.Errorf("the repeat made order %s, want %s", got, want)
	}
}

func TestProgram_SecondServerOnTheSameFolderIsRefused(t *testing.T) {
	p := newProgram(t)
	_, err := NewProgram(p.cfg)
	if err == nil || !strings.HasPrefix(err.Error(), "DATA_DIR: ") || !strings.Contains(err.Error(), "in use by another server") {
		t.Errorf("got %v", err)
	}
}

func TestProgram_FolderThatCannotBeIsASentence(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := NewProgram(mustConfigure(t, settings{storeSettings: storeSettings{DataDir: file}, Port: "0", AdminAddr: "off"}))
	if err == nil || !strings.HasPrefix(err.Error(), "DATA_DIR: ") || !strings.Contains(err.Error(), "allowed is") || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v", err)
	}
}

func TestProgram_ADemoUserOfATrialIsRefusedInProduction(t *testing.T) {
	dir := t.TempDir()
	production := func() (*Program, error) {
		return NewProgram(mustConfigure(t, settings{
			storeSettings: storeSettings{DataDir: dir, AppEnv: "production"}, SecretKey: strings.Repeat("0123456789abcdef", 4), Port: "0", AdminAddr: "off",
		}))
	}
	trial := newProgram(t, func(c *Config) { c.DataDir = dir })
	trial.stop()
	if err := trial.ended(t); err != nil {
		t.Fatal(err)
	}
	if p, err := production(); err == nil || !strings.HasPrefix(err.Error(), "DATA_DIR: the store has the user demo") {
		t.Errorf("got %v", err)
		if p != nil {
			_ = p.Close()
		}
	}

	mustTradewind(t, dir, "correct horse\n", "user", "passwd", "demo")
	p, err := production()
	if err != nil {
		t.Fatalf("with a password of its own: %v", err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

func TestProgram_ResetOfAPaperAccountSignsTheUserOut(t *testing.T) {
	p := newProgram(t)
	session := p.signIn(t)
	mustTradewind(t, p.cfg.DataDir, "", "user", "reset-paper", "demo")
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if p.call(t, http.MethodGet, "/api/me", session, nil).status == http.StatusUnauthorized {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the old session still shows the new account to a client that watches the old one")
		}
	}
}

func TestProgram_TakenPortIsASentence(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for name, change := range map[string]func(*Config){
		"PORT":       func(c *Config) { c.Addr = l.Addr().String() },
		"ADMIN_ADDR": func(c *Config) { c.AdminAddr = l.Addr().String() },
	} {
		cfg := mustConfigure(t, settings{storeSettings: storeSettings{DataDir: t.TempDir()}, Port: "0", AdminAddr: "off"})
		change(&cfg)
		_, err := NewProgram(cfg)
		if err == nil || !strings.HasPrefix(err.Error(), name+": ") || !strings.Contains(err.Error(), "in use by another program") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestProgram_WrongCertificateIsASentence(t *testing.T) {
	cfg := mustConfigure(t, settings{storeSettings: storeSettings{DataDir: t.TempDir()}, Port: "0", TLSCertFile: "no.pem", TLSKeyFile: "no.key"})
	if _, err := NewProgram(cfg); err == nil || !strings.HasPrefix(err.Error(), "TLS_CERT_FILE and TLS_KEY_FILE: ") {
		t.Errorf("got %v", err)
	}
}

func TestProgram_ServesDashboardHealthAndMetrics(t *testing.T) {
	p := newProgram(t)
	if a := p.call(t, http.MethodGet, "/", "", nil); a.status != http.StatusOK || !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
		t.Errorf("/: %d %s", a.status, a.header.Get("Content-Type"))
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		if a := p.call(t, http.MethodGet, path, "", nil); a.status != http.StatusOK {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
	if a := p.call(t, http.MethodGet, "/metrics", "", nil); a.status == http.StatusOK && strings.Contains(string(a.body), "go_goroutines") {
		t.Error("metrics are on the public port")
	}
	p.connect(t, p.signIn(t), client.Options{})
	metrics := fetch(t, "http://"+p.AdminAddr().String()+"/metrics")
	for _, want := range []string{
		"tradewind_build_info", "tradewind_socketio_sockets 1", "tradewind_socketio_rooms", "tradewind_socketio_queued_bytes",
		"tradewind_socketio_closed_total{reason=\"slow consumer\"} 0", "tradewind_store_commit_seconds_count",
		"tradewind_ledger_append_seconds_count", "tradewind_gateway_feed_age_seconds", "tradewind_feed_quotes_total", "tradewind_http_requests_total",
		"tradewind_orders_ledger_entries_total", "tradewind_valuation_watched_accounts",
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("metrics lack %s", want)
		}
	}
	if profiles := fetch(t, "http://"+p.AdminAddr().String()+"/debug/pprof/"); !strings.Contains(profiles, "goroutine") {
		t.Error("no profiles")
	}
}

func TestProgram_DrainClosesSocketsSoThatClientsComeBack(t *testing.T) {
	p := newProgram(t)
	session := p.signIn(t)
	lost := make(chan *client.DisconnectError, 2)
	for _, transport := range []client.Transport{client.WebSocket, client.Polling} {
		socket := p.connect(t, session, client.Options{Transports: []client.Transport{transport}})
		socket.OnDisconnect(func(e *client.DisconnectError) { lost <- e })
	}
	p.stop()
	for range 2 {
		select {
		case e := <-lost:
			if e.Reason == client.ServerDisconnect {
				t.Error("the server sent DISCONNECT: a stock client would stay away")
			}
		case <-time.After(patience):
			t.Fatal("a socket was not closed")
		}
	}
	if err := p.ended(t); err != nil {
		t.Errorf("run: %v", err)
	}
	if _, err := net.DialTimeout("tcp", p.Addr().String(), time.Second); err == nil {
		t.Error("the port is still open")
	}
}

// A request that is not finished yet keeps the drain from its end; meanwhile the server is asked.
func TestProgram_WhileDrainingNewConnectsAreToldToRetry(t *testing.T) {
	p := newProgram(t)
	busy, err := net.Dial("tcp", p.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	const login = `{"username":"demo","password":"demo"}`
	fmt.Fprintf(busy, "POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", len(login))
	answers := bufio.NewReader(busy)
	if line, err := answers.ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") { // it is being handled now
		t.Fatalf("%q, %v", line, err)
	}
	if _, err := answers.ReadString('\n'); err != nil {
		t.Fatal(err)
	}

	p.stop()
	ask := func(path string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header = http.Header{
			"Connection": {"Upgrade"}, "Upgrade": {"websocket"},
			"Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="},
		}
		w := httptest.NewRecorder()
		p.web.Handler.ServeHTTP(w, r)
		return w
	}
	// Before the drain has begun a recorder is no connection that could be upgraded: another failure, and no session.
	handshake := ask("/socket.io/?EIO=4&transport=websocket")
	for begin := time.Now(); handshake.Code != http.StatusServiceUnavailable && time.Since(begin) < patience; runtime.Gosched() {
		handshake = ask("/socket.io/?EIO=4&transport=websocket")
	}
	if handshake.Code != http.StatusServiceUnavailable || handshake.Header().Get("Retry-After") == "" {
		t.Errorf("a handshake while draining: %d, Retry-After %q", handshake.Code, handshake.Header().Get("Retry-After"))
	}
	if ready := ask("/readyz"); ready.Code != http.StatusServiceUnavailable {
		t.Errorf("/readyz while draining: %d", ready.Code)
	}
	fmt.Fprint(busy, login)
	resp, err := http.ReadResponse(answers, nil)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("the request that was under way: %v, %v", resp, err)
	}
	resp.Body.Close()
}

func TestProgram_RunsWithoutFeedBrokerAndAdmin(t *testing.T) {
	p := newProgram(t, func(c *Config) { c.Feed, c.Broker, c.AdminAddr = nil, brokerNone, "" })
	if p.AdminAddr() != nil {
		t.Error("there is an admin listener")
	}
	p.connect(t, p.signIn(t), client.Options{})
}

// subscribe emits an event and waits for its ack to be ok.
func subscribe(t *testing.T, c *client.Client, event string, args ...any) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	answer, err := c.Call(ctx, event, args...)
	if err != nil {
		t.Fatalf("%s: %v", event, err)
	}
	var ack struct{ OK bool }
	if err := answer.Decode(0, &ack); err != nil || !ack.OK {
		t.Fatalf("%s: %s, %v", event, answer, err)
	}
}

func read(t *testing.T, from <-chan json.RawMessage, into any) {
	t.Helper()
	select {
	case v := <-from:
		if err := json.Unmarshal(v, into); err != nil {
			t.Fatalf("decode %s: %v", v, err)
		}
	case <-time.After(patience):
		t.Fatal("nothing came")
	}
}

func fetch(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", url, resp.Status, err)
	}
	return string(text)
}
