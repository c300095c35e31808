// Command coverage reads a Go cover profile, prints the statement coverage of
// every package, and fails when the whole is below a minimum.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

func main() {
	profile := flag.String("profile", "", "cover profile to read")
	skip := flag.String("skip", "^$", "packages that are test code themselves, as a regular expression")
	least := flag.Float64("min", 85, "least coverage of the whole, in percent")
	flag.Parse()
	if err := run(os.Stdout, *profile, *skip, *least); err != nil {
		fmt.Fprintln(os.Stderr, "coverage:", err)
		os.Exit(1)
	}
}

func run(out io.Writer, profile, skip string, least float64) error {
	skipped, err := regexp.Compile(skip)
	if err != nil {
		return fmt.Errorf("-skip: %w", err)
	}
	f, err := os.Open(profile)
	if err != nil {
		return err
	}
	defer f.Close()
	packages, err := read(f)
	if err != nil {
		return fmt.Errorf("read %s: %w", profile, err)
	}
	maps.DeleteFunc(packages, func(name string, _ map[string]block) bool { return skipped.MatchString(name) })
	total := report(out, packages)
	if total < least {
		return fmt.Errorf("%.1f %% of the statements are covered, at least %.0f %% are wanted", total, least)
	}
	return nil
}

// block is one stretch of statements; the same block appears once per test binary that saw it.
type block struct {
	statements int
	covered    bool
}

// read collects the blocks of each package, by position.
func read(r io.Reader) (map[string]map[string]block, error) {
	packages := map[string]map[string]block{}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		line := lines.Text()
		if strings.HasPrefix(line, "mode:") {
			continue
		}
		fields := strings.Fields(line)
		if len(fields) != 3 {
			return nil, fmt.Errorf("line %q has no three fields", line)
		}
		statements, err1 := strconv.Atoi(fields[1])
		count, err2 := strconv.Atoi(fields[2])
		if err1 != nil || err2 != nil {
			return nil, fmt.Errorf("line %q has no counts", line)
		}
		file, _, _ := strings.Cut(fields[0], ":")
		name := path.Dir(file)
		if packages[name] == nil {
			packages[name] = map[string]block{}
		}
		b := packages[name][fields[0]]
		packages[name][fields[0]] = block{statements, b.covered || count > 0}
	}
	return packages, lines.Err()
}

// report prints the packages, worst first, and returns the coverage of the whole.
func report(out io.Writer, packages map[string]map[string]block) float64 {
	type row struct {
		name           string
		covered, total int
	}
	var rows []row
	var whole row
	for name, blocks := range packages {
		r := row{name: name}
		for _, b := range blocks {
			r.total += b.statements
			if b.covered {
				r.covered += b.statements
			}
		}
		whole.covered += r.covered
		whole.total += r.total
		rows = append(rows, r)
	}
	slices.SortFunc(rows, func(a, b row) int {
		if d := percent(a.covered, a.total) - percent(b.covered, b.total); d != 0 {
			if d < 0 {
				return -1
			}
			return 1
		}
		return strings.Compare(a.name, b.name)
	})
	for _, r := range rows {
		fmt.Fprintf(out, "%6.1f %%  %s\n", percent(r.covered, r.total), r.name)
	}
	total := percent(whole.covered, whole.total)
	fmt.Fprintf(out, "%6.1f %%  all\n", total)
	return total
}

func percent(part, whole int) float64 {
	if whole == 0 {
		return 100
	}
	return 100 * float64(part) / float64(whole)
}
