package client_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"tradewind/socketio"
	"tradewind/socketio/client"
)

// returning is the options of a client that comes back at once.
func returning(o client.Options) client.Options {
	o.Reconnect = &client.Backoff{Delay: time.Millisecond, MaxDelay: 20 * time.Millisecond}
	return o
}

// What the client sends when it comes back, and what it tells of the answer.
func TestReconnectAsksForTheSessionOfBefore(t *testing.T) {
	onEachTransport(t, func(t *testing.T, o client.Options) {
		script := []struct{ asks, event, answer string }{
			{`40`, "", `40{"sid":"s1","pid":"p1"}`},
			{`40{"pid":"p1"}`, `42["early","o1"]`, `40{"sid":"s1","pid":"p1"}`}, // there was no event yet
			{`40{"offset":"o1","pid":"p1"}`, "", `40{"sid":"s2","pid":"p2"}`},   // the session is gone
			{`40{"offset":"o1","pid":"p2"}`, "", `40{"sid":"s3"}`},              // recovery is switched off
			{`40`, "", `40{"sid":"s4"}`},
		}
		_, address := serve(t, func(p *peer) {
			p.Expect(script[p.n].asks)
			if event := script[p.n].event; event != "" {
				p.Send(event)
			}
			p.Send(script[p.n].answer)
			if p.Expect(`42["next"]`) && p.n+1 < len(script) {
				p.end()
				return
			}
			p.Drain()
		})
		steps := make(chan string, 10)
		c := connect(t, address, returning(o), func(c *client.Client) {
			c.OnConnect(func() { steps <- fmt.Sprint(c.ID(), " ", c.Recovered()) })
			c.OnAny(func(event string, _ client.Args) { steps <- event })
		})
		for _, want := range []string{"s1 false", "s1 true", "early", "s2 false", "s3 false", "s4 false"} {
			if got := within(t, steps, want); got != want {
				t.Fatalf("got %q, want %q", got, want)
			}
			if want != "s1 true" {
				_ = c.Emit(t.Context(), "next") // the script may end the session before the POST is answered
			}
		}
		c.Close()
		if c.Recovered() {
			t.Error("a client that is over tells that it is recovered")
		}
	})
}

// The offset is the last argument of an event that wants no ack, if it is a string.
func TestOffsetIsTheStringAnEventEndsIn(t *testing.T) {
	const before = "before"
	for name, test := range map[string]struct {
		send []string
		want string
	}{
		"last argument":        {[]string{`42["e",1,"o"]`}, "o"},
		"only argument":        {[]string{`42["e","o"]`}, "o"},
		"name alone":           {[]string{`42["e"]`}, "e"},
		"escapes":              {[]string{`42["e","a\"\\\"\\\\"]`}, `a"\"\\`},
		"quote at the end":     {[]string{`42["e","\""]`}, `"`},
		"backslash at the end": {[]string{`42["e","x","\\"]`}, `\`},
		"empty":                {[]string{`42["e",""]`}, ""},
		"white space":          {[]string{"42[ \"e\" , \"o\" \n]"}, "o"},
		"brackets":             {[]string{`42["e","[o]]"]`}, "[o]]"},
		"number":               {[]string{`42["e","x",1]`}, before},
		"null":                 {[]string{`42["e","x",null]`}, before},
		"object":               {[]string{`42["e",{"a":"x"}]`}, before},
		"array":                {[]string{`42["e",["x"]]`}, before},
		"wants an ack":         {[]string{`427["e","x"]`}, before},
		"binary at the end":    {[]string{`451-["e",{"_placeholder":true,"num":0}]`, "B\x01"}, before},
		"behind binary":        {[]string{`451-["e",{"_placeholder":true,"num":0},"o"]`, "B\x01"}, "o"},
		"number as name":       {[]string{`42[7]`}, before},
	} {
		t.Run(name, func(t *testing.T) {
			offset, err := json.Marshal(test.want)
			if err != nil {
				t.Fatal(err)
			}
			want := fmt.Sprintf(`40{"offset":%s,"pid":"p"}`, offset)
			if test.want == "" {
				want = `40{"pid":"p"}`
			}
			comesBack(t, client.Options{}, "40", append([]string{`42["e","before"]`}, test.send...), want)
		})
	}
}

// The user's own auth is sent as ever; what it holds under the names of recovery stays.
func TestAuthOfTheUserGoesBeforeTheSession(t *testing.T) {
	for name, test := range map[string]struct {
		auth        any
		first, then string
	}{
		"no auth":    {nil, "", `{"offset":"o","pid":"p"}`},
		"auth":       {map[string]any{"token": "<&>"}, `{"token":"<&>"}`, `{"offset":"o","pid":"p","token":"<&>"}`},
		"own pid":    {map[string]any{"pid": 17}, `{"pid":17}`, `{"offset":"o","pid":17}`},
		"own offset": {map[string]any{"offset": "mine"}, `{"offset":"mine"}`, `{"offset":"mine","pid":"p"}`},
		"no object":  {[]int{1}, `[1]`, `[1]`},
	} {
		t.Run(name, func(t *testing.T) {
			comesBack(t, client.Options{Auth: test.auth}, "40"+test.first, []string{`42["e","o"]`}, "40"+test.then)
		})
	}
}

// comesBack connects a client with CONNECT first, sends it events and cuts it off: it comes back with CONNECT then.
func comesBack(t *testing.T, o client.Options, first string, events []string, then string) {
	t.Helper()
	asked := make(chan struct{})
	_, address := serve(t, func(p *peer) {
		if p.n == 0 {
			p.Expect(first)
			p.Send(`40{"sid":"s","pid":"p"}`)
			p.Send(events...)
			p.Send(`42["cut",0]`)
			p.Drain()
			return
		}
		p.Expect(then)
		close(asked)
		p.Send(`40{"sid":"s","pid":"p"}`)
		p.Drain()
	})
	connect(t, address, returning(o), func(c *client.Client) {
		c.On("cut", func(client.Args) { c.Abort() })
	})
	within(t, asked, "second connect")
}

// A server of this module that keeps sessions gives the client its socket back, and what it missed, once.
func TestClientIsRecoveredByTheServerOfThisModule(t *testing.T) {
	onEachTransport(t, func(t *testing.T, o client.Options) {
		s, address := realServer(t, socketio.Options{Recovery: &socketio.Recovery{}}, func(*socketio.Server) {})
		emit := func(n int) {
			if err := s.Emit(context.Background(), "n", n); err != nil { // also when the test is over
				t.Error(err)
			}
		}
		steps := make(chan string, 100)
		c := connect(t, address, returning(o), func(c *client.Client) {
			c.OnConnect(func() { steps <- fmt.Sprint(c.ID(), " ", c.Recovered()) })
			c.OnDisconnect(func(*client.DisconnectError) { emit(2); emit(3) }) // before it comes back
			c.On("n", func(a client.Args) {
				steps <- string(a.Raw(0))
				if string(a.Raw(0)) == "1" {
					c.Abort()
				}
			})
		})
		want := []string{c.ID() + " false"}
		for range 3 {
			want = append(want, "1", c.ID()+" true", "2", "3")
		}
		for i, want := range want {
			if got := within(t, steps, want); got != want {
				t.Fatalf("got %q, want %q", got, want)
			}
			if i%4 == 0 && i < 12 {
				emit(1)
			}
		}
	})
}
