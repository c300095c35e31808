package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// result is what one command line did.
type result struct {
	code     int
	out, err string
}

// tradewind runs a command line as the shell would, with input on stdin. The
// store is the one in dir.
func tradewind(t *testing.T, dir, input string, args ...string) result {
	t.Helper()
	t.Setenv("DATA_DIR", dir)
	var out, errs bytes.Buffer
	code := run(t.Context(), args, world{in: strings.NewReader(input), out: &out, err: &errs, getenv: os.Getenv})
	return result{code, out.String(), errs.String()}
}

// mustTradewind is tradewind for a command that has to work; it returns what was printed.
func mustTradewind(t *testing.T, dir, input string, args ...string) string {
	t.Helper()
	r := tradewind(t, dir, input, args...)
	if r.code != 0 {
		t.Fatalf("tradewind %s: exit code %d, %s", strings.Join(args, " "), r.code, r.err)
	}
	return r.out
}

func TestCLI_UserLife(t *testing.T) {
	dir := t.TempDir()
	if got := mustTradewind(t, dir, "correct horse\n", "user", "add", "alice", "--cash", "2500.50"); got != "added alice with 2500.5 USD\n" {
		t.Errorf("add printed %q", got)
	}
	if got := mustTradewind(t, dir, "", "user", "list"); !strings.Contains(got, "alice") || !strings.Contains(got, "paper") {
		t.Errorf("list printed %q", got)
	}
	if got := mustTradewind(t, dir, "battery staple\n", "user", "passwd", "alice"); !strings.HasPrefix(got, "changed the password of alice") {
		t.Errorf("passwd printed %q", got)
	}
	before := accountOf(t, dir, "alice")
	if got := mustTradewind(t, dir, "", "user", "reset-paper", "alice", "--cash", "7"); !strings.Contains(got, "alice has a new account a_") || !strings.HasSuffix(got, "with 7 USD\n") {
		t.Errorf("reset-paper printed %q", got)
	}
	if after := accountOf(t, dir, "alice"); after == before {
		t.Error("the account is the old one")
	}
	mustTradewind(t, dir, "", "user", "remove", "alice")
	if got := mustTradewind(t, dir, "", "user", "list"); strings.Contains(got, "alice") {
		t.Errorf("list still has her: %q", got)
	}
}

// accountOf reads the third column of the list.
func accountOf(t *testing.T, dir, name string) string {
	t.Helper()
	for line := range strings.Lines(mustTradewind(t, dir, "", "user", "list")) {
		if fields := strings.Fields(line); len(fields) > 2 && fields[0] == name {
			return fields[2]
		}
	}
	t.Fatalf("no user %s in the list", name)
	return ""
}

func TestCLI_SaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	mustTradewind(t, dir, "correct horse\n", "user", "add", "bob")
	cases := map[string]struct {
		input string
		args  []string
		code  int
		want  string
	}{
		"no command":           {"", nil, 2, ""},
		"unknown command":      {"", []string{"fly"}, 2, "tradewind: unexpected argument fly"},
		"unknown flag":         {"", []string{"serve", "--fast"}, 2, "tradewind: unknown flag --fast"},
		"name is taken":        {"correct horse\n", []string{"user", "add", "BOB"}, 1, "tradewind: there is a user BOB already"},
		"name with a space":    {"correct horse\n", []string{"user", "add", "b ob"}, 2, "tradewind: a user name has letters, digits"},
		"no name":              {"correct horse\n", []string{"user", "add"}, 2, "tradewind: a user name has 1 to 64 bytes"},
		"short password":       {"short\n", []string{"user", "add", "carol"}, 2, "tradewind: a password has at least 8 characters"},
		"endless password":     {strings.Repeat("x", 2000), []string{"user", "add", "carol"}, 2, "tradewind: a password has at least 8 characters"},
		"cash is no number":    {"", []string{"user", "add", "carol", "--cash", "much"}, 2, "tradewind: --cash: "},
		"debts":                {"", []string{"user", "add", "carol", "--cash=-5"}, 2, "tradewind: --cash: it is negative"},
		"passwd of nobody":     {"correct horse\n", []string{"user", "passwd", "nobody"}, 1, "tradewind: there is no user nobody"},
		"remove nobody":        {"", []string{"user", "remove", "nobody"}, 1, "tradewind: there is no user nobody"},
		"reset of nobody":      {"", []string{"user", "reset-paper", "nobody"}, 1, "tradewind: there is no user nobody"},
		"many and a name":      {"", []string{"user", "add", "x", "--count", "2", "--prefix", "p", "--sessions", "f"}, 2, "tradewind: user add takes a name or --count, not both"},
		"too many":             {"", []string{"user", "add", "--count", "2000000", "--prefix", "p", "--sessions", "f"}, 2, "tradewind: --count: 2000000 is out of range"},
		"many without file":    {"", []string{"user", "add", "--count", "2", "--prefix", "p"}, 2, "tradewind: --count needs --sessions FILE"},
		"many with bad prefix": {"", []string{"user", "add", "--count", "2", "--prefix", "a b", "--sessions", "f"}, 2, "tradewind: a user name has letters"},
		"wrong variable":       {"", []string{"serve", "--port", "http"}, 2, `tradewind: PORT: "http" is not a whole number`},
		"backup without place": {"", []string{"backup", filepath.Join(dir, "no", "such", "place.db")}, 1, "tradewind: "},
		"restore of nothing":   {"", []string{"restore", filepath.Join(dir, "nothing.db")}, 1, "tradewind: "},
		"healthcheck fails":    {"", []string{"healthcheck", "--url", "http://127.0.0.1:1/healthz"}, 1, "tradewind: ask http://127.0.0.1:1/healthz"},
		"healthcheck of words": {"", []string{"healthcheck", "--url", "::"}, 2, "tradewind: parse"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := tradewind(t, dir, c.input, c.args...)
			if got.code != c.code || !strings.HasPrefix(got.err, c.want) {
				t.Errorf("exit code %d, %q; want %d, %q", got.code, got.err, c.code, c.want)
			}
		})
	}
}

func TestCLI_ManyUsersGetSessionsThatWork(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "sessions.txt")
	mustTradewind(t, dir, "", "user", "add", "--count", "700", "--prefix", "load", "--sessions", file)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) != 700 || !strings.HasPrefix(lines[0], "load1 ") || !strings.HasPrefix(lines[699], "load700 ") {
		t.Fatalf("%d lines, first %q", len(lines), lines[0])
	}
	p := newProgram(t, func(c *Config) { c.DataDir = dir })
	me := p.call(t, http.MethodGet, "/api/me", strings.Fields(lines[699])[1], nil)
	if me.status != http.StatusOK || me.text("user", "name") != "load700" {
		t.Errorf("the last one's session: %d %s", me.status, me.body)
	}
}

func TestCLI_ManyUsersAreRefusedInProduction(t *testing.T) {
	t.Setenv("NODE_ENV", "production")
	got := tradewind(t, t.TempDir(), "", "user", "add", "--count", "2", "--prefix", "p", "--sessions", "f")
	if got.code != 2 || !strings.Contains(got.err, "refused in production") {
		t.Errorf("exit code %d, %q", got.code, got.err)
	}
}

func TestCLI_ServeRefusesVariablesOfLaterVersions(t *testing.T) {
	t.Setenv("MONGODB_URI", "mongodb://localhost")
	got := tradewind(t, t.TempDir(), "", "serve")
	if got.code != 2 || !strings.HasPrefix(got.err, "tradewind: MONGODB_URI is set but not supported yet: ") {
		t.Errorf("exit code %d, %q", got.code, got.err)
	}
}

func TestCLI_HelpAndVersion(t *testing.T) {
	if got := tradewind(t, t.TempDir(), "", "version"); got.code != 0 || got.out != "tradewind dev\n" {
		t.Errorf("version: %+v", got)
	}
	got := tradewind(t, t.TempDir(), "", "serve", "--help")
	for _, want := range []string{"PORT", "MAX_CONNECTIONS_PER_USER", "SECRET_KEY", "--demo"} {
		if !strings.Contains(got.out, want) {
			t.Errorf("serve --help does not mention %s", want)
		}
	}
	if got.code != 0 {
		t.Errorf("--help ends with %d", got.code)
	}
}

func TestCLI_Healthcheck(t *testing.T) {
	healthy := true
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !healthy {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer server.Close()
	port := server.URL[strings.LastIndex(server.URL, ":")+1:]
	args := []string{"healthcheck", "--port", port, "--tls-cert-file", "cert.pem"}
	if got := tradewind(t, t.TempDir(), "", args...); got.code != 0 || got.out != "healthy\n" {
		t.Errorf("healthy: %+v", got)
	}
	healthy = false
	if got := tradewind(t, t.TempDir(), "", args...); got.code != 1 || !strings.Contains(got.err, "503") {
		t.Errorf("sick: %+v", got)
	}
}

// TestCLI_ServeUntilTold runs the command as main does: it greets, serves, and ends well when told to.
func TestCLI_ServeUntilTold(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	t.Setenv("DATA_DIR", t.TempDir())
	t.Setenv("PORT", "0")
	t.Setenv("ADMIN_ADDR", "127.0.0.1:0")
	out := &signalWriter{seen: make(chan struct{}), want: "Metrics are on"}
	done := make(chan int)
	var errs bytes.Buffer
	go func() { // ends with ctx
		done <- run(ctx, []string{"serve", "--demo"}, world{in: strings.NewReader(""), out: out, err: &errs, getenv: os.Getenv})
	}()
	<-out.seen
	stop()
	if code := <-done; code != 0 {
		t.Errorf("exit code %d, log:\n%s", code, errs.String())
	}
	for _, want := range []string{"Tradewind is on http://localhost:", "Sign in as demo, password demo"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("greeting %q lacks %q", out.String(), want)
		}
	}
}

// signalWriter tells when a text was written.
type signalWriter struct {
	bytes.Buffer
	want string
	seen chan struct{}
	done bool
}

func (w *signalWriter) Write(p []byte) (int, error) {
	n, err := w.Buffer.Write(p)
	if !w.done && strings.Contains(w.Buffer.String(), w.want) {
		w.done = true
		close(w.seen)
	}
	return n, err
}
