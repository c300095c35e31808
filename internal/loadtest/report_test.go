package loadtest_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tradewind/internal/loadtest"
)

var update = flag.Bool("update", false, "write the golden files anew")

func pointer(v float64) *float64 { return &v }

// fullReport has every part that there is.
func fullReport() loadtest.Report {
	q := loadtest.Quantiles{P50: 1.2, P90: 3, P99: 9.1, P999: 20.5, Max: 1250}
	return loadtest.Report{
		Scenario: loadtest.Mixed, URL: "http://localhost:5000", Transport: loadtest.WebSocket,
		Clients: 1000, Connected: 998, Failed: 2, Seconds: 10, Deliveries: 1_200_345, DeliveriesPerSecond: 120_034,
		LatencyMs: &q, CompleteMs: &loadtest.Complete{Quantiles: q, Count: 40, Incomplete: 1},
		Connects:    loadtest.Connects{Count: 998, Seconds: 1.2, PerSecond: 831.6, LatencyMs: &q},
		Disconnects: map[string]int{"transport close (4008 slow consumer)": 3, "ping timeout": 1},
		Slow:        &loadtest.SlowClients{Clients: 50, Disconnected: map[string]int{"transport close": 50}},
		Errors:      map[string]int{"connect refused: <b>Too many</b> (too_many_connections)": 2},
		Events:      map[string]int64{"quote:update": 1_200_345}, Pings: 1998, MessagesPerRead: 7.4,
		Trades: &loadtest.TradeReport{Orders: 500, Accepted: 500, Executed: 499, Missing: 1, LatencyMs: &q},
		Ledger: &loadtest.LedgerReport{Drops: 100, Returns: 100, Handled: 1500, Repeats: 2},
		Server: &loadtest.ServerUse{
			PID: 1, CPUSeconds: 1.5, CPUMicrosPerDelivery: pointer(1.25), CPUMicrosPerConnect: pointer(60), CPUMicrosPerPing: pointer(18),
			RSSBytes: 40_000_000, RSSBytesIdle: 20_000_000, RSSBytesPerConnection: pointer(-1200),
		},
		Generator: loadtest.GeneratorUse{CPUSeconds: 4}, ClockSkewMs: 12.5,
		Points: []loadtest.Point{{Seconds: 1, Deliveries: 100_000, P50: 1, P99: 8, Max: 10}, {Seconds: 2, Deliveries: 130_000, P50: 1.5, P99: 9.1, Max: 1250}},
	}
}

func TestReport_AllFormats_AreAsTheGoldenFiles(t *testing.T) {
	// A report without anything: no client came in.
	bare := loadtest.Report{
		Scenario: loadtest.Storm, URL: "http://localhost:5000", Transport: loadtest.Polling, Clients: 1, Failed: 1,
		Disconnects: map[string]int{}, Errors: map[string]int{"connection refused": 1},
	}
	for name, report := range map[string]loadtest.Report{"full": fullReport(), "bare": bare} {
		for kind, write := range map[string]func(*bytes.Buffer) error{
			"txt":  func(b *bytes.Buffer) error { return report.WriteText(b) },
			"html": func(b *bytes.Buffer) error { return report.WriteHTML(b) },
			"json": func(b *bytes.Buffer) error {
				enc := json.NewEncoder(b)
				enc.SetIndent("", "  ")
				return enc.Encode(report)
			},
		} {
			var got bytes.Buffer
			if err := write(&got); err != nil {
				t.Fatalf("%s.%s: %v", name, kind, err)
			}
			file := filepath.Join("testdata", name+"."+kind)
			if *update {
				if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Errorf("%s (go test -update writes it anew):\n%s", file, diff)
			}
		}
	}
}

func TestReport_Page_LoadsNothingAndEscapes(t *testing.T) {
	var page bytes.Buffer
	if err := fullReport().WriteHTML(&page); err != nil {
		t.Fatal(err)
	}
	if found := regexp.MustCompile(`(?i)(src|href)=|@import|url\(|<script|<link|<b>`).FindString(page.String()); found != "" {
		t.Errorf("the page has %q", found)
	}
	if !bytes.Contains(page.Bytes(), []byte("prefers-color-scheme: dark")) {
		t.Error("the page has no dark scheme")
	}
}
