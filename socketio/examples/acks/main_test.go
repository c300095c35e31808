package main

import (
	"testing"
	"time"

	"go.uber.org/goleak"

	"tradewind/socketio/client"
	"tradewind/socketio/examples/exampletest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const long, short = time.Minute, 50 * time.Millisecond

func TestServerAnswers(t *testing.T) {
	c := exampletest.Serve(t, newServer(long)).Dial(client.Options{})
	for _, q := range []struct {
		event string
		args  []any
		want  string
	}{
		{"add", []any{[]int{1, 2, 3}}, "[6]"},
		{"divide", []any{7, 2}, "[3,1]"},
		{"divide", []any{7, 0}, `[null,"cannot divide by zero"]`},
		{"add", []any{"1, 2"}, `[{"ok":false,"error":{"code":"invalid_payload","message":"argument 1: expected an array, got a string"}}]`},
	} {
		if got := exampletest.Call(t, c, q.event, q.args...); got != q.want {
			t.Errorf("%s %v: %s, want %s", q.event, q.args, got, q.want)
		}
	}
}

func TestServerAsksBackBeforeItOrders(t *testing.T) {
	patient, impatient := exampletest.Serve(t, newServer(long)), exampletest.Serve(t, newServer(short))
	yes, no, silent := patient.Dial(client.Options{}), patient.Dial(client.Options{}), impatient.Dial(client.Options{})
	yes.Answer("confirm", func(what client.Args) []any { return []any{what.String() == `["10 AAPL"]`} })
	no.Answer("confirm", func(client.Args) []any { return []any{false} })
	for c, want := range map[*client.Client]string{yes: `["ordered"]`, no: `["not confirmed"]`, silent: `["not confirmed in time"]`} {
		if got := exampletest.Call(t, c, "order", "10 AAPL"); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestPollCountsVotesOfAllOthers(t *testing.T) {
	s := exampletest.Serve(t, newServer(long))
	for _, vote := range []string{"yes", "no", "yes"} {
		s.Dial(client.Options{}).Answer("vote", func(client.Args) []any { return []any{vote} })
	}
	if got := exampletest.Call(t, s.Dial(client.Options{}), "poll", "lunch?"); got != `[{"votes":{"no":1,"yes":2},"silent":0}]` {
		t.Errorf("got %s", got)
	}
}

func TestPollCountsWhoStaysSilent(t *testing.T) {
	s := exampletest.Serve(t, newServer(short))
	s.Dial(client.Options{}) // has no answer
	if got := exampletest.Call(t, s.Dial(client.Options{}), "poll", "lunch?"); got != `[{"votes":{},"silent":1}]` {
		t.Errorf("got %s", got)
	}
}
