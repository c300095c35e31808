package valuation_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"tradewind/internal/valuation"
)

func TestPace_UrgentWhileItWaitsItsTurn_IsSentOnceAndKeepsTheWindow(t *testing.T) {
	p, now := valuation.NewPace(window), time.Unix(0, 0)
	turn := func(want string) {
		t.Helper()
		if got := p.Next(now); got != want {
			t.Fatalf("after %v it is the turn of %q, want %q", now.Sub(time.Unix(0, 0)), got, want)
		}
	}
	p.Mark("anna")
	p.Mark("ben")
	p.Hurry("ben")
	turn("ben") // what is urgent goes first
	p.Mark("ben")
	turn("anna")
	turn("") // Ben's first place in the queue is worth nothing now
	now = now.Add(window)
	turn("ben")
	turn("")
}

func TestPace_WhoLeaves_HasNoTurn(t *testing.T) {
	p, now := valuation.NewPace(window), time.Unix(0, 0)
	p.Mark("anna")
	p.Hurry("ben")
	p.Leave("anna")
	p.Leave("ben")
	if got := p.Next(now); got != "" {
		t.Errorf("%s has left", got)
	}
	p.Mark("carl")
	p.Next(now)
	p.Mark("carl")
	p.Leave("carl")
	if got := p.Next(now.Add(window)); got != "" {
		t.Errorf("%s has left", got)
	}
}

// The model: who has news is served within a window, without urgency once a window,
// and the queues hold three places a name at most.
func TestPace_AnySequence_MatchesTheModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := []string{"a", "b", "c"}
		p, now := valuation.NewPace(window), time.Unix(0, 0)
		news, urgent, since := map[string]bool{}, map[string]bool{}, map[string]time.Time{}
		opened := map[string]time.Time{} // when the last window opened
		serve := func() string {
			name := p.Next(now)
			if name == "" {
				return name
			}
			if !news[name] {
				t.Fatalf("%s is served without news", name)
			}
			open := !opened[name].IsZero() && now.Sub(opened[name]) < window
			if open && !urgent[name] {
				t.Fatalf("%s is served twice in a window", name)
			}
			if !open {
				opened[name] = now
			}
			news[name], urgent[name] = false, false
			return name
		}
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			name := rapid.SampledFrom(names).Draw(t, "name")
			switch rapid.SampledFrom([]string{"mark", "mark", "hurry", "serve", "serve", "rest"}).Draw(t, "step") {
			case "mark":
				p.Mark(name)
				if !news[name] {
					since[name] = now
				}
				news[name] = true
			case "hurry":
				p.Hurry(name)
				if !news[name] {
					since[name] = now
				}
				news[name], urgent[name] = true, true
			case "serve":
				serve()
			case "rest":
				for serve() != "" {
				}
				for _, n := range names {
					if news[n] && (urgent[n] || now.Sub(since[n]) >= window) {
						t.Fatalf("%s waits since %v", n, now.Sub(since[n]))
					}
				}
				now = now.Add(time.Duration(rapid.IntRange(1, 300).Draw(t, "ms")) * time.Millisecond)
			}
			if p.Len() > 3*len(names) {
				t.Fatalf("%d places taken by %d names", p.Len(), len(names))
			}
		}
		for serve() != "" {
		}
		now = now.Add(window)
		for serve() != "" {
		}
		for _, n := range names {
			if news[n] {
				t.Fatalf("the news of %s never came", n)
			}
		}
	})
}
