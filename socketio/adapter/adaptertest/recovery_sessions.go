package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tradewind/socketio/adapter"
)

func keepsSession(t *testing.T, setup RecoverySetup) {
	nodes := keepers(t, setup, 0)
	first := emit(t, nodes[0], nodes, text("first"))
	second := emit(t, nodes[0], nodes, text("second"))
	for name, want := range map[string]adapter.Session{
		"least": {PID: "least", ID: idOf("least"), Data: []byte(`{}`)},
		"full": {
			PID: "full", ID: idOf(me), Owner: "somebody ü\x00", Data: []byte(`{"a":[1,2.5,null,"😀"],"b":{"c":true}}`),
			Rooms: []adapter.JoinedRoom{{Room: "r", Since: first}, {Room: "#,/ \n", Since: second}, {Room: "", Since: ""}},
			Since: first, Sent: second, Left: second,
		},
	} {
		nodes[0].save(want)
		got := last(nodes).restore(want.PID, second)
		if got.PID != want.PID || got.ID != want.ID || got.Owner != want.Owner || !sameJSON(got.Data, want.Data) ||
			!slices.Equal(got.Rooms, want.Rooms) || got.Since != want.Since || got.Sent != want.Sent || got.Left != want.Left {
			t.Errorf("%s: %+v has become %+v", name, want, *got)
		}
		if !got.Until.After(time.Now()) {
			t.Errorf("%s: is given up at %v", name, got.Until)
		}
	}
}

func knowsNoOther(t *testing.T, setup RecoverySetup) {
	nodes := keepers(t, setup, 0)
	nodes[0].save(adapter.Session{PID: "known", ID: idOf(me)})
	for _, n := range nodes {
		for _, pid := range []string{"", "unknown", "know", "known ", "KNOWN", "*", "?nown", "known\x00", "../known", strings.Repeat("known", 50), "\xff"} {
			n.none(pid)
		}
	}
	last(nodes).restore("known", "")
}

func takesOnce(t *testing.T, setup RecoverySetup) {
	nodes := keepers(t, setup, 0)
	for round := range 20 {
		pid := fmt.Sprint("pid", round)
		nodes[0].save(adapter.Session{PID: pid, ID: idOf(me)})
		var taken atomic.Int32
		var takers sync.WaitGroup
		for i := range 6 {
			takers.Go(func() {
				s, err := nodes[i%len(nodes)].recoverer().Restore(t.Context(), pid, "")
				if err != nil {
					t.Error(err)
				}
				if s != nil {
					taken.Add(1)
				}
			})
		}
		takers.Wait()
		if n := taken.Load(); n != 1 {
			t.Fatalf("%d have taken the session", n)
		}
		for _, n := range nodes {
			n.none(pid)
		}
	}
}

func savesNewer(t *testing.T, setup RecoverySetup) {
	nodes := keepers(t, setup, 0)
	nodes[0].save(adapter.Session{PID: "pid", ID: idOf(me), Owner: "old"})
	last(nodes).save(adapter.Session{PID: "pid", ID: idOf(me), Owner: "new"})
	if s := nodes[0].restore("pid", ""); s.Owner != "new" {
		t.Errorf("the session is the %s one", s.Owner)
	}
	for _, n := range nodes {
		n.none("pid")
	}
}

func givesUp(t *testing.T, setup RecoverySetup) {
	nodes := keepers(t, setup, 0)
	nodes[0].save(adapter.Session{PID: "over", ID: idOf(me), Until: time.Now().Add(-time.Second)})
	for _, n := range nodes {
		n.none("over")
	}
	nodes[0].save(adapter.Session{PID: "pid", ID: idOf(me)})
	s := last(nodes).restore("pid", "")
	until := s.Until
	last(nodes).save(*s) // it came back and is gone once more: its time goes on
	if s = nodes[0].restore("pid", ""); s.Until.Sub(until).Abs() >= time.Second {
		t.Errorf("given up at %v, saved again at %v", until, s.Until)
	}
}

func releasesFirst(t *testing.T, setup RecoverySetup) {
	nodes := keepers(t, setup, 0)
	for i, owner := range nodes {
		pid := fmt.Sprint("pid", i)
		for _, n := range nodes {
			n.onRelease(func(ctx context.Context, asked string) error {
				if asked != pid {
					t.Errorf("%q is released", asked)
				}
				if n != owner {
					return nil
				}
				return owner.recoverer().Save(ctx, &adapter.Session{PID: pid, ID: idOf(me), Owner: "released"})
			})
		}
		if s := nodes[0].restore(pid, ""); s.Owner != "released" {
			t.Errorf("the session is %+v", s)
		}
	}
}

func (l *local) onRelease(f func(ctx context.Context, pid string) error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.release = f
}

func failsWhole(t *testing.T, setup RecoverySetup) {
	nodes := keepers(t, setup, 0)
	nodes[0].save(adapter.Session{PID: "pid", ID: idOf(me)})
	asked := make(chan struct{}, 1)
	last(nodes).onRelease(func(ctx context.Context, _ string) error {
		asked <- struct{}{}
		<-ctx.Done()
		return context.Cause(ctx)
	})
	impatient := errors.New("impatient")
	ctx, cancel := context.WithCancelCause(t.Context())
	ended := make(chan error, 1)
	go func() { // ends with Restore
		s, err := nodes[0].recoverer().Restore(ctx, "pid", "")
		if s != nil {
			t.Error("the session was taken while its socket lives")
		}
		ended <- err
	}()
	receive(t, asked, "the release")
	cancel(impatient)
	if err := receive(t, ended, "the end of Restore"); err == nil {
		t.Error("Restore has not failed")
	}
	last(nodes).onRelease(nil)
	nodes[0].restore("pid", "")
}

func namespacesKeepApart(t *testing.T, setup RecoverySetup) {
	nodes := keepers(t, setup, 0)
	other := keeper(t, nodes[0].factory, namespace+"s")
	nodes[0].save(adapter.Session{PID: "pid", ID: idOf(me)})
	other.none("pid")
	foreign := emit(t, other, []*node{other}, text("theirs"))
	s := nodes[0].restore("pid", "")
	nodes[0].wantMissed(s, "")
	emit(t, nodes[0], nodes, text("ours"))
	nodes[0].wantMissed(s, foreign, "ours")
}

func startsBehind(t *testing.T, setup RecoverySetup) {
	factories := setup(t, 2, 0)
	first := keeper(t, factories[0], namespace)
	if start := first.recoverer().Start(); start != "" {
		t.Errorf("the first node starts behind %q", start)
	}
	emit(t, first, []*node{first}, text("before"))
	newest := emit(t, first, []*node{first}, text("newest"))
	if len(factories) == 1 {
		return
	}
	second := keeper(t, factories[1], namespace)
	if start := second.recoverer().Start(); start != newest {
		t.Errorf("a node that joins behind %q starts behind %q", newest, start)
	}
	emit(t, first, []*node{first, second}, text("later")) // and is delivered nothing else
	second.wantMissed(&adapter.Session{PID: "pid", ID: idOf(me), Since: second.recoverer().Start()}, "", "later")
}

// A session comes back time and again, each time to another node.
func recoversAgain(t *testing.T, setup RecoverySetup) {
	nodes := keepers(t, setup, 0)
	session := adapter.Session{PID: "pid", ID: idOf(me), Rooms: []adapter.JoinedRoom{{Room: "r"}}}
	seen := ""
	for round := range 10 {
		at := func(i int) *node { return nodes[(round+i)%len(nodes)] }
		at(0).save(session)
		var want []string
		for k := range round % 4 { // some rounds miss nothing
			name := fmt.Sprintf("%d-%d", round, k)
			b := text(name)
			if k%2 == 1 {
				to(b, "r")
			}
			emit(t, at(k), nodes, b)
			emit(t, at(k+1), nodes, to(text("other"), "s"))
			want = append(want, name)
		}
		s := at(1).restore("pid", seen)
		at(1).wantMissed(s, seen, want...)
		at(2).none("pid")
		session = *s
		if len(want) > 0 {
			session.Sent = at(1).newestOf(s, seen)
			seen = session.Sent
		}
	}
}

// newestOf is the offset of the newest event that a session missed.
func (n *node) newestOf(s *adapter.Session, offset string) (newest string) {
	n.t.Helper()
	must(n.t, n.recoverer().Resume(soon(n.t), s, offset, plenty, func(missed []*adapter.Broadcast) error {
		newest = missed[len(missed)-1].Offset
		return nil
	}))
	return newest
}
