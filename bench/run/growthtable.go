package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// printCurves writes a table for each curve, whose points are the cases in their
// order.
func (b *bench) printCurves(w io.Writer) {
	var names []string
	for _, p := range b.peers {
		names = append(names, p.name)
	}
	rest := b.cases
	for _, c := range b.curves {
		fmt.Fprintln(w)
		printCurve(w, b.results, c, rest[:len(c.points)], names, b.reps)
		rest = rest[len(c.points):]
	}
}

// printCurve writes a row for each point, and for each figure the servers side by
// side, with our median divided by those of the others.
func printCurve(w io.Writer, r *results, c curve, points []benchCase, peers []string, reps int) {
	others := slices.DeleteFunc(slices.Clone(peers), func(peer string) bool { return peer == own })
	head := []string{c.column}
	for _, f := range points[0].figures {
		for _, peer := range peers {
			head = append(head, peer+": "+f.name)
		}
		for _, peer := range others {
			head = append(head, own+" / "+peer)
		}
	}
	fmt.Fprintf(w, "%s:\n\n| %s | runs |\n|---|%s\n", c.title, strings.Join(head, " | "), strings.Repeat("---:|", len(head)))
	var short []string
	for _, p := range points {
		cells := []string{p.title}
		for _, f := range p.figures {
			medians := map[string]float64{}
			for _, peer := range peers {
				s, ok := summarize(collect(r, p, peer, f, p.repsOf(reps)))
				if ok {
					medians[peer] = s.median
				}
				cells = append(cells, s.String())
			}
			for _, peer := range others {
				cells = append(cells, ratio(medians, peer))
			}
		}
		var runs []string
		for _, peer := range peers {
			came, ok := summarize(collect(r, p, peer, delivered, p.repsOf(reps)))
			runs = append(runs, strconv.Itoa(came.runs))
			if asked := p.asked(p.rate); ok && came.median < leastShare*asked {
				short = append(short, fmt.Sprintf("%s at %s: %s of %s a second", peer, p.title, number(came.median), number(asked)))
			}
		}
		fmt.Fprintf(w, "| %s | %s |\n", strings.Join(cells, " | "), strings.Join(runs, ", "))
	}
	if len(short) > 0 { // what it costs there is not what that point would cost
		fmt.Fprintf(w, "\nDeliveries that did not all come: %s.\n", strings.Join(short, "; "))
	}
}
