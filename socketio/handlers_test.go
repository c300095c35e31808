package socketio_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"tradewind/socketio"
	"tradewind/socketio/client"
)

type order struct {
	Symbol string `json:"symbol"`
	Qty    int    `json:"qty"`
	Legs   []struct {
		Side string `json:"side"`
	} `json:"legs"`
}

// echo answers with what the handler got.
func echo[T any](io *socketio.Server, event string) {
	socketio.OnAck(io.Namespace, event, func(_ context.Context, _ *socketio.Socket, arg T) (string, error) {
		return fmt.Sprintf("%+v", arg), nil
	})
}

func TestHandlersGetTheirArgumentDecoded(t *testing.T) {
	st := serve(t, socketio.Options{}, func(io *socketio.Server) {
		echo[socketio.None](io, "none")
		echo[string](io, "string")
		echo[int](io, "int")
		echo[order](io, "struct")
		echo[[]string](io, "slice")
		echo[any](io, "any")
		echo[[]byte](io, "bytes")
		socketio.OnAck(io.Namespace, "pointer", func(_ context.Context, _ *socketio.Socket, o *order) (string, error) {
			if o == nil {
				return "nil", nil
			}
			return o.Symbol, nil
		})
		socketio.OnAck(io.Namespace, "args", func(_ context.Context, _ *socketio.Socket, a socketio.Args) (string, error) {
			return fmt.Sprintf("%d %s %s %v", a.Len(), a.Raw(0), a.Raw(1), a.Raw(-1) == nil && a.Raw(9) == nil), nil
		})
	})
	c := st.client(client.Options{})
	refused := func(message string) string {
		return `[{"ok":false,"error":{"code":"invalid_payload","message":"` + message + `"}}]`
	}
	for _, test := range []struct {
		event string
		args  []any
		want  string
	}{
		{"none", nil, `["{}"]`},
		{"none", []any{nil}, `["{}"]`},
		{"none", []any{map[string]any{}}, `["{}"]`},
		{"none", []any{1}, refused("this event takes no payload")},
		{"string", []any{"a<b"}, `["a<b"]`},
		{"string", []any{1}, refused("argument 1: expected a string, got a number")},
		{"string", []any{nil}, refused("argument 1: expected a string, got null")},
		{"string", nil, refused("argument 1 is missing")},
		{"int", []any{7, "more is ignored"}, `["7"]`},
		{"int", []any{1.5}, refused("argument 1: expected a whole number, got 1.5")},
		{"struct", []any{order{Symbol: "AAPL", Qty: 3}}, `["{Symbol:AAPL Qty:3 Legs:[]}"]`},
		{"struct", []any{map[string]any{"legs": []any{map[string]any{"side": 1}}}}, refused("argument 1: legs.side: expected a string, got a number")},
		{"struct", []any{[]int{1}}, refused("argument 1: expected an object, got an array")},
		{"struct", []any{nil}, refused("argument 1: expected an object, got null")},
		{"slice", []any{[]string{"a", "b"}}, `["[a b]"]`},
		{"slice", []any{nil}, `["[]"]`},
		{"slice", []any{"a"}, refused("argument 1: expected an array, got a string")},
		{"any", []any{nil}, `["<nil>"]`},
		{"bytes", []any{[]byte("hi")}, `["[104 105]"]`},
		{"pointer", nil, `["nil"]`},
		{"pointer", []any{nil}, `["nil"]`},
		{"pointer", []any{order{Symbol: "TSLA"}}, `["TSLA"]`},
		{"pointer", []any{1}, refused("argument 1: expected an object, got a number")},
		{"args", []any{1, []int{2, 3}}, `["2 1 [2,3] true"]`},
		{"args", nil, `["0   true"]`},
	} {
		if got := call(t, c, test.event, test.args...); got != test.want {
			t.Errorf("%s %v: got %s, want %s", test.event, test.args, got, test.want)
		}
	}
}

func TestOnWithoutResultAcksEmpty(t *testing.T) {
	st := serve(t, socketio.Options{}, func(io *socketio.Server) {
		socketio.On(io.Namespace, "do", func(context.Context, *socketio.Socket, socketio.None) error { return nil })
	})
	if got := call(t, st.client(client.Options{}), "do"); got != "[]" {
		t.Errorf("ack is %s, want no arguments", got)
	}
}

// What fails is answered even if nobody waits for an ack, and what is not the client's business stays hidden.
func TestHandlerFailuresAreAnswered(t *testing.T) {
	var log bytes.Buffer
	st := serve(t, socketio.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))}, func(io *socketio.Server) {
		socketio.On(io.Namespace, "count", func(context.Context, *socketio.Socket, int) error { return nil })
		socketio.On(io.Namespace, "fail", func(context.Context, *socketio.Socket, socketio.None) error { return errors.New("secret cause") })
		socketio.On(io.Namespace, "panic", func(context.Context, *socketio.Socket, socketio.None) error { panic("secret panic") })
	})
	var failures <-chan string
	c := st.client(client.Options{}, func(c *client.Client) { failures = hear(c, "error") })

	emit(t, c, "count", "x")
	expect(t, failures, `[{"code":"invalid_payload","message":"argument 1: expected a whole number, got a string","event":"count"}]`)
	for _, event := range []string{"fail", "panic"} {
		if got, want := call(t, c, event), `[{"ok":false,"error":{"code":"internal","message":"internal error"}}]`; got != want {
			t.Errorf("%s: got %s, want %s", event, got, want)
		}
		emit(t, c, event)
		expect(t, failures, `[{"code":"internal","message":"internal error","event":"`+event+`"}]`)
	}
	must(t, st.Close())
	for _, want := range []string{"secret cause", "secret panic", "event=fail", "event=panic", "handlers_test.go"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not mention %s", want)
		}
	}
}

// An ack that does not encode must not count as the answer: the client would wait for ever.
func TestAckThatDoesNotEncodeIsAnsweredAsInternal(t *testing.T) {
	st := serve(t, socketio.Options{}, func(io *socketio.Server) {
		socketio.OnAck(io.Namespace, "nan", func(context.Context, *socketio.Socket, socketio.None) (any, error) { return nan, nil })
	})
	if got := call(t, st.client(client.Options{}), "nan"); !strings.Contains(got, `"internal"`) {
		t.Errorf("ack is %s", got)
	}
}

func TestOnErrorReplacesTheAnswer(t *testing.T) {
	cause := errors.New("cause")
	seen := make(chan error, 10)
	st := serve(t, socketio.Options{}, func(io *socketio.Server) {
		socketio.On(io.Namespace, "fail", func(context.Context, *socketio.Socket, socketio.None) error { return cause })
		socketio.On(io.Namespace, "count", func(context.Context, *socketio.Socket, int) error { return nil })
		io.OnError(func(ctx context.Context, s *socketio.Socket, ev *socketio.Event, err error) {
			seen <- err
			_ = ev.Ack(ctx, "sorry about "+ev.Name)
			_ = ev.Ack(ctx, "only the first ack counts")
			panic("a panic in OnError ends nothing")
		})
	})
	c := st.client(client.Options{})
	if got := call(t, c, "fail"); got != `["sorry about fail"]` {
		t.Errorf("got %s", got)
	}
	if got := call(t, c, "count", "x"); got != `["sorry about count"]` {
		t.Errorf("got %s", got)
	}
	if err := next(t, seen, "error"); !errors.Is(err, cause) {
		t.Errorf("OnError got %v, want the handler's own", err)
	}
	var decode *socketio.DecodeError
	if err := next(t, seen, "error"); !errors.As(err, &decode) || decode.Arg != 0 {
		t.Errorf("OnError got %v, want a *DecodeError of argument 0", err)
	}
}

func TestOnUnknownGetsEventsNobodyHandles(t *testing.T) {
	st := serve(t, socketio.Options{}, func(io *socketio.Server) {
		socketio.On(io.Namespace, "known", func(context.Context, *socketio.Socket, socketio.None) error { return nil })
		io.OnUnknown(func(ctx context.Context, s *socketio.Socket, ev *socketio.Event) {
			if ev.WantsAck() {
				_ = ev.Ack(ctx, "unknown", ev.Name, ev.Args.Len())
			}
		})
	})
	c := st.client(client.Options{})
	if got := call(t, c, "what", 1, 2); got != `["unknown","what",2]` {
		t.Errorf("got %s", got)
	}
	if got := call(t, c, "known"); got != `[]` {
		t.Errorf("got %s", got)
	}
}

func TestUnknownEventsAreIgnoredByDefault(t *testing.T) {
	st := serve(t, socketio.Options{}, func(io *socketio.Server) { echo[int](io, "int") })
	c := st.client(client.Options{})
	emit(t, c, "what", 1)
	if got := call(t, c, "int", 1); got != `["1"]` {
		t.Errorf("got %s", got)
	}
}

func TestOnEventMayAckLater(t *testing.T) {
	events := make(chan *socketio.Event, 2)
	st := serve(t, socketio.Options{}, func(io *socketio.Server) {
		socketio.OnEvent(io.Namespace, "later", func(_ context.Context, _ *socketio.Socket, ev *socketio.Event) error {
			events <- ev
			return nil
		})
	})
	c := st.client(client.Options{})
	acked := make(chan string, 1)
	go func() { // ends with its ack, or with the client
		a, err := c.Call(context.Background(), "later")
		acked <- fmt.Sprint(a.String(), err)
	}()
	ev := next(t, events, "event")
	must(t, ev.Ack(soon(t), 1))
	must(t, ev.Ack(soon(t), 2))
	expect(t, acked, "[1]<nil>")

	emit(t, c, "later")
	if ev = next(t, events, "event"); ev.WantsAck() {
		t.Error("an event without ack id wants an ack")
	}
	must(t, ev.Ack(soon(t), "goes nowhere"))
}

func TestNumbersAreLegalEventNames(t *testing.T) {
	got := make(chan string, 1)
	st := serve(t, socketio.Options{}, func(io *socketio.Server) {
		io.OnUnknown(func(_ context.Context, _ *socketio.Socket, ev *socketio.Event) { got <- ev.Name })
	})
	p := st.peer()
	p.join("")
	p.send(`42[17,"x"]`)
	expect(t, got, "17")
}
