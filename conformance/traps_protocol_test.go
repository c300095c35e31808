package conformance_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"tradewind/socketio"
)

// joining is closing with the sockets that have joined, in the order in which they came.
func joining(t *testing.T, o socketio.Options) (*socketio.Server, *server, <-chan *socketio.Socket) {
	t.Helper()
	joined := make(chan *socketio.Socket, 1000)
	server, s := closing(t, o)
	server.OnConnect(func(_ context.Context, sock *socketio.Socket) { joined <- sock })
	return server, s, joined
}

// Trap 9: an attachment on WebSocket is the frame's bytes alone, without the type
// byte of older protocols, whatever its first byte is (netty-socketio 1007).
func TestTrap09_AttachmentsCarryNoTypeByte(t *testing.T) {
	s := sockets(t)
	for name, attachment := range map[string]string{"byte 4": "\x04\x01", "letter 4": "4\x01", "letter b": "bAQ==", "nothing": ""} {
		t.Run(name, func(t *testing.T) {
			sock := s.joined(t)
			sock.sendAll(`451-["message",{"_placeholder":true,"num":0}]`, "B"+attachment)
			sock.expect(`451-["message-back",{"_placeholder":true,"num":0}]`, "B"+attachment)
		})
	}
}

// Trap 10: stock clients since 2026 disconnect at an eleventh attachment, so the
// server never sends one (socket.io 5504), and takes ten itself.
func TestTrap10_ElevenAttachmentsAreNeverSent(t *testing.T) {
	server, s, joined := joining(t, socketio.Options{})
	sock := s.joined(t)
	member := receive(t, joined)
	var attachments []any
	for i := range 11 {
		attachments = append(attachments, []byte{byte(i)})
	}
	if err := server.Emit(t.Context(), "n", attachments...); err == nil {
		t.Error("eleven attachments are broadcast")
	}
	if err := member.Emit(t.Context(), "n", attachments...); err == nil {
		t.Error("eleven attachments are emitted to a socket")
	}
	if _, err := member.Call(t.Context(), "n", attachments...); err == nil {
		t.Error("eleven attachments are sent with a call")
	}
	placeholders, ten := "", []string{""}
	for i := range 10 {
		placeholders += fmt.Sprintf(`,{"_placeholder":true,"num":%d}`, i)
		ten = append(ten, fmt.Sprint("B", i))
	}
	ten[0] = `4510-["message"` + placeholders + `]`
	sock.sendAll(ten...)
	ten[0] = strings.Replace(ten[0], "message", "message-back", 1)
	sock.expect(ten...) // which is the first thing that came
}

// Trap 11: 4311 is the ACK 11 without payload, not a packet with the payload 1 or
// 11 (python-engineio 75).
func TestTrap11_AckOfDigitsHasNoPayload(t *testing.T) {
	_, s, joined := joining(t, socketio.Options{})
	sock := s.joined(t)
	member := receive(t, joined)
	for id := range 12 {
		answered := make(chan socketio.Args, 1)
		go func() { // the test's; Call ends with its context at the latest
			args, err := member.Call(t.Context(), "question")
			if err != nil {
				t.Errorf("call %d: %v", id, err)
			}
			answered <- args
		}()
		sock.expect(fmt.Sprintf(`42%d["question"]`, id))
		sock.send(fmt.Sprintf("43%d", id))
		if args := receive(t, answered); args.Len() != 0 {
			t.Errorf("ack %d has %d arguments", id, args.Len())
		}
	}
	sock.send("431", `42["message"]`) // and nobody waits for this one any more
	sock.expect(`42["message-back"]`)
}

// Trap 12: packets for a namespace that was not joined, and a second CONNECT, end
// the connection; they are neither ignored nor replace a socket (socketioxide).
func TestTrap12_PacketsOutOfPlaceEndTheConnection(t *testing.T) {
	s := sockets(t)
	for name, packets := range map[string][]string{
		"second CONNECT": {"40", "40"},
		"event for a namespace that was not joined":       {"40", `42/custom,["message"]`},
		"event of an unknown namespace":                   {"40", `42/random,["message"]`},
		"ack for a namespace that was not joined":         {"40", `43/custom,1[]`},
		"DISCONNECT of a namespace that was not joined":   {"40", "41/custom"},
		"event of a namespace that refused the client":    {"40", "40/random", `42/random,["message"]`},
		"binary event of a namespace that was not joined": {"40", `451-/custom,["message",{"_placeholder":true,"num":0}]`, "B\x01"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s.violate(t, packets...)
		})
	}
}

// Trap 13: who has the Engine.IO sid can take the session over, so it is never
// used as the public id of a socket (socketioxide does).
func TestTrap13_SessionIDStaysSecret(t *testing.T) {
	s := sockets(t)
	sock, _ := s.dial(t, "EIO=4&transport=websocket")
	h, _ := parseOpen(t, sock.next())
	sock.send("40", "40/custom")
	ids := map[string]bool{h.SID: true}
	for range 4 { // of each namespace the CONNECT and the auth event
		packet := sock.next()
		if strings.Contains(packet, h.SID) {
			t.Errorf("%s tells the session's id", packet)
		}
		prefix, body, ok := strings.Cut(packet, "{")
		if !ok || !strings.HasPrefix(prefix, "40") {
			continue
		}
		var answer struct{ SID string }
		if err := json.Unmarshal([]byte("{"+body), &answer); err != nil {
			t.Fatal(err)
		}
		ids[answer.SID] = true
		if len(answer.SID) != 20 {
			t.Errorf("id %q, want 20 characters", answer.SID)
		}
	}
	if len(ids) != 3 {
		t.Errorf("the ids of the session and of two namespaces are %v", ids)
	}
}

// Trap 14: a server that shuts down closes connections without the packet 41,
// after which stock clients stay away for ever (socket.io 191).
func TestTrap14_ShutdownSendsNoDISCONNECT(t *testing.T) {
	t.Run("close", func(t *testing.T) {
		server, s := closing(t, socketio.Options{})
		sock := s.joined(t)
		if err := server.Close(); err != nil {
			t.Fatal(err)
		}
		if code, _ := sock.closeCode(); code != 1001 {
			t.Errorf("close code %d, want 1001 (going away)", code)
		}
	})
	t.Run("drain, which refuses newcomers by HTTP", func(t *testing.T) {
		server, s := closing(t, socketio.Options{})
		sock := s.joined(t)
		if err := server.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		if code, text := sock.closeCode(); code != 4010 || text != "drain" {
			t.Errorf("close frame %d %q", code, text)
		}
		a := s.get(t, "EIO=4&transport=polling")
		if a.status != 503 || a.header.Get("Retry-After") == "" {
			t.Errorf("handshake: %+v", a)
		}
		if sock, status := s.dial(t, "EIO=4&transport=websocket"); sock != nil || status != 503 {
			t.Errorf("websocket: status %d", status)
		}
	})
	for name, end := range map[string]func(*socketio.Server, context.Context) error{
		"close":    func(s *socketio.Server, _ context.Context) error { return s.Close() },
		"shutdown": (*socketio.Server).Shutdown,
	} {
		t.Run("polling, "+name, func(t *testing.T) {
			server, s := closing(t, socketio.Options{})
			get := s.background(t, "GET", s.joinByPolling(t), "")
			if err := end(server, t.Context()); err != nil {
				t.Fatal(err)
			}
			if a := receive(t, get); a.err == nil && strings.Contains(a.body, "41") {
				t.Errorf("GET: %+v", a)
			}
		})
	}
}

// Trap 40: a value that is no JSON is an error of the emit, not an event of which
// only a part arrives (zishang520 v3 swallows it).
func TestTrap40_ValueThatIsNoJSONSendsNothing(t *testing.T) {
	server, s, joined := joining(t, socketio.Options{})
	socketio.OnAck(server, "nan", func(context.Context, *socketio.Socket, socketio.None) (float64, error) { return math.NaN(), nil })
	sock := s.joined(t)
	member := receive(t, joined)
	for name, value := range map[string]any{
		"NaN": math.NaN(), "infinity": math.Inf(-1), "NaN deep inside": map[string]any{"prices": []float64{1, math.NaN()}}, "a channel": make(chan int),
	} {
		var unsupported *json.UnsupportedValueError
		err := server.Emit(t.Context(), "price", "first", value)
		if err == nil || name != "a channel" && !errors.As(err, &unsupported) {
			t.Errorf("broadcast of %s: %v", name, err)
		}
		if err := member.Emit(t.Context(), "price", "first", value); err == nil {
			t.Errorf("emit of %s works", name)
		}
	}
	sock.send(`421["nan"]`)
	sock.expect(`431[{"ok":false,"error":{"code":"internal","message":"internal error"}}]`) // the client does not wait in vain
}

// Trap 44: a client that sends no auth has the auth {}, not null.
func TestTrap44_EmptyAuthIsAnObject(t *testing.T) {
	s := sockets(t)
	for _, c := range []struct{ name, connect, answer, auth string }{
		{"main namespace", "40", "40", `42["auth",{}]`},
		{"an empty object", "40{}", "40", `42["auth",{}]`},
		{"custom namespace", "40/custom,", "40/custom,", `42/custom,["auth",{}]`},
		{"custom namespace without comma", "40/custom", "40/custom,", `42/custom,["auth",{}]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			sock := s.open(t)
			sock.send(c.connect)
			sock.expectConnect(c.answer)
			sock.expect(c.auth)
		})
	}
	t.Run("null is no auth at all", func(t *testing.T) { s.violate(t, "40null") })
}
