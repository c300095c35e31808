package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
)

func TestParts_OneThatEndsByItselfIsAFailure(t *testing.T) {
	boom := errors.New("disk on fire")
	cases := map[string]struct {
		err  error
		want string
	}{
		"with an error": {boom, "store: disk on fire"},
		"silently":      {nil, "store: ended by itself"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r := startParts(t.Context(), slog.New(slog.DiscardHandler), []part{
				{"store", func(context.Context) error { return c.err }},
				{"other", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }},
			})
			err := <-r.failed
			r.stop()
			if err.Error() != c.want || (c.err != nil && !errors.Is(err, c.err)) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestParts_StopWaitsForAllAndLogsWhatWentWrong(t *testing.T) {
	var log bytes.Buffer
	over := false
	r := startParts(t.Context(), slog.New(slog.NewTextHandler(&log, nil)), []part{
		{"feed", func(ctx context.Context) error { <-ctx.Done(); over = true; return errors.New("could not say goodbye") }},
		{"quiet", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }},
	})
	r.stop()
	if !over {
		t.Error("stop did not wait")
	}
	if text := log.String(); !strings.Contains(text, "could not say goodbye") || strings.Contains(text, "quiet") {
		t.Errorf("logged %q", text)
	}
}
