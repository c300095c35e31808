package storetest

import (
	"fmt"
	"testing"
	"time"

	"tradewind/internal/trading"
)

func point(minute int, value string) trading.ValuePoint {
	return trading.ValuePoint{Time: noon.Truncate(time.Minute).Add(time.Duration(minute) * time.Minute), Value: dec(value)}
}

var historyTests = []test{
	{"points come back oldest first, the newest ones within a limit", func(t *testing.T, s Store) {
		var want []trading.ValuePoint
		for _, m := range []int{2, 0, 1} { // whatever the order of arrival
			must(t, s.AddValuePoints(t.Context(), map[trading.AccountID]trading.ValuePoint{"a": point(m, fmt.Sprint(100+m, ".50")), "b": point(m, "7")}))
		}
		for m := range 3 {
			want = append(want, point(m, fmt.Sprint(100+m, ".50")))
		}
		same(t, got(s.ValueHistory(t.Context(), "a", time.Time{}, 0))(t), want)
		same(t, got(s.ValueHistory(t.Context(), "a", want[1].Time, 0))(t), want[1:])
		same(t, got(s.ValueHistory(t.Context(), "a", time.Time{}, 2))(t), want[1:])
		same(t, got(s.ValueHistory(t.Context(), "nobody", time.Time{}, 0))(t), []trading.ValuePoint(nil))
	}},
	{"a minute has one point, the last one added", func(t *testing.T, s Store) {
		for i, value := range []string{"1", "2", "0"} {
			p := point(0, value)
			p.Time = p.Time.Add(time.Duration(i) * 10 * time.Second)
			must(t, s.AddValuePoints(t.Context(), map[trading.AccountID]trading.ValuePoint{"a": p}))
		}
		same(t, got(s.ValueHistory(t.Context(), "a", time.Time{}, 0))(t), []trading.ValuePoint{point(0, "0")})
	}},
	{"a minute of many accounts is one call", func(t *testing.T, s Store) {
		points := make(map[trading.AccountID]trading.ValuePoint)
		for i := range 450 {
			points[trading.AccountID(fmt.Sprint(i))] = point(0, fmt.Sprint(i))
		}
		must(t, s.AddValuePoints(t.Context(), points))
		must(t, s.AddValuePoints(t.Context(), nil))
		same(t, got(s.ValueHistory(t.Context(), "449", time.Time{}, 0))(t), []trading.ValuePoint{point(0, "449")})
	}},
}

var seedTests = []test{
	{"seeds are users ready to use", func(t *testing.T, s Store) {
		var seeds []trading.Seed
		for i := range 450 {
			u, a := user(fmt.Sprint("load", i))
			x := session(u.ID, 1)
			x.Hash = [32]byte{0: byte(i), 1: byte(i >> 8)}
			seeds = append(seeds, trading.Seed{User: u, Account: a, Entries: []trading.Entry{depositEntry(a.ID, 1)}, Sessions: []trading.Session{x}})
		}
		must(t, s.AddSeeds(t.Context(), seeds))
		last := seeds[len(seeds)-1]
		same(t, got(s.UserByName(t.Context(), "LOAD449"))(t), last.User)
		same(t, got(s.Account(t.Context(), last.User.Account))(t), last.Account)
		same(t, got(s.Session(t.Context(), last.Sessions[0].Hash))(t), last.Sessions[0])
		same(t, got(s.Entries(t.Context(), last.User.Account, 0, 10))(t), last.Entries)
		same(t, len(got(s.Users(t.Context()))(t)), 450)
	}},
	{"a name that is taken is refused and leaves nothing", func(t *testing.T, s Store) {
		addUser(t, s, "Ann")
		u, a := user("ANN")
		wantErr(t, s.AddSeeds(t.Context(), []trading.Seed{{User: u, Account: a, Entries: []trading.Entry{depositEntry(a.ID, 1)}}}), trading.ErrNameTaken)
		same(t, got(s.Head(t.Context(), a.ID))(t), trading.Seq(0))
	}},
}
