package socketio_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tradewind/socketio"
	"tradewind/socketio/adapter"
	"tradewind/socketio/client"
)

// pair starts two servers on one bus. Their sockets answer "who" with the nick
// they came with, and are in the room that it names.
func pair(t *testing.T) [2]*station {
	t.Helper()
	bus := adapter.NewBus(adapter.BusOptions{})
	var nodes [2]*station
	for i := range nodes {
		nodes[i] = serve(t, socketio.Options{Adapter: bus.Join, RetainHeaders: true}, func(io *socketio.Server) {
			io.Use(func(ctx context.Context, s *socketio.Socket) error {
				var auth struct{ Nick string }
				if err := s.DecodeAuth(&auth); err != nil {
					return err
				}
				nickKey.Set(s, auth.Nick)
				return s.Join(ctx, "all", socketio.Room("nick:"+auth.Nick))
			})
		})
		must(t, nodes[i].Emit(soon(t), "started")) // makes it a node
	}
	return nodes
}

// named connects a client that answers "who" with its nick; a nick that begins with "mute" never answers.
func (st *station) named(nick string) *client.Client {
	st.t.Helper()
	return st.client(client.Options{Auth: map[string]string{"nick": nick}}, func(c *client.Client) {
		if !strings.HasPrefix(nick, "mute") {
			c.Answer("who", func(client.Args) []any { return []any{nick} })
		}
	})
}

// answersOf are the first arguments of answers, sorted.
func answersOf(t *testing.T, answers []socketio.Args) []string {
	t.Helper()
	var got []string
	for _, a := range answers {
		var nick string
		must(t, a.Decode(0, &nick))
		got = append(got, nick)
	}
	slices.Sort(got)
	return got
}

func TestCallCollectsTheAnswersOfAllServers(t *testing.T) {
	nodes := pair(t)
	nodes[0].named("a")
	nodes[0].named("b")
	nodes[1].named("c")
	answers, err := nodes[0].To("all").Except("nick:b").Call(soon(t), "who")
	must(t, err)
	if got := answersOf(t, answers); !slices.Equal(got, []string{"a", "c"}) {
		t.Errorf("answers of %v", got)
	}
	if answers, err = nodes[1].To("nobody").Call(soon(t), "who"); err != nil || len(answers) != 0 {
		t.Errorf("nobody answered %v, %v", answers, err)
	}
}

func TestCallCountsWhoDoesNotAnswerAndKeepsNothing(t *testing.T) {
	nodes := pair(t)
	nodes[0].named("a")
	nodes[0].named("mute1")
	nodes[1].named("mute2")
	for range 50 {
		impatient := errors.New("impatient")
		ctx, cancel := context.WithCancelCause(t.Context())
		asked := make(chan struct{})
		go func() { // ends with the call
			defer close(asked)
			answers, err := nodes[0].To("nick:mute1", "nick:mute2").Call(ctx, "who")
			var missing *socketio.NoAnswerError
			if !errors.As(err, &missing) || missing.Missing != 2 || !errors.Is(err, impatient) || len(answers) > 0 {
				t.Errorf("got %v, %v", answers, err)
			}
		}()
		eventually(t, "both are asked", func() bool { return socketio.PendingCalls(nodes[0].Server, nodes[1].Server) == 2 })
		cancel(impatient)
		<-asked
		if n := socketio.PendingCalls(nodes[0].Server, nodes[1].Server); n != 0 {
			t.Fatalf("%d acknowledgements are still waited for", n)
		}
	}
}

func TestCallEndsWhenThoseWhoAreAskedEnd(t *testing.T) {
	nodes := pair(t)
	mute := nodes[1].named("mute")
	nodes[0].named("a")
	got := make(chan error, 1)
	go func() { // ends with the call
		_, err := nodes[0].To("all").Call(context.Background(), "who")
		got <- err
	}()
	eventually(t, "the mute one is asked", func() bool { return socketio.PendingCalls(nodes[1].Server) == 1 })
	must(t, mute.Close())
	var missing *socketio.NoAnswerError
	if err := next(t, got, "the end of the call"); !errors.As(err, &missing) || missing.Missing != 1 {
		t.Errorf("got %v", err)
	}
}

func TestSelectionsReachTheSocketsOfAllServers(t *testing.T) {
	nodes := pair(t)
	a, c := nodes[0].named("a"), nodes[1].named("c")
	nodes[0].named("b")
	ctx := soon(t)
	found := func(e socketio.Emitter) string {
		t.Helper()
		sockets, err := e.FetchSockets(ctx)
		must(t, err)
		var nicks []string
		for _, s := range sockets {
			nick, _ := nickKey.GetRemote(s)
			if s.Handshake().Query().Get("EIO") != "4" || s.Handshake().RemoteAddr != "127.0.0.1" {
				t.Errorf("handshake of %s is %+v", nick, s.Handshake())
			}
			nicks = append(nicks, nick)
		}
		slices.Sort(nicks)
		return strings.Join(nicks, " ")
	}
	want := func(e socketio.Emitter, nicks string) {
		t.Helper()
		if got := found(e); got != nicks {
			t.Errorf("found %q, want %q", got, nicks)
		}
	}
	want(nodes[0].To("all"), "a b c")
	want(nodes[0].To("all").Except("nick:a"), "b c")
	want(nodes[1].Local(), "c")
	want(nodes[1].To(), "")

	must(t, nodes[1].To("all").Except("nick:b").SocketsJoin(ctx, "new"))
	want(nodes[0].To("new"), "a c")
	must(t, nodes[0].To("nick:c").SocketsLeave(ctx, "new"))
	want(nodes[1].To("new"), "a")

	remote, err := nodes[0].To("nick:c").FetchSockets(ctx)
	must(t, err)
	heard := hear(c, "hi")
	must(t, remote[0].Emit(ctx, "hi", 1))
	expect(t, heard, "[1]")
	must(t, remote[0].Join(ctx, "more"))
	want(nodes[0].To("more"), "c")
	must(t, remote[0].Leave(ctx, "more"))
	want(nodes[0].To("more"), "")

	must(t, nodes[1].To("nick:a").DisconnectSockets(ctx))
	must(t, remote[0].DisconnectClient(ctx))
	eventually(t, "both are told", func() bool { return !a.Connected() && !c.Connected() })
	want(nodes[0].To("all"), "b")
}

func TestServersTalkToEachOther(t *testing.T) {
	nodes := pair(t)
	got := make(chan string, 100)
	for i, node := range nodes {
		name := strconv.Itoa(i)
		socketio.OnServerEvent(node, "note", func(_ context.Context, ev *socketio.ServerEvent) error {
			var text string
			err := ev.Args.Decode(0, &text)
			got <- name + text
			return errors.Join(err, ev.Ack("too late")) // nobody waits: nothing happens
		})
		socketio.OnServerEvent(node, "name?", func(_ context.Context, ev *socketio.ServerEvent) error { return ev.Ack("server " + name) })
		socketio.OnServerEvent(node, "silence?", func(context.Context, *socketio.ServerEvent) error { panic("of the handler") })
	}
	for i := range 20 {
		must(t, nodes[0].ServerSideEmit(soon(t), "note", strconv.Itoa(i)))
	}
	for i := range 20 {
		expect(t, got, "1"+strconv.Itoa(i))
	}
	answers, err := nodes[1].ServerSideCall(soon(t), "name?")
	must(t, err)
	if names := answersOf(t, answers); !slices.Equal(names, []string{"server 0"}) {
		t.Errorf("answers of %v", names)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var partial *socketio.PartialError
	if _, err := nodes[0].ServerSideCall(ctx, "silence?"); !errors.As(err, &partial) || len(partial.Missing) != 1 {
		t.Errorf("a silent server gave %v", err)
	}
	for _, name := range []string{"", "connect", "connection", "new_namespace"} {
		if nodes[0].ServerSideEmit(soon(t), name) == nil {
			t.Errorf("%q was sent", name)
		}
	}
}
