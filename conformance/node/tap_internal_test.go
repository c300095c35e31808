package node

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestReportsAreReadCaseByCase(t *testing.T) {
	Install(t)
	report, err := run(t, time.Minute, nil, "--test", "--test-reporter=tap", "../node/testdata/outcomes.test.mjs")
	if err == nil {
		t.Error("a run with failures ended well")
	}
	got := parseTAP(report)
	for i, c := range got { // of a failure's details, what was compared is enough
		if c.failed {
			for _, line := range strings.Split(c.reason, "\n") {
				if text, ok := strings.CutPrefix(line, "error: "); ok {
					got[i].reason = text
				}
			}
		} else if !c.skipped {
			got[i].reason = ""
		}
	}
	const suite = `a suite, with # and \, `
	want := []testCase{
		{name: suite + "passes"},
		{name: suite + "skipped # with a reason", skipped: true, reason: "skip not today"},
		{name: suite + "skipped without", failed: true, reason: "skip"},
		{name: suite + "to do", failed: true, reason: "todo later"},
		{name: suite + "fails", failed: true, reason: "|-"},
		{name: suite + "inner, passes"},
		{name: "has tests of its own, first"},
		{name: "has tests of its own, second"},
		{name: "never ends", failed: true, reason: "'Promise resolution is still pending but the event loop has already resolved'"},
	}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(testCase{})); d != "" {
		t.Errorf("%s\n%s", d, report)
	}
}

func TestReportThatIsCutOffHasTheCasesBefore(t *testing.T) {
	got := parseTAP("TAP version 13\n# Subtest: s\n    # Subtest: a\n    ok 1 - a\n      ---\n      duration_ms: 1")
	if len(got) != 1 || got[0].name != "s, a" || got[0].failed {
		t.Errorf("%+v", got)
	}
}
