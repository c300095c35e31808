package session_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"tradewind/internal/session"
	"tradewind/internal/trading"
)

func TestCreateUser_HasAFundedAccountOfItsOwn(t *testing.T) {
	var funded []trading.AccountInfo
	fund := func(_ context.Context, a trading.AccountInfo) error {
		funded = append(funded, a)
		return nil
	}
	inTime(t, session.Options{Fund: fund, Broker: "alpaca"}, func(t *testing.T, f *fixture) {
		a, err := f.store.Account(t.Context(), f.ann.Account)
		must(t, err)
		if a.User != f.ann.ID || a.Broker != "alpaca" || a.Currency != "USD" || a.Live {
			t.Errorf("the account is %+v", a)
		}
		if len(funded) != 1 || funded[0] != a {
			t.Errorf("funded were %+v, want %+v", funded, a)
		}
		_, err = f.CreateUser(t.Context(), "ANN", password)
		wantErr(t, err, trading.ErrNameTaken)
		if len(funded) != 1 {
			t.Error("a name that is taken got an account")
		}
	})
}

func TestCreateUser_ThatCannotBeFunded_DoesNotExist(t *testing.T) {
	broke := errors.New("broke")
	inTime(t, session.Options{}, func(t *testing.T, f *fixture) {
		m := session.New(f.store, f.store, session.Options{Cost: cheap, Fund: func(context.Context, trading.AccountInfo) error { return broke }})
		_, err := m.CreateUser(t.Context(), "Bob", password)
		wantErr(t, err, broke)
		_, err = f.store.UserByName(t.Context(), "Bob")
		wantErr(t, err, trading.ErrNotFound)
	})
}

func TestCreateUser_WithABadNameOrPassword_IsRefused(t *testing.T) {
	inTime(t, session.Options{}, func(t *testing.T, f *fixture) {
		for _, name := range []string{"", " Bob", "Bob ", "Bo\tb", "Bo\x00b", "Bo\u202eb", "\xff", strings.Repeat("ü", 65)} {
			_, err := f.CreateUser(t.Context(), name, password)
			if !errors.Is(err, session.ErrBadName) {
				t.Errorf("%q: got %v, want ErrBadName", name, err)
			}
		}
		for _, word := range []string{"", "7 signs", "ü234567", strings.Repeat("x", 1025)} {
			_, err := f.CreateUser(t.Context(), "Bob", word)
			if !errors.Is(err, session.ErrBadPassword) {
				t.Errorf("%q: got %v, want ErrBadPassword", word, err)
			}
		}
		for _, name := range []string{strings.Repeat("ü", 64), "Bob O'Neil 😀"} {
			_, err := f.CreateUser(t.Context(), name, "8 signs!")
			must(t, err)
		}
	})
}

func TestCreateUser_DemoAlone_MayHaveItsShortPassword(t *testing.T) {
	inTime(t, session.Options{}, func(t *testing.T, f *fixture) {
		_, err := f.CreateUser(t.Context(), session.DemoName, "short")
		wantErr(t, err, session.ErrBadPassword)
		_, err = f.CreateUser(t.Context(), "other", session.DemoPassword)
		wantErr(t, err, session.ErrBadPassword)
		_, err = f.CreateUser(t.Context(), session.DemoName, session.DemoPassword)
		must(t, err)
		_, err = f.Login(t.Context(), session.DemoName, session.DemoPassword, session.Meta{})
		must(t, err)
	})
}

func TestIsDemo_IsTheDemoUserWithThePasswordEverybodyKnows(t *testing.T) {
	inTime(t, session.Options{}, func(t *testing.T, f *fixture) {
		demo, err := f.CreateUser(t.Context(), session.DemoName, session.DemoPassword)
		must(t, err)
		if !session.IsDemo(demo) {
			t.Error("the demo user was not known")
		}
		other := demo
		other.Name = "other"
		if session.IsDemo(other) || session.IsDemo(f.ann) {
			t.Error("a user of another name was taken for the demo user")
		}
		must(t, f.SetPassword(t.Context(), demo.ID, "battery staple"))
		changed, err := f.store.User(t.Context(), demo.ID)
		must(t, err)
		if session.IsDemo(changed) || session.IsDemo(trading.User{Name: session.DemoName}) {
			t.Error("a demo user without the known password was taken for one with it")
		}
	})
}

func TestChangePassword_EndsTheOtherSessions(t *testing.T) {
	inTime(t, session.Options{}, func(t *testing.T, f *fixture) {
		mine, other := f.login(t), f.login(t)
		f.wantValid(t, mine)
		f.wantValid(t, other)
		must(t, f.ChangePassword(t.Context(), f.ann.ID, password, "battery staple", mine.Session.Hash))
		f.wantEnds(t, ended(other, session.ReasonPasswordChanged))
		f.wantInvalid(t, other)
		if id := f.wantValid(t, mine); id.User.PasswordHash == f.ann.PasswordHash {
			t.Error("the session kept shows the user of before")
		}
		_, err := f.Login(t.Context(), "Ann", password, session.Meta{})
		wantErr(t, err, session.ErrWrongPassword)
		_, err = f.Login(t.Context(), "Ann", "battery staple", session.Meta{})
		must(t, err)
	})
}

func TestChangePassword_WithSomethingWrong_ChangesNothing(t *testing.T) {
	inTime(t, session.Options{}, func(t *testing.T, f *fixture) {
		l := f.login(t)
		wantErr(t, f.ChangePassword(t.Context(), f.ann.ID, "wrong", "battery staple", [32]byte{}), session.ErrWrongPassword)
		wantErr(t, f.ChangePassword(t.Context(), f.ann.ID, password, "short", [32]byte{}), session.ErrBadPassword)
		wantErr(t, f.ChangePassword(t.Context(), "nobody", password, "battery staple", [32]byte{}), trading.ErrNotFound)
		f.wantEnds(t)
		f.wantValid(t, l)
		f.login(t)
	})
}

// Whoever found an open browser must not guess the password there without end,
// and must not lock its owner out of signing in either.
func TestChangePassword_Guesses_AreLimitedApartFromSignIns(t *testing.T) {
	inTime(t, session.Options{}, func(t *testing.T, f *fixture) {
		for range 10 {
			wantErr(t, f.ChangePassword(t.Context(), f.ann.ID, "wrong", "battery staple", [32]byte{}), session.ErrWrongPassword)
		}
		var tooMany *session.TooManyAttempts
		if err := f.ChangePassword(t.Context(), f.ann.ID, password, "battery staple", [32]byte{}); !errors.As(err, &tooMany) {
			t.Errorf("got %v, want TooManyAttempts", err)
		}
		f.login(t)
	})
}

func TestSetPassword_EndsAllSessions(t *testing.T) {
	inTime(t, session.Options{}, func(t *testing.T, f *fixture) {
		l := f.login(t)
		wantErr(t, f.SetPassword(t.Context(), f.ann.ID, "short"), session.ErrBadPassword)
		wantErr(t, f.SetPassword(t.Context(), "nobody", "battery staple"), trading.ErrNotFound)
		must(t, f.SetPassword(t.Context(), f.ann.ID, "battery staple"))
		f.wantEnds(t, ended(l, session.ReasonPasswordChanged))
		_, err := f.Login(t.Context(), "Ann", "battery staple", session.Meta{})
		must(t, err)
	})
}
