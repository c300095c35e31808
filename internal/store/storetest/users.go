package storetest

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"tradewind/internal/trading"
)

func user(name string) (trading.User, trading.AccountInfo) {
	u := trading.User{ID: trading.UserID("u-" + name), Name: name, PasswordHash: "$hash", Account: trading.AccountID("a-" + name), CreatedAt: noon}
	return u, trading.AccountInfo{ID: u.Account, User: u.ID, Broker: "paper", Currency: "USD", CreatedAt: noon}
}

func addUser(t *testing.T, s Store, name string) trading.User {
	t.Helper()
	u, a := user(name)
	must(t, s.CreateUser(t.Context(), u, a))
	return u
}

var userTests = []test{
	{"a user and the account come back", func(t *testing.T, s Store) {
		u, a := user("Ann")
		must(t, s.CreateUser(t.Context(), u, a))
		same(t, got(s.User(t.Context(), u.ID))(t), u)
		same(t, got(s.UserByName(t.Context(), "Ann"))(t), u)
		same(t, got(s.Account(t.Context(), a.ID))(t), a)
	}},
	{"names compare without case", func(t *testing.T, s Store) {
		u := addUser(t, s, "Émile")
		same(t, got(s.UserByName(t.Context(), "éMILE"))(t), u)
		twin, a := user("ÉMILE")
		wantErr(t, s.CreateUser(t.Context(), twin, a), trading.ErrNameTaken)
		wantErr(t, got2(s.Account(t.Context(), a.ID)), trading.ErrNotFound)
		wantErr(t, got2(s.UserByName(t.Context(), "Emile")), trading.ErrNotFound)
	}},
	{"of many that want a name one gets it", func(t *testing.T, s Store) {
		wantOneWinner(t, together(8, func(i int) error {
			u, a := user("Ann")
			u.ID, u.Account = trading.UserID(fmt.Sprint(i)), trading.AccountID(fmt.Sprint(i))
			a.ID, a.User = u.Account, u.ID
			return s.CreateUser(t.Context(), u, a)
		}), trading.ErrNameTaken)
	}},
	{"users are listed by name", func(t *testing.T, s Store) {
		same(t, got(s.Users(t.Context()))(t), []trading.User(nil))
		b, a := addUser(t, s, "bob"), addUser(t, s, "Ann")
		same(t, got(s.Users(t.Context()))(t), []trading.User{a, b})
	}},
	{"a password and an account can be changed", func(t *testing.T, s Store) {
		u := addUser(t, s, "Ann")
		must(t, s.SetPasswordHash(t.Context(), u.ID, "$other"))
		fresh := trading.AccountInfo{ID: "a-2", User: u.ID, Broker: "alpaca", Live: true, Currency: "USD", CreatedAt: noon.Add(time.Hour)}
		must(t, s.SetAccount(t.Context(), u.ID, fresh))
		changed := got(s.User(t.Context(), u.ID))(t)
		same(t, changed.PasswordHash, "$other")
		same(t, changed.Account, fresh.ID)
		same(t, got(s.Account(t.Context(), "a-2"))(t), fresh)
		same(t, got(s.Account(t.Context(), u.Account))(t).User, u.ID) // the old one stays
	}},
	{"who does not exist is not found", func(t *testing.T, s Store) {
		wantErr(t, got2(s.User(t.Context(), "nobody")), trading.ErrNotFound)
		wantErr(t, got2(s.UserByName(t.Context(), "nobody")), trading.ErrNotFound)
		wantErr(t, got2(s.Account(t.Context(), "none")), trading.ErrNotFound)
		wantErr(t, s.SetPasswordHash(t.Context(), "nobody", "$hash"), trading.ErrNotFound)
		wantErr(t, s.SetAccount(t.Context(), "nobody", trading.AccountInfo{ID: "a"}), trading.ErrNotFound)
		wantErr(t, s.RemoveUser(t.Context(), "nobody"), trading.ErrNotFound)
		wantErr(t, got2(s.Account(t.Context(), "a")), trading.ErrNotFound)
	}},
	{"a removed user takes sessions, watchlist and settings along and leaves the ledger", func(t *testing.T, s Store) {
		u := addUser(t, s, "Ann")
		must(t, s.CreateSession(t.Context(), session(u.ID, 1)))
		must(t, s.SetWatchlist(t.Context(), u.ID, []trading.Symbol{"AAPL"}))
		must(t, s.SetSettings(t.Context(), u.ID, json.RawMessage(`{"dark":true}`)))
		must(t, s.Append(t.Context(), depositEntry(u.Account, 1)))
		must(t, s.RemoveUser(t.Context(), u.ID))

		wantErr(t, got2(s.User(t.Context(), u.ID)), trading.ErrNotFound)
		wantErr(t, got2(s.Session(t.Context(), session(u.ID, 1).Hash)), trading.ErrNotFound)
		same(t, got(s.Head(t.Context(), u.Account))(t), trading.Seq(1))
		same(t, got(s.Account(t.Context(), u.Account))(t).User, u.ID)
		addUser(t, s, "Ann") // the name is free again
		same(t, got(s.Watchlist(t.Context(), u.ID))(t), []trading.Symbol(nil))
		same(t, got(s.Settings(t.Context(), u.ID))(t), json.RawMessage(nil))
	}},
}

var profileTests = []test{
	{"what was never set is empty", func(t *testing.T, s Store) {
		u := addUser(t, s, "Ann")
		same(t, got(s.Watchlist(t.Context(), u.ID))(t), []trading.Symbol(nil))
		if settings := got(s.Settings(t.Context(), u.ID))(t); settings != nil {
			t.Errorf("settings are %s, want nil", settings)
		}
	}},
	{"watchlist and settings are kept apart, in order and to the letter", func(t *testing.T, s Store) {
		u, other := addUser(t, s, "Ann"), addUser(t, s, "Bob")
		settings := json.RawMessage(`{"b":1, "a":{"x":[1.50]}}`)
		must(t, s.SetWatchlist(t.Context(), u.ID, []trading.Symbol{"TSLA", "AAPL", "BTC-USD"}))
		must(t, s.SetSettings(t.Context(), u.ID, settings))
		must(t, s.SetSettings(t.Context(), other.ID, json.RawMessage(`{}`)))
		same(t, got(s.Watchlist(t.Context(), u.ID))(t), []trading.Symbol{"TSLA", "AAPL", "BTC-USD"})
		same(t, string(got(s.Settings(t.Context(), u.ID))(t)), string(settings))
		same(t, got(s.Watchlist(t.Context(), other.ID))(t), []trading.Symbol(nil))

		must(t, s.SetWatchlist(t.Context(), u.ID, nil))
		must(t, s.SetSettings(t.Context(), u.ID, json.RawMessage(`{}`)))
		same(t, got(s.Watchlist(t.Context(), u.ID))(t), []trading.Symbol(nil))
		same(t, string(got(s.Settings(t.Context(), u.ID))(t)), `{}`)
	}},
}
