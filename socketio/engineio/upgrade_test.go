package engineio_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"tradewind/socketio/engineio"
)

// poller is a client on polling.
type poller struct {
	st    *station
	t     *testing.T
	sid   string
	query string // of the handshake; empty: EIO=4
	kind  string // Content-Type of its requests
}

func (st *station) poll(t *testing.T) *poller {
	t.Helper()
	p := &poller{st: st, t: t}
	status, body := p.do("GET", "")
	if status != http.StatusOK || !strings.HasPrefix(body, "0") {
		t.Fatalf("handshake: %d %s", status, body)
	}
	var open struct{ SID string }
	if err := json.Unmarshal([]byte(body[1:]), &open); err != nil {
		t.Fatal(err)
	}
	p.sid = open.SID
	return p
}

func (p *poller) do(method, body string) (int, string) {
	p.t.Helper()
	resp, got := p.exchange(method, body)
	return resp.StatusCode, got
}

// exchange is do for those who want to know more of the answer; its body is closed.
func (p *poller) exchange(method, body string) (*http.Response, string) {
	p.t.Helper()
	query := "EIO=4"
	if p.query != "" {
		query = p.query
	}
	url := p.st.http.URL + "/engine.io/?transport=polling&" + query
	if p.sid != "" {
		url += "&sid=" + p.sid
	}
	req, err := http.NewRequestWithContext(p.t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Content-Type", p.kind)
	resp, err := p.st.http.Client().Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return resp, string(b)
}

func (p *poller) want(method, body, want string) {
	p.t.Helper()
	if status, got := p.do(method, body); status != http.StatusOK || got != want {
		p.t.Fatalf("%s %q: %d %q, want %q", method, body, status, got, want)
	}
}

// wait calls f until it is true.
func wait(t *testing.T, what string, f func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !f(); {
		if time.Now().After(deadline) {
			t.Fatalf("waited too long until %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

func TestAnUpgradeMovesTheSessionAndLosesNothing(t *testing.T) {
	kinds(t, func(t *testing.T, tls bool) {
		st := newStation(t, tls, engineio.Options{})
		p := st.poll(t)
		p.want("POST", "4one\x1e4two", "ok")
		p.want("GET", "", "4one\x1e4two")

		w := st.dial(t, "&sid="+p.sid)
		w.send("2probe")
		if got := w.read(); got != "3probe" {
			t.Fatalf("got %q", got)
		}
		p.want("GET", "", "6") // released, and again for a client that polls once more
		p.want("GET", "", "6")
		c := <-st.opened
		_ = c.Post(t.Context(), func() {
			c.Send(engineio.NewMessage(func(dst []byte) []byte { return append(dst, "meanwhile"...) }))
		})
		w.send("5")
		if got := w.read(); got != "4meanwhile" {
			t.Errorf("got %q", got)
		}
		w.send("4three")
		if got := w.read(); got != "4three" {
			t.Errorf("got %q", got)
		}
		if status, body := p.do("GET", ""); status != 400 || !strings.Contains(body, `"code":3`) {
			t.Errorf("polling after the upgrade: %d %s", status, body)
		}
		second := st.dial(t, "&sid="+p.sid)
		second.closeCode()
		w.send("4four")
		if got := w.read(); got != "4four" {
			t.Errorf("got %q", got)
		}
	})
}

func TestASecondProbeIsClosedAndTheFirstGoesOn(t *testing.T) {
	kinds(t, func(t *testing.T, tls bool) {
		st := newStation(t, tls, engineio.Options{})
		p := st.poll(t)
		first := st.dial(t, "&sid="+p.sid)
		first.send("2probe")
		first.read()
		st.dial(t, "&sid="+p.sid).closeCode()
		first.send("5")
		first.send("4x")
		if got := first.read(); got != "4x" {
			t.Errorf("got %q", got)
		}
	})
}

func TestAProbeThatGoesWrongLeavesTheSessionOnPolling(t *testing.T) {
	kinds(t, func(t *testing.T, tls bool) {
		for name, packet := range map[string]string{"a message": "4x", "another ping": "2other", "rubbish": "?"} {
			t.Run(name, func(t *testing.T) {
				st := newStation(t, tls, engineio.Options{})
				p := st.poll(t)
				w := st.dial(t, "&sid="+p.sid)
				w.send(packet)
				w.closeCode()
				p.want("POST", "4still", "ok")
				p.want("GET", "", "4still")
			})
		}
	})
}

func TestAnUpgradeThatNeverEndsIsGivenUpAndTheHeartbeatGoesOn(t *testing.T) {
	kinds(t, func(t *testing.T, tls bool) {
		st := newStation(t, tls, engineio.Options{PingInterval: 300 * time.Millisecond, PingTimeout: 200 * time.Millisecond, UpgradeTimeout: 200 * time.Millisecond})
		p := st.poll(t)
		w := st.dial(t, "&sid="+p.sid)
		w.send("2probe")
		w.read()
		w.closeCode()
		st.wantClosed(t, engineio.PingTimeout) // nobody answers any more: nothing leaks
		if status, _ := p.do("GET", ""); status != 400 {
			t.Errorf("status %d for a session that timed out", status)
		}
		wait(t, "the session is forgotten", func() bool { return st.Stats().Connections == 0 })
	})
}

func TestTwoRequestsAtATimeEndTheSession(t *testing.T) {
	st := newStation(t, false, engineio.Options{})
	p := st.poll(t)
	first := make(chan string, 1)
	go func() {
		_, body := p.do("GET", "")
		first <- body
	}()
	c := <-st.opened
	polls := false
	wait(t, "the first GET waits", func() bool {
		_ = c.Shard().Do(t.Context(), func() { polls = engineio.Polls(c) })
		return polls
	})
	if status, body := p.do("GET", ""); status != 400 || body != "" {
		t.Errorf("second GET: %d %q", status, body)
	}
	if got := <-first; got != "1" {
		t.Errorf("first GET: %q", got)
	}
	st.wantClosed(t, engineio.TransportError)
}

func TestAClosedPollingClientIsToldOnItsNextRequest(t *testing.T) {
	st := newStation(t, false, engineio.Options{})
	p := st.poll(t)
	c := <-st.opened
	_ = c.Shard().Do(t.Context(), func() {
		c.Send(engineio.NewMessage(func(dst []byte) []byte { return append(dst, "last"...) }))
		c.Close(engineio.ForcedClose)
	})
	p.want("GET", "", "4last\x1e1")
	if status, _ := p.do("GET", ""); status != 400 {
		t.Errorf("status %d after the end", status)
	}
}

func TestAPostThatIsTooLargeEndsTheSessionAndSaysWhy(t *testing.T) {
	st := newStation(t, false, engineio.Options{MaxPayload: 1000})
	p := st.poll(t)
	status, body := p.do("POST", "4"+strings.Repeat("x", 1000))
	if status != http.StatusRequestEntityTooLarge || body != `{"code":6,"message":"Payload too large: allowed are 1000 bytes"}` {
		t.Errorf("answer %d %s", status, body)
	}
	st.wantClosed(t, engineio.PayloadTooLarge)
}

func TestPollingPausesWithTheConnection(t *testing.T) {
	st := newStation(t, false, engineio.Options{})
	handled := make(chan string, 10)
	st.onText = func(c *engineio.Conn, text string) error {
		handled <- text
		c.Pause()
		return nil
	}
	p := st.poll(t)
	c := <-st.opened
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		p.want("POST", "4a\x1e4b\x1e4c", "ok")
	}()
	for _, want := range []string{"a", "b", "c"} {
		if got := <-handled; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if want != "c" {
			select {
			case <-answered:
				t.Error("answered before all of it was taken")
			default:
			}
			_ = c.Post(t.Context(), c.Resume)
		}
	}
	<-answered
}

func TestAPayloadThatIsNotUTF8EndsTheSession(t *testing.T) {
	st := newStation(t, false, engineio.Options{})
	p := st.poll(t)
	if status, _ := p.do("POST", "4\xff\xfe"); status != 400 {
		t.Errorf("status %d", status)
	}
	st.wantClosed(t, engineio.ParseError)
}

func TestCloseTellsEveryClientWhy(t *testing.T) {
	kinds(t, func(t *testing.T, tls bool) {
		st := newStation(t, tls, engineio.Options{})
		p := st.open(t)
		c := <-st.opened
		_ = c.Shard().Do(t.Context(), func() {
			c.Send(engineio.NewMessage(func(dst []byte) []byte { return append(dst, strings.Repeat("x", 10_000)...) }))
		})
		if err := st.Close(); err != nil {
			t.Fatal(err)
		}
		if got := p.read(); len(got) != 10_001 {
			t.Errorf("%d bytes came before the close", len(got))
		}
		if code, reason := p.closeCode(); code != 1001 || reason != string(engineio.ServerShutdown) {
			t.Errorf("close frame %d %q", code, reason)
		}
	})
}
