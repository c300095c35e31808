package archtest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// listed is the part of `go list -json` that the rules need.
type listed struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

// TestImports_FollowTheRules names every import of the module that no rule allows, with the reason of the rule.
func TestImports_FollowTheRules(t *testing.T) {
	for _, p := range listPackages(t) {
		for _, complaint := range check(p) {
			t.Error(complaint)
		}
	}
}

func TestCheck_NamesTheForbiddenEdgeAndTheReason(t *testing.T) {
	cases := map[string]struct {
		pkg  listed
		want string
	}{
		"the server imports the domain": {
			listed{ImportPath: "tradewind/socketio", Imports: []string{"tradewind/internal/trading"}},
			"socketio imports internal/trading: the server knows nothing of trading",
		},
		"a store imports a broker": {
			listed{ImportPath: "tradewind/internal/store/sqlite", Imports: []string{"tradewind/internal/broker/paper"}},
			"internal/store/sqlite imports internal/broker/paper: stores never import",
		},
		"a test of the server imports the domain": {
			listed{ImportPath: "tradewind/socketio", XTestImports: []string{"tradewind/internal/trading"}},
			"socketio (tests) imports internal/trading",
		},
		"a module in the wrong place": {
			listed{ImportPath: "tradewind/internal/gateway", Imports: []string{"modernc.org/sqlite"}},
			"internal/gateway imports modernc.org/sqlite: one package knows SQLite",
		},
		"a module nobody knows": {
			listed{ImportPath: "tradewind/internal/gateway", Imports: []string{"example.com/surprise"}},
			"internal/gateway imports example.com/surprise: no rule",
		},
		"a test module in the product": {
			listed{ImportPath: "tradewind/internal/gateway", Imports: []string{"pgregory.net/rapid"}},
			"internal/gateway imports pgregory.net/rapid: for tests only",
		},
		"a package without a rule": {
			listed{ImportPath: "tradewind/internal/util"},
			"internal/util has no rule",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := check(c.pkg)
			if len(got) != 1 || !strings.HasPrefix(got[0], c.want) {
				t.Errorf("got %q, want one complaint that begins with %q", got, c.want)
			}
		})
	}
}

func TestCheck_AllowsWhatTheRulesAllow(t *testing.T) {
	p := listed{
		ImportPath:   "tradewind/internal/gateway",
		Imports:      []string{"context", "net/http", "tradewind/socketio", "tradewind/internal/wire"},
		XTestImports: []string{"tradewind/internal/gateway", "tradewind/socketio/client", "github.com/google/go-cmp/cmp"},
	}
	if got := check(p); len(got) != 0 {
		t.Errorf("got %q, want none", got)
	}
}

// check returns a sentence for every import of p that is not allowed.
func check(p listed) []string {
	name := strings.TrimPrefix(p.ImportPath, module+"/")
	own, ok := find(rules, name)
	if !ok {
		return []string{name + " has no rule in internal/archtest/rules_test.go"}
	}
	var complaints []string
	suite := strings.HasSuffix(name, "test")
	for _, path := range p.Imports {
		if why := forbidden(name, path, own, suite); why != "" {
			complaints = append(complaints, fmt.Sprintf("%s imports %s: %s", name, strings.TrimPrefix(path, module+"/"), why))
		}
	}
	forTests := rule{imports: append([]string{name}, own.imports...), why: own.why}
	for _, r := range testImports {
		if matches(r.pattern, name) {
			forTests.imports = append(forTests.imports, r.imports...)
		}
	}
	for _, path := range append(p.TestImports, p.XTestImports...) {
		if why := forbidden(name, path, forTests, true); why != "" {
			complaints = append(complaints, fmt.Sprintf("%s (tests) imports %s: %s", name, strings.TrimPrefix(path, module+"/"), why))
		}
	}
	return complaints
}

// forbidden returns why a package may not import path, or nothing.
func forbidden(name, path string, r rule, test bool) string {
	if first, _, _ := strings.Cut(path, "/"); !strings.Contains(first, ".") && first != module {
		return "" // standard library
	}
	if target, ok := strings.CutPrefix(path, module+"/"); ok {
		if anyMatch(r.imports, target) {
			return ""
		}
		return r.why
	}
	if test && underAny(testModules, path) {
		return ""
	}
	for _, m := range thirdParty {
		if !under(m.pattern, path) {
			continue
		}
		if anyMatch(m.imports, name) {
			return ""
		}
		return m.why
	}
	if underAny(testModules, path) {
		return "for tests only"
	}
	return "no rule in internal/archtest/rules_test.go allows this module"
}

func find(rules []rule, name string) (rule, bool) {
	for _, r := range rules {
		if matches(r.pattern, name) {
			return r, true
		}
	}
	return rule{}, false
}

// matches reports whether a pattern covers a package of this module.
func matches(pattern, name string) bool {
	if pattern == "..." {
		return true
	}
	if root, ok := strings.CutSuffix(pattern, "/..."); ok {
		return under(root, name)
	}
	return pattern == name
}

func anyMatch(patterns []string, name string) bool {
	for _, p := range patterns {
		if matches(p, name) {
			return true
		}
	}
	return false
}

// under reports whether path is root or below it.
func under(root, path string) bool { return path == root || strings.HasPrefix(path, root+"/") }

func underAny(roots []string, path string) bool {
	for _, r := range roots {
		if under(r, path) {
			return true
		}
	}
	return false
}

// listPackages asks the go command for every package of this module.
func listPackages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Imports,TestImports,XTestImports", module+"/...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var packages []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatalf("read go list: %v", err)
		}
		packages = append(packages, p)
	}
}
