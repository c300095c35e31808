package node

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

// Test runs a file of Node's test runner. Each of its cases becomes a subtest of
// t, with the outcome that it had and the reason if it was skipped. One that is
// skipped without a reason, or left to do, fails.
func Test(t *testing.T, timeout time.Duration, env map[string]string, file string) {
	t.Helper()
	report, err := run(t, timeout, env, "--test", "--test-reporter=tap", file)
	cases := parseTAP(report)
	failed := false
	for _, c := range cases {
		failed = failed || c.failed
		t.Run(c.name, func(t *testing.T) {
			switch {
			case c.failed:
				t.Error(c.reason)
			case c.skipped:
				t.Skip(c.reason) // which the case gives
			}
		})
	}
	switch {
	case err != nil && !failed: // no case says why: the file is broken, or it was killed
		t.Errorf("node %s: %v\n%s", file, err, report)
	case len(cases) == 0:
		t.Errorf("node %s has no cases\n%s", file, report)
	}
}

// testCase is one test of a report that has no tests of its own.
type testCase struct {
	name            string // with the suites it is in
	failed, skipped bool   // failed too when skipped without a reason, or left to do
	reason          string // why it was skipped, or how it failed
}

var (
	tapSubtest = regexp.MustCompile(`^((?:    )*)# Subtest: (.*)$`)
	tapPoint   = regexp.MustCompile(`^((?:    )*)(not )?ok \d+ - (.*)$`)
	// A # that belongs to the name is escaped.
	tapDirective = regexp.MustCompile(`(?:^|[^\\])# (SKIP|TODO) ?(.*)$`)
	tapUnescape  = strings.NewReplacer(`\\`, `\`, `\#`, `#`)
)

// parseTAP reads a report of Node's test runner: TAP 13, where the subtests of a
// test come indented before its own line.
func parseTAP(report string) []testCase {
	var cases []testCase
	var path []string // the names of the tests that are open, by depth
	nested := 0       // the depth of the last point, plus one
	lines := strings.Split(report, "\n")
	for i, line := range lines {
		if m := tapSubtest.FindStringSubmatch(line); m != nil {
			depth := len(m[1]) / 4
			path = append(path[:min(depth, len(path))], tapUnescape.Replace(m[2]))
			continue
		}
		m := tapPoint.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		depth, about := len(m[1])/4, details(lines[i+1:], len(m[1]))
		leaf := nested <= depth+1
		nested = depth + 1
		if !leaf || strings.Contains(about, "type: 'suite'") {
			continue // its cases have been listed, or it has none
		}
		c := testCase{name: strings.Join(path[:min(depth+1, len(path))], ", "), failed: m[2] != "", reason: about}
		if d := tapDirective.FindStringSubmatch(m[3]); d != nil {
			c.reason = strings.TrimSpace(strings.ToLower(d[1]) + " " + d[2])
			c.skipped = d[1] == "SKIP" && d[2] != ""
			c.failed = !c.skipped
		}
		cases = append(cases, c)
	}
	return cases
}

// details is the block that may follow a point, without its indentation.
func details(lines []string, indent int) string {
	margin := strings.Repeat(" ", indent+2)
	if len(lines) == 0 || lines[0] != margin+"---" {
		return ""
	}
	var out []string
	for _, line := range lines[1:] {
		if line == margin+"..." {
			break
		}
		out = append(out, strings.TrimPrefix(line, margin))
	}
	return strings.Join(out, "\n")
}
