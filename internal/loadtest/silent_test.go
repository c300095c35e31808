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
	t.Helper()
	var conns sync.WaitGroup
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Errorf("hijack: %v", err)
			return
		}
		conns.Go(func() { // ends when the client leaves
			defer conn.Close()
			talk(rw, open)
		})
	}))
	t.Cleanup(func() {
		web.Close()
		conns.Wait()
	})
	return &target{url: web.URL}
}

func talk(rw *bufio.ReadWriter, open string) {
	// The key of every client of the generator is the one of RFC 6455, and so is the answer.
	fmt.Fprint(rw, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")
	for _, text := range []string{open, `40{"sid":"b"}`} {
		if len(text) > 125 {
			panic("too long for a short frame")
		}
		// In two frames, as a server may: the first is not the last.
		fmt.Fprintf(rw, "\x01%c%s\x80%c%s", 1, text[:1], len(text)-1, text[1:])
	}
	rw.Flush()
	for {
		if _, err := rw.ReadByte(); err != nil {
			return
		}
	}
}
