package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tradewind/socketio"
	"tradewind/socketio/client"
	"tradewind/socketio/sockettest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestOthersInTheRoomHearWhatIsSaid(t *testing.T) {
	s := sockettest.Serve(t, newServer(socketio.Options{}))
	ada := s.Dial(client.Options{Auth: map[string]string{"name": "Ada"}})
	bob := s.Dial(client.Options{Auth: map[string]string{"name": "Bob"}})
	heard := make(chan string, 10)
	bob.On("said", func(a client.Args) { heard <- a.String() })
	ada.On("said", func(a client.Args) { t.Errorf("the speaker heard %s", a) })
	for _, c := range []*client.Client{ada, bob} {
		if ack, err := c.Call(t.Context(), "join", "lobby"); err != nil || ack.String() != "[1]" {
			t.Fatalf("join: %s %v", ack, err)
		}
	}
	for _, room := range []string{"elsewhere", "lobby"} {
		if _, err := ada.Call(t.Context(), "say", map[string]string{"room": room, "text": "hello " + room}); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case got := <-heard:
		if got != `[{"from":"Ada","text":"hello lobby"}]` {
			t.Errorf("heard %s", got)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("heard nothing")
	}
}

func TestClientWithoutANameIsRefused(t *testing.T) {
	s := sockettest.Serve(t, newServer(socketio.Options{}))
	var refused *client.ConnectError
	if err := s.Client(client.Options{}).Connect(t.Context()); !errors.As(err, &refused) || refused.Message != "Please give a name" {
		t.Errorf("refused with %v", err)
	}
}

func TestProgramServesUntilItIsStopped(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := run(ctx, "127.0.0.1:0"); err != nil {
		// ListenAndServe says ErrServerClosed when it was stopped before it began.
		t.Error(err)
	}
	if err := run(t.Context(), "no such address"); err == nil {
		t.Error("listens on no such address")
	}
}
