package engineio_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"tradewind/socketio/engineio"
)

// poll3 opens a session of Engine.IO 3 on polling.
func (st *station) poll3(t *testing.T, query string) *poller {
	t.Helper()
	p := &poller{st: st, t: t, query: query}
	status, body := p.do("GET", "")
	length, open, _ := strings.Cut(body, ":")
	_, sid, found := strings.Cut(open, `0{"sid":"`)
	if status != http.StatusOK || !found || length != strconv.Itoa(len(open)) {
		t.Fatalf("handshake: %d %s", status, body)
	}
	p.sid = sid[:20]
	return p
}

func both(text string, attachments ...string) func(c *engineio.Conn) {
	return func(c *engineio.Conn) {
		var parts [][]byte
		for _, a := range attachments {
			parts = append(parts, []byte(a))
		}
		c.Send(engineio.NewMessage(func(dst []byte) []byte { return append(dst, text...) }, parts...))
	}
}

func TestEngineIO3IsRefusedUnlessAllowed(t *testing.T) {
	st := newStation(t, false, engineio.Options{})
	for _, query := range []string{"EIO=3", "EIO=", "b64=1"} {
		p := &poller{st: st, t: t, query: query}
		if status, body := p.do("GET", ""); status != 400 || body != `{"code":5,"message":"Unsupported protocol version"}` {
			t.Errorf("%s: %d %s", query, status, body)
		}
	}
}

// Lengths count UTF-16 units, as JavaScript does.
func TestEngineIO3PollsWithLengths(t *testing.T) {
	st := newStation(t, false, engineio.Options{AllowEIO3: true, PingInterval: 20 * time.Second})
	p := st.poll3(t, "EIO=3")
	conn := <-st.opened
	if conn.Protocol() != 3 {
		t.Errorf("protocol %d", conn.Protocol())
	}
	p.want("POST", "6:4hello4:4é😀10:b4AQIDBA==1:2", "ok")
	resp, body := p.exchange("GET", "") // text and binary: not a payload of text any more
	want := "\x00\x06\xff4hello" + "\x00\x07\xff4é😀" + "\x01\x05\xff\x04\x01\x02\x03\x04" + "\x00\x01\xff3"
	if kind := resp.Header.Get("Content-Type"); body != want || kind != "application/octet-stream" {
		t.Errorf("%s %q, want %q", kind, body, want)
	}
	must(t, conn.Post(t.Context(), func() { both("é😀")(conn) }))
	resp, body = p.exchange("GET", "")
	if kind := resp.Header.Get("Content-Type"); body != "4:4é😀" || kind != "text/plain; charset=UTF-8" {
		t.Errorf("%s %q", kind, body)
	}
	p.kind = "application/octet-stream"
	p.want("POST", "\x00\x06\xff4hello"+"\x01\x03\xff\x04\x01\xff", "ok")
	if _, body := p.do("GET", ""); body != "\x00\x06\xff4hello"+"\x01\x03\xff\x04\x01\xff" {
		t.Errorf("%q", body)
	}
	must(t, conn.Post(t.Context(), func() { conn.Close(engineio.ForcedClose) }))
	p.want("GET", "", "1:1")
}

func TestEngineIO3ClientsWithoutBinaryGetBase64(t *testing.T) {
	st := newStation(t, false, engineio.Options{AllowEIO3: true})
	p := st.poll3(t, "EIO=3&b64=1")
	conn := <-st.opened
	must(t, conn.Post(t.Context(), func() { both("a", "\x01\x02\x03\x04")(conn) }))
	p.want("GET", "", "2:4a10:b4AQIDBA==")

	sock := st.dialQuery(t, "EIO=3&b64=1")
	sock.read()
	conn = <-st.opened
	must(t, conn.Post(t.Context(), func() { both("a", "\x01\x02\x03\x04")(conn) }))
	for _, want := range []string{"4a", "b4AQIDBA=="} {
		if got := sock.read(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	sock.send("b4AQIDBA==")
	if got := sock.read(); got != "b4AQIDBA==" {
		t.Errorf("echo is %q", got)
	}
}

// A binary frame begins with the byte of its type; the upgrade is that of Engine.IO 4,
// and each transport says for itself whether it takes binary.
func TestEngineIO3UpgradesAndTakesBinaryFrames(t *testing.T) {
	kinds(t, func(t *testing.T, secure bool) {
		st := newStation(t, secure, engineio.Options{AllowEIO3: true})
		p := st.poll3(t, "EIO=3&b64=1")
		sock := st.dialQuery(t, "EIO=3&sid="+p.sid)
		sock.send("2probe")
		if got := sock.read(); got != "3probe" {
			t.Fatalf("probe: %q", got)
		}
		p.want("GET", "", "1:6")
		sock.send("5")
		sock.send("2")
		if got := sock.read(); got != "3" {
			t.Errorf("pong: %q", got)
		}
		sock.sendFrame(ws.OpBinary, true, false, []byte("\x04\x01\x02"))
		if data, op, err := sock.next(); err != nil || op != ws.OpBinary || string(data) != "\x04\x01\x02" {
			t.Errorf("echo: %q %v %v", data, op, err)
		}
	})
}

// The client pings, and is ended when it does not within both times together.
func TestEngineIO3HeartbeatGoesTheOtherWay(t *testing.T) {
	st := newStation(t, false, engineio.Options{AllowEIO3: true, PingInterval: 200 * time.Millisecond, PingTimeout: 200 * time.Millisecond})
	sock := st.dialQuery(t, "EIO=3")
	sock.read()
	conn := <-st.opened
	begin := time.Now()
	heard := make(chan bool, 1)
	must(t, conn.Post(t.Context(), func() { conn.Ping(func(ok bool) { heard <- ok }) }))
	for range 3 {
		<-time.After(150 * time.Millisecond)
		sock.send("2")
		if got := sock.read(); got != "3" {
			t.Fatalf("answer to a ping is %q", got)
		}
	}
	if !<-heard {
		t.Error("who waits for a sign of life was told there is none")
	}
	st.wantClosed(t, engineio.PingTimeout)
	if lived := time.Since(begin); lived < 800*time.Millisecond {
		t.Errorf("ended after %v, while it had pinged until 450 ms", lived)
	}
}

func TestEngineIO3AgainstTheRules(t *testing.T) {
	t.Run("polling", func(t *testing.T) {
		for body, want := range map[string]engineio.Reason{
			"":             engineio.ParseError,
			"4hello":       engineio.ParseError,
			"9:4hello":     engineio.ParseError,
			"x:4hello":     engineio.ParseError,
			"-1:4":         engineio.ParseError,
			"99999999999:": engineio.ParseError,
			"3:4😀😀":        engineio.ParseError, // ends in the middle of a pair
			"0:":           engineio.ParseError,
			"1:9":          engineio.ParseError,
			"3:b5A":        engineio.ParseError,
			"4:b4!!":       engineio.ParseError,
			"1:3":          engineio.TransportError, // a pong
			"2:4\xff":      engineio.ParseError,
		} {
			st := newStation(t, false, engineio.Options{AllowEIO3: true})
			st.poll3(t, "EIO=3").do("POST", body)
			if got := <-st.closed; got != want {
				t.Errorf("%q: closed as %s, want %s", body, got, want)
			}
		}
	})
	t.Run("mixed polling", func(t *testing.T) {
		for _, body := range []string{"", "\x02\x01\xff4", "\x00\xff4", "\x00\x01", "\x00\x0a\xff4", "\x00\x05\xff4", "\x01\x02\xff4a",
			"\x01\x00\xff", "\x00\x02\xff4\xfe", "\x00\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\xff4"} {
			st := newStation(t, false, engineio.Options{AllowEIO3: true})
			p := st.poll3(t, "EIO=3")
			p.kind = "application/octet-stream"
			p.do("POST", body)
			if got := <-st.closed; got != engineio.ParseError {
				t.Errorf("%q: closed as %s", body, got)
			}
		}
	})
	t.Run("websocket", func(t *testing.T) {
		for name, c := range map[string]struct {
			op   ws.OpCode
			data string
			want engineio.Reason
		}{
			"binary of another type": {ws.OpBinary, "\x02\x01", engineio.ParseError},
			"empty binary":           {ws.OpBinary, "", engineio.ParseError},
			"a pong":                 {ws.OpText, "3", engineio.TransportError},
		} {
			st := newStation(t, false, engineio.Options{AllowEIO3: true})
			sock := st.dialQuery(t, "EIO=3")
			sock.read()
			sock.sendFrame(c.op, true, false, []byte(c.data))
			if got := <-st.closed; got != c.want {
				t.Errorf("%s: closed as %s, want %s", name, got, c.want)
			}
		}
	})
}
