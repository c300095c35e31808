package main

import (
	"bytes"
	"go/format"
	"os"
	"testing"

	"go.uber.org/goleak"

	"tradewind/socketio/client"
	"tradewind/socketio/examples/exampletest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The program is shorter than 30 lines, from its package clause to its last
// brace, as gofmt writes it.
func TestProgramHasFewerThan30Lines(t *testing.T) {
	source, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	if source, err = format.Source(source); err != nil {
		t.Fatal(err)
	}
	start := bytes.Index(source, []byte("\npackage main\n"))
	if start < 0 {
		t.Fatal("main.go has no package clause")
	}
	if n := bytes.Count(bytes.TrimSpace(source[start:]), []byte("\n")) + 1; n >= 30 {
		t.Errorf("the program has %d lines", n)
	}
}

func TestOthersInTheRoomHearWhatIsSaid(t *testing.T) {
	s := exampletest.Serve(t, newServer())
	ada, bob, eve := s.Dial(client.Options{}), s.Dial(client.Options{}), s.Dial(client.Options{})
	heard, elsewhere := exampletest.Listen(t, bob, "said"), exampletest.Listen(t, eve, "said")
	for c, room := range map[*client.Client]string{ada: "gophers", bob: "gophers", eve: "crabs"} {
		if got := exampletest.Call(t, c, "join", room); got != "[]" {
			t.Errorf("join %s: %s", room, got)
		}
	}
	if got := exampletest.Call(t, ada, "say", map[string]string{"room": "gophers", "text": "hello"}); got != "[5]" {
		t.Errorf("say: %s", got)
	}
	if got := exampletest.Next(t, heard); got != `["hello"]` {
		t.Errorf("said: %s", got)
	}
	exampletest.Call(t, eve, "join", "crabs") // whatever was sent to Eve has come by then
	if len(elsewhere) > 0 {
		t.Errorf("heard in another room: %s", <-elsewhere)
	}
}
