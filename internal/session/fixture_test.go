package session_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"tradewind/internal/session"
	"tradewind/internal/store/sqlite"
	"tradewind/internal/trading"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const password = "correct horse"

// cheap makes hashing quick: what is tested is not its strength.
var cheap = session.Cost{Memory: 64, Time: 1, Threads: 1}

var errStore = errors.New("disk on fire")

// fixture is a manager on a real store, with a user Ann, in a bubble of time.
type fixture struct {
	*session.Manager
	dir   string
	store *watched
	ann   trading.User

	mu   sync.Mutex
	ends []end
}

// end is what a listener was told.
type end struct {
	session string // public id
	reason  string
	at      time.Time
}

// watched is the store with its calls counted and its failures at will.
type watched struct {
	*sqlite.DB
	down        atomic.Bool
	reads       atomic.Int64 // of single sessions
	batches     atomic.Int64 // of many
	touches     atomic.Int64
	afterCreate func() // called when a session was stored
}

func (w *watched) fail() error {
	if w.down.Load() {
		return errStore
	}
	return nil
}

func (w *watched) Session(ctx context.Context, hash [32]byte) (trading.Session, error) {
	w.reads.Add(1)
	if err := w.fail(); err != nil {
		return trading.Session{}, err
	}
	return w.DB.Session(ctx, hash)
}

func (w *watched) SessionsByHash(ctx context.Context, hashes [][32]byte) ([]trading.Session, error) {
	w.batches.Add(1)
	if err := w.fail(); err != nil {
		return nil, err
	}
	return w.DB.SessionsByHash(ctx, hashes)
}

func (w *watched) SessionsOf(ctx context.Context, user trading.UserID) ([]trading.Session, error) {
	if err := w.fail(); err != nil {
		return nil, err
	}
	return w.DB.SessionsOf(ctx, user)
}

func (w *watched) CreateSession(ctx context.Context, s trading.Session) error {
	if err := w.fail(); err != nil {
		return err
	}
	err := w.DB.CreateSession(ctx, s)
	if w.afterCreate != nil {
		w.afterCreate()
	}
	return err
}

func (w *watched) TouchSession(ctx context.Context, hash [32]byte, seen, expires time.Time) error {
	w.touches.Add(1)
	if err := w.fail(); err != nil {
		return err
	}
	return w.DB.TouchSession(ctx, hash, seen, expires)
}

func (w *watched) DeleteSession(ctx context.Context, hash [32]byte) error {
	if err := w.fail(); err != nil {
		return err
	}
	return w.DB.DeleteSession(ctx, hash)
}

func (w *watched) DeleteExpired(ctx context.Context, now time.Time) (int, error) {
	if err := w.fail(); err != nil {
		return 0, err
	}
	return w.DB.DeleteExpired(ctx, now)
}

func (w *watched) User(ctx context.Context, id trading.UserID) (trading.User, error) {
	if err := w.fail(); err != nil {
		return trading.User{}, err
	}
	return w.DB.User(ctx, id)
}

func (w *watched) UserByName(ctx context.Context, name string) (trading.User, error) {
	if err := w.fail(); err != nil {
		return trading.User{}, err
	}
	return w.DB.UserByName(ctx, name)
}

// inTime runs a test in a bubble, where time passes only when everything waits.
func inTime(t *testing.T, o session.Options, test func(t *testing.T, f *fixture)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		db, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		f := &fixture{dir: dir, store: &watched{DB: db}}
		if o.Cost == (session.Cost{}) {
			o.Cost = cheap
		}
		f.Manager = session.New(f.store, f.store, o)
		f.OnEnd(func(s trading.Session, reason string) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.ends = append(f.ends, end{s.PublicID, reason, time.Now()})
		})
		if f.ann, err = f.CreateUser(t.Context(), "Ann", password); err != nil {
			t.Fatal(err)
		}
		test(t, f)
	})
}

// run runs the manager until the test is over.
func (f *fixture) run(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- f.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	})
}

func (f *fixture) login(t *testing.T) session.Login {
	t.Helper()
	l, err := f.Login(t.Context(), "Ann", password, session.Meta{Address: "192.0.2.1"})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func (f *fixture) wantValid(t *testing.T, l session.Login) session.Identity {
	t.Helper()
	id, err := f.Authenticate(t.Context(), l.SessionID)
	if err != nil {
		t.Fatalf("authenticate: %v", err)
	}
	return id
}

func (f *fixture) wantInvalid(t *testing.T, l session.Login) {
	t.Helper()
	if _, err := f.Authenticate(t.Context(), l.SessionID); !errors.Is(err, session.ErrInvalid) {
		t.Fatalf("authenticate: got %v, want ErrInvalid", err)
	}
}

// wantEnds compares what listeners were told since the last look.
func (f *fixture) wantEnds(t *testing.T, want ...end) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	told := make([]string, 0, len(f.ends))
	for _, e := range f.ends {
		told = append(told, e.session+" "+e.reason)
	}
	expected := make([]string, 0, len(want))
	for _, e := range want {
		expected = append(expected, e.session+" "+e.reason)
	}
	if fmt.Sprint(told) != fmt.Sprint(expected) {
		t.Fatalf("ends told: %v, want %v", told, expected)
	}
	f.ends = nil
}

func ended(l session.Login, reason string) end {
	return end{session: l.Session.PublicID, reason: reason}
}

func wantErr(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got error %v, want %v", err, want)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
