package socketio_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"tradewind/socketio"
	"tradewind/socketio/adapter"
)

func TestRecoveryOfASessionWithoutEvents(t *testing.T) {
	st := recovering(t, socketio.Options{})
	p := st.peer()
	first, _ := p.sit("")
	st.cut(p)
	must(t, st.To("r").Emit(soon(t), "missed"))
	second, missed := st.peer().sit(comeBack(first, ""))
	if second != first || names(t, missed) != "missed" {
		t.Errorf("came back as %v with %v, was %v", second, missed, first)
	}
}

func TestRecoveryGivesBackIDRoomsDataAndWhatWasMissedOnce(t *testing.T) {
	st := recovering(t, socketio.Options{})
	p := st.peer()
	first, _ := p.sit("")
	must(t, st.To("r").Emit(soon(t), "seen"))
	seen := offsetOf(t, p.read())
	st.cut(p)
	must(t, st.Emit(soon(t), "all", socketio.Binary("x")))
	must(t, st.To("r").Emit(soon(t), "room"))
	must(t, st.To(socketio.Room(first.SID)).Emit(soon(t), "own"))
	must(t, st.To("elsewhere").Emit(soon(t), "elsewhere"))
	must(t, st.Except("r").Emit(soon(t), "not for it"))
	must(t, st.Volatile().Emit(soon(t), "volatile"))
	must(t, st.Local().Emit(soon(t), "local"))
	must(t, st.KeepLatest("k").Emit(soon(t), "price", 1))
	must(t, st.KeepLatest("k").Emit(soon(t), "price", 2))

	back := st.peer()
	if again, got := back.sit(comeBack(first, seen)); again != first || len(got) != 5 ||
		!strings.HasPrefix(got[0], `451-["all",{"_placeholder":true,"num":0},"`) || got[1] != "x" ||
		names(t, got[2:4]) != "room own" || got[4] != `42["price",2]` {
		t.Errorf("came back as %v to %q", again, got)
	}
	must(t, st.To("r").Emit(soon(t), "live"))
	if live := back.read(); !strings.HasPrefix(live, `42["live","`) {
		t.Errorf("after it came %s", live)
	}
	found, err := st.To("r").FetchSockets(soon(t))
	must(t, err)
	if len(found) != 1 {
		t.Fatalf("%d sockets are in the room", len(found))
	}
	if nick, ok := nickKey.GetRemote(found[0]); !ok || nick != "nick of "+first.SID {
		t.Errorf("its nick is %q", nick)
	}
}

// Stock clients take any last string for an offset, an event's name too.
func TestRecoveryLeavesNoStringAtTheEndOfWhatIsNotReplayed(t *testing.T) {
	st := recovering(t, socketio.Options{})
	p := st.peer()
	p.sit("")
	ctx := soon(t)
	must(t, st.Volatile().Emit(ctx, "v", "text"))
	must(t, st.Volatile().Emit(ctx, "v"))
	must(t, st.Volatile().Emit(ctx, "v", 1))
	must(t, st.Local().Emit(ctx, "l", "text"))
	must(t, st.KeepLatest("k").Emit(ctx, "k", "text"))
	for _, want := range []string{`42["v","text",null]`, `42["v",null]`, `42["v",1]`, `42["l","text",null]`, `42["k","text",null]`} {
		if got := p.read(); got != want {
			t.Errorf("came %s, want %s", got, want)
		}
	}
}

func TestRecoveryOfAClientThatIsBackTooFast(t *testing.T) {
	st := recovering(t, socketio.Options{})
	ended := make(chan socketio.Reason, 10)
	st.OnDisconnect(func(_ *socketio.Socket, r socketio.Reason) { ended <- r })
	old := st.peer()
	first, _ := old.sit("")
	must(t, st.To("r").Emit(soon(t), "unseen")) // is in the old connection's kernel buffer
	for round := range 5 {                      // and again and again
		p := st.peer()
		again, missed := p.sit(comeBack(first, ""))
		if again != first || names(t, missed) != "unseen" {
			t.Fatalf("round %d: came back as %v with %v", round, again, missed)
		}
		expect(t, ended, socketio.ReplacedByClient)
		must(t, st.To("r").Emit(soon(t), "live"))
		if got := p.read(); !strings.HasPrefix(got, `42["live"`) {
			t.Fatalf("round %d: live is %s", round, got)
		}
		live := offsetOf(t, p.roomEvent(st, "next"))
		p2 := st.peer()
		if again, missed := p2.sit(comeBack(first, live)); again != first || len(missed) != 0 {
			t.Fatalf("round %d: came back as %v with %v", round, again, missed)
		}
		expect(t, ended, socketio.ReplacedByClient)
		first, _ = st.renew(p2, first)
		must(t, st.To("r").Emit(soon(t), "unseen"))
		for len(ended) > 0 {
			<-ended
		}
	}
}

// roomEvent emits an event to the room and reads it.
func (p *peer) roomEvent(st *station, event string) string {
	p.t.Helper()
	must(p.t, st.To("r").Emit(soon(p.t), event))
	return p.read()
}

// renew leaves for good and joins anew.
func (st *station) renew(p *peer, at seat) (seat, []string) {
	st.t.Helper()
	p.send("41")
	eventually(st.t, "it has left", func() bool { return st.Stats().Sockets == 0 })
	fresh, missed := st.peer().sit(comeBack(at, ""))
	if fresh.SID == at.SID {
		st.t.Fatal("a client that has left came back to its socket")
	}
	return fresh, missed
}

func TestRecoveryIsRefusedWithTheMiddleware(t *testing.T) {
	st := recovering(t, socketio.Options{})
	p := st.peer()
	first, _ := p.sit("")
	st.cut(p)
	q := st.peer()
	q.send(fmt.Sprintf(`40{"pid":%q,"refuse":true}`, first.PID))
	if got := q.read(); got != `44{"message":"revoked"}` {
		t.Fatalf("answered %s", got)
	}
	if again, _ := st.peer().sit(comeBack(first, "")); again.SID == first.SID {
		t.Error("a session that was refused came back")
	}
}

func TestRecoveryIsForTheOwner(t *testing.T) {
	owner := socketio.NewKey[string]("owner")
	st := recovering(t, socketio.Options{Recovery: &socketio.Recovery{Owner: func(s *socketio.Socket) string { o, _ := owner.Get(s); return o }}})
	st.Use(func(_ context.Context, s *socketio.Socket) error {
		var auth struct{ User string }
		err := s.DecodeAuth(&auth)
		owner.Set(s, auth.User)
		return err
	})
	p := st.peer()
	first, _ := p.sit(`{"user":"ann"}`)
	st.cut(p)
	auth := fmt.Sprintf(`{"user":"bob","pid":%q}`, first.PID)
	q := st.peer()
	q.send("40" + auth)
	q.end() // and comes back at once, as stock clients do
	if again, _ := st.peer().sit(auth); again.SID == first.SID || again.PID == first.PID {
		t.Error("another user got the session")
	}
}

func TestRecoveryTakesNothingForAPrivateIDThatIsNone(t *testing.T) {
	st := recovering(t, socketio.Options{})
	for _, auth := range []string{`{"pid":1}`, `{"pid":null,"offset":null}`, `{"pid":[],"offset":{}}`, `{"pid":"","offset":"x"}`,
		`{"pid":"unknown","offset":"x.y"}`, `{"pid":"` + strings.Repeat("p", 100_000) + `"}`, `{"pid":{"pid":"x"}}`} {
		if at, missed := st.peer().sit(auth); len(at.SID) != 20 || len(at.PID) != 20 || at.SID == at.PID || len(missed) != 0 {
			t.Errorf("%.40s: %v %v", auth, at, missed)
		}
	}
}

// An offset of another life of the server means that nothing was seen.
func TestRecoveryDoesNotMistakeOffsets(t *testing.T) {
	st := recovering(t, socketio.Options{})
	p := st.peer()
	first, _ := p.sit("")
	st.cut(p)
	must(t, st.To("r").Emit(soon(t), "missed"))
	if again, missed := st.peer().sit(comeBack(first, "ABCDEF.zzz")); again != first || names(t, missed) != "missed" {
		t.Errorf("came back as %v with %v", again, missed)
	}
}

func TestRecoveryOnAnotherServer(t *testing.T) {
	bus := adapter.NewBus(adapter.BusOptions{Recovery: &adapter.LogOptions{}})
	a := recovering(t, socketio.Options{Adapter: bus.Join})
	b := recovering(t, socketio.Options{Adapter: bus.Join})
	must(t, b.Emit(soon(t), "before")) // b is a node from here on
	p := a.peer()
	first, _ := p.sit("")
	must(t, b.To("r").Emit(soon(t), "unseen"))
	q := b.peer() // the old connection is still open, elsewhere
	if again, missed := q.sit(comeBack(first, "")); again != first || names(t, missed) != "unseen" {
		t.Errorf("came back as %v with %v", again, missed)
	}
	must(t, a.To("r").Emit(soon(t), "live"))
	if got := q.read(); !strings.HasPrefix(got, `42["live"`) {
		t.Errorf("came %s", got)
	}
}

// What is missed beyond the outbox cannot be sent: the client gets a new socket, after one more connection.
func TestRecoveryGivesUpWhenTooMuchWasMissed(t *testing.T) {
	st := recovering(t, socketio.Options{MaxOutboxBytes: 10_000})
	p := st.peer()
	first, _ := p.sit("")
	st.cut(p)
	for range 20 {
		must(t, st.To("r").Emit(soon(t), "large", strings.Repeat("x", 1000)))
	}
	q := st.peer()
	q.send("40" + comeBack(first, ""))
	q.end()
	if again, missed := st.peer().sit(comeBack(first, "")); again.SID == first.SID || len(missed) > 0 {
		t.Errorf("came back as %v with %d events", again, len(missed))
	}
}

// Clients that are cut at any moment while numbers are broadcast get each number once, in order.
func TestRecoveryUnderLoadLosesAndRepeatsNothing(t *testing.T) {
	st := recovering(t, socketio.Options{})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	sent := make(chan int, 1)
	go func() { // the test's; ends with stop
		n := 0
		for ; ctx.Err() == nil; n++ {
			if st.To("r").Emit(context.Background(), "n", n) != nil {
				break
			}
			if n%20 == 0 {
				time.Sleep(time.Millisecond) // paces the load; nothing depends on it
			}
		}
		sent <- n
	}()
	p := st.peer()
	at, _ := p.sit("")
	last, offset := -1, ""
	take := func(event string) {
		var number int
		if _, err := fmt.Sscanf(event, `42["n",%d,`, &number); err != nil {
			t.Fatalf("came %s", event)
		}
		if last >= 0 && number != last+1 {
			t.Fatalf("%d came after %d", number, last)
		}
		last, offset = number, offsetOf(t, event)
	}
	for round := range 60 {
		for range round % 7 * 5 {
			take(p.read())
		}
		old := p
		if round%2 == 0 {
			old.Close()
		}
		p = st.peer()
		again, missed := p.sit(comeBack(at, offset))
		if again != at {
			t.Fatalf("round %d: came back as %v", round, again)
		}
		for _, event := range missed {
			take(event)
		}
	}
	stop()
	if total := next(t, sent, "the number of events"); last >= total {
		t.Errorf("%d of %d", last, total)
	}
}
