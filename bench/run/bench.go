package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"
)

// bench is what is to be measured and where it goes.
type bench struct {
	cases   []benchCase
	curves  []curve // that the cases are the points of; nil when they are none
	peers   []peer
	all     bool             // extra peers that cannot be built are left out
	leftOut map[string]error // those that were, and why
	reps    int
	results *results
	machine string
	commit  string
	log     io.Writer
	// run makes one run: a server, clients, a report. The commands come with an
	// error too.
	run func(ctx context.Context, c benchCase, p peer, rate float64) (outcome, error)
}

// outcome is what one run brought.
type outcome struct {
	server, command string
	report          json.RawMessage
}

// servers are those that play a case, ours first.
func (b *bench) servers(c benchCase) []peer {
	return slices.DeleteFunc(slices.Clone(b.peers), func(p peer) bool {
		if c.peers == nil {
			return p.name == application
		}
		return !slices.Contains(c.peers, p.name)
	})
}

// build builds every server. With all, an extra one that cannot be built is left
// out; any other is an error.
func (b *bench) build(ctx context.Context, d dirs) error {
	for _, p := range b.peers {
		fmt.Fprintf(b.log, "build %s\n", p.name)
		err := p.build(ctx, d)
		switch {
		case err == nil:
		case ctx.Err() != nil:
			return ctx.Err()
		case b.all && p.extra:
			fmt.Fprintf(b.log, "%s is left out: %v\n", p.name, err)
			b.leftOut[p.name] = err
		default:
			return fmt.Errorf("build %s: %w", p.name, err)
		}
	}
	return nil
}

// measure makes every run that is missing: the servers of a case in
// alternation, so that what changes on the machine meets all of them. A run
// that fails is recorded and does not stop the others.
func (b *bench) measure(ctx context.Context) error {
	for _, c := range b.cases {
		for rep := 1; rep <= c.repsOf(b.reps); rep++ {
			for _, p := range b.servers(c) {
				if b.leftOut[p.name] != nil {
					continue
				}
				if err := b.repetition(ctx, c, p, rep); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// repetition makes one run or, for a sweep, one of each rate until one is too high.
func (b *bench) repetition(ctx context.Context, c benchCase, p peer, rep int) error {
	for _, rate := range c.ratesFor(p.name) {
		key := runKey{c.name, p.name, rep, rate}
		if _, done := b.results.done[key]; !done {
			if err := b.once(ctx, c, p, rep, rate); err != nil {
				return err
			}
		}
		got, ok := b.results.done[key]
		if !ok || (c.rates != nil && !sustained(measured{rate, got})) {
			return nil
		}
	}
	return nil
}

// once makes a run and records it. Only what makes further runs useless is an error.
func (b *bench) once(ctx context.Context, c benchCase, p peer, rep int, rate float64) error {
	began := time.Now()
	fmt.Fprintf(b.log, "%s %s, repetition %d", c.name, p.name, rep)
	if c.rates != nil {
		fmt.Fprintf(b.log, ", rate %g", rate)
	}
	out, err := b.run(ctx, c, p, rate)
	if ctx.Err() != nil {
		fmt.Fprintln(b.log, ": interrupted")
		return ctx.Err()
	}
	line := result{
		Case: c.name, Peer: p.name, Rep: rep, Rate: rate, Time: began.UTC().Truncate(time.Second),
		Machine: b.machine, Commit: b.commit, Server: out.server, Command: out.command, Report: out.report,
	}
	if err != nil {
		line.Error, line.Report = err.Error(), nil
	}
	fmt.Fprintf(b.log, ": %s, %s\n", time.Since(began).Round(time.Second), b.summary(c, line, rate))
	return b.results.add(line)
}

// summary is the first figure of a run, or its error.
func (b *bench) summary(c benchCase, line result, rate float64) string {
	if line.Error != "" {
		return line.Error
	}
	r, err := parseReport(line.Report)
	if err != nil {
		return err.Error()
	}
	for _, f := range c.figures {
		if v := f.of(c, []measured{{rate, r}}); v != nil {
			return f.name + " " + number(*v)
		}
	}
	return "no figure"
}

// remaining is about how long the missing runs take.
func (b *bench) remaining() (runs int, total time.Duration) {
	for _, c := range b.cases {
		for rep := 1; rep <= c.repsOf(b.reps); rep++ {
			for _, p := range b.servers(c) {
				for _, rate := range c.ratesFor(p.name) {
					if _, done := b.results.done[runKey{c.name, p.name, rep, rate}]; !done {
						runs++
						total += c.estimate()
					}
				}
			}
		}
	}
	return runs, total
}
