package session_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"tradewind/internal/session"
	"tradewind/internal/trading"
)

func TestLogin_BeginsASessionThatTheStoreKnowsByHashOnly(t *testing.T) {
	inTime(t, session.Options{}, func(t *testing.T, f *fixture) {
		l, err := f.Login(t.Context(), "aNN", password, session.Meta{UserAgent: strings.Repeat("ü", 200), Address: "2001:db8::1"})
		must(t, err)
		if !regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`).MatchString(l.SessionID) {
			t.Errorf("session id %q is not 256 bits in base64url", l.SessionID)
		}
		if l.User.ID != f.ann.ID || l.Session.User != f.ann.ID {
			t.Errorf("signed in as %+v", l.User)
		}
		stored, err := f.store.DB.Session(t.Context(), sha256.Sum256([]byte(l.SessionID)))
		must(t, err)
		if stored != l.Session {
			t.Errorf("stored is %+v, want %+v", stored, l.Session)
		}
		now := time.Now().UTC()
		if !stored.CreatedAt.Equal(now) || !stored.SeenAt.Equal(now) || !stored.ExpiresAt.Equal(now.Add(24*time.Hour)) {
			t.Errorf("times are %v, %v, %v", stored.CreatedAt, stored.SeenAt, stored.ExpiresAt)
		}
		if stored.Address != "2001:db8::1" || stored.UserAgent != strings.Repeat("ü", 128) {
			t.Errorf("came from %q with %q", stored.Address, stored.UserAgent)
		}
		if strings.Contains(l.SessionID, stored.PublicID) || stored.PublicID == "" {
			t.Errorf("the public id %q tells about the session id", stored.PublicID)
		}
		if id := f.wantValid(t, l); id.User.Name != "Ann" || id.Session != l.Session {
			t.Errorf("authenticated as %+v", id)
		}
	})
}

func TestLogin_WithAnythingWrong_SaysNotWhat(t *testing.T) {
	inTime(t, session.Options{}, func(t *testing.T, f *fixture) {
		must(t, f.store.CreateUser(t.Context(), trading.User{ID: "imported", Name: "Imported"}, trading.AccountInfo{ID: "i"}))
		long := strings.Repeat("x", 2000)
		for name, c := range map[string][2]string{
			"wrong password":         {"Ann", "incorrect horse"},
			"no password":            {"Ann", ""},
			"unknown user":           {"Bob", password},
			"user without password":  {"Imported", ""},
			"endless password":       {"Ann", long},
			"endless name":           {long, password},
			"name with line break":   {"Ann\n", password},
			"password plus a letter": {"Ann", password + "x"},
		} {
			_, err := f.Login(t.Context(), c[0], c[1], session.Meta{Address: name})
			if !errors.Is(err, session.ErrWrongPassword) {
				t.Errorf("%s: got %v, want ErrWrongPassword", name, err)
			}
		}
	})
}

// Whether a name exists must not show in the time that a refusal takes: every
// attempt waits for its turn and hashes.
func TestLogin_OfUnknownUsers_TakesItsTurnToHash(t *testing.T) {
	inTime(t, session.Options{}, func(t *testing.T, f *fixture) {
		release := f.OccupyHashers()
		for _, name := range []string{"Ann", "Bob", "\x00", ""} {
			start := time.Now()
			_, err := f.Login(t.Context(), name, password, session.Meta{})
			wantErr(t, err, session.ErrBusy)
			if waited := time.Since(start); waited != 2*time.Second {
				t.Errorf("%q waited %v for a turn, want 2s", name, waited)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := f.Login(ctx, "Ann", password, session.Meta{})
		wantErr(t, err, context.DeadlineExceeded)
		release()
		f.login(t)
	})
}

func TestLogin_AfterTenFailuresInAMinute_HasToWait(t *testing.T) {
	inTime(t, session.Options{}, func(t *testing.T, f *fixture) {
		try := func(name, word, address string) error {
			_, err := f.Login(t.Context(), name, word, session.Meta{Address: address})
			return err
		}
		for range 20 {
			must(t, try("Ann", password, "192.0.2.1")) // successes are free
		}
		for range 10 {
			wantErr(t, try("ann", "wrong", "192.0.2.1"), session.ErrWrongPassword)
		}
		time.Sleep(15 * time.Second)
		err := try("Ann", password, "192.0.2.1")
		var tooMany *session.TooManyAttempts
		if !errors.As(err, &tooMany) || tooMany.RetryAfter != 45*time.Second || !strings.Contains(err.Error(), "45s") {
			t.Fatalf("got %v, want to wait 45s", err)
		}
		must(t, try("Ann", password, "192.0.2.2")) // nobody can lock others out
		time.Sleep(45 * time.Second)
		must(t, try("Ann", password, "192.0.2.1"))
	})
}

func TestLogin_AfterFiftyFailuresOfAnAddress_HasToWaitWhateverTheName(t *testing.T) {
	inTime(t, session.Options{}, func(t *testing.T, f *fixture) {
		for i := range 50 {
			_, err := f.Login(t.Context(), fmt.Sprint("user", i), "wrong", session.Meta{Address: fmt.Sprintf("2001:db8::%x", i)})
			wantErr(t, err, session.ErrWrongPassword)
		}
		_, err := f.Login(t.Context(), "Ann", password, session.Meta{Address: "2001:db8::ffff"})
		var tooMany *session.TooManyAttempts
		if !errors.As(err, &tooMany) || tooMany.RetryAfter != time.Minute {
			t.Fatalf("got %v, want to wait a minute", err)
		}
		f.login(t)
	})
}

// Attempts that wait for their turn together must not all get past the limit.
func TestLogin_ManyWrongOnesAtOnce_AreLimitedAsOneAfterTheOther(t *testing.T) {
	inTime(t, session.Options{Hashers: 1}, func(t *testing.T, f *fixture) {
		release := f.OccupyHashers()
		results := make(chan error)
		for range 30 {
			go func() {
				_, err := f.Login(t.Context(), "Ann", "wrong", session.Meta{Address: "192.0.2.1"})
				results <- err
			}()
		}
		time.Sleep(time.Second) // all of them wait now
		release()
		wrong, shut := 0, 0
		for range 30 {
			var tooMany *session.TooManyAttempts
			switch err := <-results; {
			case errors.Is(err, session.ErrWrongPassword):
				wrong++
			case errors.As(err, &tooMany):
				shut++
			default:
				t.Error(err)
			}
		}
		if wrong != 10 || shut != 20 {
			t.Errorf("%d were checked and %d shut out, want 10 and 20", wrong, shut)
		}
	})
}

func TestLogin_WithTheFiftyFirstSession_EndsTheOldest(t *testing.T) {
	inTime(t, session.Options{}, func(t *testing.T, f *fixture) {
		oldest := f.login(t)
		time.Sleep(time.Second)
		second := f.login(t)
		for range 48 {
			time.Sleep(time.Second)
			f.login(t)
		}
		f.wantEnds(t)
		time.Sleep(time.Second)
		newest := f.login(t)
		f.wantEnds(t, ended(oldest, session.ReasonTooMany))
		f.wantInvalid(t, oldest)
		f.wantValid(t, second)
		f.wantValid(t, newest)
	})
}

// A password that is changed while somebody signs in with the old one: the change
// cannot see the new session yet, so the sign-in has to see the change.
func TestLogin_WhileThePasswordChanges_IsTakenBack(t *testing.T) {
	inTime(t, session.Options{}, func(t *testing.T, f *fixture) {
		f.store.afterCreate = func() { must(t, f.store.SetPasswordHash(t.Context(), f.ann.ID, "other")) }
		_, err := f.Login(t.Context(), "Ann", password, session.Meta{})
		wantErr(t, err, session.ErrWrongPassword)
		if all, err := f.store.SessionsOf(t.Context(), f.ann.ID); err != nil || len(all) != 0 {
			t.Errorf("%d sessions were left (%v)", len(all), err)
		}
		f.store.afterCreate = func() { must(t, f.store.RemoveUser(t.Context(), f.ann.ID)) }
		must(t, f.store.SetPasswordHash(t.Context(), f.ann.ID, f.ann.PasswordHash))
		_, err = f.Login(t.Context(), "Ann", password, session.Meta{})
		wantErr(t, err, session.ErrWrongPassword)
	})
}

func TestLogin_WithoutTheStore_IsNoWrongPassword(t *testing.T) {
	inTime(t, session.Options{}, func(t *testing.T, f *fixture) {
		f.store.down.Store(true)
		for range 20 {
			_, err := f.Login(t.Context(), "Ann", password, session.Meta{})
			wantErr(t, err, errStore)
		}
		f.store.down.Store(false)
		f.store.afterCreate = func() { f.store.down.Store(true) }
		_, err := f.Login(t.Context(), "Ann", password, session.Meta{})
		wantErr(t, err, errStore)
		f.store.down.Store(false)
		f.store.afterCreate = nil
		f.login(t)
	})
}

func TestLogin_WithAHashThatIsNone_IsAFailure(t *testing.T) {
	inTime(t, session.Options{}, func(t *testing.T, f *fixture) {
		for _, hash := range []string{
			"plain", "$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA", "$argon2id$v=16$m=64,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
			"$argon2id$v=19$m=64,t=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA", "$argon2id$v=19$m=4294967295,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
			"$argon2id$v=19$m=64,t=1000000,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA", "$argon2id$v=19$m=64,t=1,p=0$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
			"$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$", "$argon2id$v=19$m=64,t=1,p=1$!$AAAAAAAAAAAAAAAAAAAAAA", "$argon2id$v=19$m=64,t=1,p=1x$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
		} {
			must(t, f.store.SetPasswordHash(t.Context(), f.ann.ID, hash))
			_, err := f.Login(t.Context(), "Ann", password, session.Meta{})
			if err == nil || errors.Is(err, session.ErrWrongPassword) {
				t.Errorf("%s: got %v, want a failure", hash, err)
			}
		}
	})
}

// The vector is that of argon2's reference implementation for "password" and "somesalt".
func TestLogin_WithAHashFromElsewhere_Works(t *testing.T) {
	inTime(t, session.Options{}, func(t *testing.T, f *fixture) {
		must(t, f.store.SetPasswordHash(t.Context(), f.ann.ID, "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"))
		_, err := f.Login(t.Context(), "Ann", "password", session.Meta{})
		must(t, err)
		_, err = f.Login(t.Context(), "Ann", "passwort", session.Meta{})
		wantErr(t, err, session.ErrWrongPassword)
	})
}

func TestHashPassword_IsSaltedArgon2idInPHCForm(t *testing.T) {
	inTime(t, session.Options{}, func(t *testing.T, f *fixture) {
		one, err := session.HashPassword("demo")
		must(t, err)
		two, err := session.HashPassword("demo")
		must(t, err)
		if !strings.HasPrefix(one, "$argon2id$v=19$m=19456,t=2,p=1$") || one == two {
			t.Errorf("hashes are %s and %s", one, two)
		}
		must(t, f.store.SetPasswordHash(t.Context(), f.ann.ID, one))
		_, err = f.Login(t.Context(), "Ann", "demo", session.Meta{})
		must(t, err)
		for _, bad := range []string{"", strings.Repeat("x", 1025)} {
			_, err := session.HashPassword(bad)
			wantErr(t, err, session.ErrBadPassword)
		}
	})
}
