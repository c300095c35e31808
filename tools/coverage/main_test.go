package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// profile has a block that two test binaries saw, one of them running it.
const profile = `mode: atomic
m/a/x.go:1.1,2.2 3 0
m/b/y.go:1.1,2.2 1 7
m/a/x.go:1.1,2.2 3 1
m/a/x.go:3.1,4.2 1 0
m/atest/suite.go:1.1,2.2 9 0
`

func TestRun_CountsABlockOnceAndHoldsTheMinimum(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cover.out")
	if err := os.WriteFile(file, []byte(profile), 0o600); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := run(&out, file, "test$", 80); err != nil {
		t.Errorf("80 %% of 80 %%: %v", err)
	}
	if want := "  75.0 %  m/a\n 100.0 %  m/b\n  80.0 %  all\n"; out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
	if err := run(&out, file, "test$", 81); err == nil {
		t.Error("81 % are reached by 80 %")
	}
}

func TestRun_RefusesWhatIsNoProfile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cover.out")
	for _, text := range []string{"m/a/x.go:1.1,2.2 3\n", "m/a/x.go:1.1,2.2 three 0\n"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := run(&strings.Builder{}, file, "^$", 0); err == nil {
			t.Errorf("accepted %q", text)
		}
	}
	if err := run(&strings.Builder{}, file, "(", 0); err == nil {
		t.Error("accepted a broken expression")
	}
	if err := run(&strings.Builder{}, file+".missing", "^$", 0); err == nil {
		t.Error("accepted a file that is not there")
	}
}
