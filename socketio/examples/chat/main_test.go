package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"tradewind/socketio/client"
	"tradewind/socketio/examples/exampletest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func named(name string) client.Options {
	return client.Options{Auth: map[string]string{"name": name}}
}

func TestOthersInTheRoomHearWhatIsSaidAndWhoIsTyping(t *testing.T) {
	s := exampletest.Serve(t, newServer())
	ada, bob := s.Dial(named("Ada")), s.Dial(named("Bob"))
	said, typing := exampletest.Listen(t, bob, "said"), exampletest.Listen(t, bob, "typing")
	own := exampletest.Listen(t, ada, "said")
	if got := exampletest.Call(t, ada, "join", "lobby"); got != `[{"ok":true,"people":["Ada"]}]` {
		t.Errorf("Ada joins: %s", got)
	}
	if got := exampletest.Call(t, bob, "join", "lobby"); !strings.Contains(got, `"Ada"`) || !strings.Contains(got, `"Bob"`) {
		t.Errorf("Bob joins: %s", got)
	}
	if err := ada.Emit(t.Context(), "typing", "lobby"); err != nil {
		t.Fatal(err)
	}
	if got := exampletest.Next(t, typing); got != `[{"room":"lobby","from":"Ada"}]` {
		t.Errorf("typing: %s", got)
	}
	words := map[string]string{"room": "lobby", "from": "Eve", "text": "hello"}
	if got := exampletest.Call(t, ada, "say", words); got != `[{"ok":true}]` {
		t.Errorf("say: %s", got)
	}
	if got := exampletest.Next(t, said); got != `[{"room":"lobby","from":"Ada","text":"hello"}]` {
		t.Errorf("said: %s", got)
	}
	exampletest.Call(t, bob, "leave", "lobby")
	exampletest.Call(t, ada, "say", words)
	exampletest.Call(t, bob, "leave", "lobby") // whatever was sent to Bob has come by then
	if len(said) > 0 || len(own) > 0 {
		t.Errorf("%d reached Bob who left, %d Ada who spoke", len(said), len(own))
	}
}

func TestWhatAClientMayNotDoIsRefused(t *testing.T) {
	s := exampletest.Serve(t, newServer())
	var refused *client.ConnectError
	if err := s.Client(client.Options{}).Connect(t.Context()); !errors.As(err, &refused) || refused.Message != "Please give a name" {
		t.Errorf("without a name: %v", err)
	}
	eve := s.Dial(named("Eve"))
	if got := exampletest.Call(t, eve, "join", strings.Repeat("x", maxName+1)); !strings.Contains(got, `"ok":false`) {
		t.Errorf("a long name: %s", got)
	}
	if got := exampletest.Call(t, eve, "say", map[string]string{"room": "lobby", "text": "hello"}); got != `[{"ok":false,"error":"join the room first"}]` {
		t.Errorf("say from outside: %s", got)
	}
	for i := range maxRooms {
		if got := exampletest.Call(t, eve, "join", fmt.Sprint(i)); !strings.Contains(got, `"ok":true`) {
			t.Errorf("room %d: %s", i, got)
		}
	}
	if got := exampletest.Call(t, eve, "join", "one more"); !strings.Contains(got, `"ok":false`) {
		t.Errorf("one room more: %s", got)
	}
}

func TestSlowClientGetsWhatIsSaidButNotWhoWasTyping(t *testing.T) {
	io := newServer()
	s := exampletest.Serve(t, io)
	ada, bob := s.Dial(named("Ada")), s.Dial(named("Bob"))
	said, typing := exampletest.Listen(t, bob, "said"), exampletest.Listen(t, bob, "typing")
	exampletest.Call(t, ada, "join", "lobby")
	exampletest.Call(t, bob, "join", "lobby")
	resume := exampletest.Stall(t, io, bob)
	exampletest.Call(t, ada, "typing", "lobby")
	exampletest.Call(t, ada, "say", map[string]string{"room": "lobby", "text": "hello"})
	resume()
	if got := exampletest.Next(t, said); got != `[{"room":"lobby","from":"Ada","text":"hello"}]` || len(typing) > 0 {
		t.Errorf("said: %s; typing: %d", got, len(typing))
	}
}
