package conformance_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// tests are the test functions of a folder, each with the string constants in it
// and in the functions it calls by name: the names of its cases are among them.
func tests(t *testing.T, dir string) map[string]map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	texts, calls := map[string][]string{}, map[string][]string{} // by function
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv != nil {
				continue
			}
			name := f.Name.Name
			texts[name] = nil
			ast.Inspect(f, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.BasicLit:
					if text, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING {
						texts[name] = append(texts[name], text)
					}
				case *ast.CallExpr:
					if called, ok := n.Fun.(*ast.Ident); ok {
						calls[name] = append(calls[name], called.Name)
					}
				}
				return true
			})
		}
	}
	found := map[string]map[string]bool{}
	for name := range texts {
		if !strings.HasPrefix(name, "Test") {
			continue
		}
		found[name] = map[string]bool{}
		for _, f := range append([]string{name}, calls[name]...) {
			for _, text := range texts[f] {
				found[name][text] = true
			}
		}
	}
	return found
}

// Every test that README.md names exists, and every test of a trap is in its row.
func TestTableNamesTests(t *testing.T) {
	table, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	folders := map[string]map[string]map[string]bool{}
	name := regexp.MustCompile("`(?:([a-z0-9/]+)/)?(Test\\w+)(?:/([^`]+))?`")
	rows := map[int]string{}
	row := regexp.MustCompile(`^\| (\d+) \|`)
	for line := range strings.Lines(string(table)) {
		if m := row.FindStringSubmatch(line); m != nil {
			n, _ := strconv.Atoi(m[1]) // are digits
			rows[n] += line
		}
		for _, m := range name.FindAllStringSubmatch(line, -1) {
			dir := "."
			if m[1] != "" {
				dir = filepath.Join("..", m[1])
			}
			if folders[dir] == nil {
				folders[dir] = tests(t, dir)
			}
			texts, ok := folders[dir][m[2]]
			if !ok {
				t.Errorf("%s is not a test", m[0])
			} else if m[3] != "" && !texts[m[3]] {
				t.Errorf("%s is not a case of it", m[0])
			}
		}
	}
	trap := regexp.MustCompile(`^TestTrap(\d\d)_`)
	for test := range tests(t, ".") {
		if m := trap.FindStringSubmatch(test); m != nil {
			if n, _ := strconv.Atoi(m[1]); !strings.Contains(rows[n], "`"+test+"`") {
				t.Errorf("%s is not in the row of its trap", test)
			}
		} else if strings.HasPrefix(test, "TestTrap") {
			t.Errorf("%s has no number", test)
		}
	}
	const traps = 45
	for n := 1; n <= traps; n++ {
		if !strings.Contains(rows[n], "`TestTrap") && !strings.Contains(rows[n], "needs several nodes") {
			t.Errorf("trap %d has neither a test nor a reason", n)
		}
	}
}
