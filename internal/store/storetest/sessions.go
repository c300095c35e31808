package storetest

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"tradewind/internal/trading"
)

func session(user trading.UserID, n byte) trading.Session {
	return trading.Session{
		Hash: [32]byte{0: 0xff, 1: n, 31: n}, PublicID: fmt.Sprint("public-", n), User: user,
		CreatedAt: noon.Add(time.Duration(n) * time.Second), SeenAt: noon.Add(time.Minute), ExpiresAt: noon.Add(time.Duration(n) * time.Hour),
		UserAgent: "agent/1.0", Address: "2001:db8::1",
	}
}

var sessionTests = []test{
	{"a session comes back by its hash", func(t *testing.T, s Store) {
		want := session(addUser(t, s, "Ann").ID, 1)
		must(t, s.CreateSession(t.Context(), want))
		same(t, got(s.Session(t.Context(), want.Hash))(t), want)
		wantErr(t, got2(s.Session(t.Context(), [32]byte{})), trading.ErrNotFound)
	}},
	{"a user's sessions come oldest first", func(t *testing.T, s Store) {
		ann, bob := addUser(t, s, "Ann").ID, addUser(t, s, "Bob").ID
		for _, n := range []byte{2, 3, 1} {
			must(t, s.CreateSession(t.Context(), session(ann, n)))
		}
		must(t, s.CreateSession(t.Context(), session(bob, 4)))
		same(t, got(s.SessionsOf(t.Context(), ann))(t), []trading.Session{session(ann, 1), session(ann, 2), session(ann, 3)})
		same(t, got(s.SessionsOf(t.Context(), "nobody"))(t), []trading.Session(nil))
	}},
	{"of many hashes those that exist come back", func(t *testing.T, s Store) {
		ann := addUser(t, s, "Ann").ID
		for n := byte(1); n <= 3; n++ {
			must(t, s.CreateSession(t.Context(), session(ann, n)))
		}
		hashes := [][32]byte{session(ann, 3).Hash, {1, 2, 3}, session(ann, 1).Hash}
		for n := range 600 {
			hashes = append(hashes, [32]byte{0: 0xaa, 1: byte(n), 2: byte(n >> 8)})
		}
		found := got(s.SessionsByHash(t.Context(), hashes))(t)
		slices.SortFunc(found, func(a, b trading.Session) int { return bytes.Compare(a.Hash[:], b.Hash[:]) })
		same(t, found, []trading.Session{session(ann, 1), session(ann, 3)})
		same(t, got(s.SessionsByHash(t.Context(), nil))(t), []trading.Session(nil))
	}},
	{"a touch moves seen and end", func(t *testing.T, s Store) {
		want := session(addUser(t, s, "Ann").ID, 1)
		must(t, s.CreateSession(t.Context(), want))
		want.SeenAt, want.ExpiresAt = noon.Add(5*time.Hour), noon.Add(29*time.Hour)
		must(t, s.TouchSession(t.Context(), want.Hash, want.SeenAt, want.ExpiresAt))
		same(t, got(s.Session(t.Context(), want.Hash))(t), want)
		wantErr(t, s.TouchSession(t.Context(), [32]byte{}, noon, noon), trading.ErrNotFound)
	}},
	{"a session is deleted once or more", func(t *testing.T, s Store) {
		want := session(addUser(t, s, "Ann").ID, 1)
		must(t, s.CreateSession(t.Context(), want))
		must(t, s.DeleteSession(t.Context(), want.Hash))
		wantErr(t, got2(s.Session(t.Context(), want.Hash)), trading.ErrNotFound)
		must(t, s.DeleteSession(t.Context(), want.Hash))
		wantErr(t, s.TouchSession(t.Context(), want.Hash, noon, noon), trading.ErrNotFound)
	}},
	{"what ended by now is swept, and nothing else", func(t *testing.T, s Store) {
		ann := addUser(t, s, "Ann").ID
		for n := byte(1); n <= 4; n++ {
			must(t, s.CreateSession(t.Context(), session(ann, n)))
		}
		same(t, got(s.DeleteExpired(t.Context(), noon))(t), 0)
		same(t, got(s.DeleteExpired(t.Context(), noon.Add(2*time.Hour)))(t), 2)
		same(t, got(s.SessionsOf(t.Context(), ann))(t), []trading.Session{session(ann, 3), session(ann, 4)})
	}},
}
