package socketio_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tradewind/socketio"
)

// Whether a client may come back is a matter of how its socket ended.
func TestRecoveryByReason(t *testing.T) {
	closeWith := func(r socketio.Reason) func(*station, *peer, *socketio.Socket) {
		return func(st *station, _ *peer, s *socketio.Socket) { must(st.t, s.CloseTransport(r)) }
	}
	tested := map[socketio.Reason]bool{}
	for name, test := range map[string]struct {
		end       func(*station, *peer, *socketio.Socket)
		reason    socketio.Reason
		recovered bool
	}{
		"client leaves":        {func(_ *station, p *peer, _ *socketio.Socket) { p.send("41") }, socketio.ClientDisconnect, false},
		"server disconnects":   {func(st *station, _ *peer, s *socketio.Socket) { must(st.t, s.Disconnect(soon(st.t))) }, socketio.ServerDisconnect, false},
		"server ends client":   {func(st *station, _ *peer, s *socketio.Socket) { must(st.t, s.DisconnectClient(soon(st.t))) }, socketio.ServerDisconnect, false},
		"not the protocol":     {func(_ *station, p *peer, _ *socketio.Socket) { p.send("4x") }, socketio.ParseError, false},
		"message too large":    {func(_ *station, p *peer, _ *socketio.Socket) { p.send(strings.Repeat("x", 30_000)) }, socketio.PayloadTooLarge, false},
		"flood":                {func(_ *station, p *peer, _ *socketio.Socket) { p.send(slices.Repeat([]string{`42["x"]`}, 100)...) }, socketio.Flooding, false},
		"client closes":        {func(_ *station, p *peer, _ *socketio.Socket) { p.Close() }, socketio.TransportClose, true},
		"close packet":         {func(_ *station, p *peer, _ *socketio.Socket) { p.send("1") }, socketio.TransportClose, true},
		"ping of the client":   {func(_ *station, p *peer, _ *socketio.Socket) { p.send("2") }, socketio.TransportError, true},
		"no pong":              {func(*station, *peer, *socketio.Socket) {}, socketio.PingTimeout, true},
		"closed by the server": {closeWith(socketio.ForcedClose), socketio.ForcedClose, true},
		"slow consumer":        {closeWith(socketio.SlowConsumer), socketio.SlowConsumer, true},
		"drain":                {closeWith(socketio.Drain), socketio.Drain, true},
		"overload":             {closeWith(socketio.Overload), socketio.Overload, true},
		"shutdown":             {closeWith(socketio.ServerShutdown), socketio.ServerShutdown, true},
		"replaced":             {closeWith(socketio.ReplacedByClient), socketio.ReplacedByClient, true},
	} {
		tested[test.reason] = true
		t.Run(name, func(t *testing.T) {
			sockets, ended := make(chan *socketio.Socket, 10), make(chan socketio.Reason, 10)
			o := socketio.Options{PingInterval: time.Minute, MaxPayload: 20_000, Flood: socketio.Flood{PacketsPerSecond: 20, Burst: 3}}
			if test.reason == socketio.PingTimeout {
				o.PingInterval, o.PingTimeout = 50*time.Millisecond, 200*time.Millisecond
			}
			st := recovering(t, o, func(io *socketio.Server) {
				io.OnConnect(func(ctx context.Context, s *socketio.Socket) { sockets <- s })
				io.OnDisconnect(func(_ *socketio.Socket, r socketio.Reason) { ended <- r })
			})
			p := st.peer()
			first, _ := p.sit("")
			test.end(st, p, next(t, sockets, "socket"))
			expect(t, ended, test.reason)
			must(t, st.To("r").Emit(soon(t), "missed"))
			again, missed := st.peer().sit(comeBack(first, ""))
			if (again == first) != test.recovered || test.recovered != (names(t, missed) == "missed") {
				t.Errorf("came back as %v with %q, was %v", again, missed, first)
			}
		})
	}
	for _, r := range socketio.Reasons() {
		if !tested[r] && r != socketio.ConnectTimeout { // which ends no socket that was connected
			t.Errorf("nothing is known of %s", r)
		}
	}
}

// Whatever a client sends as its offset, a session that is there comes back: with
// all of its events when it does not say what it has seen.
func TestRecoveryTakesAnyOffset(t *testing.T) {
	st := recovering(t, socketio.Options{})
	p := st.peer()
	first, _ := p.sit("")
	must(t, st.To("r").Emit(soon(t), "one"))
	one := offsetOf(t, p.event())
	must(t, st.To("r").Emit(soon(t), "two"))
	two := offsetOf(t, p.event())
	name, _, _ := strings.Cut(one, ".")
	for offset, want := range map[string]string{
		`null`: "one two", `1`: "one two", `-1.5e300`: "one two", `true`: "one two", `[]`: "one two", `{}`: "one two",
		`["` + one + `"]`: "one two", `{"offset":"` + one + `"}`: "one two",
		`""`: "one two", `"."`: "one two", `"x"`: "one two", `"\u0000"`: "one two", `"OTHERS.1"`: "one two",
		`"` + name + `"`: "one two", `"` + name + `."`: "one two", `"` + name + `.-1"`: "one two", `"` + name + `.zzzzzzzzzzzzzzzzzzzz"`: "one two",
		`"` + name + `.0"`: "one two", `"` + strings.Repeat("9", 100_000) + `"`: "one two",
		`"` + one + `"`: "two", `"` + two + `"`: "",
		`"` + name + `.zz"`: "one two", // has not been yet
	} {
		st.cut(p)
		p = st.peer()
		again, missed := p.sit(fmt.Sprintf(`{"pid":%q,"offset":%s}`, first.PID, offset))
		if again != first || names(t, missed) != want {
			t.Errorf("offset %.100s: came back as %v with %q, want %q", offset, again, names(t, missed), want)
		}
	}
}

// A private id is one namespace's.
func TestRecoveryKeepsNamespacesApart(t *testing.T) {
	st := recovering(t, socketio.Options{}, func(io *socketio.Server) { fenced(io.Of("/a")) })
	p := st.peer()
	first, _ := p.sit("")
	firstA, _ := p.sitIn("/a,", "")
	if first.PID == firstA.PID {
		t.Fatal("the namespaces share a private id")
	}
	p.Close()
	eventually(t, "the end is noticed", func() bool { return st.Stats().Sockets == 0 })
	p = st.peer()
	if at, _ := p.sit(comeBack(firstA, "")); at == firstA || at == first {
		t.Errorf("the session of another namespace came back as %v", at)
	}
	if at, _ := p.sitIn("/a,", comeBack(first, "")); at == firstA || at == first {
		t.Errorf("the session of another namespace came back as %v", at)
	}
	p = st.peer()
	if at, _ := p.sit(comeBack(first, "")); at != first {
		t.Errorf("came back as %v, was %v", at, first)
	}
	if at, _ := p.sitIn("/a,", comeBack(firstA, "")); at != firstA {
		t.Errorf("came back as %v, was %v", at, firstA)
	}
}

// Functions of the user that panic cost the session, not the server.
func TestRecoverySurvivesPanics(t *testing.T) {
	bad := socketio.NewSharedKey[broken]("broken")
	at := ""
	var st *station
	for name, o := range map[string]socketio.Recovery{
		"owner at the end":     {Owner: func(s *socketio.Socket) string { panicIf(!s.Connected() && at == "end"); return "" }},
		"owner at the return":  {Owner: func(s *socketio.Socket) string { panicIf(s.Recovered() && at == "return"); return "" }},
		"data that is encoded": {Owner: func(s *socketio.Socket) string { return "" }},
	} {
		t.Run(name, func(t *testing.T) {
			sockets := make(chan *socketio.Socket, 10)
			st = recovering(t, socketio.Options{Recovery: &o}, func(io *socketio.Server) {
				io.OnConnect(func(_ context.Context, s *socketio.Socket) { sockets <- s })
			})
			at = map[string]string{"owner at the end": "end", "owner at the return": "return"}[name]
			p := st.peer()
			first, _ := p.sit("")
			if name == "data that is encoded" {
				bad.Set(next(t, sockets, "socket"), broken{})
			}
			p.Close()
			eventually(t, "the session is over", func() bool { return socketio.Claims(st.Server) == 0 })
			q := st.peer()
			if name == "owner at the return" {
				q.send("40" + comeBack(first, ""))
				q.closed()
				q = st.peer()
			}
			if again, _ := q.sit(comeBack(first, "")); again.SID == first.SID {
				t.Errorf("came back as %v", again)
			}
		})
	}
}

func panicIf(bad bool) {
	if bad {
		panic("of the user's function")
	}
}

// broken is a value that cannot be encoded.
type broken struct{}

// MarshalJSON implements json.Marshaler.
func (broken) MarshalJSON() ([]byte, error) { panic("of the user's value") }
