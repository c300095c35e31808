package gateway

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestBucket_BurstThenOneTokenPerInterval(t *testing.T) {
	var b bucket
	r := rate{10, time.Minute}
	now := time.Hour
	for i := range 10 {
		if wait := b.wait(r, now); wait != 0 {
			t.Fatalf("token %d: wait %s", i+1, wait)
		}
		b.take(r, now)
	}
	if wait := b.wait(r, now); wait != 6*time.Second {
		t.Fatalf("empty bucket: wait %s, want 6s", wait)
	}
	if wait := b.wait(r, now+6*time.Second-1); wait != 1 {
		t.Fatalf("just before the token is back: wait %s", wait)
	}
	if wait := b.wait(r, now+6*time.Second); wait != 0 {
		t.Fatalf("after one interval: wait %s", wait)
	}
}

func TestBucket_OnePerMinute_GiveBackMakesRoomAtOnceButNeverMoreThanFull(t *testing.T) {
	var b bucket
	r := rate{1, time.Minute}
	b.take(r, 0)
	if wait := b.wait(r, 0); wait != time.Minute {
		t.Fatalf("wait %s, want a minute", wait)
	}
	b.give(r)
	if wait := b.wait(r, 0); wait != 0 {
		t.Fatalf("after the token came back: wait %s", wait)
	}
	b.give(r)
	b.give(r)
	b.take(r, 0)
	if wait := b.wait(r, 0); wait != time.Minute {
		t.Fatalf("gifts to a full bucket were kept: wait %s", wait)
	}
}

// A client that takes whenever it may never gets more than burst and what came
// back, and gets all of that if it asks when told.
func TestBucket_AnyPace_StaysWithinTheRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rate{rapid.IntRange(1, 50).Draw(t, "burst"), time.Minute}
		var b bucket
		now, taken := time.Duration(0), 0
		for range rapid.IntRange(1, 200).Draw(t, "asks") {
			now += time.Duration(rapid.Int64Range(0, int64(5*time.Second)).Draw(t, "pause"))
			if wait := b.wait(r, now); wait > 0 {
				if wait > r.interval() {
					t.Fatalf("wait %s is longer than a token takes", wait)
				}
				continue
			}
			b.take(r, now)
			taken++
			if most := r.burst + int(now/r.interval()); taken > most {
				t.Fatalf("%d taken after %s, at most %d", taken, now, most)
			}
		}
	})
}
