package main

import (
	"errors"
	"log/slog"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"tradewind/socketio/client"
	"tradewind/socketio/examples/exampletest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// lines takes what is logged.
type lines chan string

func (l lines) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}

func withToken(token string) client.Options {
	return client.Options{Auth: map[string]string{"token": token}}
}

func TestOnlyThoseWithATokenComeIn(t *testing.T) {
	s := exampletest.Serve(t, newServer(slog.New(slog.DiscardHandler)))
	for _, o := range []client.Options{{}, withToken("eve")} {
		var refused *client.ConnectError
		if err := s.Client(o).Connect(t.Context()); !errors.As(err, &refused) || refused.Message != "Please sign in" ||
			string(refused.Data) != `{"code":"unauthorized","message":"no such token"}` {
			t.Errorf("refused with %v", err)
		}
	}
	if got := exampletest.Call(t, s.Dial(withToken("bob")), "whoami"); got != `["Bob"]` {
		t.Errorf("whoami: %s", got)
	}
}

func TestOnlyAdministratorsReachTheirHandlers(t *testing.T) {
	s := exampletest.Serve(t, newServer(slog.New(slog.DiscardHandler)))
	ada, bob := s.Dial(withToken("ada")), s.Dial(withToken("bob"))
	if got := exampletest.Call(t, ada, "admin:count"); got != "[2]" {
		t.Errorf("Ada counts %s", got)
	}
	if got := exampletest.Call(t, bob, "admin:count"); got != `[{"code":"forbidden","message":"for administrators only"}]` {
		t.Errorf("Bob is told %s", got)
	}
	if got := exampletest.Call(t, ada, "whoami", 7); got != `[{"code":"invalid","message":"this event takes no payload"}]` {
		t.Errorf("a payload that nobody wants: %s", got)
	}
}

func TestEveryEventIsLogged(t *testing.T) {
	logged := make(lines, 10)
	s := exampletest.Serve(t, newServer(slog.New(slog.NewTextHandler(logged, nil))))
	bob := s.Dial(withToken("bob"))
	for _, event := range []string{"unknown", "admin:count"} {
		if err := bob.Emit(t.Context(), event); err != nil {
			t.Fatal(err)
		}
		if got := exampletest.Next(t, logged); !strings.Contains(got, "user=Bob event="+event) {
			t.Errorf("logged %s", got)
		}
	}
}
