package session_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"tradewind/internal/session"
	"tradewind/internal/trading"
)

func TestAuthenticate_OfWhatIsNoSession_IsInvalid(t *testing.T) {
	inTime(t, session.Options{}, func(t *testing.T, f *fixture) {
		good := f.login(t).SessionID
		reads := f.store.reads.Load()
		for _, id := range []string{"", "x", good[:42], good + "A", strings.Repeat("ü", 43), strings.Repeat("A", 1<<20)} {
			_, err := f.Authenticate(t.Context(), id)
			wantErr(t, err, session.ErrInvalid)
		}
		if f.store.reads.Load() != reads {
			t.Error("the store was asked for what cannot be a session id")
		}
		for _, id := range []string{strings.Repeat("A", 43), good[:42] + "!", strings.ToUpper(good)} {
			_, err := f.Authenticate(t.Context(), id)
			wantErr(t, err, session.ErrInvalid)
		}
	})
}

func TestAuthenticate_WithoutTheStore_IsNotInvalid(t *testing.T) {
	inTime(t, session.Options{CacheTTL: -1}, func(t *testing.T, f *fixture) {
		l := f.login(t)
		f.store.down.Store(true)
		_, err := f.Authenticate(t.Context(), l.SessionID)
		wantErr(t, err, errStore)
		if errors.Is(err, session.ErrInvalid) {
			t.Error("a failure looks like an invalid session")
		}
		f.store.down.Store(false)
		f.wantValid(t, l)
	})
}

func TestSession_SlidesWithUseUpToItsGreatestAge(t *testing.T) {
	inTime(t, session.Options{TTL: 24 * time.Hour, MaxAge: 72 * time.Hour}, func(t *testing.T, f *fixture) {
		l, unused := f.login(t), f.login(t)
		begin := time.Now()
		for time.Since(begin) < 71*time.Hour {
			time.Sleep(10 * time.Hour)
			f.wantValid(t, l)
			if time.Since(begin) > 24*time.Hour {
				f.wantInvalid(t, unused)
			}
			if time.Since(begin) == 60*time.Hour {
				break
			}
		}
		stored, err := f.store.DB.Session(t.Context(), l.Session.Hash)
		must(t, err)
		if !stored.ExpiresAt.Equal(begin.Add(72 * time.Hour)) {
			t.Errorf("ends at %v after the beginning, want its greatest age", stored.ExpiresAt.Sub(begin))
		}
		time.Sleep(12*time.Hour - time.Millisecond)
		f.wantValid(t, l)
		time.Sleep(time.Millisecond)
		f.wantInvalid(t, l)
	})
}

func TestSession_OlderThanAGreatestAgeThatWasLowered_IsInvalid(t *testing.T) {
	inTime(t, session.Options{}, func(t *testing.T, f *fixture) {
		l := f.login(t)
		strict := session.New(f.store, f.store, session.Options{MaxAge: time.Hour, Cost: cheap})
		time.Sleep(time.Hour)
		f.wantValid(t, l)
		_, err := strict.Authenticate(t.Context(), l.SessionID)
		wantErr(t, err, session.ErrInvalid)
	})
}

func TestAuthenticate_InAStorm_AsksTheStoreOnce(t *testing.T) {
	inTime(t, session.Options{}, func(t *testing.T, f *fixture) {
		l := f.login(t)
		before := f.store.reads.Load()
		for range 1000 {
			f.wantValid(t, l)
		}
		if n := f.store.reads.Load() - before; n != 1 {
			t.Errorf("the store was asked %d times, want once", n)
		}
	})
}

func TestAuthenticate_CachesABoundedNumber(t *testing.T) {
	inTime(t, session.Options{CacheSize: 3}, func(t *testing.T, f *fixture) {
		for range 10 {
			f.wantValid(t, f.login(t))
		}
		if f.Cached() != 3 {
			t.Errorf("%d sessions are cached, want 3", f.Cached())
		}
	})
}

func TestSession_EndedHere_IsInvalidAtOnce(t *testing.T) {
	inTime(t, session.Options{}, func(t *testing.T, f *fixture) {
		l, other := f.login(t), f.login(t)
		f.wantValid(t, l)
		must(t, f.Logout(t.Context(), l.SessionID))
		f.wantInvalid(t, l)
		f.wantEnds(t, ended(l, session.ReasonLogout))
		must(t, f.Logout(t.Context(), l.SessionID))
		must(t, f.Logout(t.Context(), "nonsense"))

		f.wantValid(t, other)
		must(t, f.Revoke(t.Context(), f.ann.ID, other.Session.PublicID))
		f.wantInvalid(t, other)
		f.wantEnds(t, ended(other, session.ReasonRevoked))
		wantErr(t, f.Revoke(t.Context(), f.ann.ID, other.Session.PublicID), trading.ErrNotFound)
	})
}

func TestSession_EndedElsewhere_IsInvalidAfterTheCache(t *testing.T) {
	inTime(t, session.Options{}, func(t *testing.T, f *fixture) {
		l := f.login(t)
		f.wantValid(t, l)
		must(t, f.store.DB.DeleteSession(t.Context(), l.Session.Hash))
		time.Sleep(5 * time.Second)
		f.wantInvalid(t, l)
	})
}

func TestRevoke_OfAnotherUsersSession_FindsNothing(t *testing.T) {
	inTime(t, session.Options{}, func(t *testing.T, f *fixture) {
		bob, err := f.CreateUser(t.Context(), "Bob", password)
		must(t, err)
		l := f.login(t)
		wantErr(t, f.Revoke(t.Context(), bob.ID, l.Session.PublicID), trading.ErrNotFound)
		f.wantValid(t, l)
	})
}

func TestSession_OfAUserWhoIsGone_IsInvalid(t *testing.T) {
	inTime(t, session.Options{}, func(t *testing.T, f *fixture) {
		l := f.login(t)
		time.Sleep(time.Second)
		other := f.login(t)
		f.wantValid(t, l)
		must(t, f.RemoveUser(t.Context(), f.ann.ID))
		f.wantInvalid(t, l)
		f.wantInvalid(t, other)
		f.wantEnds(t, ended(l, session.ReasonUserRemoved), ended(other, session.ReasonUserRemoved))
		wantErr(t, f.RemoveUser(t.Context(), f.ann.ID), trading.ErrNotFound)
		_, err := f.Login(t.Context(), "Ann", password, session.Meta{})
		wantErr(t, err, session.ErrWrongPassword)
	})
}

func TestSessions_ListsTheValidOnesOldestFirst(t *testing.T) {
	inTime(t, session.Options{TTL: time.Hour}, func(t *testing.T, f *fixture) {
		f.login(t)
		time.Sleep(30 * time.Minute)
		second := f.login(t)
		time.Sleep(time.Second)
		third := f.login(t)
		time.Sleep(30 * time.Minute)
		all, err := f.Sessions(t.Context(), f.ann.ID)
		must(t, err)
		if len(all) != 2 || all[0].PublicID != second.Session.PublicID || all[1].PublicID != third.Session.PublicID {
			t.Errorf("got %+v", all)
		}
	})
}

func TestUse_IsWrittenNowAndThen(t *testing.T) {
	inTime(t, session.Options{TTL: time.Hour}, func(t *testing.T, f *fixture) {
		l := f.login(t)
		for range 120 {
			time.Sleep(5 * time.Second)
			f.wantValid(t, l)
			must(t, f.Touch(t.Context(), l.Session))
		}
		if n := f.store.touches.Load(); n != 10 {
			t.Errorf("ten minutes of use were written %d times, want once a minute", n)
		}
	})
}

func TestUse_ThatCannotBeWritten_IsNoReasonToRefuse(t *testing.T) {
	inTime(t, session.Options{TTL: time.Hour, CacheTTL: time.Hour}, func(t *testing.T, f *fixture) {
		l := f.login(t)
		f.wantValid(t, l)
		time.Sleep(10 * time.Minute)
		f.store.down.Store(true)
		f.wantValid(t, l) // from the cache, and not written
		f.store.down.Store(false)
		f.wantValid(t, l)
		time.Sleep(55 * time.Minute)
		f.wantValid(t, l)
	})
}

func TestTouch_OfASessionThatIsOver_IsInvalid(t *testing.T) {
	inTime(t, session.Options{TTL: time.Hour}, func(t *testing.T, f *fixture) {
		l, gone := f.login(t), f.login(t)
		must(t, f.store.DB.DeleteSession(t.Context(), gone.Session.Hash))
		time.Sleep(30 * time.Minute)
		wantErr(t, f.Touch(t.Context(), gone.Session), session.ErrInvalid)
		time.Sleep(30 * time.Minute)
		wantErr(t, f.Touch(t.Context(), l.Session), session.ErrInvalid)
	})
}

func TestEnding_WithoutTheStore_FailsAndEndsNothing(t *testing.T) {
	inTime(t, session.Options{}, func(t *testing.T, f *fixture) {
		l := f.login(t)
		f.store.down.Store(true)
		wantErr(t, f.Logout(t.Context(), l.SessionID), errStore)
		wantErr(t, f.Revoke(t.Context(), f.ann.ID, l.Session.PublicID), errStore)
		wantErr(t, f.RemoveUser(t.Context(), f.ann.ID), errStore)
		f.store.down.Store(false)
		f.wantEnds(t)
		f.wantValid(t, l)
	})
}

// A mint for load tests signs in like any other session.
func TestMint_IsASessionOnceItIsStored(t *testing.T) {
	inTime(t, session.Options{}, func(t *testing.T, f *fixture) {
		id, s := session.Mint(f.ann.ID, time.Now())
		_, err := f.Authenticate(t.Context(), id)
		wantErr(t, err, session.ErrInvalid)
		must(t, f.store.CreateSession(t.Context(), s))
		if who, err := f.Authenticate(t.Context(), id); err != nil || who.User.ID != f.ann.ID {
			t.Errorf("authenticated as %+v (%v)", who, err)
		}
	})
}
