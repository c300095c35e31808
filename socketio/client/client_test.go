package client_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"tradewind/socketio/client"
)

// every transport behaves the same.
var transports = map[string][]client.Transport{
	"websocket":       {client.WebSocket},
	"polling":         {client.Polling},
	"polling+upgrade": {client.Polling, client.WebSocket},
}

func onEachTransport(t *testing.T, test func(*testing.T, client.Options)) {
	for name, list := range transports {
		t.Run(name, func(t *testing.T) { test(t, client.Options{Transports: list}) })
	}
}

func TestEventsGoBothWaysInOrder(t *testing.T) {
	onEachTransport(t, func(t *testing.T, o client.Options) {
		_, address := serve(t, func(p *peer) {
			p.Accept()
			p.Send(`42["hello",1,{"a":"<&>"}]`, `42["hello",2]`)
			p.Expect(`42["echo","<é>",{"n":1}]`, `42["echo"]`)
			p.Send(`42["done"]`)
			p.Drain()
		})
		got := make(chan string, 10)
		c := connect(t, address, o, func(c *client.Client) {
			c.On("hello", func(a client.Args) { got <- "hello " + a.String() })
			c.OnAny(func(event string, a client.Args) { got <- "any " + event })
		})
		if err := c.Emit(t.Context(), "echo", "<é>", map[string]int{"n": 1}); err != nil {
			t.Fatal(err)
		}
		if err := c.Emit(t.Context(), "echo"); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"any hello", `hello [1,{"a":"<&>"}]`, "any hello", "hello [2]", "any done"} {
			if g := within(t, got, want); g != want {
				t.Fatalf("got %q, want %q", g, want)
			}
		}
		if c.ID() != "socket0" {
			t.Errorf("id = %q, want the one that CONNECT was answered with", c.ID())
		}
		if want := o.Transports[len(o.Transports)-1]; c.Transport() != want {
			t.Errorf("transport = %q, want %q", c.Transport(), want)
		}
	})
}

func TestBinaryGoesBothWays(t *testing.T) {
	_, address := serve(t, func(p *peer) {
		p.Accept()
		p.Expect(`452-["up",{"_placeholder":true,"num":0},{"deep":[{"_placeholder":true,"num":1}]}]`, "B\x01\x02", "B\x03")
		p.Send(`451-["down",{"_placeholder":true,"num":0}]`, "2", "B\x00\xff") // a ping may come between
		p.Expect("3")
		p.Drain()
	})
	got := make(chan client.Args, 1)
	c := connect(t, address, client.Options{}, func(c *client.Client) { c.On("down", func(a client.Args) { got <- a }) })
	if err := c.Emit(t.Context(), "up", []byte{1, 2}, map[string]any{"deep": []any{[]byte{3}}}); err != nil {
		t.Fatal(err)
	}
	var b []byte
	if err := within(t, got, "binary event").Decode(0, &b); err != nil || !bytes.Equal(b, []byte{0, 255}) {
		t.Errorf("decoded %v, %v", b, err)
	}
	if err := c.Emit(t.Context(), "up", make11()...); err == nil {
		t.Error("11 attachments were sent, which makes other peers close the connection")
	}
}

func make11() (args []any) {
	for range 11 {
		args = append(args, []byte{1})
	}
	return args
}

func TestCallReturnsTheAck(t *testing.T) {
	onEachTransport(t, func(t *testing.T, o client.Options) {
		_, address := serve(t, func(p *peer) {
			p.Accept()
			p.Expect(`420["sum",1,2]`)
			p.Send(`430[3,"ok"]`, `4399["nobody waits for this"]`)
			p.Expect(`421["bin"]`)
			p.Send(`461-1[{"_placeholder":true,"num":0}]`, binaryFor(o, "\x07"))
			p.Drain()
		})
		c := dial(t, address, o)
		args, err := c.Call(t.Context(), "sum", 1, 2)
		if err != nil || args.Len() != 2 || args.String() != `[3,"ok"]` {
			t.Errorf("ack %v, %v", args, err)
		}
		var n int
		if err := args.Decode(2, &n); err == nil {
			t.Error("a third argument was decoded where there are two")
		}
		if err := args.Decode(1, &n); err == nil {
			t.Error("a string was decoded into an int")
		}
		args, err = c.Call(t.Context(), "bin")
		var b []byte
		if err != nil || args.Decode(0, &b) != nil || string(b) != "\x07" {
			t.Errorf("binary ack %v, %v", args, err)
		}
	})
}

func binaryFor(o client.Options, data string) string {
	if len(o.Transports) == 1 && o.Transports[0] == client.Polling {
		return "bBw=="
	}
	return "B" + data
}

func TestCallEndsWithItsContextAndWithTheConnection(t *testing.T) {
	called := make(chan struct{}, 2)
	_, address := serve(t, func(p *peer) {
		p.Accept()
		p.Expect(`420["never"]`)
		called <- struct{}{}
		p.Expect(`421["never"]`)
		p.end()
	})
	c := dial(t, address, client.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-called; cancel() }()
	if _, err := c.Call(ctx, "never"); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v, want the context's", err)
	}
	var ended *client.DisconnectError
	if _, err := c.Call(t.Context(), "never"); !errors.As(err, &ended) || ended.Reason != client.TransportClose {
		t.Errorf("err = %v, want the end of the connection", err)
	}
	within(t, c.Done(), "end of the client")
	if _, err := c.Call(t.Context(), "late"); !errors.Is(err, client.ErrNotConnected) {
		t.Errorf("err = %v, want not connected", err)
	}
	if err := c.Emit(t.Context(), "late"); !errors.Is(err, client.ErrNotConnected) {
		t.Errorf("err = %v, want not connected", err)
	}
}

func TestAnswerAcknowledgesTheServersCall(t *testing.T) {
	answered := make(chan struct{})
	_, address := serve(t, func(p *peer) {
		p.Accept()
		p.Send(`427["price","AAPL"]`, `42["price","no ack wanted"]`, `428["blob"]`)
		p.Expect(`437["AAPL",1.5]`, `461-8[{"_placeholder":true,"num":0}]`, "B\x09")
		close(answered)
		p.Drain()
	})
	connect(t, address, client.Options{}, func(c *client.Client) {
		c.Answer("price", func(a client.Args) []any { return []any{a.Raw(0), 1.5} })
		c.Answer("blob", func(client.Args) []any { return []any{[]byte{9}} })
	})
	within(t, answered, "ack")
}

func TestRefusalCarriesMessageAndDataAndIsFinal(t *testing.T) {
	onEachTransport(t, func(t *testing.T, o client.Options) {
		_, address := serve(t, func(p *peer) {
			p.Expect(`40{"sessionID":"x"}`)
			p.Send(`44{"message":"Invalid session","data":{"code":"invalid_session"}}`)
			p.Drain()
		})
		o.Auth = map[string]string{"sessionID": "x"}
		o.Reconnect = &client.Backoff{Delay: time.Millisecond}
		_, err := client.Dial(t.Context(), address, o)
		var refused *client.ConnectError
		if !errors.As(err, &refused) || refused.Message != "Invalid session" || string(refused.Data) != `{"code":"invalid_session"}` {
			t.Fatalf("err = %v", err)
		}
	})
}

func TestHandshakeRefusedByHTTPTellsStatusAndRetryAfter(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "3")
		http.Error(w, `{"code":4,"message":"draining"}`, http.StatusServiceUnavailable)
	}))
	defer srv.Close()
	onEachTransport(t, func(t *testing.T, o client.Options) {
		_, err := client.Dial(t.Context(), srv.URL, o)
		var refused *client.HandshakeError
		if !errors.As(err, &refused) || refused.Status != 503 || refused.RetryAfter != 3*time.Second || !strings.Contains(refused.Body, "draining") {
			t.Errorf("err = %#v", err)
		}
	})
}

func TestServerDisconnectIsFinal(t *testing.T) {
	onEachTransport(t, func(t *testing.T, o client.Options) {
		_, address := serve(t, func(p *peer) {
			p.Accept()
			p.Send("41")
			p.Drain()
		})
		o.Reconnect = &client.Backoff{Delay: time.Millisecond}
		c := dial(t, address, o)
		within(t, c.Done(), "end of the client")
		var ended *client.DisconnectError
		if !errors.As(c.Err(), &ended) || ended.Reason != client.ServerDisconnect {
			t.Errorf("err = %v", c.Err())
		}
	})
}

func TestLostConnectionIsMadeAgain(t *testing.T) {
	f, address := serve(t, func(p *peer) {
		p.Accept()
		if p.n == 0 {
			body := ws.NewCloseFrameBody(4010, "drain")
			_ = ws.WriteFrame(p.raw, ws.NewCloseFrame(body))
			p.Drain()
			return
		}
		p.Expect(`42["back"]`)
		p.Send("41")
		p.Drain()
	})
	type step struct {
		what   string
		reason client.Reason
		code   int
	}
	steps := make(chan step, 10)
	c := connect(t, address, client.Options{Reconnect: &client.Backoff{Delay: time.Millisecond}}, func(c *client.Client) {
		c.OnConnect(func() { steps <- step{what: "connected as " + c.ID()} })
		c.OnDisconnect(func(e *client.DisconnectError) { steps <- step{"ended", e.Reason, e.Code} })
	})
	for _, want := range []step{{what: "connected as socket0"}, {"ended", client.TransportClose, 4010}, {what: "connected as socket1"}} {
		if got := within(t, steps, want.what); got != want {
			t.Fatalf("got %+v, want %+v", got, want)
		}
	}
	if err := c.Emit(t.Context(), "back"); err != nil {
		t.Fatal(err)
	}
	if got := within(t, steps, "end"); got.reason != client.ServerDisconnect {
		t.Errorf("got %+v", got)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.Queries) != 2 {
		t.Errorf("requests %q, want two", f.Queries)
	}
}

func TestReconnectGivesUpAfterAttemptsAndOnRefusal(t *testing.T) {
	_, address := serve(t, func(p *peer) {
		if p.n == 0 {
			p.Accept()
			p.end()
			return
		}
		p.Expect("40")
		if p.n == 1 {
			p.end() // counted as a failure and tried again
			return
		}
		p.Send(`44{"message":"Invalid session"}`)
		p.Drain()
	})
	failures := make(chan error, 10)
	c := connect(t, address, client.Options{Reconnect: &client.Backoff{Delay: time.Millisecond, Attempts: 5}}, func(c *client.Client) {
		c.OnReconnectError(func(err error) { failures <- err })
	})
	within(t, c.Done(), "end of the client")
	var refused *client.ConnectError
	if !errors.As(c.Err(), &refused) || len(failures) != 2 {
		t.Errorf("err = %v after %d failures, want the refusal after 2", c.Err(), len(failures))
	}

	gone, address := serve(t, func(p *peer) { p.Accept(); p.end() })
	_ = gone
	var dials int
	c = dial(t, address, client.Options{
		Reconnect: &client.Backoff{Delay: time.Millisecond, Attempts: 2},
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			if dials++; dials > 1 {
				return nil, errors.New("no route")
			}
			return (&net.Dialer{}).DialContext(ctx, network, addr)
		},
	})
	within(t, c.Done(), "end of the client")
	if dials != 3 || !strings.Contains(c.Err().Error(), "no route") {
		t.Errorf("%d dials, err = %v; want one that worked and two that did not", dials, c.Err())
	}
}

func TestSilentServerIsAPingTimeout(t *testing.T) {
	onEachTransport(t, func(t *testing.T, o client.Options) {
		_, address := serve(t, func(p *peer) {
			p.Accept()
			p.Send("2", `42["pinged"]`)
			p.Expect("3")
			p.Drain() // and no ping any more
		})
		c := dial(t, address, o)
		within(t, c.Done(), "end of the client")
		var ended *client.DisconnectError
		if !errors.As(c.Err(), &ended) || ended.Reason != client.PingTimeout {
			t.Errorf("err = %v", c.Err())
		}
	})
}

func TestGarbageIsAParseError(t *testing.T) {
	for name, garbage := range map[string][]string{
		"unknown engine.io type":  {"x"},
		"unknown socket.io type":  {"49"},
		"not JSON":                {`42["a"`},
		"attachment of no packet": {"B\x01"},
		"text for an attachment":  {`451-["a",{"_placeholder":true,"num":0}]`, `42["b"]`},
		"missing attachment":      {`451-["a",{"_placeholder":true,"num":3}]`, "B\x01"},
		"too long":                {`42["` + strings.Repeat("a", 2000) + `"]`},
	} {
		t.Run(name, func(t *testing.T) {
			_, address := serve(t, func(p *peer) { p.Accept(); p.Send(garbage...); p.Drain() })
			c := dial(t, address, client.Options{MaxMessageBytes: 1000})
			within(t, c.Done(), "end of the client")
			var ended *client.DisconnectError
			if !errors.As(c.Err(), &ended) || ended.Reason != client.ParseError {
				t.Errorf("err = %v", c.Err())
			}
		})
	}
}

func TestFragmentsAndPingsOfTheWebSocketAreUnderstood(t *testing.T) {
	_, address := serve(t, func(p *peer) {
		p.Accept()
		first := ws.NewFrame(ws.OpText, false, []byte(`42["he`))
		rest := ws.NewFrame(ws.OpContinuation, true, []byte(`llo",1]`))
		_ = ws.WriteFrame(p.raw, first)
		_ = ws.WriteFrame(p.raw, ws.NewPingFrame([]byte("there?")))
		_ = ws.WriteFrame(p.raw, rest)
		h, err := ws.ReadHeader(p.raw)
		body := make([]byte, h.Length)
		if _, err2 := io.ReadFull(p.raw, body); err != nil || err2 != nil || h.OpCode != ws.OpPong {
			t.Errorf("got %v %v %v, want a pong", h.OpCode, err, err2)
		}
		ws.Cipher(body, h.Mask, 0)
		if string(body) != "there?" {
			t.Errorf("pong %q", body)
		}
		p.Drain()
	})
	got := make(chan client.Args, 1)
	connect(t, address, client.Options{}, func(c *client.Client) { c.On("hello", func(a client.Args) { got <- a }) })
	if a := within(t, got, "event"); a.String() != "[1]" {
		t.Errorf("args %v", a)
	}
}

func TestEventsBeforeConnectAreHandledAfterIt(t *testing.T) {
	_, address := serve(t, func(p *peer) {
		p.Expect("40")
		p.Send(`42["missed",1]`, "2", `40{"sid":"s"}`, `42["live",2]`)
		p.Expect("3")
		p.Drain()
	})
	got := make(chan string, 10)
	connect(t, address, client.Options{}, func(c *client.Client) {
		c.OnConnect(func() { got <- "connect" })
		c.OnAny(func(event string, a client.Args) { got <- event })
	})
	for _, want := range []string{"connect", "missed", "live"} {
		if g := within(t, got, want); g != want {
			t.Errorf("got %q, want %q", g, want)
		}
	}
}

func TestNamespacePathHeadersAndQueryAreSent(t *testing.T) {
	f, address := serve(t, func(p *peer) {
		p.Expect(`40/admin,{"token":"t"}`)
		p.Send(`42["for the default namespace"]`, `40/admin,{"sid":"s"}`, `42["not ours"]`, `42/admin,["ours"]`)
		p.Expect(`42/admin,0["x"]`)
		p.Send(`43/admin,0[]`)
		p.Expect("41/admin,")
		p.Drain()
	})
	got := make(chan string, 10)
	o := client.Options{
		Namespace: "/admin", Path: "/rt/", Query: map[string]string{"v": "1"}, Header: http.Header{"Origin": {"http://app"}},
		Auth: func() (any, error) { return map[string]string{"token": "t"}, nil },
	}
	c := connect(t, address, o, func(c *client.Client) { c.OnAny(func(event string, _ client.Args) { got <- event }) })
	if g := within(t, got, "event"); g != "ours" {
		t.Errorf("got %q", g)
	}
	if a, err := c.Call(t.Context(), "x"); err != nil || a.Len() != 0 {
		t.Errorf("call: %v, %v", a, err)
	}
	c.Close()
	f.mu.Lock()
	defer f.mu.Unlock()
	if !strings.HasPrefix(f.Queries[0], "/rt/?") || !strings.Contains(f.Queries[0], "v=1") || f.Headers[0].Get("Origin") != "http://app" {
		t.Errorf("request %q with %v", f.Queries[0], f.Headers[0])
	}
}

func TestCloseSaysGoodbyeAndEndsEverything(t *testing.T) {
	onEachTransport(t, func(t *testing.T, o client.Options) {
		last := make(chan string, 10)
		_, address := serve(t, func(p *peer) {
			p.Accept()
			for {
				s, err := p.recv()
				if err != nil {
					return
				}
				last <- s
				if s == "1" {
					p.end()
				}
			}
		})
		c := dial(t, address, o)
		c.Close()
		if s := within(t, last, "goodbye"); s != "41" {
			t.Errorf("server got %q, want DISCONNECT", s)
		}
		if o.Transports[len(o.Transports)-1] == client.Polling {
			if s := within(t, last, "close"); s != "1" {
				t.Errorf("server got %q, want the close packet", s)
			}
		}
		var ended *client.DisconnectError
		if !errors.As(c.Err(), &ended) || ended.Reason != client.ClientDisconnect {
			t.Errorf("err = %v", c.Err())
		}
		if err := c.Connect(t.Context()); !errors.Is(err, client.ErrClosed) {
			t.Errorf("connect after close: %v", err)
		}
		c.Close()
	})
}

// A Close that overtakes Connect once waited for a client that nobody had started.
func TestCloseAndConnectAtTheSameTime(t *testing.T) {
	_, address := serve(t, func(p *peer) { p.Drain() })
	for range 200 {
		c, err := client.New(address, client.Options{})
		if err != nil {
			t.Fatal(err)
		}
		result := make(chan error, 1)
		go func() { result <- c.Connect(context.Background()) }()
		c.Disconnect()
		within(t, c.Done(), "end of the client")
		if err := within(t, result, "return of Connect"); err == nil {
			t.Error("a closed client connected")
		}
		if c.Err() == nil {
			t.Error("the client does not say why it is over")
		}
	}
}

func TestHandlerMayDisconnect(t *testing.T) {
	_, address := serve(t, func(p *peer) { p.Accept(); p.Send(`42["go away"]`); p.Drain() })
	c := connect(t, address, client.Options{}, func(c *client.Client) {
		c.On("go away", func(client.Args) { c.Disconnect() })
	})
	within(t, c.Done(), "end of the client")
}

func TestConnectIsBoundedByContextTimeoutAndClose(t *testing.T) {
	_, address := serve(t, func(p *peer) { p.Drain() }) // never answers CONNECT
	onEachTransport(t, func(t *testing.T, o client.Options) {
		o.ConnectTimeout = 20 * time.Millisecond
		if _, err := client.Dial(t.Context(), address, o); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("err = %v, want the connect timeout", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		o.ConnectTimeout = 0
		if _, err := client.Dial(ctx, address, o); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("err = %v, want the context's", err)
		}
		c, err := client.New(address, o)
		if err != nil {
			t.Fatal(err)
		}
		result := make(chan error, 1)
		go func() { result <- c.Connect(context.Background()) }()
		c.Close()
		if err := within(t, result, "return of Connect"); err == nil {
			t.Error("a closed client connected")
		}
	})
}

func TestNamesOfTheProtocolAndBadAddressesAreRefused(t *testing.T) {
	_, address := serve(t, func(p *peer) {
		if p.n == 0 {
			p.Accept()
		}
		p.Drain()
	})
	c := dial(t, address, client.Options{})
	for _, event := range []string{"connect", "disconnect", "connect_error"} {
		if err := c.Emit(t.Context(), event); err == nil {
			t.Errorf("emit %q worked", event)
		}
	}
	if err := c.Emit(t.Context(), "x", make(chan int)); err == nil {
		t.Error("a channel was encoded")
	}
	for _, bad := range []string{"ftp://host", "://", "host:80"} {
		if _, err := client.New(bad, client.Options{}); err == nil {
			t.Errorf("address %q was accepted", bad)
		}
	}
	if _, err := client.Dial(t.Context(), address, client.Options{Transports: []client.Transport{"pigeon"}}); err == nil {
		t.Error("unknown transport was accepted")
	}
	if _, err := client.Dial(t.Context(), address, client.Options{Auth: func() (any, error) { return nil, errors.New("vault is shut") }}); err == nil || !strings.Contains(err.Error(), "vault is shut") {
		t.Errorf("err = %v", err)
	}
}

func TestFailedUpgradeStaysOnPolling(t *testing.T) {
	f, _ := serve(t, func(p *peer) { p.Accept(); p.Expect(`42["still here"]`); p.Send(`42["yes"]`); p.Drain() })
	noUpgrade := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("transport") == "websocket" {
			http.Error(w, "no", http.StatusBadRequest)
			return
		}
		f.ServeHTTP(w, r)
	}))
	t.Cleanup(noUpgrade.Close)
	got := make(chan struct{}, 1)
	c := connect(t, noUpgrade.URL, client.Options{Transports: []client.Transport{client.Polling, client.WebSocket}}, func(c *client.Client) {
		c.On("yes", func(client.Args) { got <- struct{}{} })
	})
	if err := c.Emit(t.Context(), "still here"); err != nil {
		t.Fatal(err)
	}
	within(t, got, "event over polling")
	if c.Transport() != client.Polling {
		t.Errorf("transport %q", c.Transport())
	}
	c.Close()
}

func TestAbortIsALostConnection(t *testing.T) {
	_, address := serve(t, func(p *peer) { p.Accept(); p.Drain() })
	ended := make(chan client.Reason, 1)
	again := make(chan struct{}, 2)
	c := connect(t, address, client.Options{Reconnect: &client.Backoff{Delay: time.Millisecond}}, func(c *client.Client) {
		c.OnConnect(func() { again <- struct{}{} })
		c.OnDisconnect(func(e *client.DisconnectError) { ended <- e.Reason })
	})
	within(t, again, "connect")
	c.Abort()
	if r := within(t, ended, "end"); r != client.TransportClose {
		t.Errorf("reason %q", r)
	}
	within(t, again, "second connect")
	if !c.Connected() {
		t.Error("not connected")
	}
}
