package main

import (
	"slices"
	"strings"
	"testing"
)

func curveOf(t *testing.T, name string) curve {
	t.Helper()
	i := slices.IndexFunc(curves, func(c curve) bool { return c.name == name })
	if i < 0 {
		t.Fatalf("there is no curve %q", name)
	}
	return curves[i]
}

func TestCurves_PointsAreCasesWithNamesOfTheirOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range curves {
		for _, p := range c.cases() {
			if seen[p.name] || p.title == "" || len(p.figures) == 0 || p.clients == 0 || p.rate == 0 || p.duration == 0 || p.settle == 0 {
				t.Errorf("point %q: twice, or without title, figures, clients, rate or times", p.name)
			}
			seen[p.name] = true
			if p.watchedCount() > min(p.symbolCount(), 100) {
				t.Errorf("point %q: %d of %d symbols watched; a client may watch 100", p.name, p.watchedCount(), p.symbolCount())
			}
		}
	}
}

func TestCurves_DeliveriesAreConstantWhereTheyAreNotWhatGrows(t *testing.T) {
	for name, want := range map[string]float64{"clients": 20_000, "size": 10_000, "rooms": 20_000} {
		for _, p := range curveOf(t, name).cases() {
			if got := p.asked(p.rate); got < want-1e-6 || got > want+1e-6 {
				t.Errorf("%s: %v deliveries a second, want %v", p.name, got, want)
			}
		}
	}
}

func TestCurves_EverySymbolIsWatchedByAsManyClients(t *testing.T) {
	each := func(p benchCase) int { return p.clients * p.watchedCount() / p.symbolCount() }
	for _, p := range curveOf(t, "clients").cases() {
		if each(p) != 200 {
			t.Errorf("%s: %d clients of a symbol, want 200", p.name, each(p))
		}
	}
	var rooms []int
	for _, p := range curveOf(t, "rooms").cases() {
		rooms = append(rooms, each(p))
	}
	if want := []int{2000, 200, 20, 2, 2, 2}; !slices.Equal(rooms, want) {
		t.Errorf("clients in a room: %v, want %v", rooms, want)
	}
}

func TestCurves_MemoryIsTrimmedAfterConnectingAndBeforeMeasuring(t *testing.T) {
	for _, p := range curveOf(t, "clients").cases() {
		if p.trim <= joining(p.clients) || p.trim >= p.settle {
			t.Errorf("%s: trimmed after %s, with %s to connect and %s to settle", p.name, p.trim, joining(p.clients), p.settle)
		}
	}
}

func TestEnvironmentAndLoadtest_AreToldWhatGrows(t *testing.T) {
	point := func(name string, i int) benchCase { return curveOf(t, name).cases()[i] }
	cases := map[string]struct {
		c         benchCase
		env, args string
	}{
		"clients": {point("clients", 5), "WORKLOAD=quotes N=18620 R=0.05263157894736842 S=1900 K=20 SPREAD=1", "--symbols 1900 --symbols-per-client 20"},
		"symbols": {point("symbols", 0), "WORKLOAD=quotes N=980 R=2 S=100 K=1 FLUSH=10ms", "--symbols 100 --symbols-per-client 1"},
		"size":    {point("size", 4), "WORKLOAD=broadcast N=980 R=10 S=100 K=20 SIZE=10000", ""},
		"rooms":   {point("rooms", 5), "WORKLOAD=quotes N=1960 R=0.1 S=100000 K=100 SPREAD=1", "--symbols 100000 --symbols-per-client 100"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := strings.Join(environment(tc.c, tc.c.rate), " "); got != tc.env {
				t.Errorf("environment\n%s, want\n%s", got, tc.env)
			}
			got := strings.Join(loadtestArgs(tc.c, 3000, 7, ""), " ")
			if !strings.HasSuffix(got, tc.args) || tc.args == "" && strings.Contains(got, "--symbols") {
				t.Errorf("load generator\n%s, want at the end\n%s", got, tc.args)
			}
		})
	}
}

func TestChooseGrowth_IsOfOursAndTheFloorByDefault(t *testing.T) {
	b := bench{reps: 5}
	if err := b.choose(options{growth: "size,rooms"}); err != nil {
		t.Fatal(err)
	}
	if len(b.peers) != 2 || b.peers[0].name != own || b.peers[1].name != floor {
		t.Errorf("servers %v", b.peers)
	}
	if b.reps != 3 {
		t.Errorf("%d repetitions, want 3", b.reps)
	}
	if len(b.cases) != 5+6 || b.cases[0].name != "growth-size-50" {
		t.Errorf("cases %v", b.cases)
	}
	var all bench
	if err := all.choose(options{growth: "all", peers: node}); err != nil || len(all.curves) != len(curves) || len(all.peers) != 1 {
		t.Errorf("got %d curves of %d servers, %v", len(all.curves), len(all.peers), err)
	}
}

func TestChooseGrowth_RefusalsNameWhatThereIs(t *testing.T) {
	for want, o := range map[string]options{
		`no curve "room"; there are clients, symbols, size, rooms`: {growth: "room"},
		`no server "tradewind"; there are own, floor, node`:        {growth: "all", peers: application},
	} {
		if err := new(bench).choose(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if _, err := parseOptions([]string{"-growth", "all", "-cases", "idle"}); err == nil {
		t.Error("curves and cases were taken together")
	}
}

func TestPrintCurves_HasARowForEachPointAndTellsWhereNotAllCame(t *testing.T) {
	c := curve{
		title: "a room", column: "bytes", points: []int{50, 10_000}, name: "size",
		at: func(int) benchCase { return benchCase{workload: "broadcast", clients: 10, rate: 10} },
	}
	b := &bench{curves: []curve{c}, cases: c.cases(), peers: []peer{{name: own}, {name: floor}}, reps: 5, results: openTemp(t)}
	for peer, reports := range map[string][]string{
		own:   {`{"deliveriesPerSecond":100,"server":{"cpuMicrosPerDelivery":3},"latencyMs":{"p99":8}}`, `{"deliveriesPerSecond":60}`},
		floor: {`{"deliveriesPerSecond":100,"server":{"cpuMicrosPerDelivery":2},"latencyMs":{"p99":2}}`},
	} {
		for i, report := range reports {
			add(t, b.results, result{Case: b.cases[i].name, Peer: peer, Rep: 1, Rate: 10, Report: []byte(report)})
		}
	}
	var out strings.Builder
	b.printCurves(&out)
	want := `
a room:

| bytes | own: CPU, µs a delivery | floor: CPU, µs a delivery | own / floor | own: latency p99, ms | floor: latency p99, ms | own / floor | runs |
|---|---:|---:|---:|---:|---:|---:|---:|
| 50 | 3.00 | 2.00 | 1.50 | 8.00 | 2.00 | 4.00 | 1, 1 |
| 10,000 | - | - | - | - | - | - | 1, 0 |

Deliveries that did not all come: own at 10,000: 60.0 of 100 a second.
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}
