package socketio_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"tradewind/socketio"
	"tradewind/socketio/client"
)

var nan = math.NaN()

func TestStringsArriveAsValidJSON(t *testing.T) {
	st := serve(t, socketio.Options{}, nil)
	p := st.peer()
	p.join("")
	for _, text := range []string{
		"", "plain", "<script>&amp;</script>", "\"quoted\" \\ back", "emoji 😀 ümlaut 漢字", "\x00\x01\x1f\x7f\b\f\n\r\t",
		"\u2028\u2029", "invalid \xff\xfe\xc3 utf8", "\xed\xa0\x80", "�", strings.Repeat("long ", 20_000),
	} {
		for name, arg := range map[string]any{"string": text, "struct": struct{ Text string }{text}, "map": map[string]any{"Text": text}} {
			must(t, st.Emit(soon(t), text+"event", arg))
			got := p.read()
			if !utf8.ValidString(got) || !strings.HasPrefix(got, "42") {
				t.Fatalf("%q is no text message", got)
			}
			var args []any
			if err := json.Unmarshal([]byte(got[2:]), &args); err != nil {
				t.Fatalf("%q as %s: %v in %s", text, name, err, got)
			}
			value := args[1]
			if m, ok := value.(map[string]any); ok {
				value = m["Text"]
			}
			// U+FFFD for each byte that is no UTF-8, as []rune has it.
			if want := string([]rune(text)); value != want || args[0] != want+"event" {
				t.Errorf("%q as %s arrived as %q", text, name, args)
			}
			if strings.Contains(text, "<") && !strings.Contains(got, "<script>&amp;") {
				t.Errorf("escaped more than needed: %s", got)
			}
		}
	}
}

// appender writes its own JSON.
type appender string

func (a appender) AppendJSON(dst []byte) ([]byte, error) {
	if a == "" {
		return nil, errors.New("nothing to write")
	}
	return append(dst, a...), nil
}

func TestArgumentsAreEncodedByTheirKind(t *testing.T) {
	st := serve(t, socketio.Options{}, nil)
	p := st.peer()
	p.join("")
	must(t, st.Emit(soon(t), "x", 1, nil, json.RawMessage(`{"a": 1}`), json.RawMessage(nil), appender(`[1.50]`), []int{}, struct {
		A int `json:"a"`
	}{2}))
	if got, want := p.read(), `42["x",1,null,{"a": 1},null,[1.50],[],{"a":2}]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// What does not encode is an error of the emit, and nothing of it is sent.
func TestArgumentsThatDoNotEncodeAreAnError(t *testing.T) {
	st, c, s := connected(t, socketio.Options{}, func(c *client.Client) {
		c.OnAny(func(event string, a client.Args) { t.Errorf("got %s %s", event, a) })
	})
	for name, arg := range map[string]any{
		"NaN": nan, "infinity": math.Inf(1), "NaN inside": map[string]any{"x": []any{nan}}, "channel": make(chan int), "function": func() {},
		"broken raw message": json.RawMessage(`{"a":`), "two raw messages": json.RawMessage(`1,2`), "raw message not in UTF-8": json.RawMessage("\"\xff\""),
		"appender that fails": appender(""),
	} {
		if err := st.Emit(soon(t), "x", 1, arg); err == nil || !strings.Contains(err.Error(), "argument 2") {
			t.Errorf("%s: emit: %v", name, err)
		}
		if err := s.Emit(soon(t), "x", 1, arg); err == nil {
			t.Errorf("%s: emit to a socket works", name)
		}
		if _, err := s.Call(soon(t), "x", 1, arg); err == nil {
			t.Errorf("%s: call works", name)
		}
	}
	call(t, c, "int", 1)
}
