// Command count reads the output of "go test -json", prints what failed and why
// cases were skipped, and at last one line with how many cases there were. It
// fails when a case did, or when there were none.
//
// A case is a test that has no subtests. The stock cases are those that run the
// clients of others, the raw ones all the rest.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
)

func main() {
	stock := flag.String("stock", "^TestStock", "tests that run stock clients, as a regular expression")
	harness := flag.String("harness", "^$", "packages whose tests are no cases, as a regular expression; they may fail all the same")
	flag.Parse()
	if err := run(os.Stdin, os.Stdout, *stock, *harness); err != nil {
		fmt.Fprintln(os.Stderr, "count:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer, stock, harness string) error {
	stockTests, err := regexp.Compile(stock)
	if err != nil {
		return fmt.Errorf("-stock: %w", err)
	}
	harnessPackages, err := regexp.Compile(harness)
	if err != nil {
		return fmt.Errorf("-harness: %w", err)
	}
	r := newReport(out)
	broken := r.read(in)
	s := r.sum(stockTests, harnessPackages)
	for _, line := range s.skips {
		fmt.Fprintln(out, "skipped:", line)
	}
	for _, line := range s.failures {
		fmt.Fprintln(out, "failed:", line)
	}
	fmt.Fprintf(out, "conformance: %d cases passed (%d raw, %d stock), %d failed, %d skipped\n",
		s.raw+s.stock, s.raw, s.stock, len(s.failures), len(s.skips))
	switch {
	case broken != nil:
		return broken
	case len(s.failures) > 0:
		return fmt.Errorf("%d failed", len(s.failures))
	case s.raw+s.stock == 0:
		return fmt.Errorf("no case passed")
	}
	return nil
}
