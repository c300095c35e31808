package socketio_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"tradewind/socketio"
)

// The old instance of a socket that was taken over may still have handlers at
// work. Its end touches nothing of the new one, which has the same id.
func TestRecoveryWhileHandlersOfTheOldInstanceRun(t *testing.T) {
	begun, release := make(chan *socketio.Socket, 10), make(chan bool)
	ended := make(chan *socketio.Socket, 10)
	st := recovering(t, socketio.Options{Shards: 2}, func(io *socketio.Server) {
		socketio.On(io, "work", func(_ context.Context, s *socketio.Socket, _ socketio.None) error {
			begun <- s
			<-release
			nickKey.Set(s, "too late")
			return s.Join(context.Background(), "too late")
		})
		io.OnDisconnect(func(s *socketio.Socket, r socketio.Reason) {
			if r == socketio.ReplacedByClient {
				ended <- s
			}
		})
	})
	t.Cleanup(func() { close(release) })
	p := st.peer()
	first, _ := p.sit("")
	for round := range 4 { // so that both shards have had the new one
		p.send(`42["work"]`)
		old := next(t, begun, "handler")
		p = st.peer()
		if again, _ := p.sit(comeBack(first, "")); again != first {
			t.Fatalf("round %d: came back as %v", round, again)
		}
		release <- true
		if s := next(t, ended, "end of the old instance"); s != old {
			t.Fatal("another instance ended")
		}
		must(t, st.To(socketio.Room(first.SID)).Volatile().Emit(soon(t), "still here"))
		if got := p.event(); got != `42["still here",null]` {
			t.Fatalf("round %d: came %s", round, got)
		}
		if rooms := strings.Join(st.roomsOf(first), " "); rooms != "r" {
			t.Fatalf("round %d: it is in %s", round, rooms)
		}
		if n, claims := st.Stats().Sockets, socketio.Claims(st.Server); n != 1 || claims != 1 {
			t.Fatalf("round %d: %d sockets, %d claims", round, n, claims)
		}
	}
}

// The old connections stay open, dead, until the server would have noticed; the
// client comes back each time before that, and stays after the last of them.
func TestRecoveryManyTimesInARowOutlivesDeadConnections(t *testing.T) {
	ended := make(chan socketio.Reason, 100)
	st := recovering(t, socketio.Options{PingInterval: 200 * time.Millisecond, PingTimeout: time.Second}, func(io *socketio.Server) {
		io.OnDisconnect(func(_ *socketio.Socket, r socketio.Reason) { ended <- r })
	})
	p := st.peer()
	first, _ := p.sit("")
	offset := ""
	for round := range 10 {
		must(t, st.To("r").Emit(soon(t), fmt.Sprint("n", round)))
		p = st.peer() // the one before is left to itself
		again, missed := p.sit(comeBack(first, offset))
		if again != first || names(t, missed) != fmt.Sprint("n", round) {
			t.Fatalf("round %d: came back as %v with %q", round, again, missed)
		}
		offset = offsetOf(t, missed[0])
		expect(t, ended, socketio.ReplacedByClient)
	}
	for until := time.Now().Add(1500 * time.Millisecond); time.Now().Before(until); { // longer than the heartbeat
		if got := p.read(); got == "2" {
			p.send("3")
		} else {
			t.Fatalf("came %s", got)
		}
	}
	if before, recovered := p.fence(""); len(before) > 0 || !recovered {
		t.Errorf("came %q", before)
	}
	if len(ended) > 0 {
		t.Errorf("it ended: %s", <-ended)
	}
}

// A dead connection that is noticed by its ping timeout only, long after it broke.
func TestRecoveryAfterAPingTimeout(t *testing.T) {
	ended := make(chan socketio.Reason, 10)
	st := recovering(t, socketio.Options{PingInterval: 100 * time.Millisecond, PingTimeout: 200 * time.Millisecond}, func(io *socketio.Server) {
		io.OnDisconnect(func(_ *socketio.Socket, r socketio.Reason) { ended <- r })
	})
	p := st.peer()
	first, _ := p.sit("")
	must(t, st.To("r").Emit(soon(t), "unseen"))
	expect(t, ended, socketio.PingTimeout)
	must(t, st.To("r").Emit(soon(t), "missed"))
	if again, missed := st.peer().sit(comeBack(first, "")); again != first || names(t, missed) != "unseen missed" {
		t.Errorf("came back as %v with %q", again, missed)
	}
}

// A client that breaks off while its middleware runs, or is too fast for it, can
// still come back: the session is not used up.
func TestRecoveryThatBreaksOffInTheMiddleware(t *testing.T) {
	entered, proceed := make(chan bool, 10), make(chan bool)
	ended := make(chan socketio.Reason, 100)
	st := recovering(t, socketio.Options{}, func(io *socketio.Server) {
		io.Use(func(ctx context.Context, s *socketio.Socket) error {
			var auth struct{ Wait string }
			if err := s.DecodeAuth(&auth); err != nil || auth.Wait == "" {
				return err
			}
			entered <- true
			if auth.Wait == "context" {
				<-ctx.Done()
				return context.Cause(ctx)
			}
			<-proceed
			return nil
		})
		io.OnConnect(func(_ context.Context, s *socketio.Socket) {
			var auth struct{ Wait string }
			if s.DecodeAuth(&auth) == nil && auth.Wait != "" {
				t.Error("a socket that has broken off is connected")
			}
		})
		io.OnDisconnect(func(_ *socketio.Socket, r socketio.Reason) { ended <- r })
	})
	p := st.peer()
	first, _ := p.sit("")
	st.cut(p)
	expect(t, ended, socketio.TransportClose)
	must(t, st.To("r").Emit(soon(t), "missed"))
	for _, how := range []string{"context", "deaf", "context", "deaf"} {
		for _, tooFast := range []bool{false, true} {
			p := st.peer()
			p.send(fmt.Sprintf(`40{"pid":%q,"wait":%q}`, first.PID, how))
			next(t, entered, "middleware")
			if !tooFast {
				p.Close()
			}
			if how == "deaf" {
				time.AfterFunc(10*time.Millisecond, func() { proceed <- true }) // whoever comes meanwhile waits
			}
			q := st.peer()
			if again, missed := q.sit(comeBack(first, "")); again != first || names(t, missed) != "missed" {
				t.Fatalf("%s, too fast %v: came back as %v with %q", how, tooFast, again, missed)
			}
			st.cut(q)
		}
	}
}

// Of connections that ask for one session at the same time one has it in the end; the others get new sockets or are ended.
func TestRecoveryOfOneSessionByManyAtOnce(t *testing.T) {
	st := recovering(t, socketio.Options{Shards: 2})
	for round := range 10 {
		p := st.peer()
		first, _ := p.sit("")
		if round%2 == 0 {
			st.cut(p)
		}
		const racers = 6
		var peers []*peer
		for range racers {
			peers = append(peers, st.peer())
		}
		var race sync.WaitGroup
		answers := make([]string, racers)
		for i, p := range peers {
			race.Go(func() {
				p.send("40" + comeBack(first, ""))
				answers[i], _ = p.next() // an error is a connection that was replaced
			})
		}
		race.Wait()
		had := 0
		for i, answer := range answers {
			switch {
			case strings.HasPrefix(answer, `40{"sid":"`+first.SID):
				had++
			case answer != "" && !strings.HasPrefix(answer, `40{"sid":"`):
				t.Errorf("round %d: racer %d got %s", round, i, answer)
			}
		}
		found, err := st.To(socketio.Room(first.SID)).FetchSockets(soon(t))
		must(t, err)
		if had == 0 || len(found) != 1 {
			t.Fatalf("round %d: %d were given the session, %d have it", round, had, len(found))
		}
		for _, p := range append(peers, p) {
			p.Close()
		}
		eventually(t, "all are gone", func() bool { return st.Stats().Sockets == 0 && socketio.Claims(st.Server) == 0 })
	}
}

// A client that leaves a namespace and joins it again at once, with what it was
// given before, gets a new socket, and keeps its connection and its other namespaces.
func TestRecoveryDoesNotEndTheConnectionThatAsks(t *testing.T) {
	st := recovering(t, socketio.Options{}, func(io *socketio.Server) { fenced(io.Of("/a")) })
	p := st.peer()
	p.sit("")
	at, _ := p.sitIn("/a,", "")
	for round := range 100 {
		p.send("41/a,")
		again, _ := p.sitIn("/a,", comeBack(at, ""))
		if again.SID == at.SID || again.PID == at.PID {
			t.Fatalf("round %d: came back as %v", round, again)
		}
		at = again
	}
	if before, _ := p.fence(""); len(before) > 0 {
		t.Errorf("the other namespace got %q", before)
	}
}
