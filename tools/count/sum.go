package main

import (
	"fmt"
	"regexp"
	"strings"
)

// sum is what the last lines say.
type sum struct {
	raw, stock      int // that passed
	failures, skips []string
}

func (r *report) sum(stock, harness *regexp.Regexp) sum {
	var s sum
	r.blame()
	for _, t := range r.order {
		counted := t.test != "" && !t.nested
		switch {
		case t.action == "":
			if !t.blamed {
				s.failures = append(s.failures, t.String()+": did not end")
				fmt.Fprint(r.out, strings.Join(t.output, ""))
			}
		case t.action == "fail":
			if !t.blamed {
				s.failures = append(s.failures, t.String())
			}
		case t.action == "skip" && t.test != "":
			s.skips = append(s.skips, t.String()+": "+t.reason())
		case !counted || t.action != "pass" || harness.MatchString(t.pkg):
		case stock.MatchString(t.test):
			s.stock++
		default:
			s.raw++
		}
	}
	return s
}

// blame marks what failed, or did not end, only because something in it did.
func (r *report) blame() {
	for _, t := range r.order {
		if t.action != "" && t.action != "fail" {
			continue
		}
		for p := r.parent(t.key); p != nil; p = r.parent(p.key) {
			p.blamed = true
		}
	}
}
