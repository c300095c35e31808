package sqlite_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"tradewind/internal/store/sqlite"
	"tradewind/internal/trading"
)

const day = 24 * time.Hour

// add adds points to an account at each step of a span, each with its number as value.
func add(t *testing.T, db *sqlite.DB, from, to time.Time, step time.Duration) {
	t.Helper()
	for at := from; at.Before(to); at = at.Add(step) {
		value := decimal.MustNew(at.Unix(), 0)
		if err := db.AddValuePoints(t.Context(), map[trading.AccountID]trading.ValuePoint{"a": {Time: at, Value: value}}); err != nil {
			t.Fatal(err)
		}
	}
}

func history(t *testing.T, db *sqlite.DB) []trading.ValuePoint {
	t.Helper()
	points, err := db.ValueHistory(t.Context(), "a", time.Time{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range points {
		if fmt.Sprint(p.Time.Unix()) != p.Value.String() {
			t.Fatalf("the point at %v has the value of another one: %v", p.Time, p.Value)
		}
		if i > 0 && !points[i-1].Time.Before(p.Time) {
			t.Fatalf("%v follows %v", p.Time, points[i-1].Time)
		}
	}
	return points
}

// count counts the points of a span.
func count(points []trading.ValuePoint, from, to time.Time) (n int) {
	for _, p := range points {
		if !p.Time.Before(from) && p.Time.Before(to) {
			n++
		}
	}
	return n
}

func TestHistory_IsThinnedToHoursAfterAWeek(t *testing.T) {
	db := open(t, t.TempDir(), sqlite.Options{})
	start := time.Date(2026, 1, 1, 0, 10, 0, 0, time.UTC)
	now := start.Add(9 * day)
	add(t, db, start, now.Add(-day), 20*time.Minute)
	add(t, db, now.Add(-day), now, time.Minute) // a whole day, so that the account's own minute is in it

	points := history(t, db)
	if n := count(points, start, start.Add(day-20*time.Minute)); n != 24 {
		t.Errorf("the first day has %d points, want one an hour", n)
	}
	if first := points[0].Time; !first.Equal(start) {
		t.Errorf("the first hour's point is of %v, want the first of the hour", first)
	}
	week := now.Add(-7 * day)
	if n := count(points, week, now.Add(-day)); n != 6*72 {
		t.Errorf("the last week has %d points before its last day, want all of %d", n, 6*72)
	}
	if n := count(points, now.Add(-day), now); n != 1440 {
		t.Errorf("the last day has %d points, want 1440", n)
	}
}

func TestHistory_IsThinnedToDaysAfterAYearAndForgottenAfterTen(t *testing.T) {
	db := open(t, t.TempDir(), sqlite.Options{})
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	add(t, db, now.Add(-12*366*day), now.Add(-11*366*day), 36*day)
	add(t, db, now.Add(-400*day), now.Add(-340*day), 12*time.Hour)
	add(t, db, now.Add(-day), now, time.Minute)

	points := history(t, db)
	if n := count(points, time.Time{}, now.Add(-10*366*day)); n != 0 {
		t.Errorf("%d points are older than ten years", n)
	}
	if n := count(points, now.Add(-400*day), now.Add(-368*day)); n != 32 {
		t.Errorf("32 days of over a year ago have %d points, want one a day", n)
	}
	if n := count(points, now.Add(-366*day), now.Add(-340*day)); n != 52 {
		t.Errorf("26 days of within a year have %d points, want both of each day", n)
	}
}
