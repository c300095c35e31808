package engineio_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"tradewind/socketio/engineio"
)

// Only what is large enough, accepted and not marked is compressed.
func TestPollingAnswersAreCompressedWhereTheyMayBe(t *testing.T) {
	large := strings.Repeat("0123456789", 200)
	for name, c := range map[string]struct {
		accept  string
		message string
		plain   bool
		off     bool
		want    string
	}{
		"accepted":          {accept: "deflate, gzip;q=0.5", message: large, want: "gzip"},
		"anything":          {accept: "*", message: large, want: "gzip"},
		"not accepted":      {accept: "br", message: large},
		"refused":           {accept: "*, gzip;q=0", message: large},
		"small":             {accept: "gzip", message: "small"},
		"marked":            {accept: "gzip", message: large, plain: true},
		"off for everybody": {accept: "gzip", message: large, off: true},
	} {
		t.Run(name, func(t *testing.T) {
			st := newStation(t, false, engineio.Options{DisableHTTPCompression: c.off})
			p := st.poll(t)
			conn := <-st.opened
			must(t, conn.Post(t.Context(), func() {
				m := engineio.NewMessage(func(dst []byte) []byte { return append(dst, c.message...) })
				if c.plain {
					m.Uncompressed()
				}
				conn.Send(m)
			}))
			req, err := http.NewRequestWithContext(t.Context(), "GET", st.http.URL+"/engine.io/?EIO=4&transport=polling&sid="+p.sid, nil)
			must(t, err)
			req.Header.Set("Accept-Encoding", c.accept)
			resp, err := st.http.Client().Do(req)
			must(t, err)
			defer resp.Body.Close()
			if got := resp.Header.Get("Content-Encoding"); got != c.want {
				t.Fatalf("encoded as %q, want %q", got, c.want)
			}
			body := io.Reader(resp.Body)
			if c.want == "gzip" {
				body, err = gzip.NewReader(body)
				must(t, err)
			}
			if got, err := io.ReadAll(body); err != nil || string(got) != "4"+c.message {
				t.Errorf("body %.40q, %v", got, err)
			}
		})
	}
}

func TestTheHandshakeSetsTheCookie(t *testing.T) {
	st := newStation(t, false, engineio.Options{Cookie: &http.Cookie{Name: "io", HttpOnly: true}})
	resp, err := st.http.Client().Get(st.http.URL + "/engine.io/?EIO=4&transport=polling")
	must(t, err)
	defer resp.Body.Close()
	conn := <-st.opened
	if got, want := resp.Header.Get("Set-Cookie"), "io="+conn.SID()+"; Path=/; HttpOnly; SameSite=Lax"; got != want {
		t.Errorf("cookie is %q, want %q", got, want)
	}
}

// A client between two requests keeps one volatile message; one with a request waiting gets them all.
func TestVolatileMessagesAreDroppedForWhoIsBehind(t *testing.T) {
	st := newStation(t, false, engineio.Options{})
	p := st.poll(t)
	conn := <-st.opened
	send := func(text string) {
		conn.Send(engineio.NewMessage(func(dst []byte) []byte { return append(dst, text...) }).Volatile())
	}
	must(t, conn.Shard().Do(t.Context(), func() { send("a"); send("b"); send("c") }))
	p.want("GET", "", "4a")
	wait(t, "two were dropped", func() bool { return st.Server.Stats().VolatileDropped == 2 })

	answered := make(chan struct{})
	go func() {
		defer close(answered)
		p.want("GET", "", "4d\x1e4e")
	}()
	wait(t, "a request waits", func() bool {
		waits := false
		must(t, conn.Shard().Do(t.Context(), func() { waits = engineio.Polls(conn) }))
		return waits
	})
	must(t, conn.Shard().Do(t.Context(), func() { send("d"); send("e") }))
	<-answered
}

// While the kernel holds bytes back for a client that does not read, volatile messages never fill its outbox.
func TestVolatileMessagesMakeNoSlowConsumer(t *testing.T) {
	st := newStation(t, false, engineio.Options{MaxOutboxBytes: 64 << 10})
	st.open(t) // and never read
	conn := <-st.opened
	large := strings.Repeat("x", 10<<10)
	wait(t, "messages are dropped", func() bool {
		must(t, conn.Shard().Do(t.Context(), func() {
			conn.Send(engineio.NewMessage(func(dst []byte) []byte { return append(dst, large...) }).Volatile())
		}))
		return st.Server.Stats().VolatileDropped > 1000
	})
	if st.Server.Stats().Connections != 1 {
		t.Error("the connection has ended")
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
