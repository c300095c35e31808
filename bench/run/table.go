package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// own is our server; floor and node are what it is always compared with.
const (
	own         = "own"
	floor       = "floor"
	node        = "node"
	eiows       = "eiows"
	bun         = "bun"
	bunEngine   = "bun-engine"
	zishang520  = "zishang520"
	application = "tradewind"
)

// spread is what repeated measuring found.
type spread struct {
	median, least, most float64
	runs                int
}

// summarize is false when there is nothing.
func summarize(values []float64) (spread, bool) {
	if len(values) == 0 {
		return spread{}, false
	}
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	median := sorted[n/2]
	if n%2 == 0 {
		median = (sorted[n/2-1] + sorted[n/2]) / 2
	}
	return spread{median, sorted[0], sorted[n-1], n}, true
}

// collect are the values of a figure, one of each repetition that has it.
func collect(r *results, c benchCase, peer string, f figure, reps int) []float64 {
	var values []float64
	for rep := 1; rep <= reps; rep++ {
		if v := f.of(c, r.of(c, peer, rep)); v != nil {
			values = append(values, *v)
		}
	}
	return values
}

// printTable writes medians, each with the least and the most, and how our
// server compares: its median divided by the floor's, by Node's and, where there
// are more servers, by that of the best.
func printTable(w io.Writer, r *results, list []benchCase, peers []string, reps int) {
	head := slices.Concat([]string{"case", "figure"}, peers, []string{"own / floor", "own / node"})
	rivals := slices.DeleteFunc(slices.Clone(peers), func(p string) bool { return p == own || p == floor })
	compare := slices.ContainsFunc(rivals, func(p string) bool { return p != node && p != application })
	if compare {
		head = append(head, "own / best other")
	}
	head = append(head, "runs")
	writeRow(w, head)
	fmt.Fprintf(w, "|---|---|%s\n", strings.Repeat("---:|", len(head)-2))
	for _, c := range list {
		title := c.title
		for _, f := range c.figures {
			cells, medians, runs := []string{title, f.name}, map[string]float64{}, []string{}
			for _, peer := range peers {
				s, ok := summarize(collect(r, c, peer, f, c.repsOf(reps)))
				if ok {
					medians[peer] = s.median
				}
				cells = append(cells, s.String())
				runs = append(runs, strconv.Itoa(s.runs))
			}
			cells = append(cells, ratio(medians, floor), ratio(medians, node))
			if compare {
				cells = append(cells, ratioToBest(medians, rivals, f))
			}
			writeRow(w, append(cells, shorten(runs)))
			title = ""
		}
	}
}

func writeRow(w io.Writer, cells []string) {
	fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | "))
}

// shorten is one number where all are the same.
func shorten(runs []string) string {
	if same := slices.Compact(slices.Clone(runs)); len(same) == 1 {
		return same[0]
	}
	return strings.Join(runs, ", ")
}

// ratioToBest compares with the best of other servers and names it.
func ratioToBest(medians map[string]float64, others []string, f figure) string {
	best := ""
	for _, other := range others {
		v, ok := medians[other]
		if ok && (best == "" || f.better(v, medians[best])) {
			best = other
		}
	}
	text := ratio(medians, best)
	if text == "-" {
		return text
	}
	return text + " (" + best + ")"
}

// String is the median with its bounds where they differ.
func (s spread) String() string {
	switch {
	case s.runs == 0:
		return "-"
	case s.least == s.most:
		return number(s.median)
	}
	return fmt.Sprintf("%s (%s–%s)", number(s.median), number(s.least), number(s.most))
}

func ratio(medians map[string]float64, to string) string {
	ours, ok := medians[own]
	theirs, also := medians[to]
	if !ok || !also || theirs <= 0 { // memory of few clients can shrink
		return "-"
	}
	return strconv.FormatFloat(ours/theirs, 'f', 2, 64)
}

// number has three digits or, above a thousand, all before the point.
func number(v float64) string {
	switch {
	case v >= 100 || v == 0:
		return grouped(strconv.FormatFloat(v, 'f', 0, 64))
	case v >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}

// grouped puts commas between thousands.
func grouped(digits string) string {
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
