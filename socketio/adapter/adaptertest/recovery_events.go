package adaptertest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"tradewind/socketio/adapter"
)

func offsetsEverywhere(t *testing.T, setup RecoverySetup) {
	nodes := keepers(t, setup, 0)
	seen := map[string]bool{}
	for i := range 60 {
		offset := emit(t, nodes[i%len(nodes)], nodes, event(`["n",%d]`, i)) // fails the test if nodes differ
		if seen[offset] {
			t.Fatalf("offset %q was there before", offset)
		}
		seen[offset] = true
	}
}

func replaysWhatWasMeant(t *testing.T, setup RecoverySetup) {
	nodes := keepers(t, setup, 0)
	since := emit(t, nodes[0], nodes, text("before"))
	nodes[0].save(adapter.Session{PID: "pid", ID: idOf(me), Since: since, Rooms: []adapter.JoinedRoom{{Room: "r", Since: since}}})
	rooms := func(r ...adapter.Room) []adapter.Room { return r }
	var want []string
	for i, c := range []struct {
		rooms, except []adapter.Room
		meant         bool
	}{
		{nil, nil, true},
		{rooms("r"), nil, true},
		{rooms("s"), nil, false},
		{rooms(own()), nil, true},
		{rooms("s", "r", own(), "r"), nil, true},
		{rooms("s", "nobody"), nil, false},
		{nil, rooms("r"), false},
		{nil, rooms("s"), true},
		{nil, rooms("s", own()), false},
		{rooms("r"), rooms(own()), false},
		{rooms("r"), rooms("s"), true},
		{rooms(own()), rooms("r"), false},
		{rooms("s"), rooms("nobody"), false},
		{rooms(), rooms(), true},
	} {
		b := event(`["e%d"]`, i)
		b.Rooms, b.Except = c.rooms, c.except
		nodes[i%len(nodes)].send(b) // may not concern every node
		if c.meant {
			want = append(want, fmt.Sprint("e", i))
		}
		settled(t, nodes[i%len(nodes)], nodes)
		want = append(want, "settled")
	}
	for i, n := range nodes {
		pid := "pid"
		if i > 0 {
			pid = fmt.Sprint("pid", i)
			n.save(adapter.Session{PID: pid, ID: idOf(me), Since: since, Rooms: []adapter.JoinedRoom{{Room: "r", Since: since}}})
		}
		n.wantMissed(n.restore(pid, since), since, want...)
	}
}

func replaysWhole(t *testing.T, setup RecoverySetup) {
	nodes := keepers(t, setup, 0)
	sent := []*adapter.Broadcast{
		{Payload: adapter.Payload{Data: []byte(`["x","😀 <&> \u0000",12345678901234567890.5]`)}},
		{Payload: adapter.Payload{Data: []byte(`["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`), Attachments: [][]byte{{0, 255, '\n'}, {}}}},
		{Payload: adapter.Payload{Data: []byte(`["x","` + strings.Repeat("long ", 50_000) + `"]`)}, Uncompressed: true},
		{Payload: adapter.Payload{Data: []byte(`["x"]`)}, Key: "k ü", InOrder: true, Selection: adapter.Selection{Rooms: []adapter.Room{"r", "#,/"}, Except: []adapter.Room{"ü"}}},
	}
	var offsets []string
	for i, b := range sent {
		offsets = append(offsets, emit(t, nodes[i%len(nodes)], nodes, b))
	}
	nodes[0].save(adapter.Session{PID: "pid", ID: idOf(me), Rooms: []adapter.JoinedRoom{{Room: "r"}}})
	n := last(nodes)
	s := n.restore("pid", "")
	must(t, n.recoverer().Resume(soon(t), s, "", plenty, func(missed []*adapter.Broadcast) error {
		if len(missed) != len(sent) {
			t.Fatalf("%d events were missed", len(missed))
		}
		for i, got := range missed {
			if !same(got, sent[i]) || got.Offset != offsets[i] {
				t.Errorf("event %d is %.300q instead of %.300q", i, fmt.Sprint(*got), fmt.Sprint(*sent[i]))
			}
		}
		return nil
	}))
}

func replaysUnseen(t *testing.T, setup RecoverySetup) {
	nodes := keepers(t, setup, 0)
	var names, offsets []string
	for i := range 40 { // more than one digit of whatever counts them
		names = append(names, fmt.Sprint("e", i))
		offsets = append(offsets, emit(t, nodes[i%len(nodes)], nodes, text(names[i])))
	}
	s := &adapter.Session{PID: "pid", ID: idOf(me), Sent: offsets[39]}
	for i, offset := range offsets {
		nodes[i%len(nodes)].wantMissed(s, offset, names[i+1:]...)
	}
}

func replaysSince(t *testing.T, setup RecoverySetup) {
	nodes := keepers(t, setup, 0)
	var o [7]string
	o[1] = emit(t, nodes[0], nodes, text("e1"))
	o[2] = emit(t, nodes[0], nodes, to(text("e2"), "r"))
	o[3] = emit(t, nodes[0], nodes, to(text("e3"), "r"))
	o[4] = emit(t, nodes[0], nodes, text("e4"))
	n := last(nodes)
	s := &adapter.Session{PID: "pid", ID: idOf(me), Since: o[1], Rooms: []adapter.JoinedRoom{{Room: "r", Since: o[2]}}}
	n.wantMissed(s, "", "e3", "e4")
	s.Sent, s.Left = o[3], o[4]
	n.wantMissed(s, o[3]) // e4 was not for it, as it has seen what was sent, and was there
	n.wantMissed(s, o[2], "e3", "e4")
	o[5] = emit(t, nodes[0], nodes, text("e5"))
	n.wantMissed(s, o[3], "e5")
	n.wantMissed(s, o[4], "e5")
	n.wantMissed(s, o[1], "e3", "e4", "e5")
	n.wantMissed(s, o[5])
	s.Sent = "" // nothing was sent to it, so it needs what came when it was gone
	n.wantMissed(s, "", "e5")
}

func replaysOddOffsets(t *testing.T, setup RecoverySetup) {
	nodes := keepers(t, setup, 0)
	offset := emit(t, nodes[0], nodes, text("e1"))
	emit(t, nodes[0], nodes, text("e2"))
	s := &adapter.Session{PID: "pid", ID: idOf(me), Sent: offset}
	nodes[0].save(*s)
	for _, odd := range []string{"", "odd", "0", "-1", "18446744073709551616", "0-0", "+", "-", "$", "*", offset + "x ", " " + offset, strings.Repeat("9", 200), "\xff\x00", "ü"} {
		n := last(nodes)
		restored := n.restore("pid", odd)
		n.wantMissed(restored, odd, "e1", "e2")
		n.save(*restored)
	}
}

func replaysNothing(t *testing.T, setup RecoverySetup) {
	nodes := keepers(t, setup, 0)
	for i, n := range nodes { // there was no event ever
		nodes[0].save(adapter.Session{PID: "pid", ID: idOf(me)})
		n.wantMissed(n.restore("pid", ""), "")
		if i == len(nodes)-1 {
			nodes[0].save(adapter.Session{PID: "pid", ID: idOf(me)})
		}
	}
	emit(t, nodes[0], nodes, text("first"))
	n := last(nodes)
	n.wantMissed(n.restore("pid", ""), "", "first")
}

func replaysNewest(t *testing.T, setup RecoverySetup) {
	nodes := keepers(t, setup, 0)
	keyed := func(name, key string, rooms ...adapter.Room) string {
		b := to(text(name), rooms...)
		b.Key = key
		return emit(t, nodes[0], nodes, b)
	}
	keyed("a1", "a")
	first := keyed("b1", "b", "r")
	keyed("a to r", "a", "r")
	keyed("a2", "a")
	emit(t, nodes[0], nodes, text("x"))
	keyed("b2", "b", "r")
	keyed("b elsewhere", "b", "s")
	keyed("c to two", "c", "r", "s")
	keyed("c to r", "c", "r")
	keyed("a3", "a")
	s := &adapter.Session{PID: "pid", ID: idOf(me), Rooms: []adapter.JoinedRoom{{Room: "r"}}}
	want := []string{"a to r", "x", "b2", "c to two", "c to r", "a3"}
	last(nodes).wantMissed(s, "", want...)
	last(nodes).wantMissed(s, first, want...)
}

func replaysNoVolatile(t *testing.T, setup RecoverySetup) {
	nodes := keepers(t, setup, 0)
	volatile := text("volatile")
	volatile.Volatile = true
	emit(t, nodes[0], nodes, text("e1"))
	emit(t, nodes[0], nodes, volatile)
	emit(t, last(nodes), nodes, volatile)
	emit(t, nodes[0], nodes, text("e2"))
	last(nodes).wantMissed(&adapter.Session{PID: "pid", ID: idOf(me)}, "", "e1", "e2")
}

// What was delivered here before the moment of the replay was missed, and nothing else.
func replaysAtAMoment(t *testing.T, setup RecoverySetup) {
	nodes := keepers(t, setup, 0)
	const senders, events = 3, 100
	var sending sync.WaitGroup
	for g := range senders {
		sending.Go(func() {
			for i := range events {
				if err := nodes[g%len(nodes)].Broadcast(t.Context(), event(`["n",%d,%d]`, g, i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	s := &adapter.Session{PID: "pid", ID: idOf(me)}
	for done := 0; done < senders*events; {
		for _, n := range nodes {
			var delivered, missed []string
			must(t, n.recoverer().Resume(soon(t), s, "", plenty, func(m []*adapter.Broadcast) error {
				n.mu.Lock()
				delivered = slices.Clone(n.delivered)
				n.mu.Unlock()
				for _, b := range m {
					missed = append(missed, string(b.Data))
				}
				return nil
			}))
			if !slices.Equal(missed, delivered) {
				t.Fatalf("missed %d events, while %d were delivered", len(missed), len(delivered))
			}
			done = len(missed)
		}
	}
	sending.Wait()
}

func passesErrors(t *testing.T, setup RecoverySetup) {
	nodes := keepers(t, setup, 0)
	emit(t, nodes[0], nodes, text("e1"))
	s := &adapter.Session{PID: "pid", ID: idOf(me)}
	bad := errors.New("bad")
	if err := nodes[0].recoverer().Resume(soon(t), s, "", plenty, func([]*adapter.Broadcast) error { return bad }); !errors.Is(err, bad) {
		t.Errorf("resume: %v", err)
	}
	emit(t, nodes[0], nodes, text("e2")) // goes on
	nodes[0].wantMissed(s, "", "e1", "e2")
}

func losesTooMuch(t *testing.T, setup RecoverySetup) {
	nodes := keepers(t, setup, 0)
	const kib = 1 << 10
	large := &adapter.Broadcast{Payload: adapter.Payload{Data: []byte(`["x",{"_placeholder":true,"num":0}]`), Attachments: [][]byte{bytes.Repeat([]byte{1}, 10*kib)}}}
	emit(t, nodes[0], nodes, large)
	emit(t, nodes[0], nodes, to(event(`["%s"]`, strings.Repeat("x", 10*kib)), "s")) // counts for nobody else
	offset := emit(t, nodes[0], nodes, large)
	emit(t, nodes[0], nodes, event(`["%s"]`, strings.Repeat("x", 10*kib)))
	s := &adapter.Session{PID: "pid", ID: idOf(me), Sent: offset}
	n := last(nodes)
	n.resumeLost(s, "", 30*kib)
	n.resumeLost(s, offset, 10*kib)
	for from, maxBytes := range map[string]int{"": 35 * kib, offset: 12 * kib} {
		must(t, n.recoverer().Resume(soon(t), s, from, maxBytes, func([]*adapter.Broadcast) error { return nil }))
	}
}

func losesOverrun(t *testing.T, setup RecoverySetup) {
	const kib = 1 << 10
	nodes := keepers(t, setup, 64*kib)
	n := last(nodes)
	first := emit(t, nodes[0], nodes, text("first"))
	for _, pid := range []string{"saw nothing", "saw the first", "is back already", "is quiet"} {
		n.save(adapter.Session{PID: pid, ID: idOf(me), Sent: first})
	}
	back := n.restore("is back already", "")
	n.wantMissed(back, "", "first")
	offset := ""
	for i := range 40 { // ten times as much as is kept, even where more is kept than was asked for
		offset = emit(t, nodes[i%len(nodes)], nodes, event(`["%d","%s"]`, i, strings.Repeat("x", 16*kib)))
	}
	n.lost("saw nothing", "")
	n.lost("saw the first", first)
	n.resumeLost(back, "", plenty)
	n.resumeLost(back, first, plenty)
	n.wantMissed(n.restore("is quiet", offset), offset)
	emit(t, nodes[0], nodes, text("newest"))
	n.save(adapter.Session{PID: "saw all but the newest", ID: idOf(me), Sent: offset})
	n.wantMissed(n.restore("saw all but the newest", offset), offset, "newest")
}
