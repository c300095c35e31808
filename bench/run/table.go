package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// own is our server; floor and node are what it is compared with.
const (
	own         = "own"
	floor       = "floor"
	node        = "node"
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
// server compares: its median divided by the floor's and by Node's.
func printTable(w io.Writer, r *results, list []benchCase, peers []string, reps int) {
	fmt.Fprintf(w, "| case | figure | %s | own / floor | own / node | runs |\n", strings.Join(peers, " | "))
	fmt.Fprintf(w, "|---|---|%s\n", strings.Repeat("---:|", len(peers)+3))
	for _, c := range list {
		title := c.title
		for _, f := range c.figures {
			cells, medians, runs := []string{}, map[string]float64{}, []string{}
			for _, peer := range peers {
				s, ok := summarize(collect(r, c, peer, f, c.repsOf(reps)))
				if ok {
					medians[peer] = s.median
				}
				cells = append(cells, s.String())
				runs = append(runs, strconv.Itoa(s.runs))
			}
			fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %s |\n", title, f.name, strings.Join(cells, " | "),
				ratio(medians, floor), ratio(medians, node), strings.Join(runs, ", "))
			title = ""
		}
	}
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
	if !ok || !also || theirs == 0 {
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
