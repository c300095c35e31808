package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
)

// newTestBench runs nothing but notes what it was to run, and answers each run
// with the report.
func newTestBench(t *testing.T, report string, list ...benchCase) (*bench, *[]string) {
	t.Helper()
	var ran []string
	b := &bench{
		cases: list, reps: 2, results: openTemp(t), log: io.Discard,
		peers: []peer{{name: own}, {name: node}, {name: application}},
	}
	b.run = func(_ context.Context, c benchCase, p peer, rate float64) (outcome, error) {
		ran = append(ran, fmt.Sprintf("%s %s %g", c.name, p.name, rate))
		return outcome{report: []byte(report)}, nil
	}
	return b, &ran
}

func TestMeasure_AlternatesTheServers(t *testing.T) {
	b, ran := newTestBench(t, `{}`, benchCase{name: "a", rate: 1}, benchCase{name: "b", peers: []string{application}, reps: 1})
	if err := b.measure(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []string{"a own 1", "a node 1", "a own 1", "a node 1", "b tradewind 0"}
	if !slices.Equal(*ran, want) {
		t.Errorf("got %q, want %q", *ran, want)
	}
}

func TestMeasure_GoesOnWhereItStopped(t *testing.T) {
	b, ran := newTestBench(t, `{}`, benchCase{name: "a"})
	add(t, b.results, result{Case: "a", Peer: own, Rep: 1, Report: []byte(`{}`)})
	add(t, b.results, result{Case: "a", Peer: node, Rep: 2, Report: []byte(`{}`)})
	if runs, _ := b.remaining(); runs != 2 {
		t.Errorf("%d runs remain, want 2", runs)
	}
	if err := b.measure(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := []string{"a node 0", "a own 0"}; !slices.Equal(*ran, want) {
		t.Errorf("got %q, want %q", *ran, want)
	}
	if runs, total := b.remaining(); runs != 0 || total != 0 {
		t.Errorf("%d runs of %s remain", runs, total)
	}
}

func TestMeasure_ASweepEndsAtARateThatIsTooHigh(t *testing.T) {
	sweep := benchCase{name: "s", workload: "quotes", clients: 10, rates: map[string][]float64{"": {1, 2, 3}}, reps: 1}
	b, ran := newTestBench(t, `{"deliveriesPerSecond":200,"latencyMs":{"p99":1}}`, sweep)
	answer := b.run
	b.run = func(ctx context.Context, c benchCase, p peer, rate float64) (outcome, error) {
		out, err := answer(ctx, c, p, rate)
		if rate == 2 {
			out.report = json.RawMessage(`{"deliveriesPerSecond":300,"latencyMs":{"p99":151}}`)
		}
		return out, err
	}
	if err := b.measure(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := []string{"s own 1", "s own 2", "s node 1", "s node 2"}; !slices.Equal(*ran, want) {
		t.Errorf("got %q, want %q", *ran, want)
	}
}

func TestMeasure_AFailedRunIsRecordedAndTheOthersGoOn(t *testing.T) {
	b, _ := newTestBench(t, `{}`, benchCase{name: "a"})
	answer := b.run
	b.run = func(ctx context.Context, c benchCase, p peer, rate float64) (outcome, error) {
		if p.name == own {
			return outcome{}, errors.New("no answer")
		}
		return answer(ctx, c, p, rate)
	}
	if err := b.measure(t.Context()); err != nil {
		t.Fatal(err)
	}
	if runs, _ := b.remaining(); runs != 2 {
		t.Errorf("%d runs remain, want the 2 that failed", runs)
	}
}

func TestBuild_LeavesOutAnExtraServerOnlyWithAll(t *testing.T) {
	fails := func(context.Context, dirs) error { return errors.New("g++ is missing") }
	works := func(context.Context, dirs) error { return nil }
	cases := map[string]struct {
		all, extra bool
		want       bool
	}{
		"an extra one with all":       {true, true, true},
		"an extra one asked for":      {false, true, false},
		"one that is needed with all": {true, false, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			b, ran := newTestBench(t, `{}`, benchCase{name: "a", reps: 1})
			b.all, b.leftOut = tc.all, make(map[string]error)
			b.peers = []peer{{name: own, build: works}, {name: eiows, extra: tc.extra, build: fails}}
			if err := b.build(t.Context(), dirs{}); (err == nil) != tc.want {
				t.Fatalf("got %v", err)
			}
			if !tc.want {
				return
			}
			if err := b.measure(t.Context()); err != nil {
				t.Fatal(err)
			}
			if want := []string{"a own 0"}; !slices.Equal(*ran, want) {
				t.Errorf("got %q, want %q", *ran, want)
			}
		})
	}
}

func TestChoosePeers_ExtraOnesOnlyWithAllOrByName(t *testing.T) {
	const few, every = 4, 8
	cases := map[string]struct {
		names string
		extra bool
		want  int
	}{
		"nothing said": {"", false, few},
		"all":          {"", true, every},
		"by name":      {own + "," + eiows, false, 2},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got, err := choosePeers(tc.names, tc.extra); err != nil || len(got) != tc.want {
				t.Errorf("got %d servers, %v, want %d", len(got), err, tc.want)
			}
		})
	}
}

func TestFirstLines_SayWhatFailedAndWhy(t *testing.T) {
	err := errors.New("node build.mjs: exit status 1\ng++ is missing\nmore")
	if got, want := firstLines(err), "node build.mjs: exit status 1: g++ is missing"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := firstLines(errors.New("short")); got != "short" {
		t.Errorf("got %q", got)
	}
}

func TestMeasure_AnInterruptedRunIsNotRecorded(t *testing.T) {
	b, _ := newTestBench(t, `{}`, benchCase{name: "a"})
	ctx, cancel := context.WithCancel(t.Context())
	b.run = func(context.Context, benchCase, peer, float64) (outcome, error) {
		cancel()
		return outcome{report: []byte(`{}`)}, nil
	}
	if err := b.measure(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if len(b.results.done) != 0 {
		t.Errorf("got %v", b.results.done)
	}
}

func TestCases_HaveNamesOfTheirOwnAndFigures(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range cases {
		if seen[c.name] || len(c.figures) == 0 || c.clients == 0 || c.duration == 0 {
			t.Errorf("case %q: twice, or without figures, clients or duration", c.name)
		}
		seen[c.name] = true
	}
}
