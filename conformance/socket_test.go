package conformance_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"tradewind/conformance"
	"tradewind/socketio"
)

// sockets starts the Socket.IO server of the public suite.
func sockets(t *testing.T) *server {
	t.Helper()
	if url := os.Getenv("SOCKET_URL"); url != "" {
		return newServer(t, url)
	}
	s := conformance.NewSocket(socketio.Options{
		PingInterval: pingInterval, PingTimeout: pingTimeout, ConnectTimeout: connectTimeout, MaxPayload: maxPayload,
		Origins: []string{"*"},
	})
	return newServer(t, listen(t, s, s.Close)+"/socket.io/")
}

// joined opens a WebSocket that has joined "/".
func (s *server) joined(t *testing.T) *socket {
	t.Helper()
	sock := s.open(t)
	sock.send("40")
	sock.expectConnect("40")
	sock.expect(`42["auth",{}]`)
	return sock
}

// expectConnect reads the answer to CONNECT, which has a sid and nothing else.
func (s *socket) expectConnect(prefix string) (sid string) {
	s.t.Helper()
	got := s.next()
	body, ok := strings.CutPrefix(got, prefix)
	var keys map[string]string
	if !ok || json.Unmarshal([]byte(body), &keys) != nil || len(keys) != 1 || len(keys["sid"]) != 20 {
		s.t.Fatalf("got %q, want %s{\"sid\":…} of 20 characters", got, prefix)
	}
	return keys["sid"]
}

func TestSocketConnect(t *testing.T) { socketConnect(t, sockets(t)) }

func socketConnect(t *testing.T, s *server) {
	for _, c := range []struct{ name, connect, answer, auth string }{
		{"main namespace with payload", `40{"token":"123"}`, "40", `42["auth",{"token":"123"}]`},
		{"custom namespace with payload", `40/custom,{"token":"abc"}`, "40/custom,", `42/custom,["auth",{"token":"abc"}]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			sock := s.open(t)
			sock.send(c.connect)
			sock.expectConnect(c.answer)
			sock.expect(c.auth)
		})
	}
	t.Run("unknown namespace", func(t *testing.T) {
		sock := s.open(t)
		sock.send("40/random")
		sock.expect(`44/random,{"message":"Invalid namespace"}`)
		sock.send("40") // the connection stays
		sock.expectConnect("40")
	})
	t.Run("unknown namespace with payload", func(t *testing.T) {
		sock := s.open(t)
		sock.send(`40/random,{"a":1}`)
		sock.expect(`44/random,{"message":"Invalid namespace"}`)
	})
	t.Run("by polling", func(t *testing.T) {
		q := s.poll(t)
		if a := s.do(t, "POST", q, `40{"a":1}`); a.body != "ok" {
			t.Fatalf("%+v", a)
		}
		got := ""
		for !strings.Contains(got, "auth") {
			a := s.get(t, q)
			if a.status != 200 {
				t.Fatalf("%+v", a)
			}
			got += a.body + "\x1e"
		}
		if !strings.HasPrefix(got, `40{"sid":"`) || !strings.Contains(got, "\x1e"+`42["auth",{"a":1}]`) {
			t.Errorf("got %q", got)
		}
	})
}

// violate sends packets of which the last must end the connection, before the connect timeout would do it.
func (s *server) violate(t *testing.T, packets ...string) {
	t.Helper()
	sock := s.open(t)
	sock.sendAll(packets...)
	sock.expectClosed(800*time.Millisecond, keepAlive)
}

// sendAll sends messages, those that begin with "B" as binary.
func (s *socket) sendAll(messages ...string) {
	s.t.Helper()
	for _, m := range messages {
		if b, ok := strings.CutPrefix(m, "B"); ok {
			s.sendBinary(b)
		} else {
			s.send(m)
		}
	}
}

// What ends the whole connection, because no correct client sends it.
func TestSocketViolations(t *testing.T) { socketViolations(t, sockets(t)) }

func socketViolations(t *testing.T, s *server) {
	for _, c := range []struct {
		name    string
		packets []string
	}{
		{"garbage before CONNECT", []string{"4abc"}},
		{"CONNECT with an array", []string{"40[]"}},
		{"CONNECT with a string", []string{`40"x"`}},
		{"CONNECT with broken JSON", []string{`40{"a"`}},
		{"event before CONNECT", []string{`42["message"]`}},
		{"unknown packet type", []string{"40", "49"}},
		{"event with an object", []string{"40", "42{}"}},
		{"event with broken JSON", []string{"40", `42["a"`}},
		{"event with garbage between ack id and array", []string{"40", `42abc["message-with-ack"]`}},
		{"event with an empty array", []string{"40", "42[]"}},
		{"event whose name is no name", []string{"40", `42[{"a":1}]`}},
		{"event named connect", []string{"40", `42["connect"]`}},
		{"event named disconnect", []string{"40", `42["disconnect"]`}},
		{"event named disconnecting", []string{"40", `42["disconnecting"]`}},
		{"event named connect_error", []string{"40", `42["connect_error"]`}},
		{"event named newListener", []string{"40", `42["newListener"]`}},
		{"event named removeListener", []string{"40", `42["removeListener"]`}},
		{"DISCONNECT with payload", []string{"40", `41{"a":1}`}},
		{"CONNECT_ERROR from a client", []string{"40", `44{"message":"x"}`}},
		{"attachments without a number", []string{"40", `45-["message"]`}},
		{"attachments that are no number", []string{"40", `45x-["message"]`}},
		{"attachments without a dash", []string{"40", `451["message"]`}},
		{"eleven attachments", []string{"40", `4511-["message",{"_placeholder":true,"num":0}]`}},
		{"text while an attachment is due", []string{"40", `451-["message",{"_placeholder":true,"num":0}]`, `42["message"]`}},
		{"placeholder out of range", []string{"40", `451-["message",{"_placeholder":true,"num":1}]`, "B\x01"}},
		{"negative placeholder", []string{"40", `451-["message",{"_placeholder":true,"num":-1}]`, "B\x01"}},
		{"binary that no packet announced", []string{"40", "B\x01"}},
		{"deep nesting", []string{"40", `42["message",` + strings.Repeat("[", 200_000)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s.violate(t, c.packets...)
		})
	}
	t.Run("no CONNECT in time", func(t *testing.T) {
		t.Parallel()
		begin := time.Now()
		sock := s.open(t)
		sock.expectClosed(3*time.Second, keepAlive)
		if d := time.Since(begin); d < connectTimeout-100*time.Millisecond {
			t.Errorf("closed after %v", d)
		}
	})
	t.Run("a refused CONNECT does not stop the clock", func(t *testing.T) {
		t.Parallel()
		sock := s.open(t)
		sock.send("40/random")
		sock.expectClosed(3*time.Second, keepAlive)
	})
	t.Run("by polling: the session ends", func(t *testing.T) {
		t.Parallel()
		q := s.poll(t)
		s.do(t, "POST", q, "4abc")
		eventually(t, func() bool { return s.get(t, q).status == 400 })
	})
}

func TestSocketDisconnect(t *testing.T) { socketDisconnect(t, sockets(t)) }

func socketDisconnect(t *testing.T, s *server) {
	t.Run("the connection lives on", func(t *testing.T) {
		sock := s.joined(t)
		sock.send("41")
		if m, err := sock.read(patience); m != "2" {
			t.Errorf("got %q %v, want a ping", m, err)
		}
		sock.send("3", "40")
		sock.expectConnect("40")
	})
	t.Run("other namespaces stay", func(t *testing.T) {
		sock := s.joined(t)
		sock.send("40/custom")
		sock.expectConnect("40/custom,")
		sock.expect(`42/custom,["auth",{}]`)
		sock.send("41/custom")
		sock.send(`42["message","message to main namespace"]`)
		sock.expect(`42["message-back","message to main namespace"]`)
	})
	t.Run("events after it are a violation", func(t *testing.T) {
		sock := s.joined(t)
		sock.send("41", `42["message"]`)
		sock.expectClosed(2*time.Second, keepAlive)
	})
}

func TestSocketMessages(t *testing.T) { socketMessages(t, sockets(t)) }

func socketMessages(t *testing.T, s *server) {
	for _, c := range []struct {
		name string
		in   []string
		out  []string
	}{
		{"text", []string{`42["message",1,"2",{"3":[true]}]`}, []string{`42["message-back",1,"2",{"3":[true]}]`}},
		{"text, no argument", []string{`42["message"]`}, []string{`42["message-back"]`}},
		{"text is not escaped", []string{`42["message","<&>é🎈"]`}, []string{`42["message-back","<&>é🎈"]`}},
		{"numbers keep their digits", []string{`42["message",12345678901234567890,0.10,1e3]`}, []string{`42["message-back",12345678901234567890,0.10,1e3]`}},
		{"white space between arguments", []string{`42[ "message" , 1 ]`}, []string{`42["message-back",1]`}},
		{"ack", []string{`42456["message-with-ack",1,"2",{"3":[false]}]`}, []string{`43456[1,"2",{"3":[false]}]`}},
		{"ack without arguments", []string{`420["message-with-ack"]`}, []string{`430[]`}},
		{"ack of a large id", []string{`429007199254740991["message-with-ack"]`}, []string{`439007199254740991[]`}},
		{
			"two attachments", []string{`452-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`, "B\x01\x02\x03", "B\x04\x05\x06"},
			[]string{`452-["message-back",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`, "B\x01\x02\x03", "B\x04\x05\x06"},
		},
		{
			"ack with attachments", []string{`452-789["message-with-ack",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`, "B\x01\x02\x03", "B\x04\x05\x06"},
			[]string{`462-789[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`, "B\x01\x02\x03", "B\x04\x05\x06"},
		},
		{
			"nested attachment", []string{`451-["message",{"a":[{"_placeholder":true,"num":0}]}]`, "B\x01"},
			[]string{`451-["message-back",{"a":[{"_placeholder":true,"num":0}]}]`, "B\x01"},
		},
		{
			"empty attachment", []string{`451-["message",{"_placeholder":true,"num":0}]`, "B"},
			[]string{`451-["message-back",{"_placeholder":true,"num":0}]`, "B"},
		},
		{"no attachments after all", []string{`450-["message",1]`, `42["message",2]`}, []string{`42["message-back",1]`, `42["message-back",2]`}},
		{"an ack that nobody waits for", []string{`43123["x"]`, `42["message"]`}, []string{`42["message-back"]`}},
		{"an event that nobody handles", []string{`42["nobody"]`, `42["message"]`}, []string{`42["message-back"]`}},
		{"an event without payload", []string{`42`, `42["message"]`}, []string{`42["message-back"]`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			sock := s.joined(t)
			sock.sendAll(c.in...)
			sock.expect(c.out...)
		})
	}
	t.Run("custom namespace", func(t *testing.T) {
		sock := s.open(t)
		sock.send("40/custom,")
		sock.expectConnect("40/custom,")
		sock.expect(`42/custom,["auth",{}]`)
		sock.send(`42/custom,["message","x"]`, `42/custom,7["message-with-ack",1]`)
		sock.expect(`42/custom,["message-back","x"]`, `43/custom,7[1]`)
	})
	t.Run("a ping may come between an event and its attachment", func(t *testing.T) {
		sock := s.joined(t)
		sock.send(`451-["message",{"_placeholder":true,"num":0}]`)
		for m := ""; m != "2"; {
			var err error
			if m, err = sock.read(patience); err != nil {
				t.Fatal(err)
			}
		}
		sock.send("3")
		sock.sendBinary("\x09")
		sock.expect(`451-["message-back",{"_placeholder":true,"num":0}]`, "B\x09")
	})
	t.Run("attachments by polling", func(t *testing.T) {
		q := s.poll(t)
		s.do(t, "POST", q, "40")
		all := ""
		posted := false
		for !strings.Contains(all, "bAQID") {
			a := s.get(t, q)
			if a.status != 200 {
				t.Fatalf("%+v after %q", a, all)
			}
			all += a.body + "\x1e"
			if !posted && strings.Contains(all, "auth") {
				posted = true
				s.do(t, "POST", q, `451-["message",{"_placeholder":true,"num":0}]`+"\x1ebAQID")
			}
			if strings.HasSuffix(a.body, "2") && len(a.body) <= 3 {
				s.do(t, "POST", q, "3")
			}
		}
		if !strings.Contains(all, `451-["message-back",{"_placeholder":true,"num":0}]`+"\x1ebAQID") {
			t.Errorf("got %q", all)
		}
	})
}
