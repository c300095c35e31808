package conformance_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"tradewind/conformance/node"
	"tradewind/socketio"
)

// network is a TCP proxy in front of a server, whose connections can be cut.
type network struct {
	net.Listener
	server string

	mu     sync.Mutex
	conns  []net.Conn
	budget int64     // bytes that a new connection carries to the client before it breaks; 0: any number
	broken chan bool // a connection has carried its budget

	running sync.WaitGroup
}

func newNetwork(t *testing.T, url string) *network {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &network{Listener: l, server: strings.TrimPrefix(url, "http://"), broken: make(chan bool, 100)}
	n.running.Go(n.accept) // ends with the listener
	t.Cleanup(func() {
		l.Close()
		n.cut(0)
		n.running.Wait()
	})
	return n
}

func (n *network) url() string { return "http://" + n.Addr().String() }

func (n *network) accept() {
	for {
		client, err := n.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", n.server)
		if err != nil {
			client.Close()
			continue
		}
		n.mu.Lock()
		n.conns = append(n.conns, client, server)
		budget := n.budget
		n.mu.Unlock()
		carry := func(to net.Conn, from io.Reader) { // until either end is closed
			if carried, _ := io.Copy(to, from); carried == budget && to == client && budget > 0 {
				n.broken <- true
			}
			client.Close()
			server.Close()
		}
		down := io.Reader(server)
		if budget > 0 {
			down = io.LimitReader(server, budget)
		}
		n.running.Go(func() { carry(client, down) })
		n.running.Go(func() { carry(server, client) })
	}
}

// cut breaks all connections. New ones break when they have carried budget bytes, unless that is 0.
func (n *network) cut(budget int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.budget = budget
	for _, c := range n.conns {
		c.Close()
	}
	n.conns = nil
}

// A stock client whose network breaks again in the middle of what it missed gets each event once, in order.
func TestStockClientIsRecoveredInTheMiddleOfWhatItMissed(t *testing.T) {
	node.Install(t)
	for _, transport := range []string{"websocket", "polling", "upgrade"} {
		t.Run(transport, func(t *testing.T) {
			s := socketio.NewServer(socketio.Options{
				Recovery: &socketio.Recovery{}, DisableHTTPCompression: true, // so that what is missed has its size
				PingInterval: 200 * time.Millisecond, PingTimeout: 2 * time.Second})
			nw := newNetwork(t, listen(t, s, s.Close))
			stock := node.Start(t, time.Minute, map[string]string{"URL": nw.url(), "TRANSPORT": transport}, "recovery.mjs")
			line := func() string {
				select {
				case l, ok := <-stock.Lines:
					if !ok {
						t.Fatalf("the client is over: %v", stock.Wait())
					}
					return l
				case <-time.After(patience):
					t.Fatal("the client says nothing")
				}
				panic("unreachable")
			}
			emit := func(event string, args ...any) {
				t.Helper()
				if err := s.Emit(context.Background(), event, args...); err != nil {
					t.Fatal(err)
				}
			}
			first := line()
			id := strings.Fields(first)[1]
			emit("n", 0)
			if got := line(); got != "n 0" {
				t.Fatalf("the client said %q", got)
			}
			filler := strings.Repeat("x", 1000)
			next := 1
			for _, budget := range []int64{30_000, 60_000, 30_000, 0} {
				nw.cut(budget)
				for range 50 {
					emit("n", next, filler)
					next++
				}
				if budget > 0 {
					select {
					case <-nw.broken:
					case <-time.After(patience):
						t.Fatal("the connection does not break")
					}
				}
			}
			emit("end")
			want := 1
			for l := line(); l != "end"; l = line() {
				switch {
				case l == "disconnected", l == "connected "+id+" true":
				case l == fmt.Sprint("n ", want):
					want++
				default:
					t.Fatalf("the client said %q, want event %d of socket %s", l, want, id)
				}
			}
			if want != next {
				t.Errorf("%d of %d events came", want, next)
			}
		})
	}
}
