package socketio_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"tradewind/socketio"
	"tradewind/socketio/client"
)

type file struct {
	Name   string            `json:"name"`
	Body   socketio.Binary   `json:"body"`
	Parts  []socketio.Binary `json:"parts,omitempty"`
	Nested map[string]any    `json:"nested,omitempty"`
}

func TestBinaryGoesBothWaysAtAnyDepth(t *testing.T) {
	for _, transports := range [][]client.Transport{{client.WebSocket}, {client.Polling}} {
		t.Run(fmt.Sprint(transports), func(t *testing.T) {
			got := make(chan file, 1)
			st := serve(t, socketio.Options{}, func(io *socketio.Server) {
				socketio.OnAck(io.Namespace, "upload", func(_ context.Context, _ *socketio.Socket, f file) (any, error) {
					got <- f
					return map[string]any{"back": f.Body, "list": []any{f.Parts[1]}}, nil
				})
				socketio.OnEvent(io.Namespace, "forward", func(ctx context.Context, s *socketio.Socket, ev *socketio.Event) error {
					return ev.Ack(ctx, ev.Args.Forward()...)
				})
			})
			var files chan file
			c := st.client(client.Options{Transports: transports}, func(c *client.Client) {
				files = make(chan file, 1)
				c.On("file", func(a client.Args) {
					var f file
					if err := a.Decode(0, &f); err != nil {
						t.Error(err)
					}
					files <- f
				})
			})
			blob, other := []byte{0, 1, 0xff, '"', '}'}, bytes.Repeat([]byte("blob"), 20_000)
			a, err := c.Call(soon(t), "upload", map[string]any{"name": "a", "body": blob, "parts": []any{other, []byte{}}})
			must(t, err)
			if f := next(t, got, "file"); !bytes.Equal(f.Body, blob) || !bytes.Equal(f.Parts[0], other) || len(f.Parts[1]) != 0 {
				t.Errorf("the server got %+v", f)
			}
			var answer struct {
				Back []byte
				List [][]byte
			}
			must(t, a.Decode(0, &answer))
			if !bytes.Equal(answer.Back, blob) || len(answer.List[0]) != 0 {
				t.Errorf("the client got %+v", answer)
			}

			must(t, st.Emit(soon(t), "file", file{Name: "<b>", Body: blob, Parts: []socketio.Binary{other, nil}, Nested: map[string]any{"x": []any{socketio.Binary("deep")}}}))
			f := next(t, files, "file")
			if f.Name != "<b>" || !bytes.Equal(f.Body, blob) || !bytes.Equal(f.Parts[0], other) || fmt.Sprint(f.Nested) != "map[x:[ZGVlcA==]]" {
				t.Errorf("the client got %+v", f)
			}

			a, err = c.Call(soon(t), "forward", blob, "text", map[string]any{"n": json.RawMessage("12345678901234567890.5"), "list": []any{other}})
			must(t, err)
			var first []byte
			var third struct {
				N    json.Number
				List [][]byte
			}
			must(t, a.Decode(0, &first))
			must(t, a.Decode(2, &third))
			if !bytes.Equal(first, blob) || string(a.Raw(1)) != `"text"` || third.N != "12345678901234567890.5" || !bytes.Equal(third.List[0], other) {
				t.Errorf("forwarded: %s %s %s %d", first, a.Raw(1), third.N, len(third.List))
			}
			if got := call(t, c, "forward", 1, "x", nil); got != `[1,"x",null]` {
				t.Errorf("forwarded without binary: %s", got)
			}
		})
	}
}

// Binary stays binary on the wire: attachments follow the packet, none as base64.
func TestBinaryTravelsAsAttachments(t *testing.T) {
	st := serve(t, socketio.Options{}, nil)
	p := st.peer()
	p.join("")
	must(t, st.Emit(soon(t), "b", []byte("one"), map[string]any{"x": socketio.Binary("two")}, "three"))
	for _, want := range []string{`452-["b",{"_placeholder":true,"num":0},{"x":{"_placeholder":true,"num":1}},"three"]`, "one", "two"} {
		if got := p.read(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestTenAttachmentsAreAllowedAndElevenAnError(t *testing.T) {
	st, c, s := connected(t, socketio.Options{}, func(c *client.Client) {
		c.Answer("count", func(a client.Args) []any { return []any{a.Len()} })
	})
	args := make([]any, 10)
	for i := range args {
		args[i] = []byte{byte(i)}
	}
	a, err := s.Call(soon(t), "count", args...)
	if err != nil || string(a.Raw(0)) != "10" {
		t.Errorf("ten attachments: %s %v", a.Raw(0), err)
	}
	eleven := append(args, struct{ B socketio.Binary }{socketio.Binary("x")})
	for name, err := range map[string]error{
		"emit": st.Emit(soon(t), "x", eleven...), "socket": s.Emit(soon(t), "x", eleven...),
		"deep": st.Emit(soon(t), "x", map[string]any{"list": make([]socketio.Binary, 11)}),
	} {
		if err == nil || !strings.Contains(err.Error(), "11 attachments, allowed are 10") {
			t.Errorf("%s: %v", name, err)
		}
	}
	call(t, c, "int", 1)
}

// Ten attachments used a thousand times each would fill the memory from a small packet.
func TestAttachmentUsedTwiceEndsTheConnection(t *testing.T) {
	handled := false
	st := serve(t, socketio.Options{}, func(io *socketio.Server) {
		io.OnUnknown(func(context.Context, *socketio.Socket, *socketio.Event) { handled = true })
	})
	p := st.peer()
	p.join("")
	p.send(`451-["x"` + strings.Repeat(`,{"_placeholder":true,"num":0}`, 1000) + `]`)
	p.sendBinary(make([]byte, 100_000))
	p.end()
	must(t, st.Close())
	if handled {
		t.Error("the event was handled")
	}
}

// A client that goes away between a packet and its attachments leaves nothing.
func TestUnfinishedBinaryPacketIsForgotten(t *testing.T) {
	handled := false
	ended := make(chan socketio.Reason, 1)
	st := serve(t, socketio.Options{}, func(io *socketio.Server) {
		io.OnUnknown(func(context.Context, *socketio.Socket, *socketio.Event) { handled = true })
		io.OnDisconnect(func(_ *socketio.Socket, r socketio.Reason) { ended <- r })
	})
	p := st.peer()
	p.join("")
	p.send(`452-["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`)
	p.sendBinary([]byte("one"))
	p.Close()
	expect(t, ended, socketio.TransportClose)
	must(t, st.Close())
	if handled {
		t.Error("half an event was handled")
	}
}
