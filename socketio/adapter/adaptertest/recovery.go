package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"tradewind/socketio/adapter"
)

// RecoverySetup is Setup for an adapter.Recoverer. Its log keeps no more than about
// maxBytes of events, of which 0 is the adapter's default, and its sessions wait
// longer than a test takes.
type RecoverySetup func(t *testing.T, nodes, maxBytes int) []adapter.Factory

// RunRecovery runs the suite of an adapter that recovers sessions, beside Run.
func RunRecovery(t *testing.T, setup RecoverySetup) {
	for name, test := range map[string]func(*testing.T, RecoverySetup){
		"session is kept whole":                       keepsSession,
		"unknown session is none":                     knowsNoOther,
		"session is taken once":                       takesOnce,
		"session saved again is the newer one":        savesNewer,
		"session that was given up is none":           givesUp,
		"socket that still lives is released first":   releasesFirst,
		"restore that fails takes nothing":            failsWhole,
		"sessions of namespaces are apart":            namespacesKeepApart,
		"closed adapter keeps and tells nothing":      closedKeepsNothing,
		"node that joins starts behind what was":      startsBehind,
		"offsets are the same everywhere":             offsetsEverywhere,
		"replay has what the session was to get":      replaysWhatWasMeant,
		"replay is whole":                             replaysWhole,
		"replay begins behind what was seen":          replaysUnseen,
		"replay begins behind what was before":        replaysSince,
		"replay of odd offsets begins at the start":   replaysOddOffsets,
		"replay of nothing is empty":                  replaysNothing,
		"replay has the newest of a key":              replaysNewest,
		"replay has no volatile events":               replaysNoVolatile,
		"replay is a moment in the deliveries":        replaysAtAMoment,
		"replay passes on what its function says":     passesErrors,
		"session is recovered again and again":        recoversAgain,
		"too much missed is lost":                     losesTooMuch,
		"what the log does not hold any more is lost": losesOverrun,
	} {
		t.Run(name, func(t *testing.T) { test(t, setup) })
	}
}

const me = "me" // the name of the socket whose session it is

// own is the room of its id.
func own() adapter.Room { return adapter.Room(idOf(me)) }

// keepers makes nodes whose first sockets are in all rooms that the tests use, so that they are delivered everything.
func keepers(t *testing.T, setup RecoverySetup, maxBytes int) []*node {
	t.Helper()
	var nodes []*node
	for _, factory := range setup(t, 3, maxBytes) {
		nodes = append(nodes, keeper(t, factory, namespace))
	}
	return nodes
}

func keeper(t *testing.T, factory adapter.Factory, namespace string) *node {
	t.Helper()
	n := join(t, factory, namespace, "r", "s", "everywhere", own())
	if _, ok := n.Adapter.(adapter.Recoverer); !ok {
		t.Fatal("the adapter recovers nothing")
	}
	return n
}

func (n *node) recoverer() adapter.Recoverer { return n.Adapter.(adapter.Recoverer) }

func (n *node) save(s adapter.Session) {
	n.t.Helper()
	must(n.t, n.recoverer().Save(soon(n.t), &s))
}

// emit sends to all nodes and returns the offset, which is the same at each.
func emit(t *testing.T, from *node, nodes []*node, b *adapter.Broadcast) string {
	t.Helper()
	from.send(b)
	offset := ""
	for i, n := range nodes {
		got := n.next()
		if !same(got, b) || i > 0 && got.Offset != offset {
			t.Fatalf("node %d was delivered %s with offset %q, others with %q", i, got.Data, got.Offset, offset)
		}
		offset = got.Offset
	}
	if (offset == "") != b.Volatile {
		t.Fatalf("%s has offset %q", b.Data, offset)
	}
	return offset
}

func text(name string) *adapter.Broadcast { return event(`[%q]`, name) }

// plenty is more than any test misses.
const plenty = 1 << 30

// restore fails the test if there is no such session.
func (n *node) restore(pid, offset string) *adapter.Session {
	n.t.Helper()
	s, err := n.recoverer().Restore(soon(n.t), pid, offset)
	if err != nil || s == nil {
		n.t.Fatalf("session %q is %v, %v", pid, s, err)
	}
	return s
}

// none fails the test if there is such a session.
func (n *node) none(pid string) {
	n.t.Helper()
	if s, err := n.recoverer().Restore(soon(n.t), pid, ""); err != nil || s != nil {
		n.t.Errorf("session %q is %v, %v; want none", pid, s, err)
	}
}

// missed lists the events that a session missed.
func (n *node) missed(s *adapter.Session, offset string) []string {
	n.t.Helper()
	var names []string
	calls := 0
	if err := n.recoverer().Resume(soon(n.t), s, offset, plenty, func(missed []*adapter.Broadcast) error {
		calls++
		for _, b := range missed {
			names = append(names, string(b.Data))
		}
		return nil
	}); err != nil || calls != 1 {
		n.t.Fatalf("resume: %d calls, %v", calls, err)
	}
	return names
}

func (n *node) wantMissed(s *adapter.Session, offset string, names ...string) {
	n.t.Helper()
	var want []string
	for _, name := range names {
		want = append(want, fmt.Sprintf(`[%q]`, name))
	}
	if got := n.missed(s, offset); !slices.Equal(got, want) {
		n.t.Errorf("missed behind %q: %v, want %v", offset, got, want)
	}
}

// lost fails the test unless what a session missed is lost, be it seen at once or when it resumes.
func (n *node) lost(pid, offset string) {
	n.t.Helper()
	s, err := n.recoverer().Restore(soon(n.t), pid, offset)
	if err != nil {
		n.t.Fatalf("restore: %v", err)
	}
	if s != nil {
		n.resumeLost(s, offset, plenty)
	}
}

func (n *node) resumeLost(s *adapter.Session, offset string, maxBytes int) {
	n.t.Helper()
	if err := n.recoverer().Resume(soon(n.t), s, offset, maxBytes, func(missed []*adapter.Broadcast) error {
		n.t.Errorf("told of %d events although some are lost", len(missed))
		return nil
	}); !errors.Is(err, adapter.ErrLost) {
		n.t.Errorf("resume: %v, want ErrLost", err)
	}
}

func closedKeepsNothing(t *testing.T, setup RecoverySetup) {
	n := keepers(t, setup, 0)[0]
	s := &adapter.Session{PID: "pid", ID: idOf(me)}
	n.save(*s)
	must(t, n.Close())
	r := n.recoverer()
	for name, f := range map[string]func(context.Context) error{
		"save": func(ctx context.Context) error { return r.Save(ctx, s) },
		"restore": func(ctx context.Context) error {
			_, err := r.Restore(ctx, "pid", "")
			return err
		},
		"resume": func(ctx context.Context) error {
			return r.Resume(ctx, s, "", plenty, func([]*adapter.Broadcast) error { return nil })
		},
	} {
		if err := f(soon(t)); !errors.Is(err, adapter.ErrClosed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
