package sim_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tradewind/internal/feed/sim"
	"tradewind/internal/trading"
)

// script plays a script for a while and returns what was published.
func script(t *testing.T, length time.Duration, lines ...string) *tape {
	t.Helper()
	steps, err := sim.ParseScript(strings.Join(lines, "\n"), 30)
	if err != nil {
		t.Fatalf("ParseScript: %v", err)
	}
	return record(t, sim.Options{Script: steps}, time.Hour, length)
}

// states lists the states of a symbol as they changed, with their times.
func (tp *tape) states(s trading.Symbol) (states []trading.QuoteState, at []time.Duration) {
	quotes, times := tp.of(s)
	for n, q := range quotes {
		if n == 0 || q.State != quotes[n-1].State {
			states, at = append(states, q.State), append(at, times[n])
		}
	}
	return states, at
}

func equal[T comparable](t *testing.T, what string, got []T, want ...T) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %v, want %v", what, got, want)
		return
	}
	for n := range got {
		if got[n] != want[n] {
			t.Errorf("%s: %v, want %v", what, got, want)
			return
		}
	}
}

func TestScript_Stall_IsSilence(t *testing.T) {
	tp := script(t, 20*time.Second, "at 5s stall 10s")
	for n, at := range tp.at {
		if at >= 5*time.Second && at < 15*time.Second {
			t.Errorf("batch %d at %v", n, at)
		}
	}
	if last := tp.at[len(tp.at)-1]; last < 19*time.Second {
		t.Errorf("quotes end at %v", last)
	}
	states, _ := tp.states("AAPL")
	equal(t, "states", states, trading.QuoteLive)
	if len(tp.status) != 1 {
		t.Errorf("status %v: telling of a stall is the watchdog's", tp.status)
	}
}

func TestScript_Halt_OneSymbolStandsStill(t *testing.T) {
	tp := script(t, 10*time.Second, "at 2s halt aapl 3s # pause", "", "# nothing")
	states, at := tp.states("AAPL")
	equal(t, "AAPL", states, trading.QuoteLive, trading.QuoteHalted, trading.QuoteLive)
	equal(t, "AAPL", at, 0, 2*time.Second, 5*time.Second)
	quotes, times := tp.of("AAPL")
	for n, q := range quotes {
		if q.State == trading.QuoteHalted {
			before := quotes[n-1]
			if !q.Price.Equal(before.Price) || !q.Time.Equal(before.Time) {
				t.Errorf("halted at %v of %v, traded last at %v at %v", q.Price, q.Time, before.Price, before.Time)
			}
			if times[n+1] != 5*time.Second {
				t.Errorf("something came at %v while halted", times[n+1])
			}
		}
	}
	states, _ = tp.states("MSFT")
	equal(t, "MSFT", states, trading.QuoteLive)
}

func TestScript_Close_EverythingIsClosedUntilItOpens(t *testing.T) {
	tp := script(t, 10*time.Second, "at 2s close 3s", "at 3s halt AAPL 5s")
	for _, i := range sim.New(sim.Options{}).Instruments() {
		states, at := tp.states(i.Symbol)
		if i.Symbol == "AAPL" {
			equal(t, "AAPL", states, trading.QuoteLive, trading.QuoteClosed, trading.QuoteHalted, trading.QuoteLive)
			equal(t, "AAPL", at, 0, 2*time.Second, 5*time.Second, 8*time.Second)
			continue
		}
		equal(t, string(i.Symbol), states, trading.QuoteLive, trading.QuoteClosed, trading.QuoteLive)
		equal(t, string(i.Symbol), at, 0, 2*time.Second, 5*time.Second)
	}
	var states []trading.FeedState
	for _, s := range tp.status {
		states = append(states, s.State)
		if s.Source != "sim" {
			t.Errorf("source %q", s.Source)
		}
	}
	equal(t, "feed", states, trading.FeedLive, trading.FeedClosed, trading.FeedLive)
	if since := tp.status[1].Since.Sub(tp.started); since != 2*time.Second {
		t.Errorf("closed since %v", since)
	}
}

func TestScript_ClosedFromTheStart_StillHasPrices(t *testing.T) {
	tp := script(t, 5*time.Second, "at 0s close")
	if len(tp.quotes) != 1 || len(tp.quotes[0]) != 30 || len(tp.status) != 1 || tp.status[0].State != trading.FeedClosed {
		t.Fatalf("%d batches, status %v", len(tp.quotes), tp.status)
	}
	if q := tp.quotes[0][0]; q.State != trading.QuoteClosed || !q.Price.IsPos() {
		t.Errorf("quote %v %v", q.State, q.Price)
	}
}

func TestScript_StalledFromTheStart_BeginsLater(t *testing.T) {
	tp := script(t, 5*time.Second, "at 0s stall 2s")
	if len(tp.status) != 1 || tp.at[0] != 2*time.Second || len(tp.quotes[0]) != 30 {
		t.Errorf("status %v, %d quotes at %v", tp.status, len(tp.quotes[0]), tp.at[0])
	}
}

func TestScript_Price_IsExactAndMovesOn(t *testing.T) {
	tp := script(t, 20*time.Second, "at 1s price AAPL 150.25", "at 10s price AAPL 90 5s")
	quotes, at := tp.of("AAPL")
	after := 0
	for n, q := range quotes {
		price := q.Price.String()
		switch {
		case at[n] == time.Second && price != "150.25", at[n] >= 10*time.Second && at[n] < 15*time.Second && price != "90.00":
			t.Errorf("at %v the price is %s", at[n], price)
		case at[n] > time.Second && at[n] < 10*time.Second:
			after++
			if whole, _, _ := q.Price.Int64(2); whole < 145 || whole > 155 {
				t.Errorf("at %v the price is %s, far from 150.25", at[n], price)
			}
		case at[n] > 16*time.Second && price == "90.00" && quotes[n-1].Price.Equal(q.Price):
			t.Errorf("at %v the price is still pinned", at[n])
		}
		ref, _ := q.Price.Sub(q.Change)
		first, _ := quotes[0].Price.Sub(quotes[0].Change)
		if !ref.Equal(first) {
			t.Errorf("at %v change counts from %v, before from %v", at[n], ref, first)
		}
	}
	if after < 10 {
		t.Errorf("%d quotes after the jump", after)
	}
}

func TestScript_PriceWhileStalledOrHalted_ShowsAfterwards(t *testing.T) {
	tp := script(t, 10*time.Second, "at 1s stall 3s", "at 2s price AAPL 50 9s", "at 1s halt MSFT 3s", "at 2s price MSFT 60 9s")
	for symbol, want := range map[trading.Symbol]string{"AAPL": "50.00", "MSFT": "60.00"} {
		quotes, at := tp.of(symbol)
		for n, q := range quotes {
			if at[n] > time.Second && at[n] < 4*time.Second {
				t.Errorf("%s: a quote at %v", symbol, at[n])
			}
			if at[n] > 5*time.Second && q.Price.String() != want {
				t.Errorf("%s: %v at %v, want %s", symbol, q.Price, at[n], want)
			}
		}
	}
}

func TestParseScript_Mistakes_AreNamedWithTheirLine(t *testing.T) {
	for text, want := range map[string]string{
		"at 5s stall\nwhen 5s stall":      "line 2: a step reads",
		"at soon stall":                   `line 1: time "soon"`,
		"at -1s stall":                    `line 1: time "-1s"`,
		"at 1s crash":                     `line 1: unknown action "crash": allowed are stall, halt, close and price`,
		"at 1s halt":                      "line 1: halt needs a symbol",
		"\n\nat 1s halt XXX":              `line 3: symbol "XXX" is not among the 30`,
		"at 1s price AAPL":                "line 1: price needs a price",
		"at 1s price AAPL -3":             `line 1: price "-3"`,
		"at 1s price AAPL 1.005":          `line 1: price "1.005"`,
		"at 1s price AAPL 1000001":        `line 1: price "1000001"`,
		"at 1s price AAPL cheap":          `line 1: price "cheap"`,
		"at 1s stall 0s":                  `line 1: length "0s"`,
		"at 1s stall long":                `line 1: length "long"`,
		"at 1s stall 5s please":           `line 1: "please" is one word too many`,
		"at 1s halt SYM001 # needs more":  `line 1: symbol "SYM001"`,
		"at 1s":                           "line 1: a step reads",
		"at 1s price AAPL 100 5s exactly": `"exactly" is one word too many`,
	} {
		if _, err := sim.ParseScript(text, 30); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestParse_Specification_SaysWhatIsSimulated(t *testing.T) {
	file := filepath.Join(t.TempDir(), "night.txt")
	if err := os.WriteFile(file, []byte("at 1s halt SYM001 5s\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for spec, want := range map[string]sim.Options{
		"sim":              {Symbols: 30, Rate: 2, Mode: sim.Spread, Seed: 1},
		"sim:symbols=100":  {Symbols: 100, Rate: 2, Mode: sim.Spread, Seed: 1},
		"sim:rate=5,seed=": {},
		"sim:symbols=100,rate=5,mode=burst,seed=7": {Symbols: 100, Rate: 5, Mode: sim.Burst, Seed: 7},
	} {
		got, err := sim.Parse(spec)
		if want.Symbols == 0 {
			if err == nil {
				t.Errorf("%s is accepted", spec)
			}
			continue
		}
		if err != nil || got.Symbols != want.Symbols || got.Rate != want.Rate || got.Mode != want.Mode || got.Seed != want.Seed {
			t.Errorf("%s: %+v, %v", spec, got, err)
		}
	}
	got, err := sim.Parse("sim:script=" + file + ",symbols=31")
	if err != nil || len(got.Script) != 1 || got.Script[0].Symbol != "SYM001" || got.Script[0].For != 5*time.Second {
		t.Errorf("script: %+v, %v", got.Script, err)
	}
	if _, err := sim.Parse("sim:script=" + file); err == nil || !strings.Contains(err.Error(), "night.txt: line 1") {
		t.Errorf("a script for a symbol that is not simulated: %v", err)
	}
}

func TestParse_Mistakes_NameWhatIsAllowed(t *testing.T) {
	for spec, want := range map[string]string{
		"simulation":                 "it is called sim",
		"sim:":                       `unknown parameter "": allowed are symbols, rate, mode, seed and script`,
		"sim:speed=5":                `unknown parameter "speed": allowed are`,
		"sim:symbols=0":              `symbols is "0": allowed are whole numbers from 1 to 5000`,
		"sim:symbols=many":           `symbols is "many"`,
		"sim:rate=51":                `rate is "51": allowed are whole numbers from 1 to 50`,
		"sim:mode=fast":              `mode is "fast": allowed are burst and spread`,
		"sim:seed=-1":                `seed is "-1"`,
		"sim:rate=2,rate=3":          "rate is given twice",
		"sim:script=":                "script needs the name of a file",
		"sim:script=/does/not/exist": "read script: open /does/not/exist",
	} {
		if _, err := sim.Parse(spec); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", spec, err, want)
		}
	}
}
