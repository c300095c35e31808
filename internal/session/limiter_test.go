package session_test

import (
	"fmt"
	"testing"
	"time"

	"tradewind/internal/session"
)

// clock is a time that tests move.
type clock struct{ now time.Time }

func newClock() *clock                { return &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)} }
func (c *clock) Now() time.Time       { return c.now }
func (c *clock) pass(d time.Duration) { c.now = c.now.Add(d) }

func TestLimiter_CountsNameAndAddressTogether(t *testing.T) {
	c := newClock()
	l := session.NewLoginLimiter(session.LimiterOptions{PerUser: 3, Now: c.Now})
	for range 3 {
		wantWait(t, l, "ann", "192.0.2.1", 0)
		l.Failed("Ann", "192.0.2.1")
		c.pass(10 * time.Second)
	}
	wantWait(t, l, "ANN", "192.0.2.1", 30*time.Second)
	wantWait(t, l, "ann", "::ffff:192.0.2.1", 30*time.Second)
	wantWait(t, l, "ann", "192.0.2.2", 0)
	wantWait(t, l, "bob", "192.0.2.1", 0)
	c.pass(30 * time.Second)
	wantWait(t, l, "ann", "192.0.2.1", 0)
	l.Failed("ann", "192.0.2.1") // a new minute begins
	wantWait(t, l, "ann", "192.0.2.1", 0)
}

func TestLimiter_CountsAnAddressWhateverTheName(t *testing.T) {
	c := newClock()
	l := session.NewLoginLimiter(session.LimiterOptions{PerAddress: 5, Now: c.Now})
	for i := range 5 {
		l.Failed(fmt.Sprint("user", i), fmt.Sprintf("2001:db8:1:2::%x", i))
	}
	wantWait(t, l, "other", "2001:db8:1:2:ffff::", time.Minute)
	wantWait(t, l, "other", "2001:db8:1:3::", 0)
	wantWait(t, l, "other", "not an address", 0)
	// A name cannot be taken for an address.
	wantWait(t, l, "", "", 0)
}

func TestLimiter_RemembersABoundedNumber(t *testing.T) {
	c := newClock()
	l := session.NewLoginLimiter(session.LimiterOptions{PerUser: 1, MaxTracked: 100, Now: c.Now})
	for i := range 1000 {
		l.Failed("ann", fmt.Sprintf("10.0.%d.%d", i/256, i%256))
		if l.Tracked() > 100 {
			t.Fatalf("%d windows are remembered, want at most 100", l.Tracked())
		}
	}
	wantWait(t, l, "ann", "10.0.3.231", time.Minute) // the newest
	wantWait(t, l, "ann", "10.0.0.0", 0)             // forgotten
	c.pass(time.Minute)
	l.Failed("bob", "192.0.2.1")
	if l.Tracked() != 2 {
		t.Errorf("%d windows are remembered after all are over, want those of the last failure", l.Tracked())
	}
}

func wantWait(t *testing.T, l *session.LoginLimiter, name, address string, want time.Duration) {
	t.Helper()
	if wait := l.Wait(name, address); wait != want {
		t.Fatalf("%s at %s waits %v, want %v", name, address, wait, want)
	}
}
