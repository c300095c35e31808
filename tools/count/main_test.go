package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The files of testdata are recorded from go test -json.
func TestRun_CountsRecordedRuns(t *testing.T) {
	for _, c := range []struct {
		name  string
		lines []string // what is printed among others, in this order; the last one is the last
		err   string
	}{
		{"outcomes", []string{
			"=== RUN   TestRaw/fails", "    x_test.go:7: a note", "    x_test.go:7: got 1, want 2",
			"    x_test.go:14: after all of them",
			"FAIL\tm/raw\t0.015s", "ok  \tm/harness\t0.017s",
			"skipped: m/raw TestRaw/skipped: x_test.go:9: needs a thing that is not here",
			"skipped: m/raw TestRaw/skipped_without: no reason given",
			"failed: m/raw TestRaw/fails", "failed: m/raw TestParentFails",
			"conformance: 6 cases passed (4 raw, 2 stock), 2 failed, 2 skipped",
		}, "2 failed"},
		{"passed", []string{
			"ok  \tm/raw\t0.010s", "skipped: m/raw TestSkipped: x_test.go:6: not on this machine",
			"conformance: 2 cases passed (1 raw, 1 stock), 0 failed, 1 skipped",
		}, ""},
		{"harness", []string{
			"ok  \tm/harness\t0.010s", "conformance: 0 cases passed (0 raw, 0 stock), 0 failed, 0 skipped",
		}, "no case passed"},
		{"build", []string{
			"broken/x_test.go:5:28: undefined: undefined", "failed: m/broken",
			"conformance: 0 cases passed (0 raw, 0 stock), 1 failed, 0 skipped",
		}, "1 failed"},
		{"panic", []string{
			"panic: oh [recovered, repanicked]", "failed: m/panics TestPanics/inside",
			"conformance: 1 cases passed (1 raw, 0 stock), 1 failed, 0 skipped",
		}, "1 failed"},
		{"timeout", []string{
			"    x_test.go:6: waiting", "panic: test timed out after 1s", "failed: m/hang TestHang/forever: did not end",
			"conformance: 1 cases passed (1 raw, 0 stock), 1 failed, 0 skipped",
		}, "1 failed"},
		{"cut", []string{ // the run was killed
			"failed: m/raw TestRaw: did not end", "conformance: 1 cases passed (1 raw, 0 stock), 2 failed, 0 skipped",
		}, "2 failed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := os.Open(filepath.Join("testdata", c.name+".json"))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			var out strings.Builder
			err = run(f, &out, "^TestStock", "/harness$")
			if text := errorText(err); text != c.err {
				t.Errorf("error %q, want %q", text, c.err)
			}
			rest := out.String()
			for _, line := range c.lines {
				var found bool
				if _, rest, found = strings.Cut("\n"+rest, "\n"+line+"\n"); !found {
					t.Fatalf("%q is missing, or in another place, in\n%s", line, out.String())
				}
			}
			if rest != "" {
				t.Errorf("%q comes last", rest)
			}
		})
	}
}

func TestRun_RefusesWhatIsNoReport(t *testing.T) {
	for _, c := range []struct{ in, stock, harness string }{
		{"ok m 0.1s\n", "x", "x"},
		{`{"Action":"pass","Package":"m","Test":"TestA"}` + "\n" + `{"Action":`, "x", "x"},
		{"", "(", "x"},
		{"", "x", "("},
		{"", "x", "x"},
	} {
		if err := run(strings.NewReader(c.in), &strings.Builder{}, c.stock, c.harness); err == nil {
			t.Errorf("accepted %+v", c)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
