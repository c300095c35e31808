package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// options are the flags.
type options struct {
	root, results string
	cases, peers  string
	growth        string
	all           bool
	table, dryRun bool
	reps, most    int
}

func parseOptions(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.StringVar(&o.root, "root", "..", "folder of the repository")
	flags.StringVar(&o.results, "results", "", "results file (default .cache/bench/results-COMMIT.jsonl)")
	flags.StringVar(&o.cases, "cases", "", "names of cases, with commas; all when empty; list prints them")
	flags.StringVar(&o.growth, "growth", "", "instead of cases: names of curves, with commas; all for every one; list prints them")
	flags.StringVar(&o.peers, "peers", "", "names of servers, with commas; when empty all that need nothing but Go and Node, of curves ours and the floor")
	flags.BoolVar(&o.all, "all", false, "all servers, those of others too, but for what cannot be built")
	flags.BoolVar(&o.table, "table", false, "print the table of what was measured, and measure nothing")
	flags.BoolVar(&o.dryRun, "estimate", false, "print how long it would take, and measure nothing")
	flags.IntVar(&o.reps, "reps", 5, "repetitions")
	flags.IntVar(&o.most, "most", 0, "most clients of a case, to try whether all works; 0 for as many as the cases have")
	err := flags.Parse(args)
	if err == nil && (flags.NArg() > 0 || o.reps < 1) {
		err = errors.New("takes no arguments, and at least one repetition")
	}
	if err == nil && o.cases != "" && o.growth != "" {
		err = errors.New("takes -cases or -growth, not both")
	}
	return o, err
}

func run(ctx context.Context, args []string) error {
	o, err := parseOptions(args)
	if err != nil {
		return err
	}
	if o.cases == "list" {
		for _, c := range cases {
			fmt.Printf("%-16s %s\n", c.name, c.title)
		}
		return nil
	}
	if o.growth == "list" {
		for _, c := range curves {
			fmt.Printf("%-16s %s\n", c.name, c.title)
		}
		return nil
	}
	root, err := filepath.Abs(o.root)
	if err != nil {
		return err
	}
	d := dirs{root: root, bench: filepath.Join(root, "bench"), bin: filepath.Join(root, ".cache", "bench")}
	b, err := newBench(ctx, o, d)
	if err != nil {
		return err
	}
	if !o.table {
		runs, total := b.remaining()
		fmt.Fprintf(b.log, "%d runs, about %s and the time to build; results go to %s\n", runs, total.Round(time.Minute), b.results.path)
		if o.dryRun {
			return nil
		}
		if err := buildLoadtest(ctx, d); err != nil {
			return err
		}
		if err := b.build(ctx, d); err != nil {
			return err
		}
		if err := b.measure(ctx); err != nil {
			return err
		}
	}
	b.print()
	return nil
}

func newBench(ctx context.Context, o options, d dirs) (*bench, error) {
	b := &bench{all: o.all, leftOut: make(map[string]error), reps: o.reps, machine: machine(), commit: commit(ctx, d.root), log: os.Stderr}
	b.run = func(ctx context.Context, c benchCase, p peer, rate float64) (outcome, error) {
		return runOnce(ctx, d, c, p, rate)
	}
	if err := b.choose(o); err != nil {
		return nil, err
	}
	for i := range b.cases {
		if o.most > 0 {
			b.cases[i].clients = min(b.cases[i].clients, o.most)
		}
	}
	path := o.results
	if path == "" {
		name := "results-" + b.commit
		if o.most > 0 { // such figures say nothing beside real ones
			name += "-most-" + strconv.Itoa(o.most)
		}
		path = filepath.Join(d.bin, name+".jsonl")
	}
	var err error
	b.results, err = openResults(path)
	return b, err
}

// choose picks what is measured, and of which servers.
func (b *bench) choose(o options) (err error) {
	if o.growth != "" {
		return b.chooseGrowth(o)
	}
	if b.cases, err = choose("case", o.cases, cases, func(c benchCase) string { return c.name }); err != nil {
		return err
	}
	b.peers, err = choosePeers(o.peers, o.all)
	return err
}

func peerName(p peer) string { return p.name }

// choose picks by name, all when there are no names.
func choose[T any](what, names string, from []T, name func(T) string) ([]T, error) {
	if names == "" {
		return slices.Clone(from), nil
	}
	var chosen []T
	for want := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(from, func(v T) bool { return name(v) == want })
		if i < 0 {
			var allowed []string
			for _, v := range from {
				allowed = append(allowed, name(v))
			}
			return nil, fmt.Errorf("there is no %s %q; there are %s", what, want, strings.Join(allowed, ", "))
		}
		chosen = append(chosen, from[i])
	}
	return chosen, nil
}

// buildLoadtest builds the load generator, which is a part of tradewind.
func buildLoadtest(ctx context.Context, d dirs) error {
	if err := os.MkdirAll(d.bin, 0o755); err != nil {
		return err
	}
	return goBuildRoot(ctx, d)
}

// print writes the tables: the servers of the bench, then the application, then
// which servers are missing.
func (b *bench) print() {
	fmt.Printf("%s; commit %s; medians of up to %d runs, with the least and the most\n", b.machine, b.commit, b.reps)
	if b.curves != nil {
		b.printCurves(os.Stdout)
		return
	}
	for _, ofPeers := range []bool{false, true} { // those of some peers only are tables of their own
		var list []benchCase
		for _, c := range b.cases {
			if (c.peers != nil) == ofPeers && len(b.servers(c)) > 0 {
				list = append(list, c)
			}
		}
		if len(list) == 0 {
			continue
		}
		var names []string
		for _, p := range b.servers(list[0]) {
			names = append(names, p.name)
		}
		fmt.Println()
		printTable(os.Stdout, b.results, list, names, b.reps)
	}
	for _, p := range b.peers {
		if err := b.leftOut[p.name]; err != nil {
			fmt.Printf("\n%s was left out: %s\n", p.name, firstLines(err))
		}
	}
}

// firstLines are the two that say what failed and why, of an error with all that
// a command wrote.
func firstLines(err error) string {
	lines := strings.SplitN(err.Error(), "\n", 3)
	return strings.Join(lines[:min(2, len(lines))], ": ")
}
