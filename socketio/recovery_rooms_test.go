package socketio_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"tradewind/socketio"
)

// roomsOf are the rooms of a socket but its own, sorted.
func (st *station) roomsOf(at seat) []string {
	st.t.Helper()
	found, err := st.To(socketio.Room(at.SID)).FetchSockets(soon(st.t))
	must(st.t, err)
	if len(found) != 1 {
		st.t.Fatalf("%d sockets have the id", len(found))
	}
	var rooms []string
	for _, r := range found[0].Rooms() {
		if string(r) != at.SID {
			rooms = append(rooms, string(r))
		}
	}
	slices.Sort(rooms)
	return rooms
}

// A room counts from when it was joined: what was sent to it before was for others.
func TestRecoveryOfRoomsJoinedShortlyBefore(t *testing.T) {
	sockets := make(chan *socketio.Socket, 10)
	st := recovering(t, socketio.Options{}, func(io *socketio.Server) {
		io.OnConnect(func(_ context.Context, s *socketio.Socket) { sockets <- s })
	})
	p := st.peer()
	first, _ := p.sit("")
	s := next(t, sockets, "socket")
	ctx := soon(t)
	must(t, st.To("late").Emit(ctx, "before"))
	must(t, s.Join(ctx, "late"))
	must(t, st.To("late").Emit(ctx, "sent")) // and never read
	must(t, st.To("later", "others").Emit(ctx, "before"))
	must(t, st.To(socketio.Room(first.SID)).SocketsJoin(ctx, "later"))
	must(t, st.To("others", "later").Emit(ctx, "union"))
	must(t, st.Except("later").Emit(ctx, "not for it"))
	st.cut(p)
	must(t, st.To("late", "later", "r").Emit(ctx, "away, once"))
	must(t, st.Except("late").Emit(ctx, "not for it"))
	again, missed := st.peer().sit(comeBack(first, ""))
	if want := "sent union away, once"; again != first || names(t, missed) != want {
		t.Errorf("came back as %v with %q, want %q", again, names(t, missed), want)
	}
	if rooms := st.roomsOf(again); !slices.Equal(rooms, []string{"late", "later", "r"}) {
		t.Errorf("it is in %v", rooms)
	}
}

// Rooms that were left are not come back to, and give nothing more.
func TestRecoveryOfRoomsThatWereLeft(t *testing.T) {
	sockets := make(chan *socketio.Socket, 10)
	st := recovering(t, socketio.Options{}, func(io *socketio.Server) {
		io.OnConnect(func(_ context.Context, s *socketio.Socket) { sockets <- s })
	})
	p := st.peer()
	first, _ := p.sit("")
	s := next(t, sockets, "socket")
	ctx := soon(t)
	must(t, s.Join(ctx, "a", "b", "c"))
	must(t, s.Leave(ctx, "a"))
	must(t, st.To(socketio.Room(first.SID)).SocketsLeave(ctx, "b"))
	must(t, s.Leave(ctx, socketio.Room(first.SID))) // its own cannot be left
	st.cut(p)
	for _, room := range []socketio.Room{"a", "b", "c", socketio.Room(first.SID)} {
		must(t, st.To(room).Emit(ctx, "in "+string(room)))
	}
	must(t, s.Join(ctx, "d")) // has ended
	must(t, st.To(socketio.Room(first.SID)).SocketsJoin(ctx, "d"))
	must(t, st.To("d").Emit(ctx, "in d"))
	again, missed := st.peer().sit(comeBack(first, ""))
	if want := "in c in " + first.SID; again != first || names(t, missed) != want {
		t.Errorf("came back as %v with %q, want %q", again, names(t, missed), want)
	}
	if rooms := st.roomsOf(again); !slices.Equal(rooms, []string{"c", "r"}) {
		t.Errorf("it is in %v", rooms)
	}
}

// A middleware that joins its sockets into rooms, recovered or not, takes nothing away from what was missed there.
func TestRecoveryOfRoomsThatAMiddlewareJoinsAgain(t *testing.T) {
	st := recovering(t, socketio.Options{}, func(io *socketio.Server) {
		io.Use(func(ctx context.Context, s *socketio.Socket) error {
			var auth struct{ Room socketio.Room }
			if err := s.DecodeAuth(&auth); err != nil {
				return err
			}
			return s.Join(ctx, "mine", auth.Room)
		})
	})
	p := st.peer()
	first, _ := p.sit(`{"room":"x"}`)
	st.cut(p)
	must(t, st.To("mine").Emit(soon(t), "missed in mine"))
	must(t, st.To("x").Emit(soon(t), "missed in x"))
	must(t, st.To("y").Emit(soon(t), "before it was in y"))
	p = st.peer()
	again, missed := p.sit(fmt.Sprintf(`{"room":"y","pid":%q}`, first.PID))
	if want := "missed in mine missed in x"; again != first || names(t, missed) != want {
		t.Errorf("came back as %v with %q, want %q", again, names(t, missed), want)
	}
	if rooms := st.roomsOf(again); !slices.Equal(rooms, []string{"mine", "r", "x", "y"}) {
		t.Errorf("it is in %v", rooms)
	}
	offset := offsetOf(t, missed[len(missed)-1])
	st.cut(p)
	must(t, st.To("y").Emit(soon(t), "missed in y"))
	if again, missed := st.peer().sit(comeBack(first, offset)); again != first || names(t, missed) != "missed in y" {
		t.Errorf("came back as %v with %q", again, names(t, missed))
	}
}

// Shared data comes back as it was at the end, and is there for the middlewares; other data stays in the process.
func TestRecoveryOfData(t *testing.T) {
	count, secret := socketio.NewSharedKey[int]("count"), socketio.NewKey[int]("secret")
	inMiddleware := make(chan string, 10)
	sockets := make(chan *socketio.Socket, 10)
	st := recovering(t, socketio.Options{}, func(io *socketio.Server) {
		io.Use(func(_ context.Context, s *socketio.Socket) error {
			n, ok := count.Get(s)
			_, secretOK := secret.Get(s)
			inMiddleware <- fmt.Sprint(s.ID(), s.Recovered(), s.Connected(), n, ok, secretOK)
			return nil
		})
		io.OnConnect(func(_ context.Context, s *socketio.Socket) { sockets <- s })
	})
	p := st.peer()
	first, _ := p.sit("")
	if got := next(t, inMiddleware, "middleware"); got != first.SID+"false false 0 false false" {
		t.Errorf("the middleware saw %s", got)
	}
	for round := range 3 {
		s := next(t, sockets, "socket")
		if s.Recovered() != (round > 0) || !s.Connected() {
			t.Errorf("round %d: recovered is %v", round, s.Recovered())
		}
		if round != 1 { // then it comes from the session before
			count.Set(s, round+1)
		}
		secret.Set(s, 1)
		st.cut(p)
		p = st.peer()
		p.sit(comeBack(first, ""))
		want := fmt.Sprint(first.SID, true, false, []int{1, 1, 3}[round], true, false)
		if got := next(t, inMiddleware, "middleware"); got != want {
			t.Errorf("round %d: the middleware saw %s, want %s", round, got, want)
		}
	}
}
