package hostile_test

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"testing"
	"time"

	"tradewind/conformance/hostile"
	"tradewind/socketio"
)

// heapInUse is what is reachable now.
func heapInUse() int {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// swallowed writes b again and again until the server takes no more, and returns how many bytes went.
func swallowed(t *testing.T, w *wire, b []byte, limit int) int {
	t.Helper()
	n := 0
	for n < limit {
		_ = w.SetWriteDeadline(time.Now().Add(300 * time.Millisecond))
		k, err := w.Write(b)
		n += k
		var late net.Error
		if errors.As(err, &late) && late.Timeout() || errors.Is(err, os.ErrDeadlineExceeded) || err != nil && lost(err) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return n
}

// A client that pings and does not read may fill its outbox, which is counted in
// bytes of frames: what it costs in memory must not be many times that bound.
func TestPongsNobodyReadsCostAsMuchAsTheOutboxMayHold(t *testing.T) {
	st := serve(t, socketio.Options{})
	v, err := openSocket(st.host, "4")
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	_ = v.SetReadBuffer(4096)
	before, most := heapInUse(), 0
	pings := bytes.Repeat(hostile.Frame(0x89, nil), 5000)
	for range 200 { // a million pings
		_ = v.SetWriteDeadline(time.Now().Add(300 * time.Millisecond))
		if _, err := v.Write(pings); err != nil {
			break
		}
		most = max(most, heapInUse()-before)
	}
	t.Logf("%d KiB for an outbox of at most 1024 KiB", most>>10)
	if bound := 8 << 20; most > bound {
		t.Errorf("%d MiB of memory for an outbox of at most 1 MiB, allowed are %d", most>>20, bound>>20)
	}
}

// behind brings a polling session into the state in which it is not read, because
// its handlers in a namespace are behind: all of a POST's events wait for them.
func behind(t *testing.T, st *station, namespace string) *poller {
	t.Helper()
	v, err := state{name: "behind", enter: packets("0" + namespace), joins: 1}.open(st.host, true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.leave(false) })
	p := v.(*poller)
	body := hostile.Payload(many("2"+namespace+`["wait"]`, 200))
	if _, err := fmt.Fprintf(p, "POST %s?%s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n%s", path, p.query, p.host, len(body), body); err != nil {
		t.Fatal(err)
	}
	eventually(t, patience, func() string {
		if in := st.Stats().MessagesIn; in < 65 {
			return fmt.Sprintf("%d messages taken: CONNECT and the 64 of the queue are 65", in)
		}
		return ""
	})
	return p
}

// While a connection is not read because its handlers are behind, what the probe
// of an upgrade sends must not be kept without a bound.
func TestProbeOfAPausedConnectionIsBounded(t *testing.T) {
	st := serve(t, socketio.Options{UpgradeTimeout: time.Minute})
	p := behind(t, st, "/hold,")
	if err := p.startProbe(); err != nil {
		t.Fatal(err)
	}
	before := heapInUse()
	n := swallowed(t, p.probe, hostile.Frame(0x82, make([]byte, 64<<10)), 32<<20)
	most := heapInUse() - before
	t.Logf("%d MiB swallowed, %d MiB kept", n>>20, most>>20)
	if bound := 4 * maxPayload; most > bound {
		t.Errorf("%d MiB are kept for a probe, allowed are %d", most>>20, bound>>20)
	}
}

// Handlers that are behind for a moment must not cost a client its upgrade.
func TestProbeDuringAPauseIsAnswered(t *testing.T) {
	st := serve(t, socketio.Options{UpgradeTimeout: time.Minute})
	p := behind(t, st, "/blocked,") // 200 events of 2 ms
	if err := p.startProbe(); err != nil {
		t.Fatal(err)
	}
	s := &socket{wire: p.probe}
	_ = s.SetReadDeadline(time.Now().Add(3 * time.Second))
	if err := s.await(1, "3probe"); err != nil {
		t.Errorf("the probe is not answered, though the handlers have caught up: %v", err)
	}
}

// A client that joined nothing may announce attachments and send them. They
// cannot be for anybody, so they must not be kept until the last one is there.
func TestAttachmentsForNobodyAreNotKept(t *testing.T) {
	st := serve(t, socketio.Options{})
	const clients, bound = 10, maxPayload
	before := heapInUse()
	for range clients {
		v, err := openSocket(st.host, "4")
		if err != nil {
			t.Fatal(err)
		}
		v.listen()
		defer v.leave(false)
		_ = v.send(append(packets(`510-["x"]`), attachmentsOf(9, maxPayload-100)...)) // the server may close before the last
	}
	eventually(t, patience, func() string {
		if s := st.Stats(); s.Connections > 0 && s.MessagesIn < 10*clients {
			return fmt.Sprintf("%d messages came", s.MessagesIn)
		}
		return ""
	})
	each := (heapInUse() - before) / clients
	t.Logf("%d KiB for each client that joined nothing", each>>10)
	if each > bound {
		t.Errorf("%d KiB are kept for each client that joined nothing, allowed are %d", each>>10, bound>>10)
	}
}

func attachmentsOf(n, size int) []hostile.Message {
	out := make([]hostile.Message, n)
	for i := range out {
		out[i] = hostile.Message{Binary: true, Data: make([]byte, size)}
	}
	return out
}

// The query of a handshake is kept as long as its session. A long one must be
// refused or let go: idle sessions would cost a megabyte each.
func TestLongQueryIsNotKeptForEverySession(t *testing.T) {
	st := serve(t, socketio.Options{})
	const clients, bound = 20, 64 << 10
	query := "&q=" + string(bytes.Repeat([]byte("x"), 900_000))
	before := heapInUse()
	for range clients {
		v, err := state{enter: packets("0"), joins: 1}.open(st.host, false)
		if err != nil {
			t.Fatal(err)
		}
		defer v.leave(false)
		w, err := dial(st.host)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		_ = w.upgrade(webSocketQuery + "4" + query) // refused is fine
	}
	each := (heapInUse() - before) / clients
	t.Logf("%d KiB for each session with a query of %d KiB", each>>10, len(query)>>10)
	if each > bound {
		t.Errorf("%d KiB are kept for each session, allowed are %d", each>>10, bound>>10)
	}
}
