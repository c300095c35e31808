package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tradewind/internal/loadtest"
)

func TestLoadtest_AgainstTheServer_MeasuresWhatItDoes(t *testing.T) {
	dir := t.TempDir()
	sessions := filepath.Join(dir, "sessions.txt")
	mustTradewind(t, dir, "", "user", "add", "--count", "10", "--prefix", "load", "--sessions", sessions)
	server := newProgram(t, func(c *Config) { c.DataDir = dir })
	for _, scenario := range []string{"quotes", "portfolio", "trades", "mixed"} {
		t.Run(scenario, func(t *testing.T) {
			file, page := filepath.Join(dir, "report.json"), filepath.Join(dir, "report.html")
			out := mustTradewind(t, dir, "", "loadtest", "--url", server.url, "--sessions", sessions, "--scenario", scenario,
				"--clients", "10", "--duration", "1200ms", "--settle", "100ms", "--drops-per-second", "10", "--json", file, "--html", page)
			if !strings.Contains(out, "10 connected, 0 failed, of 10") {
				t.Errorf("printed\n%s", out)
			}
			var r loadtest.Report
			text, err := os.ReadFile(file)
			if err == nil {
				err = json.Unmarshal(text, &r)
			}
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Errors) > 0 || len(r.Disconnects) > 0 || r.Deliveries == 0 || r.LatencyMs == nil && scenario != "trades" {
				t.Errorf("report %s", text)
			}
			if (scenario == "trades" || scenario == "mixed") && (r.Trades.Executed == 0 || r.Trades.Missing > 0 || r.Ledger.Gaps > 0) {
				t.Errorf("report %s", text)
			}
			if scenario == "mixed" && (r.Ledger.Drops == 0 || r.Ledger.Returns != r.Ledger.Drops) {
				t.Errorf("report %s", text)
			}
			if html, err := os.ReadFile(page); err != nil || !strings.Contains(string(html), "<polyline") {
				t.Errorf("page: %v, %d bytes", err, len(html))
			}
		})
	}
}

func TestLoadtest_SaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	empty, odd := filepath.Join(dir, "empty"), filepath.Join(dir, "odd")
	for file, text := range map[string]string{empty: "\n", odd: "load1 id1\nload2\n"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"scenario":    {[]string{"--scenario", "rain"}, `tradewind: --scenario: "rain" is no scenario; allowed are idle,`},
		"url":         {[]string{"--url", "localhost:5000"}, `tradewind: --url: "localhost:5000"`},
		"clients":     {[]string{"--clients", "0"}, "tradewind: --clients: 0 is out of range; allowed are 1 and more"},
		"too many":    {[]string{"--clients", "999999999"}, "tradewind: --clients: 999999999 is out of range; allowed are 1 to 1000000"},
		"ramp":        {[]string{"--ramp", "fast"}, `tradewind: --ramp: "fast" is no number of connects a second; allowed are numbers such as 500 and 500/s`},
		"duration":    {[]string{"--duration", "soon"}, `tradewind: --duration: "soon" is not a time`},
		"format":      {[]string{"--format", "yaml"}, `tradewind: --format: "yaml" is no format; allowed are text and json`},
		"no file":     {[]string{"--sessions", filepath.Join(dir, "none")}, "tradewind: --sessions: open "},
		"no session":  {[]string{"--sessions", empty}, "has no session; allowed is what user add --count N --sessions FILE writes"},
		"odd session": {[]string{"--sessions", odd}, "tradewind: --sessions: line 2 of "},
		"no sessions": {[]string{"--scenario", "mixed"}, "tradewind: --scenario mixed needs --sessions FILE"},
		"slow":        {[]string{"--slow", "200"}, "tradewind: --slow: 200 is out of range"},
	} {
		t.Run(name, func(t *testing.T) {
			got := tradewind(t, dir, "", append([]string{"loadtest"}, c.args...)...)
			if got.code != 2 || !strings.Contains(got.err, c.want) {
				t.Errorf("exit code %d, %q, want %q", got.code, got.err, c.want)
			}
		})
	}
}

func TestLoadtest_NoServer_IsAFailureWithItsReport(t *testing.T) {
	got := tradewind(t, t.TempDir(), "", "loadtest", "--url", "http://127.0.0.1:1", "--clients", "2", "--format", "json")
	if got.code != 1 || !strings.Contains(got.err, "no client could connect") || !strings.Contains(got.out, `"connection refused": 2`) {
		t.Errorf("exit code %d, %q, printed %s", got.code, got.err, got.out)
	}
}

func TestProgressText_SaysHowItGoes(t *testing.T) {
	p := loadtest.Progress{Phase: "measuring", Elapsed: 3400 * time.Millisecond, Clients: 100, Present: 98, Failed: 2,
		Deliveries: 1234.4, P50: 1500 * time.Microsecond, P99: 20 * time.Millisecond}
	if got, want := progressText(p), "measuring 3s  98 of 100 clients, 2 failed  1234 deliveries/s  p50 1.5 ms  p99 20.0 ms"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
