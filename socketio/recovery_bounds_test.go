package socketio_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tradewind/socketio"
	"tradewind/socketio/adapter"
)

// passes waits for time to pass, where that is what the test is about.
func passes(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
	}
}

// A client that saw its last event longer ago than events are kept has missed nothing by that.
func TestRecoveryAfterAQuietPhaseLongerThanTheLog(t *testing.T) {
	const waits = time.Second
	bus := adapter.NewBus(adapter.BusOptions{Recovery: &adapter.LogOptions{MaxDisconnection: waits, NoticeAfter: time.Millisecond}})
	st := recovering(t, socketio.Options{Adapter: bus.Join})
	p := st.peer()
	first, _ := p.sit("")
	must(t, st.To("r").Emit(soon(t), "seen"))
	seen := offsetOf(t, p.event())
	passes(t, waits+50*time.Millisecond)
	must(t, st.To("elsewhere").Emit(soon(t), "not for it")) // the log forgets what is too old
	st.cut(p)
	must(t, st.To("r").Emit(soon(t), "missed"))
	if again, missed := st.peer().sit(comeBack(first, seen)); again != first || names(t, missed) != "missed" {
		t.Errorf("came back as %v with %q", again, names(t, missed))
	}
}

func TestRecoveryWaitsNoLongerThanMaxDisconnection(t *testing.T) {
	st := recovering(t, socketio.Options{Recovery: &socketio.Recovery{MaxDisconnection: 50 * time.Millisecond}})
	p := st.peer()
	first, _ := p.sit("")
	st.cut(p)
	passes(t, 60*time.Millisecond)
	must(t, st.To("r").Emit(soon(t), "missed"))
	if again, missed := st.peer().sit(comeBack(first, "")); again.SID == first.SID || again.PID == first.PID || len(missed) > 0 {
		t.Errorf("came back as %v with %q", again, missed)
	}
}

// Events are kept for as long as the heartbeat leaves room for one to be missing, also when only a part of it is set.
func TestRecoveryKeepsEventsAsLongAsTheHeartbeatNeeds(t *testing.T) {
	for _, test := range []struct {
		options socketio.Options
		want    time.Duration
	}{
		{socketio.Options{}, 100 * time.Second},
		{socketio.Options{PingInterval: time.Minute}, 170 * time.Second},
		{socketio.Options{PingTimeout: time.Second, UpgradeTimeout: time.Second}, 53 * time.Second},
	} {
		if got := socketio.NoticeAfter(socketio.NewServer(test.options)); got != test.want {
			t.Errorf("%v, want %v", got, test.want)
		}
	}
}

// In a namespace that is so busy that the log is short, clients that need nothing of what it has lost are recovered, and the others are told.
func TestRecoveryInABusyNamespace(t *testing.T) {
	st := recovering(t, socketio.Options{Recovery: &socketio.Recovery{MaxBytes: 20_000}})
	busy := func() {
		t.Helper()
		for range 50 {
			must(t, st.To("elsewhere").Emit(soon(t), "busy", strings.Repeat("x", 1000)))
		}
	}
	p := st.peer()
	first, _ := p.sit("")
	must(t, st.To("r").Emit(soon(t), "seen"))
	seen := offsetOf(t, p.event())
	busy()
	st.cut(p)
	must(t, st.To("r").Emit(soon(t), "missed"))
	p = st.peer()
	again, missed := p.sit(comeBack(first, seen))
	if again != first || names(t, missed) != "missed" {
		t.Fatalf("a quiet client came back as %v with %q", again, names(t, missed))
	}
	must(t, st.To("r").Emit(soon(t), "sent"))
	busy()
	st.cut(p)
	if again, missed := st.peer().sit(comeBack(first, offsetOf(t, missed[0]))); again.SID == first.SID || len(missed) > 0 {
		t.Errorf("a client that needs what is lost came back as %v with %q", again, missed)
	}
	// A session without events is as quiet as one can be.
	p = st.peer()
	first, _ = p.sit("")
	busy()
	st.cut(p)
	if again, missed := st.peer().sit(comeBack(first, "")); again != first || len(missed) > 0 {
		t.Errorf("a client without events came back as %v with %q", again, missed)
	}
}

func TestRecoveryBoundsTheSessions(t *testing.T) {
	st := recovering(t, socketio.Options{Recovery: &socketio.Recovery{MaxSessions: 3}})
	var seats []seat
	for range 5 {
		p := st.peer()
		at, _ := p.sit("")
		st.cut(p)
		eventually(t, "the session is saved", func() bool { return socketio.Claims(st.Server) == 0 })
		seats = append(seats, at)
	}
	for i, at := range seats {
		if again, _ := st.peer().sit(comeBack(at, "")); (again == at) != (i >= 2) {
			t.Errorf("client %d of 5 came back as %v, was %v", i, again, at)
		}
	}
}

// Two namespaces whose missed events fit into the outbox one by one, but not
// together, must not end the client as SlowConsumer whenever it comes back.
func TestRecoveryOfSeveralNamespacesComesToAnEnd(t *testing.T) {
	const bound = 100_000
	st := recovering(t, socketio.Options{MaxOutboxBytes: bound, FlushGap: 500 * time.Millisecond}, func(io *socketio.Server) {
		fenced(io.Of("/a"))
		io.Of("/b")
	})
	p := st.peer()
	first, _ := p.sit("")
	firstA, _ := p.sitIn("/a,", "")
	p.Close()
	eventually(t, "the end is noticed", func() bool { return st.Stats().Sockets == 0 })
	for range 6 {
		must(t, st.Emit(soon(t), "large", strings.Repeat("x", bound/10)))
		must(t, st.Of("/a").Emit(soon(t), "large", strings.Repeat("x", bound/10)))
	}
	recovered := 0
	for attempt := 0; recovered == 0; attempt++ {
		if attempt == 4 {
			t.Fatal("the client comes back again and again")
		}
		p := st.peer()
		p.join("/b") // so that FlushGap begins, and the two wait together
		p.send("40"+comeBack(first, ""), "40/a,"+comeBack(firstA, ""))
		for answers := 0; answers < 2; {
			text, err := p.next()
			if err != nil { // and comes back
				recovered = 0
				break
			}
			if strings.HasPrefix(text, "40") {
				answers++
				if strings.Contains(text, first.SID) || strings.Contains(text, firstA.SID) {
					recovered++
				}
			}
		}
	}
	if recovered != 1 {
		t.Errorf("%d sockets were recovered, and there is room for one", recovered)
	}
}

// A client that did not read ends as SlowConsumer and may come back; what did not
// fit the outbox then does not fit now, so that it gets a new socket if it needs that.
func TestRecoveryOfASlowConsumer(t *testing.T) {
	filler := strings.Repeat("x", 20_000)
	for name, test := range map[string]struct {
		fill      func(st *station) error
		recovered bool
	}{
		"by what is replayed":  {func(st *station) error { return st.Emit(soon(st.t), "fill", filler) }, false},
		"by another namespace": {func(st *station) error { return st.Of("/a").Emit(soon(st.t), "fill", filler) }, true},
		"by local events":      {func(st *station) error { return st.Local().Emit(soon(st.t), "fill", filler) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			ended := make(chan socketio.Reason, 1)
			st := recovering(t, socketio.Options{MaxOutboxBytes: 100_000}, func(io *socketio.Server) {
				io.OnDisconnect(func(_ *socketio.Socket, r socketio.Reason) { ended <- r })
				fenced(io.Of("/a"))
			})
			p := st.peer()
			first, _ := p.sit("")
			p.sitIn("/a,", "")
			must(t, st.Emit(soon(t), "unseen"))
			for len(ended) == 0 {
				must(t, test.fill(st))
				if st.Stats().MessagesOut > 5000 {
					t.Fatal("the outbox never fills")
				}
			}
			expect(t, ended, socketio.SlowConsumer)
			must(t, st.Emit(soon(t), "missed"))
			q := st.peer()
			if !test.recovered { // it finds out at the second attempt
				q.send("40" + comeBack(first, ""))
				q.closed()
				q = st.peer()
			}
			again, missed := q.sit(comeBack(first, ""))
			if (again == first) != test.recovered || test.recovered && names(t, missed) != "unseen missed" {
				t.Errorf("came back as %v with %q, was %v", again, fmt.Sprintf("%.100q", missed), first)
			}
		})
	}
}
