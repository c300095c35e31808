package main

import (
	"bytes"
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
	"go.uber.org/goleak"

	"tradewind/socketio/examples/exampletest"
	"tradewind/socketio/packet"
	"tradewind/socketio/packet/msgpack"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The Go client speaks JSON only, so this test says its few packets itself.
func TestPacketsAreMessagePackBothWays(t *testing.T) {
	s := exampletest.Serve(t, newServer())
	address := strings.Replace(s.URL, "http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket"
	conn, buffered, _, err := ws.Dial(context.Background(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if buffered != nil { // the open packet came with the handshake
		conn = bufferedConn{conn, buffered}
	}
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if open, err := wsutil.ReadServerText(conn); err != nil || open[0] != '0' {
		t.Fatalf("open: %s %v", open, err)
	}
	ask(t, conn, packet.Packet{Type: packet.Connect, Namespace: "/", AckID: packet.NoAck})
	question := `["reverse",{"name":"a tune","samples":` + string(packet.AppendPlaceholder(nil, 0)) + `}]`
	p, attachments := ask(t, conn, packet.Packet{Type: packet.Event, Namespace: "/", AckID: 7, Data: []byte(question)}, []byte{1, 2, 3})
	if p.AckID != 7 || !strings.Contains(string(p.Data), `"name":"a tune"`) || len(attachments) != 1 || !bytes.Equal(attachments[0], []byte{3, 2, 1}) {
		t.Errorf("ack %d: %s with %v", p.AckID, p.Data, attachments)
	}
}

// ask sends a packet and returns the next one that comes.
func ask(t *testing.T, conn net.Conn, p packet.Packet, attachments ...[]byte) (packet.Packet, [][]byte) {
	t.Helper()
	message, binary, rest, err := msgpack.Parser{}.Append(nil, p, attachments)
	if err != nil || !binary || len(rest) > 0 {
		t.Fatalf("encode: binary %v, %d messages more, %v", binary, len(rest), err)
	}
	if err := wsutil.WriteClientBinary(conn, message); err != nil {
		t.Fatal(err)
	}
	answer, err := wsutil.ReadServerBinary(conn)
	if err != nil {
		t.Fatal(err)
	}
	p, attachments, err = msgpack.Parser{}.Decode(answer, true)
	if err != nil {
		t.Fatal(err)
	}
	return p, attachments
}

// bufferedConn reads what came with the handshake first.
type bufferedConn struct {
	net.Conn
	r interface{ Read([]byte) (int, error) }
}

func (c bufferedConn) Read(p []byte) (int, error) { return c.r.Read(p) }
