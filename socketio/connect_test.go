package socketio_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"tradewind/socketio"
	"tradewind/socketio/client"
)

func TestMiddlewaresRunInOrderBeforeConnect(t *testing.T) {
	steps := make(chan string, 20)
	st := serve(t, socketio.Options{}, func(io *socketio.Server) {
		for i := range 3 {
			io.Use(func(_ context.Context, s *socketio.Socket) error {
				steps <- fmt.Sprintf("middleware %d %v", i, s.Connected())
				return nil
			})
		}
		for i := range 2 {
			io.OnConnect(func(_ context.Context, s *socketio.Socket) { steps <- fmt.Sprintf("connect %d %v", i, s.Connected()) })
		}
		socketio.On(io.Namespace, "hi", func(context.Context, *socketio.Socket, socketio.None) error { steps <- "event"; return nil })
	})
	emit(t, st.client(client.Options{}), "hi")
	expect(t, steps, "middleware 0 false", "middleware 1 false", "middleware 2 false", "connect 0 true", "connect 1 true", "event")
}

// The client is told before OnConnect runs, and its events wait until OnConnect has returned.
func TestOnConnectRunsAfterConnectAndBeforeEvents(t *testing.T) {
	release, steps := make(chan struct{}), make(chan string, 3)
	st := serve(t, socketio.Options{}, func(io *socketio.Server) {
		io.OnConnect(func(ctx context.Context, s *socketio.Socket) {
			_ = s.Emit(ctx, "welcome")
			<-release
			steps <- "connect"
		})
		socketio.On(io.Namespace, "hi", func(context.Context, *socketio.Socket, socketio.None) error { steps <- "event"; return nil })
	})
	p := st.peer()
	p.join("") // answered though OnConnect still runs
	p.send(`42["hi"]`)
	if got := p.read(); got != `42["welcome"]` {
		t.Errorf("got %s", got)
	}
	close(release)
	expect(t, steps, "connect", "event")
}

func TestConnectErrorReachesTheClientWithItsData(t *testing.T) {
	later := false
	st := serve(t, socketio.Options{}, func(io *socketio.Server) {
		io.Use(func(_ context.Context, s *socketio.Socket) error {
			var auth struct{ Token string }
			if err := s.DecodeAuth(&auth); err != nil {
				return &socketio.ConnectError{Message: "bad <auth>"}
			}
			switch auth.Token {
			case "wrapped":
				return fmt.Errorf("check token: %w", &socketio.ConnectError{Message: "wrapped", Data: []int{1}})
			case "hidden":
				return errors.New("the database is on fire")
			case "panic":
				panic("the database is on fire")
			case "nil":
				var none *socketio.ConnectError
				return none
			case "undecodable":
				return &socketio.ConnectError{Message: "undecodable", Data: nan}
			case "panicking":
				return &socketio.ConnectError{Message: "panicking", Data: panicking{}}
			}
			return &socketio.ConnectError{Message: "Too many connections", Data: map[string]any{"retryAfterMs": 2500}}
		})
		io.Use(func(context.Context, *socketio.Socket) error { later = true; return nil })
		io.OnConnect(func(context.Context, *socketio.Socket) { later = true })
		io.OnDisconnect(func(*socketio.Socket, socketio.Reason) { later = true })
	})
	for _, test := range []struct {
		auth          any
		message, data string
	}{
		{map[string]string{}, "Too many connections", `{"retryAfterMs":2500}`},
		{nil, "Too many connections", `{"retryAfterMs":2500}`},
		{map[string]any{"token": 1}, "bad <auth>", ``},
		{map[string]string{"token": "wrapped"}, "wrapped", `[1]`},
		{map[string]string{"token": "hidden"}, "Internal error", ``},
		{map[string]string{"token": "panic"}, "Internal error", ``},
		{map[string]string{"token": "nil"}, "Internal error", ``},
		{map[string]string{"token": "undecodable"}, "undecodable", ``},
		{map[string]string{"token": "panicking"}, "panicking", ``},
	} {
		_, err := st.dial(client.Options{Auth: test.auth})
		var refused *client.ConnectError
		if !errors.As(err, &refused) || refused.Message != test.message || string(refused.Data) != test.data {
			t.Errorf("%v: refused with %#v, want %q and %s", test.auth, err, test.message, test.data)
		}
	}
	must(t, st.Close())
	if later {
		t.Error("a refused socket was led on")
	}
}

// A user's value that panics while it is encoded must end nothing but its own emit.
type panicking struct{}

func (panicking) MarshalJSON() ([]byte, error) { panic("cannot be encoded") }

func TestSocketRefusedByMiddlewareEndsItsContext(t *testing.T) {
	sockets := make(chan *socketio.Socket, 1)
	st := serve(t, socketio.Options{}, func(io *socketio.Server) {
		io.Use(func(_ context.Context, s *socketio.Socket) error {
			sockets <- s
			return errors.New("no")
		})
	})
	if _, err := st.dial(client.Options{}); err == nil {
		t.Fatal("connected")
	}
	s := next(t, sockets, "socket")
	over(t, s.Context().Done(), "context of a refused socket")
	if s.Connected() {
		t.Error("a refused socket is connected")
	}
	if _, err := s.Call(soon(t), "hello"); err == nil {
		t.Error("calling a refused socket works")
	}
	if n := st.Stats().Sockets; n != 0 {
		t.Errorf("%d sockets", n)
	}
}

// A client that goes away while a middleware works: the context tells the middleware, nothing is connected.
func TestSocketGoneDuringMiddlewareEndsItsContext(t *testing.T) {
	for name, result := range map[string]error{"accepted": nil, "refused": errors.New("no")} {
		t.Run(name, func(t *testing.T) {
			entered, ended := make(chan error, 1), make(chan socketio.Reason, 1)
			connected := false
			st := serve(t, socketio.Options{}, func(io *socketio.Server) {
				io.Use(func(ctx context.Context, s *socketio.Socket) error {
					entered <- nil
					<-ctx.Done()
					entered <- context.Cause(ctx)
					return result
				})
				io.OnConnect(func(context.Context, *socketio.Socket) { connected = true })
				io.OnDisconnect(func(_ *socketio.Socket, r socketio.Reason) { ended <- r })
			})
			p := st.peer()
			p.send("40")
			next(t, entered, "middleware")
			p.Close()
			var why *socketio.EndedError
			if err := next(t, entered, "end of the middleware"); !errors.As(err, &why) || why.Reason != socketio.TransportClose {
				t.Errorf("the context's cause is %v", err)
			}
			if result == nil { // it passed, so who reserved something by then is told
				expect(t, ended, socketio.TransportClose)
			}
			must(t, st.Close())
			if connected || len(ended) > 0 {
				t.Errorf("connected %v, ended again %d", connected, len(ended))
			}
		})
	}
}

func TestJoinInMiddlewareCountsFromTheFirstMoment(t *testing.T) {
	rooms := make(chan []socketio.Room, 1)
	st := serve(t, socketio.Options{}, func(io *socketio.Server) {
		io.Use(func(ctx context.Context, s *socketio.Socket) error {
			_ = s.Join(ctx, "user:1", "mistake", "user:1")
			_ = s.Leave(ctx, "mistake")
			_ = s.Emit(ctx, "too early")
			early, err := s.Rooms(ctx)
			if len(early) > 0 || err != nil {
				return fmt.Errorf("in rooms %v before it is connected: %v", early, err)
			}
			_, err = s.Call(ctx, "too early")
			if err == nil || ctx.Err() != nil {
				return fmt.Errorf("call before connect: %v", err)
			}
			return nil
		})
		io.OnConnect(func(ctx context.Context, s *socketio.Socket) {
			_ = io.To("user:1", "mistake").Emit(ctx, "hello")
			in, _ := s.Rooms(ctx)
			rooms <- in
		})
	})
	p := st.peer()
	p.join("")
	if got := p.read(); got != `42["hello"]` {
		t.Errorf("got %s", got)
	}
	if in := next(t, rooms, "rooms"); len(in) != 2 || in[1] != "user:1" {
		t.Errorf("rooms are %v", in)
	}
}

func TestHandshakeTellsWhatIsKnownOfTheClient(t *testing.T) {
	for _, retain := range []bool{false, true} {
		onBothStreams(t, func(t *testing.T, serve func(socketio.Options, func(*socketio.Server)) *station) {
			seen := make(chan *socketio.Socket, 1)
			began := time.Now()
			st := serve(socketio.Options{RetainHeaders: retain, RemoteAddr: func(r *http.Request) string { return "10.0.0." + r.Header.Get("X-Last") }},
				func(io *socketio.Server) {
					io.Use(func(_ context.Context, s *socketio.Socket) error {
						if got := s.Handshake().Header.Get("X-Last"); got != "7" {
							return &socketio.ConnectError{Message: "header is " + got}
						}
						if string(s.Auth()) != `{"token":"a<b"}` {
							return &socketio.ConnectError{Message: "auth is " + string(s.Auth())}
						}
						return nil
					})
					io.OnConnect(func(_ context.Context, s *socketio.Socket) { seen <- s })
				})
			c := st.client(client.Options{Auth: map[string]string{"token": "a<b"}, Query: map[string]string{"v": "2"}, Header: http.Header{"X-Last": {"7"}}})
			s := next(t, seen, "socket")
			h := s.Handshake()
			if h.RemoteAddr != "10.0.0.7" || h.Query().Get("v") != "2" || h.Secure != (st.tls != nil) || h.Issued.Before(began) ||
				!strings.HasSuffix(st.http.URL, h.Host) || (h.Header != nil) != retain {
				t.Errorf("handshake is %+v", h)
			}
			if s.Auth() != nil {
				t.Error("the credential is kept")
			}
			if string(s.ID()) != c.ID() || len(c.ID()) != 20 || s.Namespace().Name() != "/" {
				t.Errorf("id %s on the server, %s at the client", s.ID(), c.ID())
			}
		})
	}
}

func TestDefaultRemoteAddrIsThePeerWithoutPort(t *testing.T) {
	seen := make(chan string, 1)
	st := serve(t, socketio.Options{}, func(io *socketio.Server) {
		io.OnConnect(func(_ context.Context, s *socketio.Socket) { seen <- s.Handshake().RemoteAddr })
	})
	st.client(client.Options{})
	expect(t, seen, "127.0.0.1")
}

func TestAllowRequestRefusesAtTheLevelOfHTTP(t *testing.T) {
	var answer error
	st := serve(t, socketio.Options{AllowRequest: func(*http.Request) error { return answer }}, nil)
	answer = &socketio.HTTPError{Status: 503, Message: "later", RetryAfter: 2500 * time.Millisecond}
	_, err := st.dial(client.Options{})
	var refused *client.HandshakeError
	if !errors.As(err, &refused) || refused.Status != 503 || refused.RetryAfter != 3*time.Second {
		t.Errorf("refused with %v", err)
	}
	answer = errors.New("not from here")
	if _, err = st.dial(client.Options{Transports: []client.Transport{client.Polling}}); !errors.As(err, &refused) || refused.Status != 403 {
		t.Errorf("refused with %v", err)
	}
}

func TestOriginsAreCheckedOnBothTransports(t *testing.T) {
	st := serve(t, socketio.Options{Origins: []string{"https://App.example.com"}}, nil)
	anyone := serve(t, socketio.Options{Origins: []string{"*"}}, nil)
	for _, transport := range []client.Transport{client.Polling, client.WebSocket} {
		for origin, allowed := range map[string]bool{"https://app.example.com": true, "https://evil.example.com": false, "null": false} {
			o := client.Options{Transports: []client.Transport{transport}, Header: http.Header{"Origin": {origin}}}
			if _, err := st.dial(o); (err == nil) != allowed {
				t.Errorf("%s from %s: %v", transport, origin, err)
			}
			if _, err := anyone.dial(o); err != nil {
				t.Errorf("%s from %s with *: %v", transport, origin, err)
			}
		}
	}
}

func TestUnknownNamespaceIsRefusedAndTheConnectionStays(t *testing.T) {
	st := serve(t, socketio.Options{}, nil)
	p := st.peer()
	const names = 2000 // each is answered, none leaves anything behind
	for i := range names {
		p.send(fmt.Sprintf("40/x%d,", i))
	}
	for i := range names {
		var body struct{ Message string }
		text, ok := strings.CutPrefix(p.read(), fmt.Sprintf("44/x%d,", i))
		if err := json.Unmarshal([]byte(text), &body); !ok || err != nil || body.Message != "Invalid namespace" {
			t.Fatalf("answered with %s", text)
		}
	}
	p.join("")
	if n := st.Stats().Sockets; n != 1 {
		t.Errorf("%d sockets", n)
	}
}

func TestConnectionWithoutNamespaceIsClosedInTime(t *testing.T) {
	st := serve(t, socketio.Options{ConnectTimeout: 50 * time.Millisecond}, func(io *socketio.Server) {
		io.Of("/closed").Use(func(context.Context, *socketio.Socket) error { return errors.New("no") })
	})
	never := st.peer()
	never.end()

	refused := st.peer() // a refusal buys no time
	refused.send("40/closed,")
	refused.end()

	stays, leaves := st.peer(), st.peer()
	stays.join("")
	leaves.join("")
	leaves.send("41")
	leaves.end()
	eventually(t, "three are closed", func() bool { return st.Stats().ClosedByReason[socketio.ConnectTimeout] == 3 })
	stays.send(`40/closed,`)
	if got := stays.read(); !strings.HasPrefix(got, "44/closed,") {
		t.Errorf("got %s", got)
	}
}

// A middleware that works too long is bounded by the connect timeout.
func TestConnectTimeoutEndsMiddlewares(t *testing.T) {
	causes := make(chan error, 1)
	st := serve(t, socketio.Options{ConnectTimeout: 50 * time.Millisecond}, func(io *socketio.Server) {
		io.Use(func(ctx context.Context, _ *socketio.Socket) error {
			<-ctx.Done()
			causes <- context.Cause(ctx)
			return ctx.Err()
		})
	})
	p := st.peer()
	p.send("40")
	var why *socketio.EndedError
	if err := next(t, causes, "cause"); !errors.As(err, &why) || why.Reason != socketio.ConnectTimeout {
		t.Errorf("cause is %v", err)
	}
	p.end()
}

func TestPacketsOutOfPlaceEndTheConnection(t *testing.T) {
	for name, packets := range map[string][]string{
		"event before connect":    {`42["x"]`},
		"event elsewhere":         {"40", `42/other,["x"]`},
		"second connect":          {"40", "40"},
		"reserved name":           {"40", `42["disconnect"]`},
		"no event name":           {"40", `42[{}]`},
		"text instead of binary":  {"40", `451-["x",{"_placeholder":true,"num":0}]`, `42["x"]`},
		"connect error":           {"40", `44{"message":"x"}`},
		"too many attachments":    {"40", `4511-["x"]`},
		"not JSON":                {"40", `42["x"`},
		"auth is no object":       {`40"token"`},
		"unknown type":            {"49"},
		"events during a connect": {"40/slow,", `42/slow,["x"]`},
	} {
		t.Run(name, func(t *testing.T) {
			st := serve(t, socketio.Options{}, func(io *socketio.Server) {
				io.Of("/slow").Use(func(ctx context.Context, _ *socketio.Socket) error { <-ctx.Done(); return nil })
			})
			p := st.peer()
			p.send(packets...)
			p.end()
			eventually(t, "it is counted", func() bool { return st.Stats().ClosedByReason[socketio.ParseError] == 1 })
		})
	}
	t.Run("binary without a packet", func(t *testing.T) {
		st := serve(t, socketio.Options{}, nil)
		p := st.peer()
		p.join("")
		p.sendBinary([]byte("x"))
		p.end()
	})
}
