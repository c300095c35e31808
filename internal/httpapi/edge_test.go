package httpapi_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tradewind/internal/httpapi"
	"tradewind/internal/netrules"
	"tradewind/internal/session"
	"tradewind/internal/trading"
)

const marketOrder = `{"symbol":"AAPL","side":"buy","type":"market","quantity":1}`

// cookie is the header with which a browser sends the session of a user.
func (f *fixture) cookie(user string) string {
	return "Cookie: " + httpapi.CookieName + "=" + f.id(user)
}

func TestOrigin_ChangesByCookieNeedAnAllowedOne(t *testing.T) {
	f := newFixture(t)
	for _, tt := range []struct {
		name    string
		headers []string
		status  int
	}{
		{"from the frontend", []string{f.cookie("alice"), "Origin: " + frontend}, 202},
		{"from the same origin", []string{f.cookie("alice"), "Host: trade.example.com", "Origin: https://trade.example.com"}, 202},
		{"from elsewhere", []string{f.cookie("alice"), "Origin: https://evil.test"}, 403},
		{"from a sandboxed page", []string{f.cookie("alice"), "Origin: null"}, 403},
		{"without an origin", []string{f.cookie("alice")}, 403},
		{"by header, without an origin", []string{"Authorization: Bearer " + f.id("alice")}, 202},
		{"by header, cookie or not", []string{"Authorization: Bearer " + f.id("alice"), f.cookie("alice")}, 202},
	} {
		res := f.send("POST", "/api/orders", marketOrder, tt.headers...)
		if res.StatusCode != tt.status {
			t.Errorf("%s: %d, want %d: %s", tt.name, res.StatusCode, tt.status, res.text)
		}
	}
	for _, call := range [][2]string{{"DELETE", "/api/orders/ord_1"}, {"PUT", "/api/settings"}, {"POST", "/api/logout"}, {"PATCH", "/api/orders/ord_1"}} {
		f.send(call[0], call[1], "", f.cookie("alice"), "Origin: https://evil.test").problem(t, 403, "origin_not_allowed")
	}
	f.send("GET", "/api/me", "", f.cookie("alice"), "Origin: https://evil.test").want(t, 200)
}

func TestOrigin_SignInIsNotForForeignSites(t *testing.T) {
	f := newFixture(t)
	f.send("POST", "/api/login", aliceLogin, "Origin: https://evil.test").problem(t, 403, "origin_not_allowed")
	f.send("POST", "/api/login", aliceLogin, "Origin: "+frontend).want(t, 200)
	f.send("POST", "/api/login", aliceLogin).want(t, 200)
}

func TestCORS_AllowedOriginsMayReadWithCredentials(t *testing.T) {
	f := newFixture(t)
	h := f.send("GET", "/api/me", "", f.cookie("alice"), "Origin: "+frontend).want(t, 200).Header
	if h.Get("Access-Control-Allow-Origin") != frontend || h.Get("Access-Control-Allow-Credentials") != "true" || h.Get("Vary") != "Origin" {
		t.Errorf("headers %v", h)
	}
	if h := f.send("GET", "/api/me", "", "Origin: "+frontend).Header; h.Get("Access-Control-Allow-Origin") != frontend {
		t.Error("a script cannot read why it was refused")
	}
	h = f.send("GET", "/api/me", "", f.cookie("alice"), "Origin: https://evil.test").Header
	if h.Get("Access-Control-Allow-Origin") != "" || h.Get("Vary") != "Origin" {
		t.Errorf("headers for a foreign site %v", h)
	}
}

func TestCORS_Preflight(t *testing.T) {
	f := newFixture(t)
	res := f.send("OPTIONS", "/api/orders/ord_1", "", "Origin: "+frontend, "Access-Control-Request-Method: PATCH", "Access-Control-Request-Headers: content-type").want(t, 204)
	for name, want := range map[string]string{
		"Access-Control-Allow-Origin": frontend, "Access-Control-Allow-Credentials": "true",
		"Access-Control-Allow-Methods": "DELETE, GET, HEAD, OPTIONS, PATCH", "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key",
		"Access-Control-Max-Age": "600",
	} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	f.send("OPTIONS", "/api/orders", "", "Origin: https://evil.test", "Access-Control-Request-Method: POST").problem(t, 403, "origin_not_allowed")
	if got := f.send("OPTIONS", "/api/orders", "").want(t, 204).Header.Get("Allow"); got != "GET, HEAD, OPTIONS, POST" {
		t.Errorf("Allow %q", got)
	}
}

func TestMethods_WrongOneIsToldTheRight(t *testing.T) {
	f := newFixture(t)
	res := f.alice("PUT", "/api/orders", "{}")
	res.problem(t, 405, "method_not_allowed")
	if got := res.Header.Get("Allow"); got != "GET, HEAD, OPTIONS, POST" {
		t.Errorf("Allow %q", got)
	}
	if res := f.alice("HEAD", "/api/portfolio", ""); res.StatusCode != 200 {
		t.Errorf("HEAD: %d", res.StatusCode)
	}
}

func TestPaths_UnknownOnesAreProblems(t *testing.T) {
	f := newFixture(t)
	for _, path := range []string{"/api", "/api/", "/api/nope", "/api/orders/1/2", "/api/broker", "/api/signals", "/api/publish", "/"} {
		f.alice("GET", path, "").problem(t, 404, "not_found")
	}
}

func TestAnswers_AreNotForCachesOrFrames(t *testing.T) {
	f := newFixture(t)
	for _, res := range []answer{f.alice("GET", "/api/me", ""), f.send("GET", "/api/nope", "")} {
		for name, want := range map[string]string{
			"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
			"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
		} {
			if got := res.Header.Get(name); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
	}
}

// behindProxy is an API that believes 10.0.0.0/8.
func behindProxy(t *testing.T) *fixture {
	return newFixture(t, func(d *httpapi.Deps, _ *httpapi.Options) {
		rules, err := netrules.New(nil, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, false)
		if err != nil {
			t.Fatal(err)
		}
		d.Rules = rules
	})
}

func TestProxy_TellsAddressHostAndScheme(t *testing.T) {
	f := behindProxy(t)
	login := func(peer string) answer {
		r := f.request("", "POST", "/api/login", aliceLogin)
		r.Header.Del("Authorization")
		r.RemoteAddr = peer
		for name, value := range map[string]string{
			"X-Forwarded-For": "198.51.100.7", "X-Forwarded-Host": "trade.example.com", "X-Forwarded-Proto": "https",
			"Origin": "https://trade.example.com", "User-Agent": strings.Repeat("U", 300),
		} {
			r.Header.Set(name, value)
		}
		return f.serve(r)
	}
	if c := login("10.0.0.1:9").want(t, 200).cookie(t); !c.Secure {
		t.Error("the cookie is not Secure behind TLS")
	}
	if got := f.sessions.from; got.Address != "198.51.100.7" || !strings.HasPrefix(got.UserAgent, "UUU") {
		t.Errorf("signed in from %v with %q", got.Address, got.UserAgent)
	}
	login("203.0.113.9:9").problem(t, 403, "origin_not_allowed")
}

func TestHealth(t *testing.T) {
	var down error
	f := newFixture(t, func(d *httpapi.Deps, _ *httpapi.Options) {
		d.Ready = []httpapi.ReadyCheck{
			{Name: "store", Check: func(context.Context) error { return nil }},
			{Name: "feed", Check: func(context.Context) error { return down }},
		}
	})
	f.send("GET", "/healthz", "").want(t, 200).sees(t, `{"status":"ok"}`)
	f.send("GET", "/readyz", "").want(t, 200).sees(t, `{"status":"ready"}`)
	down = errors.New("dial 10.1.2.3: refused")
	res := f.send("GET", "/readyz", "")
	res.problem(t, 503, "not_ready")
	res.sees(t, "feed is not ready")
	if strings.Contains(res.text, "10.1.2.3") || !strings.Contains(f.log.String(), "10.1.2.3") {
		t.Error("what is wrong belongs into the log, and only there")
	}
	f.send("GET", "/healthz", "").want(t, 200)
}

func TestPanic_IsA500AndTheServerGoesOn(t *testing.T) {
	f := newFixture(t)
	f.values.value = func(context.Context, trading.AccountID) (trading.Portfolio, error) { panic("boom") }
	f.alice("GET", "/api/portfolio", "").problem(t, 500, "internal")
	if log := f.log.String(); !strings.Contains(log, "boom") || !strings.Contains(log, "edge_test.go") {
		t.Errorf("the panic and its place are not logged: %s", log)
	}
	f.alice("GET", "/api/me", "").want(t, 200)
}

func TestTimeout_IsAProblemThatMayBeRetried(t *testing.T) {
	f := newFixture(t, func(_ *httpapi.Deps, o *httpapi.Options) { o.Timeout = time.Millisecond })
	f.values.value = func(ctx context.Context, _ trading.AccountID) (trading.Portfolio, error) {
		<-ctx.Done()
		return trading.Portfolio{}, fmt.Errorf("value: %w", ctx.Err())
	}
	// The store is asked under the same deadline, so it may be the one to give up.
	res := f.alice("GET", "/api/portfolio", "")
	if res.StatusCode != 503 || res.Header.Get("Retry-After") == "" {
		t.Errorf("status %d, %s", res.StatusCode, res.text)
	}
}

func TestClientThatLeaves_IsNotAFailure(t *testing.T) {
	f := newFixture(t)
	ctx, leave := context.WithCancel(t.Context())
	f.values.value = func(ctx context.Context, _ trading.AccountID) (trading.Portfolio, error) {
		leave()
		return trading.Portfolio{}, ctx.Err()
	}
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, f.request("alice", "GET", "/api/portfolio", "").WithContext(ctx))
	if log := f.log.String(); !strings.Contains(log, `"status":499`) || strings.Contains(log, `"ERROR"`) {
		t.Errorf("log %s", log)
	}
}

func TestLimits_OnRequestsAtOnce(t *testing.T) {
	f := newFixture(t, func(_ *httpapi.Deps, o *httpapi.Options) { o.MaxInFlight, o.MaxInFlightPerCaller = 3, 1 })
	entered, release := make(chan struct{}), make(chan struct{})
	f.values.value = func(_ context.Context, account trading.AccountID) (trading.Portfolio, error) {
		entered <- struct{}{}
		<-release
		return trading.Portfolio{Account: account, Currency: "USD"}, nil
	}
	done := make(chan int)
	hold := func(user string) {
		r := f.request(user, "GET", "/api/portfolio", "")
		go func() { // ends when release is closed
			w := httptest.NewRecorder()
			f.handler.ServeHTTP(w, r)
			done <- w.Code
		}()
		select {
		case <-entered:
		case status := <-done:
			t.Fatalf("%s: %d", user, status)
		}
	}
	hold("alice")
	res := f.alice("GET", "/api/me", "")
	res.problem(t, 429, "rate_limited")
	if res.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	hold("bob")
	f.send("GET", "/healthz", "").want(t, 200)
	close(release)
	for range 2 {
		if got := <-done; got != 200 {
			t.Errorf("held request: %d", got)
		}
	}
	f.alice("GET", "/api/me", "").want(t, 200)
}

// Somebody who only begins to sign in must not keep others out.
func TestLimits_OnSignInsOfOneAddressAtOnce(t *testing.T) {
	f := newFixture(t, func(_ *httpapi.Deps, o *httpapi.Options) { o.MaxInFlightPerCaller = 1 })
	var inside, elsewhere answer
	f.sessions.before = func(context.Context) error {
		f.sessions.before = nil
		inside = f.send("POST", "/api/login", aliceLogin)
		r := f.request("", "POST", "/api/login", aliceLogin)
		r.RemoteAddr = "198.51.100.7:1234"
		elsewhere = f.serve(r)
		return nil
	}
	f.send("POST", "/api/login", aliceLogin).want(t, 200)
	inside.problem(t, 429, "rate_limited")
	elsewhere.want(t, 200)
}

func TestLimits_FullServerSaysSo(t *testing.T) {
	f := newFixture(t, func(_ *httpapi.Deps, o *httpapi.Options) { o.MaxInFlight = 1 })
	var inside answer
	f.values.value = func(_ context.Context, account trading.AccountID) (trading.Portfolio, error) {
		inside = f.as("bob", "GET", "/api/me", "")
		return trading.Portfolio{Account: account, Currency: "USD"}, nil
	}
	f.alice("GET", "/api/portfolio", "").want(t, 200)
	inside.problem(t, 503, "busy")
	if inside.Header.Get("Retry-After") != "1" {
		t.Error("no Retry-After")
	}
}

func TestLog_HasWhatHappenedAndNoSecrets(t *testing.T) {
	f := newFixture(t)
	id := f.send("POST", "/api/login", aliceLogin).want(t, 200).cookie(t).Value
	f.as(id, "GET", "/api/orders/ord_77?symbol=HIDDEN", "").problem(t, 404, "order_not_found")
	f.send("GET", "/healthz", "")
	log := f.log.String()
	for _, want := range []string{
		`"msg":"http request","method":"POST","route":"/api/login","status":200`,
		`"route":"/api/orders/{id}","status":404`, `"user":"usr_alice","code":"order_not_found"`, `"level":"DEBUG","msg":"http request","method":"GET","route":"/healthz"`, `"address":"192.0.2.1"`,
	} {
		if !strings.Contains(log, want) {
			t.Errorf("log lacks %s:\n%s", want, log)
		}
	}
	for _, secret := range []string{password, id, "ord_77", "HIDDEN"} {
		if strings.Contains(log, secret) {
			t.Errorf("log has %q:\n%s", secret, log)
		}
	}
}

func TestMetrics_CountByRouteAndNothingMadeUp(t *testing.T) {
	f := newFixture(t)
	f.alice("GET", "/api/orders/a", "")
	f.alice("GET", "/api/orders/b", "")
	f.alice("GET", "/api/made/up", "")
	f.alice("BREW", "/api/me", "")
	got := make(map[string]float64)
	families, err := f.metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			labels := make([]string, 0, 3)
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetValue())
			}
			got[family.GetName()+" "+strings.Join(labels, " ")] = m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	want := map[string]float64{
		"tradewind_http_in_flight ":                              0,
		"tradewind_http_problems_total method_not_allowed":       1,
		"tradewind_http_problems_total not_found":                1,
		"tradewind_http_problems_total order_not_found":          2,
		"tradewind_http_requests_total GET /api/orders/{id} 404": 2,
		"tradewind_http_requests_total GET none 404":             1,
		"tradewind_http_requests_total other /api/me 405":        1,
		"tradewind_http_request_seconds GET /api/orders/{id}":    2,
		"tradewind_http_request_seconds GET none":                1,
		"tradewind_http_request_seconds other /api/me":           1,
	}
	if !maps.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

// connection is a client's side of a real server on one connection in memory.
type connection struct {
	t    *testing.T
	conn net.Conn
	read *bufio.Reader
}

// connect serves h on a connection; to be called in a bubble, whose end waits for all of it.
func connect(t *testing.T, h http.Handler) *connection {
	clientSide, serverSide := net.Pipe()
	listener := &oneConn{conn: serverSide, closed: make(chan struct{})}
	server := &http.Server{Handler: h}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }() // ends with the cleanup
	t.Cleanup(func() {
		_ = server.Close()
		_ = clientSide.Close()
		<-served
	})
	return &connection{t, clientSide, bufio.NewReader(clientSide)}
}

// send writes a request; length is what it says of its body.
func (c *connection) send(method, path string, length int, body string) answer {
	c.t.Helper()
	fmt.Fprintf(c.conn, "%s %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", method, path, length, body)
	res, err := http.ReadResponse(c.read, nil)
	if err != nil {
		c.t.Fatalf("the connection ended: %v", err)
	}
	text, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return answer{res, string(text)}
}

// A connection serves one request after another, and sockets too, which set no
// deadlines: those of a request must not end the next.
func TestConnection_OutlivesTheDeadlinesOfItsRequests(t *testing.T) {
	f := newFixture(t)
	synctest.Test(t, func(t *testing.T) {
		mux := http.NewServeMux()
		mux.Handle("/api/", f.handler)
		mux.HandleFunc("/socket.io/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "poll") })
		c := connect(t, mux)
		for range 2 {
			c.send("POST", "/api/login", 2, "{}").problem(t, 400, "invalid_request")
			time.Sleep(time.Hour) // of the bubble's clock
			c.send("GET", "/socket.io/", 0, "").want(t, 200).sees(t, "poll")
			time.Sleep(time.Hour)
		}
	})
}

func TestBody_ThatDoesNotArriveEndsTheWait(t *testing.T) {
	f := newFixture(t)
	for _, path := range []string{"/api/login", "/api/orders", "/api/nope"} { // read, refused unread, unknown
		synctest.Test(t, func(t *testing.T) {
			started := time.Now()
			got := connect(t, f.handler).send("POST", path, 100, "{")
			if waited := time.Since(started); waited > 10*time.Second || got.StatusCode < 400 {
				t.Errorf("POST %s: %d after %s", path, got.StatusCode, waited)
			}
			if path == "/api/login" {
				got.problem(t, 408, "body_timeout")
			}
		})
	}
}

// The time for the body is not the time for the answer.
func TestBody_ThatArrivedLeavesTheHandlerItsTime(t *testing.T) {
	f := newFixture(t, func(_ *httpapi.Deps, o *httpapi.Options) { o.Timeout = time.Minute })
	synctest.Test(t, func(t *testing.T) {
		f.sessions.before = func(ctx context.Context) error {
			select {
			case <-time.After(30 * time.Second):
				return session.ErrBusy
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		connect(t, f.handler).send("POST", "/api/login", len(aliceLogin), aliceLogin).problem(t, 503, "busy")
	})
}

// oneConn is a listener with one connection.
type oneConn struct {
	conn   net.Conn
	closed chan struct{}
}

func (l *oneConn) Accept() (net.Conn, error) {
	if c := l.conn; c != nil {
		l.conn = nil
		return c, nil
	}
	<-l.closed
	return nil, net.ErrClosed
}

func (l *oneConn) Close() error   { close(l.closed); return nil }
func (l *oneConn) Addr() net.Addr { return &net.TCPAddr{} }

func TestDemo_IsOfferedByADemoServerOnly(t *testing.T) {
	for _, demo := range []bool{true, false} {
		f := newFixture(t, func(_ *httpapi.Deps, o *httpapi.Options) { o.Demo = demo })
		res := f.send("GET", "/api/me", "")
		res.problem(t, 401, "auth_required")
		if got := strings.Contains(res.text, `"demo":true`); got != demo {
			t.Errorf("demo server %v: %s", demo, res.text)
		}
	}
}
