package engineio

import (
	"testing"
	"time"
)

// spend lets windows go by in which the shard has waited for that share of the time.
func spend(g *flushGap, windows int, idle float64, late time.Duration) {
	at := g.began
	for range windows {
		at += gapWindow
		g.late = late
		g.observe(at, time.Duration(float64(gapWindow)*idle))
	}
}

func TestFlushGapFollowsTheLoad(t *testing.T) {
	g := newFlushGap(Options{}.withDefaults())
	if spend(&g, 100, 0.9, 0); g.now != 4*time.Millisecond {
		t.Errorf("with time to spare the gap is %v", g.now)
	}
	if spend(&g, 2, 0.1, 0); g.now != 9*time.Millisecond {
		t.Errorf("after two busy windows the gap is %v", g.now)
	}
	if spend(&g, 50, 0.1, 0); g.now != 32*time.Millisecond {
		t.Errorf("when it stays busy the gap is %v", g.now)
	}
	if spend(&g, 50, 0.55, 0); g.now != 32*time.Millisecond {
		t.Errorf("between the two shares the gap moves, to %v", g.now)
	}
	if spend(&g, 50, 0.9, 0); g.now != 4*time.Millisecond {
		t.Errorf("when it has time again the gap is %v", g.now)
	}
	if spend(&g, 50, 0.9, time.Second); g.now != 32*time.Millisecond {
		t.Errorf("when flushes come late the gap is %v", g.now)
	}
}

// Short waits of one window add up; the gap does not change before it is over.
func TestFlushGapLooksAtWholeWindows(t *testing.T) {
	g := newFlushGap(Options{}.withDefaults())
	for at := time.Millisecond; at < gapWindow; at += time.Millisecond {
		if g.observe(at, 0); g.now != g.least {
			t.Fatalf("changed after %v", at)
		}
	}
	if g.observe(gapWindow, 0); g.now <= g.least {
		t.Errorf("the gap is %v after a window without a wait", g.now)
	}
}

func TestFlushGapIsNeverWiderThanAllowed(t *testing.T) {
	for _, o := range []Options{{FlushGap: 50 * time.Millisecond}, {MaxFlushGap: time.Millisecond}} {
		g := newFlushGap(o.withDefaults())
		first := g.now
		if spend(&g, 50, 0, time.Second); g.now != first {
			t.Errorf("%v became %v", first, g.now)
		}
	}
}
