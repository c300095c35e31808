package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// openTemp is an empty results file.
func openTemp(t *testing.T) *results {
	t.Helper()
	r, err := openResults(filepath.Join(t.TempDir(), "results.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func add(t *testing.T, r *results, line result) {
	t.Helper()
	if err := r.add(line); err != nil {
		t.Fatal(err)
	}
}

func TestResults_AreThereAfterReopening(t *testing.T) {
	r := openTemp(t)
	add(t, r, result{Case: "idle", Peer: own, Rep: 2, Report: []byte(`{"clients":7}`)})
	again, err := openResults(r.path)
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := again.done[runKey{"idle", own, 2, 0}]; !ok || got.Clients != 7 {
		t.Errorf("got %v, %v", got, ok)
	}
}

func TestResults_FailedRunsCountAsMissing(t *testing.T) {
	r := openTemp(t)
	add(t, r, result{Case: "idle", Peer: own, Rep: 1, Error: "start own: no answer"})
	again, err := openResults(r.path)
	if err != nil {
		t.Fatal(err)
	}
	if len(again.done) != 0 {
		t.Errorf("got %v", again.done)
	}
}

func TestResults_ALineThatWasCutShortIsRunAgain(t *testing.T) {
	r := openTemp(t)
	add(t, r, result{Case: "idle", Peer: own, Rep: 1, Report: []byte(`{}`)})
	file, err := os.OpenFile(r.path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	file.WriteString(`{"case":"idle","peer":"own","re`)
	file.Close()
	again, err := openResults(r.path)
	if err != nil {
		t.Fatal(err)
	}
	add(t, again, result{Case: "idle", Peer: own, Rep: 2, Report: []byte(`{}`)})
	last, err := openResults(r.path)
	if err != nil || len(last.done) != 2 {
		t.Errorf("got %v, %v, want two runs", last.done, err)
	}
}

func TestResults_AForeignFileIsNotTouched(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(path, []byte("buy milk\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := openResults(path); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("got %v, want an error that names the line", err)
	}
	if text, _ := os.ReadFile(path); string(text) != "buy milk\n" {
		t.Errorf("it is %q now", text)
	}
}
