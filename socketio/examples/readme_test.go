package examples_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// names are those of all examples.
func names(t *testing.T) (names []string) {
	t.Helper()
	programs, err := filepath.Glob("*/main.go")
	if err != nil || len(programs) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, program := range programs {
		names = append(names, filepath.Dir(program))
	}
	return names
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// snippet is the JavaScript of README.md for an example.
func snippet(t *testing.T, name string) string {
	t.Helper()
	_, section, ok := strings.Cut(read(t, "README.md"), "\n## "+name+"\n")
	section, _, _ = strings.Cut(section, "\n## ")
	_, code, found := strings.Cut(section, "```js\n")
	code, _, closed := strings.Cut(code, "```\n")
	if !ok || !found || !closed {
		t.Fatalf("README.md has no JavaScript for %s", name)
	}
	return code
}

var arrow = regexp.MustCompile(`(?m) // → (.+)$`)

// prints is what the arrows of a snippet say it prints, sorted.
func prints(code string) (lines []string) {
	for _, m := range arrow.FindAllStringSubmatch(code, -1) {
		lines = append(lines, strings.Split(m[1], ", then ")...)
	}
	slices.Sort(lines)
	return lines
}

// maxLines is what a reader takes in at once.
const maxLines = 90

func TestEveryExampleIsSmallAndSaysHowToStartIt(t *testing.T) {
	rows := read(t, "README.md")
	for _, name := range names(t) {
		program := read(t, filepath.Join(name, "main.go"))
		if n := strings.Count(program, "\n"); n >= maxLines {
			t.Errorf("%s has %d lines", name, n)
		}
		command := "go run ./socketio/examples/" + name
		if !strings.HasPrefix(program, "// Command "+name+" ") || !strings.Contains(program, command+"\n") {
			t.Errorf("the comment of %s does not say how to start it", name)
		}
		if !strings.Contains(rows, "\n| ["+name+"]("+name+"/main.go) | ") || !strings.Contains(rows, "`"+command+"` |\n") {
			t.Errorf("README.md has no row for %s", name)
		}
		if len(prints(snippet(t, name))) == 0 {
			t.Errorf("the JavaScript for %s does not say what it prints", name)
		}
	}
}
