//go:build linux

package main

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"tradewind/bench/workload"
)

// mostInput bounds what a connection may owe of one request or frame.
const mostInput = 64 << 10

// roomOfAll holds everybody.
const roomOfAll = "all"

func roomOfUser(user int) string        { return "user:" + strconv.Itoa(user) }
func roomOfSymbol(symbol string) string { return "quote:" + symbol }

// connection is one client.
type connection struct {
	fd int

	// Owned by the reader.
	shard    *shard // nil until the client has joined
	user     int
	upgraded bool
	rest     []byte // of an incomplete request or frame

	// Owned by the shard.
	gone   bool
	marked bool     // in shard.dirty
	queue  [][]byte // frames that wait for the flush
	tail   []byte   // what the kernel did not take
	rooms  []*room
}

// read takes input, which it may keep nothing of. It is false when the
// connection is to be closed.
func (r *reader) read(c *connection, in []byte) bool {
	if len(c.rest) > 0 {
		in = append(c.rest, in...)
		c.rest = nil
	}
	if !c.upgraded {
		end := bytes.Index(in, []byte("\r\n\r\n"))
		if end < 0 {
			c.rest = slices.Clone(in)
			return len(in) < mostInput
		}
		if !r.upgrade(c, in[:end]) {
			return false
		}
		c.upgraded = true
		in = in[end+4:]
	}
	for {
		opcode, payload, rest, ok := cutFrame(in)
		if !ok {
			break
		}
		if opcode == opClose || !r.packet(c, payload) {
			return false
		}
		in = rest
	}
	if len(in) > 0 {
		c.rest = slices.Clone(in)
	}
	return len(in) < mostInput
}

// upgrade answers the handshake, and the open packet in the same write. Any
// request that is no handshake gets "ok".
func (r *reader) upgrade(c *connection, request []byte) bool {
	var key []byte
	for line := range bytes.SplitSeq(request, []byte("\r\n")) {
		name, value, _ := bytes.Cut(line, []byte(":"))
		if bytes.EqualFold(name, []byte("Sec-WebSocket-Key")) {
			key = bytes.TrimSpace(value)
		}
	}
	if key == nil {
		unix.Write(c.fd, []byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"))
		return false
	}
	// The accept key of RFC 6455, 4.2.2.
	sum := sha1.Sum(append(slices.Clone(key), "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"...))
	out := append([]byte(nil), "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "...)
	out = base64.StdEncoding.AppendEncode(out, sum[:])
	out = append(out, "\r\n\r\n"...)
	return write(c.fd, append(out, r.open...))
}

// connected and refused are the answers to a client that joins, the same for all.
var (
	connected = textFrame(`40{"sid":"00000000000000000000"}`)
	refused   = textFrame(`44{"message":"unauthorized"}`)
)

// packet takes an Engine.IO message; pongs need no answer.
func (r *reader) packet(c *connection, p []byte) bool {
	switch {
	case bytes.HasPrefix(p, []byte("40")) && c.shard == nil:
		return r.join(c, p[2:])
	case bytes.HasPrefix(p, []byte("42")) && c.shard != nil:
		r.watch(c, p[2:])
	}
	return true
}

func (r *reader) join(c *connection, auth []byte) bool {
	var a struct {
		SessionID string `json:"sessionID"`
	}
	user, ok := -1, false
	if json.Unmarshal(auth, &a) == nil {
		user, ok = r.sessions[a.SessionID]
	}
	if !ok {
		return write(c.fd, refused)
	}
	if !write(c.fd, connected) {
		return false
	}
	c.user = user
	c.shard = r.shards[r.joined%len(r.shards)]
	r.joined++
	r.roster.Add(user)
	r.post(c, task{kind: admit, conn: c, rooms: []string{roomOfAll, roomOfUser(user), "session:" + a.SessionID}})
	return true
}

func (r *reader) watch(c *connection, event []byte) {
	var args [2]json.RawMessage
	var name string
	var symbols []string
	if json.Unmarshal(event, &args) != nil || json.Unmarshal(args[0], &name) != nil ||
		name != workload.EventWatch || json.Unmarshal(args[1], &symbols) != nil {
		return
	}
	rooms := make([]string, 0, len(symbols))
	for _, text := range symbols {
		if symbol, ok := workload.FindSymbol(text, r.symbols); ok {
			rooms = append(rooms, roomOfSymbol(symbol))
		}
	}
	r.post(c, task{kind: enter, conn: c, rooms: rooms})
}

// write is for what a fresh connection always takes whole.
func write(fd int, b []byte) bool {
	n, err := unix.Write(fd, b)
	return err == nil && n == len(b)
}
