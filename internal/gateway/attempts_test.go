package gateway

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

var midnight = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

func TestAttempts_LimitInTheFirstMinute_IsExact(t *testing.T) {
	a := newAttempts[string](30, time.Minute, 100)
	for i := range 30 {
		if wait := a.take("ann", midnight.Add(time.Duration(i)*time.Second)); wait != 0 {
			t.Fatalf("attempt %d: wait %s", i+1, wait)
		}
	}
	wait := a.take("ann", midnight.Add(30*time.Second))
	if wait <= 30*time.Second || wait > time.Minute {
		t.Fatalf("attempt 31: wait %s", wait)
	}
	if other := a.take("ben", midnight.Add(30*time.Second)); other != 0 {
		t.Fatal("another user has to wait too")
	}
	if again := a.take("ann", midnight.Add(30*time.Second+wait)); again != 0 {
		t.Fatalf("after waiting as told: wait %s", again)
	}
}

func TestAttempts_RefusedOnes_DoNotCount(t *testing.T) {
	a := newAttempts[string](1, time.Minute, 100)
	a.take("ann", midnight)
	for i := range 100 {
		if a.take("ann", midnight.Add(time.Duration(i)*time.Second/10)) == 0 {
			t.Fatal("accepted over the limit")
		}
	}
	if wait := a.take("ann", midnight.Add(2*time.Minute)); wait != 0 {
		t.Fatalf("two minutes later: wait %s", wait)
	}
}

func TestAttempts_AnyPattern_WaitingAsToldIsEnough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 40).Draw(t, "limit")
		a := newAttempts[int](limit, time.Minute, 10)
		now := midnight
		for range rapid.IntRange(1, 150).Draw(t, "attempts") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(20*time.Second)).Draw(t, "pause")))
			if wait := a.take(1, now); wait > 0 {
				if wait > 2*time.Minute {
					t.Fatalf("wait %s", wait)
				}
				if rapid.Bool().Draw(t, "obey") {
					now = now.Add(wait)
					if again := a.take(1, now); again > 0 {
						t.Fatalf("waited %s as told, then another %s", wait, again)
					}
				}
			}
		}
	})
}

func TestAttempts_ManyKeys_MemoryIsBounded(t *testing.T) {
	a := newAttempts[int](3, time.Minute, 1000)
	for key := range 50_000 {
		a.take(key, midnight)
		a.take(-1, midnight) // in use all the time
	}
	if n := len(a.young) + len(a.old); n > 1000 {
		t.Fatalf("%d keys are kept, at most 1000", n)
	}
	if a.take(-1, midnight) == 0 {
		t.Fatal("a key in constant use was forgotten")
	}
}
