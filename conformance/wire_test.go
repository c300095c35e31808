package conformance_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tradewind/socketio"
	"tradewind/socketio/engineio"
)

// A WebSocket is refused before the upgrade, with the error's message alone.
func TestEngineRefusedUpgradeSaysWhy(t *testing.T) {
	s := engine(t)
	for query, want := range map[string]string{
		"EIO=4&transport=abc":                "Transport unknown",
		"EIO=4&transport=websocket&sid=nope": "Session ID unknown",
		"EIO=4&transport=polling":            "Bad request",
		"EIO=3&transport=websocket":          "Unsupported protocol version",
	} {
		t.Run(want, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), "GET", s.url+"?"+query, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header = http.Header{
				"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="},
			}
			resp, err := s.client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err != nil || resp.StatusCode != 400 || string(body) != want || !resp.Close || resp.Header.Get("Content-Type") != "text/html" {
				t.Errorf("answer %d %q, %v, %v", resp.StatusCode, body, resp.Header, err)
			}
		})
	}
}

// A transport that is switched off is unknown, and is not offered for an upgrade.
func TestEngineTransportsCanBeSwitchedOff(t *testing.T) {
	const unknown = `{"code":0,"message":"Transport unknown"}`
	t.Run("polling", func(t *testing.T) {
		_, s := engineOf(t, engineio.Options{DisablePolling: true})
		if a := s.get(t, "EIO=4&transport=polling"); a.status != 400 || a.body != unknown {
			t.Errorf("GET: %+v", a)
		}
		s.open(t)
	})
	t.Run("websocket", func(t *testing.T) {
		_, s := engineOf(t, engineio.Options{DisableWebSocket: true})
		h, _ := parseOpen(t, s.get(t, "EIO=4&transport=polling").body)
		if h.Upgrades == nil || len(h.Upgrades) != 0 {
			t.Errorf("upgrades %v", h.Upgrades)
		}
		if sock, status := s.dial(t, "EIO=4&transport=websocket"); sock != nil || status != 400 {
			t.Errorf("websocket: status %d", status)
		}
	})
}

// Packets that have no place on an open polling session change nothing, and a POST
// that breaks off ends it.
func TestEnginePollingPackets(t *testing.T) {
	s := engine(t)
	for _, packet := range []string{"0", "5", "6", "3"} {
		t.Run("a packet of type "+packet+" changes nothing", func(t *testing.T) {
			q := s.poll(t)
			if a := s.do(t, "POST", q, packet+"\x1e4on"); a.body != "ok" {
				t.Fatalf("POST: %+v", a)
			}
			if a := s.get(t, q); a.body != "4on" {
				t.Errorf("GET: %+v", a)
			}
		})
	}
	t.Run("a POST that is given up ends the session", func(t *testing.T) {
		q := s.poll(t)
		s.hungUp(t, "POST", q+" HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n4")
		if a := s.get(t, q); a.status != 400 && a.body != "1" { // after the end, or waiting for it
			t.Errorf("GET: %+v", a)
		}
	})
}

// CONNECT_ERROR has the message and data of the middleware, for its namespace, and the connection stays.
func TestSocketConnectError(t *testing.T) {
	server, s := closing(t, socketio.Options{})
	for _, n := range []*socketio.Namespace{server.Of("/data"), server.Of("/plain")} {
		n.Use(func(context.Context, *socketio.Socket) error {
			if n.Name() == "/data" {
				return &socketio.ConnectError{Message: "no ticket", Data: map[string]int{"wait": 5}}
			}
			return &socketio.ConnectError{Message: "no"}
		})
	}
	sock := s.joined(t)
	sock.send("40/data,")
	sock.expect(`44/data,{"message":"no ticket","data":{"wait":5}}`)
	sock.send("40/plain")
	sock.expect(`44/plain,{"message":"no"}`)
	sock.send("40/data") // may be tried again
	sock.expect(`44/data,{"message":"no ticket","data":{"wait":5}}`)
	sock.send(`42["message"]`)
	sock.expect(`42["message-back"]`)
}

// A client that is to stay away is told so in each of its namespaces before the connection is closed.
func TestSocketDisconnectedClient(t *testing.T) {
	_, s, joined := joining(t, socketio.Options{})
	sock := s.joined(t)
	sock.send("40/custom")
	sock.expectConnect("40/custom,")
	sock.expect(`42/custom,["auth",{}]`)
	if err := receive(t, joined).DisconnectClient(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{sock.next(): true, sock.next(): true}
	if d := cmp.Diff(map[string]bool{"41": true, "41/custom,": true}, got); d != "" {
		t.Error(d)
	}
	sock.expectClosed(patience, keepAlive)
}

// With recovery a CONNECT is answered with a private id too, and every event that
// can be replayed ends with its offset, a string.
func TestRecoveryPackets(t *testing.T) {
	server, s := recovering(t, socketio.Options{Recovery: &socketio.Recovery{}})
	sock := s.open(t)
	sock.send("40")
	answer := sock.next()
	var ids map[string]string
	if err := json.Unmarshal([]byte(answer[2:]), &ids); err != nil || len(ids) != 2 || len(ids["sid"]) != 20 || len(ids["pid"]) != 20 || ids["sid"] == ids["pid"] {
		t.Errorf("CONNECT is answered with %s, %v", answer, err)
	}
	offset := func(packet string) (offset string) {
		var args []any
		if err := json.Unmarshal([]byte(packet[2:]), &args); err != nil || len(args) != 3 || args[1] != 1.0 {
			t.Fatalf("%s: %v", packet, err)
		}
		offset, _ = args[2].(string)
		return offset
	}
	seen := map[string]bool{"": true}
	for range 3 {
		if err := server.Emit(t.Context(), "n", 1); err != nil {
			t.Fatal(err)
		}
		packet := sock.next()
		if at := offset(packet); seen[at] {
			t.Errorf("%s has no offset of its own", packet)
		} else {
			seen[at] = true
		}
	}
	if err := server.Volatile().Emit(t.Context(), "n", 1); err != nil {
		t.Fatal(err)
	}
	sock.expect(`42["n",1]`)
	called := make(chan error, 1)
	go func() { // the test's; ends with the answer
		_, err := server.Call(t.Context(), "n", 1)
		called <- err
	}()
	sock.expect(`420["n",1]`)
	sock.send("430[]")
	if err := receive(t, called); err != nil {
		t.Error(err)
	}
	for i, auth := range []string{`{"pid":7,"offset":"x"}`, `{"pid":"unknown","offset":"x"}`} {
		t.Run(fmt.Sprint("an unknown session is a new one, ", i), func(t *testing.T) {
			other := s.open(t)
			other.send("40" + auth)
			var fresh identity
			if answer := other.next(); json.Unmarshal([]byte(answer[2:]), &fresh) != nil || len(fresh.SID) != 20 || len(fresh.PID) != 20 || fresh.SID == ids["sid"] {
				t.Errorf("%s is answered with %s", auth, answer)
			}
		})
	}
}
