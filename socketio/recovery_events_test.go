package socketio_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"tradewind/socketio"
	"tradewind/socketio/client"
)

// The client takes any string that an event ends in for its offset. Whatever is
// sent, it must not be given anything again, nor miss anything.
func TestRecoveryKeepsThePlaceWhateverIsSent(t *testing.T) {
	for name, test := range map[string]struct {
		emit   func(ctx context.Context, st *station, s *socketio.Socket) error
		comes  string
		replay string // comes once more: the newest value of a key may
	}{
		"string at the end": {func(ctx context.Context, st *station, _ *socketio.Socket) error { return st.Emit(ctx, "e", "text") }, `e ["text"]`, ""},
		"no arguments":      {func(ctx context.Context, st *station, _ *socketio.Socket) error { return st.Emit(ctx, "e") }, `e []`, ""},
		"one socket":        {func(ctx context.Context, _ *station, s *socketio.Socket) error { return s.Emit(ctx, "e", "text") }, `e ["text"]`, ""},
		"binary at the end": {func(ctx context.Context, st *station, _ *socketio.Socket) error {
			return st.Emit(ctx, "e", []byte("x"))
		}, `e ["eA=="]`, ""},
		"volatile": {func(ctx context.Context, st *station, _ *socketio.Socket) error {
			return st.Volatile().Emit(ctx, "e", "text")
		}, `e ["text"]`, ""},
		"volatile, one": {func(ctx context.Context, _ *station, s *socketio.Socket) error {
			return s.Volatile().Emit(ctx, "e", "text")
		}, `e ["text"]`, ""},
		"volatile, no args": {func(ctx context.Context, st *station, _ *socketio.Socket) error { return st.Volatile().Emit(ctx, "e") }, `e []`, ""},
		"local": {func(ctx context.Context, st *station, _ *socketio.Socket) error {
			return st.Local().Emit(ctx, "e", "text")
		}, `e ["text"]`, ""},
		"local, no args": {func(ctx context.Context, st *station, _ *socketio.Socket) error { return st.Local().Emit(ctx, "e") }, `e []`, ""},
		"keyed": {func(ctx context.Context, st *station, _ *socketio.Socket) error {
			return st.KeepLatest("k").Emit(ctx, "e", "text")
		}, `e ["text"]`, `e ["text"]`},
		"keyed, no args": {func(ctx context.Context, st *station, _ *socketio.Socket) error {
			return st.KeepLatest("k").Emit(ctx, "e")
		}, `e []`, `e []`},
		"keyed and in order": {func(ctx context.Context, st *station, _ *socketio.Socket) error {
			return st.KeepLatest("k").InOrder().Emit(ctx, "e", "text")
		}, `e ["text"]`, `e ["text"]`},
		"call": {func(ctx context.Context, _ *station, s *socketio.Socket) error {
			_, err := s.Call(ctx, "e", 1, "text")
			return err
		}, `e [1]`, ""}, // withoutOffset has cut the text off
		"call of many": {func(ctx context.Context, st *station, _ *socketio.Socket) error {
			_, err := st.To("r").Call(ctx, "e", 1, "text")
			return err
		}, `e [1]`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			sockets := make(chan *socketio.Socket, 10)
			st := recovering(t, socketio.Options{}, func(io *socketio.Server) {
				io.OnConnect(func(_ context.Context, s *socketio.Socket) { sockets <- s })
			})
			c := st.regular(client.Options{}, func(regular) { _ = st.Emit(context.Background(), "missed", 3) })
			c.Answer("e", func(client.Args) []any { return nil })
			c.expect(t, "connected false")
			s := next(t, sockets, "socket")
			must(t, st.Emit(soon(t), "seen", 1))
			must(t, test.emit(soon(t), st, s))
			c.expect(t, "seen [1]", test.comes)
			for range 2 {
				c.Abort()
				want := []string{"connected true", "missed [3]"}
				if test.replay != "" {
					want = []string{"connected true", test.replay, "missed [3]"}
					test.replay = "" // missed has an offset behind it
				}
				c.expect(t, want...)
			}
		})
	}
}

// Of a key the newest value comes, where it was emitted, and once only.
func TestRecoveryGivesTheNewestValueOfEachKeyAndRoom(t *testing.T) {
	st := recovering(t, socketio.Options{})
	c := st.regular(client.Options{}, func(c regular) {
		ctx := context.Background()
		own := socketio.Room("r")
		for i := range 3 {
			_ = st.To(own).KeepLatest("AAPL").Emit(ctx, "quote", "AAPL", i)
			_ = st.To(own).Emit(ctx, "fact", i)
		}
		_ = st.KeepLatest("AAPL").Emit(ctx, "all", 1)
		_ = st.To("elsewhere").KeepLatest("AAPL").Emit(ctx, "quote", "not for it", 9)
		_ = st.To(own).KeepLatest("TSLA").InOrder().Emit(ctx, "quote", "TSLA", 1)
		_ = st.To(own).KeepLatest("TSLA").InOrder().Emit(ctx, "quote", "TSLA", 2)
		_ = st.KeepLatest("AAPL").Emit(ctx, "all", 2)
	})
	c.expect(t, "connected false")
	c.Abort()
	// One key is one place in the client's queue, whatever the rooms.
	c.expect(t, "connected true", "fact [0]", "fact [1]", `all [2]`, "fact [2]", `quote ["TSLA",2]`)
	must(t, st.To("r").KeepLatest("AAPL").Emit(soon(t), "quote", "AAPL", 3))
	c.expect(t, `quote ["AAPL",3]`)
}

func TestRecoveryReplaysBinaryEvents(t *testing.T) {
	st := recovering(t, socketio.Options{})
	c := st.regular(client.Options{}, func(regular) {
		ctx := context.Background()
		_ = st.Emit(ctx, "file", socketio.Binary("one"), map[string]any{"deep": socketio.Binary("two")}, "name")
		_ = st.Emit(ctx, "file", socketio.Binary("three"))
	})
	c.expect(t, "connected false")
	for range 2 {
		c.Abort()
		c.expect(t, "connected true", `file ["b25l",{"deep":"dHdv"},"name"]`, `file ["dGhyZWU="]`)
	}
}

// Acknowledgements do not outlive the connection, on either side, though the socket does.
func TestRecoveryEndsTheCallsThatAreUnderWay(t *testing.T) {
	sockets, asked := make(chan *socketio.Socket, 10), make(chan bool, 10)
	st := recovering(t, socketio.Options{}, func(io *socketio.Server) {
		io.OnConnect(func(_ context.Context, s *socketio.Socket) { sockets <- s })
		socketio.OnAck(io, "never", func(ctx context.Context, _ *socketio.Socket, _ socketio.None) (int, error) {
			asked <- true
			<-ctx.Done()
			return 1, nil
		})
	})
	c := st.regular(client.Options{}, nil)
	c.Answer("ok?", func(client.Args) []any { return []any{true} })
	s := next(t, sockets, "socket")
	ends := make(chan error, 10)
	go func() { _, err := s.Call(soon(t), "mute"); ends <- err }() // these end with the connection
	go func() { _, err := st.To("r").Call(soon(t), "mute"); ends <- err }()
	clientEnds := make(chan error, 1)
	go func() { _, err := c.Call(soon(t), "never"); clientEnds <- err }()
	next(t, asked, "call of the client")
	eventually(t, "both calls of the server are under way", func() bool { return socketio.PendingCalls(st.Server) == 2 })
	c.Abort()
	var ended *socketio.EndedError
	var missing *socketio.NoAnswerError
	for range 2 {
		if err := next(t, ends, "end of a call"); !errors.As(err, &ended) && !errors.As(err, &missing) {
			t.Errorf("a call ended with %v", err)
		}
	}
	if ended == nil || missing == nil || missing.Missing != 1 {
		t.Errorf("the calls ended with %v and %v", ended, missing)
	}
	var broken *client.DisconnectError
	if err := next(t, clientEnds, "end of the client's call"); !errors.As(err, &broken) {
		t.Errorf("the client's call ended with %v", err)
	}
	again := next(t, sockets, "recovered socket")
	if again == s || again.ID() != s.ID() || !again.Recovered() {
		t.Fatalf("came back as %s, was %s", again.ID(), s.ID())
	}
	if a, err := again.Call(soon(t), "ok?"); err != nil || string(a.Raw(0)) != "true" {
		t.Errorf("a call of the recovered socket got %v, %v", a, err)
	}
	if _, err := s.Call(soon(t), "ok?"); !errors.As(err, &ended) {
		t.Errorf("a call of the old instance ended with %v", err)
	}
}

// What is emitted to one socket finds it by its id: the instance that has ended serves as well, while the client is away and later.
func TestRecoveryReplaysWhatIsEmittedToOneSocket(t *testing.T) {
	sockets := make(chan *socketio.Socket, 10)
	st := recovering(t, socketio.Options{}, func(io *socketio.Server) {
		io.OnConnect(func(_ context.Context, s *socketio.Socket) { sockets <- s })
	})
	ended := make(chan bool, 1)
	st.OnDisconnect(func(*socketio.Socket, socketio.Reason) { ended <- true })
	c := st.regular(client.Options{}, nil)
	c.expect(t, "connected false")
	s := next(t, sockets, "socket")
	c.Close()
	next(t, ended, "end")

	// A client that leaves for good has none of this.
	must(t, s.Emit(soon(t), "left"))

	p := st.peer()
	first, _ := p.sit("")
	s = next(t, sockets, "socket")
	remote, err := st.To(socketio.Room(s.ID())).FetchSockets(soon(t))
	must(t, err)
	st.cut(p)
	next(t, ended, "end")
	id := socketio.Room(s.ID())
	ctx := soon(t)
	must(t, s.Emit(ctx, "socket"))
	must(t, st.To(id).Emit(ctx, "room"))
	must(t, remote[0].Emit(ctx, "remote"))
	must(t, s.KeepLatest("k").Emit(ctx, "keyed"))
	must(t, s.Uncompressed().Emit(ctx, "plain"))
	must(t, s.Volatile().Emit(ctx, "volatile"))
	must(t, st.To(id).Local().Emit(ctx, "local"))
	must(t, s.Broadcast().Emit(ctx, "others"))
	must(t, s.To("r").Emit(ctx, "others in the room"))
	must(t, st.Except(id).Emit(ctx, "all but it"))
	must(t, st.Except("elsewhere").Emit(ctx, "it is not excepted"))
	p = st.peer()
	again, missed := p.sit(comeBack(first, ""))
	if want := "socket room remote keyed plain it is not excepted"; again != first || names(t, missed) != want {
		t.Errorf("came back as %v with %q, want %q", again, names(t, missed), want)
	}
	must(t, s.Emit(ctx, "live"))
	if got := names(t, []string{p.event()}); got != "live" {
		t.Errorf("came %s", got)
	}
}

// A middleware cannot emit to the socket that it decides about, be it new or recovered.
func TestRecoveryDoesNotSendWhatAMiddlewareEmits(t *testing.T) {
	st := recovering(t, socketio.Options{}, func(io *socketio.Server) {
		io.Use(func(ctx context.Context, s *socketio.Socket) error {
			return s.Emit(ctx, "from the middleware", fmt.Sprint(s.Recovered()))
		})
	})
	p := st.peer()
	first, missed := p.sit("")
	st.cut(p)
	again, missedThen := st.peer().sit(comeBack(first, ""))
	if again != first || len(missed) > 0 || len(missedThen) > 0 {
		t.Errorf("came %q, and to the recovered socket %q", missed, missedThen)
	}
}
