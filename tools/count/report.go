package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// event is a line of "go test -json"; see "go doc test2json".
type event struct {
	Action     string
	Package    string
	Test       string
	Output     string
	ImportPath string // of a build
}

// key names a test, or a package where test is empty.
type key struct{ pkg, test string }

func (k key) String() string { return strings.TrimSuffix(k.pkg+" "+k.test, " ") }

// result is what became of a test or a package.
type result struct {
	key
	action string // pass, fail or skip; empty while it runs
	output []string
	nested bool // has subtests
	blamed bool // something in it failed too, which says more
}

// report collects the results, in the order in which the tests began.
type report struct {
	out     io.Writer
	results map[key]*result
	order   []*result
}

func newReport(out io.Writer) *report { return &report{out: out, results: map[key]*result{}} }

// read takes the events and prints what packages say and what failing tests said.
func (r *report) read(in io.Reader) error {
	lines := bufio.NewReader(in) // no Scanner: a line may be long
	for {
		line, err := lines.ReadString('\n')
		if strings.TrimSpace(line) != "" {
			var e event
			if json.Unmarshal([]byte(line), &e) != nil {
				return fmt.Errorf("%.200q is not from go test -json", line)
			}
			r.take(e)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (r *report) take(e event) {
	if e.Package == "" { // a build
		fmt.Fprint(r.out, e.Output)
		return
	}
	t := r.of(key{e.Package, e.Test})
	switch e.Action {
	case "run": // again, with -count
		t.action, t.output = "", nil
	case "output":
		if e.Test == "" && e.Output != "PASS\n" && e.Output != "FAIL\n" {
			fmt.Fprint(r.out, e.Output)
		}
		if e.Test != "" {
			t.output = append(t.output, e.Output)
		}
	case "pass", "fail", "skip":
		t.action = e.Action
		if e.Action == "fail" {
			fmt.Fprint(r.out, strings.Join(t.output, ""))
		}
		if e.Action != "skip" {
			t.output = nil
		}
	}
}

// of finds a result, or begins one.
func (r *report) of(k key) *result {
	t := r.results[k]
	if t == nil {
		t = &result{key: k}
		r.results[k] = t
		r.order = append(r.order, t)
		if parent := r.parent(k); parent != nil && k.test != "" {
			parent.nested = parent.test != ""
		}
	}
	return t
}

// parent is the test that a subtest belongs to, or the package of a test. The
// name of a subtest may have slashes of its own.
func (r *report) parent(k key) *result {
	for k.test != "" {
		i := max(strings.LastIndex(k.test, "/"), 0)
		k.test = k.test[:i]
		if t := r.results[k]; t != nil {
			return t
		}
	}
	return nil
}

// reason is what a skipped test said.
func (t *result) reason() string {
	said := slices.DeleteFunc(slices.Clone(t.output), func(line string) bool {
		line = strings.TrimSpace(line)
		return strings.HasPrefix(line, "=== ") || strings.HasPrefix(line, "--- ")
	})
	text := strings.Join(strings.Fields(strings.Join(said, "")), " ")
	if text == "" {
		return "no reason given"
	}
	return text
}
