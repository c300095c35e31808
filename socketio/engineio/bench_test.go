package engineio_test

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"tradewind/socketio/engineio"
)

// crowd is a server with n clients that read and throw away.
type crowd struct {
	*engineio.Server
	conns    []*engineio.Conn
	received atomic.Int64 // messages
}

func newCrowd(b *testing.B, n int) *crowd {
	opened := make(chan *engineio.Conn, n)
	cr := &crowd{}
	st := &station{opened: opened, closed: make(chan engineio.Reason, n)}
	cr.Server = engineio.NewServer(engineio.Options{MaxOutboxBytes: 64 << 20}, func(c *engineio.Conn, r *http.Request) engineio.Handler {
		return recorder{st, c}
	})
	server := httptest.NewServer(cr.Server)
	b.Cleanup(func() { cr.Close(); server.Close() })
	url := strings.Replace(server.URL, "http", "ws", 1) + "/engine.io/?EIO=4&transport=websocket"
	for range n {
		nc, br, _, err := ws.Dial(b.Context(), url)
		if err != nil {
			b.Fatal(err)
		}
		if br == nil {
			br = bufio.NewReaderSize(nc, 16<<10)
		}
		go func() { // the benchmark's; ends when the server closes the connection
			for {
				if _, _, err := wsutil.ReadServerData(rw{br, nc}); err != nil {
					nc.Close()
					return
				}
				cr.received.Add(1)
			}
		}()
		cr.conns = append(cr.conns, <-opened)
	}
	return cr
}

// broadcast sends m to all, shard by shard as rooms do.
func (cr *crowd) broadcast(b *testing.B, m *engineio.Message) {
	shards, err := cr.Shards()
	if err != nil {
		b.Fatal(err)
	}
	for _, shard := range shards {
		if err := shard.Post(b.Context(), func() {
			for _, c := range cr.conns {
				if c.Shard() == shard {
					c.Send(m)
				}
			}
		}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBroadcast counts deliveries, from the first Send until the last client has read.
// per is how many messages come together: what one write can carry.
func BenchmarkBroadcast(b *testing.B) {
	for _, per := range []int{1, 20} {
		b.Run(fmt.Sprintf("clients=500/together=%d", per), func(b *testing.B) {
			const clients = 500
			cr := newCrowd(b, clients)
			m := engineio.NewMessage(func(dst []byte) []byte { return append(dst, strings.Repeat("x", 140)...) })
			start := cr.received.Load()
			sent := int64(0)
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				for range per {
					cr.broadcast(b, m)
				}
				sent += clients * int64(per)
				for cr.received.Load()-start < sent {
					time.Sleep(20 * time.Microsecond)
				}
			}
			b.StopTimer()
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(sent), "ns/delivery")
			b.ReportMetric(float64(cr.Stats().Writes)/float64(sent), "writes/delivery")
		})
	}
}

// BenchmarkSend is the cost of queueing and replacing without any I/O: what a recipient costs besides its write.
func BenchmarkSend(b *testing.B) {
	cr := newCrowd(b, 1)
	c := cr.conns[0]
	keyed := make([]*engineio.Message, 20)
	for i := range keyed {
		keyed[i] = engineio.NewMessage(func(dst []byte) []byte { return append(dst, strings.Repeat("x", 140)...) }).Latest(fmt.Sprint(i))
	}
	b.ReportAllocs()
	b.ResetTimer()
	err := c.Shard().Do(b.Context(), func() {
		for i := range b.N {
			c.Send(keyed[i%len(keyed)])
		}
	})
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkCompress is what a message of 10 KB costs once with permessage-deflate,
// whoever gets it: B/op and ns/op do not depend on how many those are.
func BenchmarkCompress(b *testing.B) {
	st := newStation(b, false, engineio.Options{PerMessageDeflate: true})
	st.dialOffering(b, "permessage-deflate")
	<-st.opened
	var text strings.Builder
	for i := 0; text.Len() < 10_000; i++ {
		fmt.Fprintf(&text, `{"symbol":"SYM%d","price":"%d.%02d","size":%d},`, i, 100+i*7%13, i*31%100, i*100)
	}
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		st.Compress(engineio.NewMessage(func(dst []byte) []byte { return append(dst, text.String()...) }))
	}
}

// BenchmarkConnect is a WebSocket handshake until the open packet is read, with a
// client that writes it in one piece, by a listener that serves handshakes itself
// and by net/http alone.
func BenchmarkConnect(b *testing.B) {
	for _, own := range []bool{true, false} {
		b.Run(fmt.Sprintf("own listener=%t", own), func(b *testing.B) {
			opened := make(chan *engineio.Conn, 1000)
			st := &station{opened: opened, closed: make(chan engineio.Reason, 1000)}
			engine := engineio.NewServer(engineio.Options{}, func(c *engineio.Conn, r *http.Request) engineio.Handler {
				return recorder{st, c}
			})
			server := httptest.NewUnstartedServer(engine)
			if own {
				l, err := engineio.NewUpgradeListener(server.Listener, "/engine.io/", engine)
				must(b, err)
				server.Listener = l
			}
			server.Start()
			defer server.Close()
			defer engine.Close()
			request := []byte(upgrade(socketTarget))
			answer := make([]byte, 4<<10)
			b.ReportAllocs()
			for b.Loop() {
				c, err := net.Dial("tcp", server.Listener.Addr().String())
				must(b, err)
				_, err = c.Write(request)
				must(b, err)
				n, err := c.Read(answer)
				if err != nil || !bytes.Contains(answer[:n], []byte(`0{"sid"`)) {
					b.Fatalf("%q, %v", answer[:n], err)
				}
				c.Close()
				<-opened
				<-st.closed
			}
		})
	}
}

// BenchmarkIdle is the memory of a connection that does nothing, with what Go keeps
// of its client's side.
func BenchmarkIdle(b *testing.B) {
	engine := engineio.NewServer(engineio.Options{}, func(*engineio.Conn, *http.Request) engineio.Handler { return quiet{} })
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	must(b, err)
	l, err := engineio.NewUpgradeListener(inner, "/engine.io/", engine)
	must(b, err)
	web := &http.Server{Handler: engine}
	go func() { _ = web.Serve(l) }() // ends with web.Close
	defer web.Close()
	defer engine.Close()
	request := []byte(upgrade(socketTarget))
	answer := make([]byte, 4<<10)
	before := live()
	const most = 4000 // descriptors allow no more: two for each
	n := min(b.N, most)
	for range n {
		c, err := net.Dial("tcp", l.Addr().String())
		must(b, err)
		defer c.Close()
		_, err = c.Write(request)
		must(b, err)
		_, err = c.Read(answer)
		must(b, err)
	}
	b.ReportMetric(float64(live()-before)/float64(n), "B/connection")
}

type quiet struct{}

func (quiet) Opened()                    {}
func (quiet) Closed(engineio.Reason)     {}
func (quiet) Message([]byte, bool) error { return nil }

// live is what the heap holds after a collection.
func live() int64 {
	runtime.GC()
	runtime.GC() // finalizers of the first have run
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc) + int64(m.StackInuse)
}
