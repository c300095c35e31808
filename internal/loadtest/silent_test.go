package loadtest_test

import (
	"bufio"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// newSilentServer upgrades, says what it is given as WebSocket messages, lets
// everybody join, and never says anything again.
func newSilentServer(t *testing.T, open string) *target {
	return newRawServer(t, func(rw *bufio.ReadWriter) { talk(rw, open, `40{"sid":"b"}`) })
}

// newRawServer hands over the bytes of each connection, which ends when serve returns.
func newRawServer(t *testing.T, serve func(rw *bufio.ReadWriter)) *target {
	t.Helper()
	var conns sync.WaitGroup
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Errorf("hijack: %v", err)
			return
		}
		conns.Go(func() { // ends when the client leaves, or serve says so
			defer conn.Close()
			serve(rw)
		})
	}))
	t.Cleanup(func() {
		web.Close()
		conns.Wait()
	})
	return &target{url: web.URL}
}

// talk upgrades, sends texts, and waits for the end of the client.
func talk(rw *bufio.ReadWriter, texts ...string) {
	greet(rw, texts...)
	for {
		if _, err := rw.ReadByte(); err != nil {
			return
		}
	}
}

// greet upgrades and sends texts.
func greet(rw *bufio.ReadWriter, texts ...string) {
	// The key of every client of the generator is the one of RFC 6455, and so is the answer.
	fmt.Fprint(rw, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")
	for _, text := range texts {
		if len(text) > 125 {
			panic("too long for a short frame")
		}
		// In two frames, as a server may: the first is not the last.
		fmt.Fprintf(rw, "\x01%c%s\x80%c%s", 1, text[:1], len(text)-1, text[1:])
	}
	rw.Flush()
}
