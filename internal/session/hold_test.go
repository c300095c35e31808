package session_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"tradewind/internal/session"
	"tradewind/internal/store/sqlite"
	"tradewind/internal/trading"
)

func TestHold_KeepsASessionAlive(t *testing.T) {
	inTime(t, session.Options{TTL: 10 * time.Minute}, func(t *testing.T, f *fixture) {
		f.run(t)
		held, idle := f.login(t), f.login(t)
		defer f.Hold(held.Session)()
		time.Sleep(time.Hour)
		f.wantValid(t, held)
		f.wantInvalid(t, idle)
		f.wantEnds(t)
		if n := f.store.touches.Load(); n < 50 || n > 60 {
			t.Errorf("an hour of an open socket were written %d times, want about once a minute and never more", n)
		}
		if all, err := f.store.SessionsOf(t.Context(), f.ann.ID); err != nil || len(all) != 1 {
			t.Errorf("%d sessions are stored (%v), want the held one", len(all), err)
		}
	})
}

func TestHold_OfAShortSession_KeepsItAliveToo(t *testing.T) {
	inTime(t, session.Options{TTL: 3 * time.Second}, func(t *testing.T, f *fixture) {
		f.run(t)
		l := f.login(t)
		release := f.Hold(l.Session)
		time.Sleep(time.Minute)
		f.wantValid(t, l)
		release()
		time.Sleep(4 * time.Second)
		f.wantInvalid(t, l)
	})
}

func TestHeldSession_AtItsGreatestAge_EndsWithinASecond(t *testing.T) {
	inTime(t, session.Options{MaxAge: 30 * time.Minute}, func(t *testing.T, f *fixture) {
		f.run(t)
		l := f.login(t)
		begin := time.Now()
		release := f.Hold(l.Session)
		time.Sleep(30*time.Minute - time.Millisecond)
		f.wantEnds(t)
		time.Sleep(time.Second)
		synctest.Wait()
		f.mu.Lock()
		if len(f.ends) != 1 || f.ends[0].at.Sub(begin) > 30*time.Minute+time.Second {
			t.Errorf("ends told: %v", f.ends)
		}
		f.mu.Unlock()
		f.wantEnds(t, ended(l, session.ReasonExpired))
		if _, err := f.store.DB.Session(t.Context(), l.Session.Hash); err == nil {
			t.Error("the session is still stored")
		}
		release()
		if f.Held() != 0 {
			t.Errorf("%d sessions are watched, want none", f.Held())
		}
	})
}

func TestHeldSession_EndedElsewhere_IsToldWithinTheRecheck(t *testing.T) {
	inTime(t, session.Options{}, func(t *testing.T, f *fixture) {
		f.run(t)
		l, other := f.login(t), f.login(t)
		defer f.Hold(l.Session)()
		defer f.Hold(other.Session)()
		time.Sleep(time.Hour)
		must(t, f.store.DB.DeleteSession(t.Context(), l.Session.Hash))
		time.Sleep(11 * time.Second)
		f.wantEnds(t, ended(l, session.ReasonRevoked))
		f.wantInvalid(t, l)
		f.wantValid(t, other)
	})
}

// What `tradewind user passwd` and `user remove` do while a server runs.
func TestHeldSession_EndedByAnotherProcess_IsToldWithinASecond(t *testing.T) {
	inTime(t, session.Options{}, func(t *testing.T, f *fixture) {
		f.run(t)
		l, other := f.login(t), f.login(t)
		defer f.Hold(l.Session)()
		defer f.Hold(other.Session)()
		f.wantValid(t, l)
		tool, err := sqlite.Open(t.Context(), f.dir, sqlite.Options{})
		must(t, err)
		defer tool.Close()
		time.Sleep(2 * time.Second) // the tool has written to open it
		before := f.store.batches.Load()
		time.Sleep(5 * time.Second)
		if n := f.store.batches.Load() - before; n > 1 {
			t.Errorf("the store was asked %d times within 5s though nobody wrote", n)
		}
		must(t, tool.DeleteSession(t.Context(), l.Session.Hash))
		time.Sleep(time.Second)
		f.wantEnds(t, ended(l, session.ReasonRevoked))
		f.wantInvalid(t, l)
		f.wantValid(t, other)
	})
}

// A socket is told of the end even if the session was ended between its
// authentication and the moment when the listeners could find it.
func TestHold_OfASessionThatEndedJustBefore_TellsItAgain(t *testing.T) {
	inTime(t, session.Options{}, func(t *testing.T, f *fixture) {
		l := f.login(t)
		who := f.wantValid(t, l)
		must(t, f.Logout(t.Context(), l.SessionID))
		f.wantEnds(t, ended(l, session.ReasonLogout))
		release := f.Hold(who.Session)
		f.wantEnds(t, ended(l, session.ReasonLogout))
		release()
		if f.Held() != 0 {
			t.Error("a session that is over is watched")
		}
	})
}

func TestHeldSession_EndedHere_IsToldOnceAndAtOnce(t *testing.T) {
	inTime(t, session.Options{}, func(t *testing.T, f *fixture) {
		f.run(t)
		l := f.login(t)
		defer f.Hold(l.Session)()
		defer f.Hold(l.Session)()
		results := make(chan error)
		for range 4 {
			go func() { results <- f.Logout(t.Context(), l.SessionID) }()
		}
		for range 4 {
			must(t, <-results)
		}
		f.wantEnds(t, ended(l, session.ReasonLogout))
		time.Sleep(time.Minute)
		f.wantEnds(t)
	})
}

func TestHold_IsCounted(t *testing.T) {
	inTime(t, session.Options{TTL: 10 * time.Minute}, func(t *testing.T, f *fixture) {
		f.run(t)
		l := f.login(t)
		one, two := f.Hold(l.Session), f.Hold(l.Session)
		one()
		one() // again: counts once
		time.Sleep(30 * time.Minute)
		f.wantValid(t, l)
		two()
		if f.Held() != 0 {
			t.Errorf("%d sessions are watched, want none", f.Held())
		}
		time.Sleep(20 * time.Minute)
		f.wantInvalid(t, l)
		f.wantEnds(t)
	})
}

func TestHeldSessions_WithoutTheStore_GoOnUntilTheirTime(t *testing.T) {
	inTime(t, session.Options{TTL: 10 * time.Minute}, func(t *testing.T, f *fixture) {
		f.run(t)
		l := f.login(t)
		defer f.Hold(l.Session)()
		time.Sleep(time.Minute)
		f.store.down.Store(true)
		time.Sleep(8 * time.Minute)
		f.wantEnds(t)
		f.store.down.Store(false)
		time.Sleep(10 * time.Minute)
		f.wantValid(t, l)
		f.store.down.Store(true)
		time.Sleep(10*time.Minute + time.Second)
		f.wantEnds(t, ended(l, session.ReasonExpired))
		f.store.down.Store(false)
	})
}

// Connects that come all the time must not put the watch off.
func TestHeldSession_AmongManyConnects_StillEndsInTime(t *testing.T) {
	inTime(t, session.Options{MaxAge: time.Minute}, func(t *testing.T, f *fixture) {
		f.run(t)
		l := f.login(t)
		defer f.Hold(l.Session)()
		begin := time.Now()
		for i := 0; time.Since(begin) < time.Minute+time.Second; i++ {
			_, s := session.Mint(f.ann.ID, time.Now())
			f.Hold(s)()
			time.Sleep(50 * time.Millisecond)
		}
		f.wantEnds(t, ended(l, session.ReasonExpired))
	})
}

func TestHeldSessions_ByTheThousand_AreCheckedInBatches(t *testing.T) {
	inTime(t, session.Options{}, func(t *testing.T, f *fixture) {
		f.run(t)
		seeds := make([]trading.Seed, 1200)
		for i := range seeds {
			id := trading.UserID(fmt.Sprint("user-", i))
			_, s := session.Mint(id, time.Now())
			seeds[i] = trading.Seed{User: trading.User{ID: id, Name: "x" + string(id)}, Account: trading.AccountInfo{ID: trading.AccountID(id)}, Sessions: []trading.Session{s}}
		}
		must(t, f.store.AddSeeds(t.Context(), seeds))
		for _, s := range seeds {
			defer f.Hold(s.Sessions[0])()
		}
		time.Sleep(time.Second)
		gone := seeds[777].Sessions[0]
		must(t, f.store.DB.DeleteSession(t.Context(), gone.Hash))
		before := f.store.batches.Load()
		time.Sleep(10 * time.Second)
		f.wantEnds(t, end{session: gone.PublicID, reason: session.ReasonRevoked})
		if n := f.store.batches.Load() - before; n > 6 {
			t.Errorf("the store was asked %d times for 1,200 sessions, want a few batches", n)
		}
	})
}

func TestHeldSession_IsNotAskedForAgain_UntilItIsReleased(t *testing.T) {
	inTime(t, session.Options{}, func(t *testing.T, f *fixture) {
		f.run(t)
		l := f.login(t)
		f.wantValid(t, l)
		release := f.Hold(l.Session)
		before := f.store.reads.Load()
		for range 30 {
			time.Sleep(time.Second)
			f.wantValid(t, l)
		}
		if n := f.store.reads.Load() - before; n != 0 {
			t.Errorf("the store was asked %d times for a session that is held", n)
		}
		must(t, f.store.DB.DeleteSession(t.Context(), l.Session.Hash))
		time.Sleep(11 * time.Second) // the recheck
		f.wantInvalid(t, l)
		release()
	})
}
