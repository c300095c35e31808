package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"tradewind/internal/loadtest"
)

// loadtestCommand loads a running server and reports what it did.
type loadtestCommand struct {
	URL       string  `name:"url" env:"LOADTEST_URL" default:"http://localhost:5000" placeholder:"URL" help:"Server to load: http, https, ws or wss." group:"load"`
	Scenario  string  `env:"LOADTEST_SCENARIO" default:"quotes" placeholder:"NAME" help:"idle, quotes, broadcast, portfolio, unicast, slow, storm, trades or mixed; docs/loadtest.md explains them." group:"load"`
	Clients   int     `env:"LOADTEST_CLIENTS" default:"100" placeholder:"N" help:"Clients that connect." group:"load"`
	Sessions  string  `env:"LOADTEST_SESSIONS" placeholder:"FILE" help:"What user add --count N --sessions FILE wrote: the users to connect as, in turns." group:"load"`
	Auth      string  `env:"LOADTEST_AUTH" default:"{\"sessionID\":\"s%i\"}" placeholder:"JSON" help:"Without --sessions: what clients connect with; %i is the number of the client, from 0." group:"load"`
	Transport string  `env:"LOADTEST_TRANSPORT" default:"websocket" placeholder:"NAME" help:"websocket, polling or upgrade." group:"load"`
	Insecure  bool    `env:"LOADTEST_INSECURE" help:"Accept any certificate." group:"load"`
	Ramp      string  `env:"LOADTEST_RAMP" default:"0" placeholder:"N/s" help:"Connects begun a second; 0 for as many as --in-flight allows." group:"load"`
	InFlight  int     `env:"LOADTEST_IN_FLIGHT" default:"200" placeholder:"N" help:"Connects under way at once." group:"load"`
	Settle    string  `env:"LOADTEST_SETTLE" default:"2s" placeholder:"TIME" help:"Rest between the last connect and the measuring." group:"load"`
	Duration  string  `env:"LOADTEST_DURATION" default:"10s" placeholder:"TIME" help:"Time of measuring." group:"load"`
	Slow      float64 `env:"LOADTEST_SLOW" default:"0" placeholder:"PERCENT" help:"Share of the clients that stops reading; of scenario slow 5 when 0." group:"load"`

	SymbolList       string  `env:"LOADTEST_SYMBOL_LIST" placeholder:"A,B,..." help:"Symbols to watch and to trade; with --sessions the server's own when unset." group:"load"`
	Symbols          int     `env:"LOADTEST_SYMBOLS" default:"100" placeholder:"N" help:"How many symbols are made up, or taken of the server's." group:"load"`
	SymbolPrefix     string  `env:"LOADTEST_SYMBOL_PREFIX" default:"SYM" placeholder:"TEXT" help:"Made-up symbols are this and a number from 0." group:"load"`
	SymbolsPerClient int     `env:"LOADTEST_SYMBOLS_PER_CLIENT" default:"20" placeholder:"N" help:"Symbols that one client watches." group:"load"`
	OrdersPerSecond  float64 `env:"LOADTEST_ORDERS_PER_SECOND" default:"50" placeholder:"N" help:"Orders of all clients together; trades and mixed." group:"load"`
	DropsPerSecond   float64 `env:"LOADTEST_DROPS_PER_SECOND" default:"0" placeholder:"N" help:"Connections cut; mixed. A tenth of the clients when 0." group:"load"`

	PID    int    `name:"pid" env:"LOADTEST_PID" placeholder:"PID" help:"Process of the server on this machine: its CPU and memory are measured (Linux)." group:"report"`
	Format string `env:"LOADTEST_FORMAT" default:"text" placeholder:"FORMAT" help:"text or json, on standard output." group:"report"`
	JSON   string `name:"json" env:"LOADTEST_JSON" placeholder:"FILE" help:"Also write the report as JSON to a file." group:"report"`
	HTML   string `name:"html" env:"LOADTEST_HTML" placeholder:"FILE" help:"Also write the report as a page with plots to a file." group:"report"`
}

func (c *loadtestCommand) Run(ctx context.Context, w world) error {
	o, err := c.options()
	if err != nil {
		return usageError{err}
	}
	if err := enoughDescriptors(o.Clients); err != nil {
		return usageError{err}
	}
	show := newProgressLine(w.err)
	o.Progress = show.update
	report, runErr := loadtest.Run(ctx, o)
	show.clear()
	if report.Clients == 0 {
		return runErr
	}
	return errors.Join(runErr, c.write(w.out, report))
}

// options reads the flags. The error is one sentence for each wrong one.
func (c *loadtestCommand) options() (loadtest.Options, error) {
	var p parser
	o := loadtest.Options{
		URL: c.URL, Scenario: loadtest.Scenario(c.Scenario), Clients: c.Clients, Auth: c.Auth,
		Transport: loadtest.Transport(c.Transport), InsecureTLS: c.Insecure,
		Ramp: p.ramp(c.Ramp), InFlight: c.InFlight,
		Settle:     p.duration("--settle", c.Settle, 0, day),
		Duration:   p.duration("--duration", c.Duration, 100*time.Millisecond, day),
		SymbolList: list(c.SymbolList), Symbols: c.Symbols, SymbolPrefix: c.SymbolPrefix, SymbolsPerClient: c.SymbolsPerClient,
		OrdersPerSecond: c.OrdersPerSecond, DropsPerSecond: c.DropsPerSecond, SlowPercent: c.Slow,
		PID: c.PID,
	}
	// What is 0 means a default to the package, and a mistake on the command line.
	for _, f := range []struct {
		name  string
		value int
	}{{"clients", c.Clients}, {"in-flight", c.InFlight}, {"symbols", c.Symbols}, {"symbols-per-client", c.SymbolsPerClient}} {
		if f.value == 0 {
			p.add("--%s: 0 is out of range; allowed are 1 and more", f.name)
		}
	}
	if c.OrdersPerSecond == 0 {
		p.add("--orders-per-second: 0 is out of range; allowed is more than 0")
	}
	switch c.Format {
	case "text", "json":
	default:
		p.wrong("--format", c.Format, "is no format", "text and json")
	}
	if c.Sessions != "" {
		var err error
		if o.Sessions, err = readSessions(c.Sessions); err != nil {
			p.errs = append(p.errs, err)
			return o, errors.Join(p.errs...) // without sessions other mistakes would be made up
		}
	}
	if len(p.errs) == 0 {
		return o, o.Validate()
	}
	return o, errors.Join(p.errs...)
}

// ramp reads a number a second, with or without /s behind it.
func (p *parser) ramp(text string) float64 {
	var n float64
	if _, err := fmt.Sscanf(strings.TrimSuffix(strings.TrimSpace(text), "/s")+"\n", "%g\n", &n); err != nil || n < 0 {
		p.wrong("--ramp", text, "is no number of connects a second", "numbers such as 500 and 500/s, and 0 for no limit")
	}
	return n
}

// readSessions reads lines of a name and a session id.
func readSessions(path string) ([]string, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("--sessions: %w", err)
	}
	defer file.Close()
	var ids []string
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		switch len(fields) {
		case 0:
			continue
		case 2:
			ids = append(ids, fields[1])
		default:
			return nil, fmt.Errorf("--sessions: line %d of %s is not a name and a session; allowed is what user add --count N --sessions FILE writes", len(ids)+1, path)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("--sessions: read %s: %w", path, err)
	}
	if len(ids) == 0 {
		return nil, fmt.Errorf("--sessions: %s has no session; allowed is what user add --count N --sessions FILE writes", path)
	}
	return ids, nil
}

// loadtestDescriptors are for what is not a client: files, requests of orders.
const loadtestDescriptors = 300

func enoughDescriptors(clients int) error {
	limit, known := descriptorLimit()
	if known && uint64(clients)+loadtestDescriptors > limit {
		return fmt.Errorf("--clients: %d need more open files than this shell allows (%d); raise the limit, as with ulimit -n %d", clients, limit, clients+loadtestDescriptors)
	}
	return nil
}

// write writes the report wherever it is wanted.
func (c *loadtestCommand) write(out io.Writer, report loadtest.Report) error {
	text, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return fmt.Errorf("encode report: %w", err)
	}
	text = append(text, '\n')
	if c.JSON != "" {
		if err := os.WriteFile(c.JSON, text, 0o644); err != nil {
			return fmt.Errorf("--json: %w", err)
		}
	}
	if c.HTML != "" {
		var page bytes.Buffer
		if err := report.WriteHTML(&page); err != nil {
			return err
		}
		if err := os.WriteFile(c.HTML, page.Bytes(), 0o644); err != nil {
			return fmt.Errorf("--html: %w", err)
		}
	}
	if c.Format == "json" {
		_, err = out.Write(text)
		return err
	}
	return report.WriteText(out)
}

// progressLine is a line on a terminal that is written over and over; anywhere
// else nothing is written.
type progressLine struct {
	out     io.Writer // nil: no terminal
	written bool
}

func newProgressLine(out io.Writer) *progressLine {
	if file, ok := out.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		return &progressLine{out: out}
	}
	return &progressLine{}
}

// startOfLine goes back to the first column and clears what is there.
const startOfLine = "\r\x1b[K"

func (l *progressLine) update(p loadtest.Progress) {
	if l.out == nil {
		return
	}
	l.written = true
	fmt.Fprint(l.out, startOfLine, progressText(p))
}

func (l *progressLine) clear() {
	if l.written {
		fmt.Fprint(l.out, startOfLine)
	}
}

func progressText(p loadtest.Progress) string {
	text := fmt.Sprintf("%s %ds  %d of %d clients", p.Phase, int(p.Elapsed.Seconds()), p.Present, p.Clients)
	if p.Failed > 0 {
		text += fmt.Sprintf(", %d failed", p.Failed)
	}
	if p.Deliveries > 0 {
		text += fmt.Sprintf("  %.0f deliveries/s  p50 %.1f ms  p99 %.1f ms", p.Deliveries, milliseconds(p.P50), milliseconds(p.P99))
	}
	return text
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
