package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// result is one line of the results file.
type result struct {
	Case    string    `json:"case"`
	Peer    string    `json:"peer"`
	Rep     int       `json:"rep"` // from 1
	Rate    float64   `json:"rate"`
	Time    time.Time `json:"time"`
	Machine string    `json:"machine"`
	Commit  string    `json:"commit"`
	Server  string    `json:"server"`  // how the server was started
	Command string    `json:"command"` // how the load generator was
	Error   string    `json:"error,omitempty"`

	Report json.RawMessage `json:"report,omitempty"`
}

// runKey tells the runs of a bench apart.
type runKey struct {
	name, peer string
	rep        int
	rate       float64
}

// results are the lines of a file, which grows as they are added.
type results struct {
	path string
	done map[runKey]report // only what succeeded
}

// openResults reads what there is. A last line that was cut short is as if it
// were not there; any other that does not parse is an error.
func openResults(path string) (*results, error) {
	r := &results{path: path, done: make(map[runKey]report)}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	whole := len(text)
	for whole > 0 && text[whole-1] != '\n' {
		whole--
	}
	if whole < len(text) {
		if err := os.Truncate(path, int64(whole)); err != nil {
			return nil, err
		}
	}
	return r, r.parse(text[:whole])
}

func (r *results) parse(text []byte) error {
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		var line result
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return fmt.Errorf("%s, line %d: %w", r.path, n, err)
		}
		if err := r.remember(line); err != nil {
			return fmt.Errorf("%s, line %d: %w", r.path, n, err)
		}
	}
	return lines.Err()
}

func (r *results) remember(line result) error {
	if line.Error != "" {
		return nil // it is run again
	}
	rep, err := parseReport(line.Report)
	if err != nil {
		return err
	}
	r.done[runKey{line.Case, line.Peer, line.Rep, line.Rate}] = rep
	return nil
}

// add appends a line.
func (r *results) add(line result) error {
	text, err := json.Marshal(line)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(r.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(append(text, '\n'))
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	return r.remember(line)
}

// of are the runs of one repetition that succeeded, in the order of their rates.
func (r *results) of(c benchCase, peer string, rep int) []measured {
	var runs []measured
	for _, rate := range c.ratesFor(peer) {
		if got, ok := r.done[runKey{c.name, peer, rep, rate}]; ok {
			runs = append(runs, measured{rate, got})
		}
	}
	return runs
}
