package engineio

// A connection's whole life without a network: requests, frames, time and the
// layer above in any order, on a shard that the test itself is. What must hold
// then is what must hold for any client.

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"tradewind/socketio/engineio/packet"
	"tradewind/socketio/engineio/packet3"
)

// life is one connection with all that reached it and all it sent.
type life struct {
	t      testing.TB
	server *Server
	shard  *Shard
	conn   *Conn
	socks  []*lifeStream
	gets   []*lifeRequest
	posts  []*lifeRequest

	opened, closed  int
	sent, got       int // ordered messages, which have numbers from 1
	asked, answered int // pings and markers, and what became of them
}

// lifeRequest is an HTTP request and how often it was answered.
type lifeRequest struct {
	*pollRequest
	answers int
	left    bool // the client went away; nobody answers then
}

// lifeStream is a kernel that takes as much as it has room for.
type lifeStream struct {
	life *life
	w    *websocket
	in   []byte // waits while reading is paused
	out  []byte // taken, up to the last complete frame that was looked at
	room int
	full bool // says that it holds too much

	paused, blocked, closed, ended bool
}

const lifeStart = 1 << 10 // room of a new stream, in bytes

func newLife(t testing.TB, kind byte) *life {
	o := Options{
		PingInterval: 2 * time.Second, PingTimeout: time.Second, UpgradeTimeout: time.Second, Shards: 1,
		MaxPayload: 2 << 10, MaxOutboxBytes: 64 << 10, AllowEIO3: true, PerMessageDeflate: true, CompressionThreshold: 100,
	}
	if kind&8 != 0 {
		o.Flood = Flood{PacketsPerSecond: 5, BytesPerSecond: 10_000}
	}
	l := &life{t: t}
	l.server = NewServer(o, nil)
	now := time.Unix(1_700_000_000, 0)
	l.shard = &Shard{
		server: l.server, began: now, now: now, wheel: newWheel(l.server.options.tick(), now),
		gap: newFlushGap(l.server.options), leaving: map[*websocket]struct{}{}, scratch: make([]byte, 0, scratchSize),
	}
	l.conn = &Conn{server: l.server, shard: l.shard, sid: "sid", legacy: kind&1 != 0, handler: l}
	l.server.bySID["sid"] = l.conn
	l.server.opening.Add(1)
	l.socket(0).w.end() // one that is over, so that there always is one
	if kind&2 != 0 {
		l.conn.poll = &polling{base64: kind&4 != 0}
		l.conn.start()
		return l
	}
	sock := l.socket(kind)
	l.conn.ws = sock.w
	l.shard.local.webSockets++
	l.conn.start()
	return l
}

// socket is a new WebSocket of the client, as Server.takeOver makes one.
func (l *life) socket(kind byte) *lifeStream {
	st := &lifeStream{life: l, room: lifeStart}
	st.w = &websocket{stream: st, shard: l.shard, conn: l.conn, base64: kind&4 != 0, deflates: kind&16 != 0}
	if st.w.deflates {
		l.server.deflating.Add(1)
	}
	l.socks = append(l.socks, st)
	return st
}

func (st *lifeStream) start() error { return nil }
func (st *lifeStream) pause()       { st.paused = true }
func (st *lifeStream) resume()      { st.paused = false }
func (st *lifeStream) finish()      {}
func (st *lifeStream) closeWrite()  { st.ended = true }
func (st *lifeStream) close()       { st.closed = true }

func (st *lifeStream) write(b []byte) (int, error) {
	if st.closed || st.ended {
		st.life.t.Fatal("written to after the end")
	}
	if len(b) == 0 {
		st.life.t.Fatal("nothing written")
	}
	n := min(len(b), st.room)
	st.room -= n
	st.out = append(st.out, b[:n]...)
	st.blocked = st.blocked || n < len(b)
	return n, nil
}

func (st *lifeStream) unsent() int {
	if !st.full {
		return 0
	}
	st.blocked = true
	return maxUnsent
}

// receive is what the network brings.
func (st *lifeStream) receive(b []byte) {
	st.in = append(st.in, b...)
	if !st.paused && !st.closed {
		b, st.in = st.in, nil
		st.w.input(b)
	}
}

// Opened implements Handler.
func (l *life) Opened() { l.opened++ }

// Closed implements Handler.
func (l *life) Closed(Reason) { l.closed++ }

var errLife = errors.New("not a message of the layer above")

// Message implements Handler. A layer above may do anything in it.
func (l *life) Message(data []byte, binary bool) error {
	if l.opened != 1 || l.closed != 0 {
		l.t.Fatalf("message when opened %d times and closed %d times", l.opened, l.closed)
	}
	if len(data) == 0 || binary {
		return nil
	}
	switch data[0] {
	case 'e':
		return errLife
	case 'p':
		l.conn.Pause()
	case 'c':
		l.conn.Close(ForcedClose)
	case 's':
		l.send(len(data))
	}
	return nil
}

// send queues the next ordered message.
func (l *life) send(size int) {
	if l.conn.closed || l.conn.slow {
		return
	}
	l.sent++
	l.conn.Send(l.message(fmt.Sprintf("m%d;%s", l.sent, strings.Repeat("x", size))))
}

func (l *life) message(text string, attachments ...[]byte) *Message {
	m := NewMessage(func(dst []byte) []byte { return append(dst, text...) }, attachments...)
	l.server.Compress(m)
	return m
}

// step does one thing; arg and rest are its own to read.
func (l *life) step(op, arg byte, rest []byte) {
	c := l.conn
	switch op % 16 {
	case 0:
		l.sock().receive(l.frames(arg, rest))
	case 1:
		l.socks[int(arg)%len(l.socks)].receive(l.frames(rest0(rest), nil)) // one that may be over
	case 2:
		l.sock().receive(rest) // anything
	case 3:
		r := &lifeRequest{pollRequest: newPollRequest()}
		l.gets = append(l.gets, r)
		c.startGet(r.pollRequest)
	case 4:
		if len(l.gets) > 0 {
			r := l.gets[int(arg)%len(l.gets)]
			l.look(r)
			r.left = true
			c.abortGet(r.pollRequest)
		}
	case 5:
		r := &lifeRequest{pollRequest: newPollRequest()}
		l.posts = append(l.posts, r)
		c.startPost(r.pollRequest)
		if arg%8 != 0 {
			c.finishPost(r.pollRequest, l.payload(arg, rest), arg%4 == 1, true)
		}
	case 6:
		if len(l.posts) > 0 {
			c.finishPost(l.posts[int(arg)%len(l.posts)].pollRequest, nil, false, false)
		}
	case 7:
		c.startProbe(l.socket(arg).w)
	case 8:
		l.pass(time.Duration(arg) * 20 * time.Millisecond)
	case 9:
		l.send(int(arg) * 20)
	case 10:
		m := l.message("k", []byte("attachment"))
		switch arg % 4 {
		case 0:
			m.Latest("key" + strconv.Itoa(int(arg)))
		case 1:
			m.LatestInOrder("key")
		case 2:
			m.Volatile()
		}
		c.Send(m)
	case 11:
		if arg%2 == 0 {
			c.Pause()
		} else {
			c.Resume()
		}
	case 12:
		l.drain(l.sock(), int(arg)*64)
	case 13:
		l.asked++
		if arg%2 == 0 {
			c.Ping(func(bool) { l.answered++ })
		} else {
			c.Flushed(func() { l.answered++ })
		}
	case 14:
		if st := l.sock(); !st.closed && arg%4 == 0 {
			st.w.broken(errLife)
		} else {
			st.full = arg%4 == 1
		}
	case 15:
		if arg%8 == 0 {
			c.Close([]Reason{ForcedClose, Drain, Overload, ServerShutdown}[arg/8%4])
		}
	}
}

// sock is the client's WebSocket that matters: its transport or its probe, or else the last it had.
func (l *life) sock() *lifeStream {
	switch {
	case l.conn.ws != nil:
		return l.conn.ws.stream.(*lifeStream)
	case l.conn.probe != nil:
		return l.conn.probe.stream.(*lifeStream)
	}
	return l.socks[len(l.socks)-1]
}

func rest0(rest []byte) byte {
	if len(rest) == 0 {
		return 0
	}
	return rest[0]
}

var lifeTexts = []string{"2probe", "5", "3", "2", "1", "6", "0", "9", "", "4", "4a", "4e", "4p", "4c", "4sss", "b4AQIDBA==", "bAQIDBA=="}

// frames is a text of the list, or what the program has, in one frame or two: the
// lower five bits of arg say which, the upper ones how.
func (l *life) frames(arg byte, rest []byte) []byte {
	payload := rest[:min(len(rest), ws.MaxControlFramePayloadSize)]
	if i := int(arg & 31); i < len(lifeTexts) {
		payload = []byte(lifeTexts[i])
	}
	switch arg >> 5 {
	case 3:
		return clientFrame(ws.OpPing, true, payload)
	case 4:
		return clientFrame(ws.OpBinary, true, payload)
	case 5:
		return clientFrame(ws.OpClose, true, payload)
	case 6:
		f := clientFrame(ws.OpText, true, deflate(payload))
		f[0] |= compressedBit
		return f
	case 7:
		middle := len(payload) / 2
		return append(clientFrame(ws.OpText, false, payload[:middle]), clientFrame(ws.OpContinuation, true, payload[middle:])...)
	}
	return clientFrame(ws.OpText, true, payload)
}

// payload is the body of a POST.
func (l *life) payload(arg byte, rest []byte) []byte {
	text := []byte(lifeTexts[int(arg/8)%len(lifeTexts)])
	switch {
	case arg%4 == 3:
		return bytes.Clone(rest)
	case l.conn.legacy && arg%4 == 1:
		return packet3.AppendMixed(packet3.AppendMixed(nil, []byte("ab"), true), text, false)
	case l.conn.legacy:
		return packet3.AppendText(packet3.AppendText(nil, text), []byte("4sx"))
	}
	return append(append(bytes.Clone(text), packet.Separator), "4sx"...)
}

// pass lets time go by as a shard's loop does.
func (l *life) pass(d time.Duration) {
	for end := l.shard.now.Add(d); l.shard.now.Before(end); {
		l.shard.now = l.shard.now.Add(min(l.shard.wheel.tick, end.Sub(l.shard.now)))
		l.shard.wheel.advance(l.shard.now)
	}
}

// drain gives a kernel room again.
func (l *life) drain(st *lifeStream, n int) {
	st.room += n
	if st.blocked && !st.full && !st.closed && st.room > 0 {
		st.blocked = false
		st.w.writable()
	}
}

// turn is the rest of a shard's turn, and looks at what came of it.
func (l *life) turn() {
	l.shard.readOn()
	l.shard.flush()
	for _, st := range l.socks {
		if len(st.in) > 0 && !st.paused && !st.closed {
			st.receive(nil)
		}
		l.read(st)
	}
	for _, r := range append(l.gets[:len(l.gets):len(l.gets)], l.posts...) {
		l.look(r)
	}
	if limit := l.server.options.MaxOutboxBytes; !l.conn.closed && !l.conn.slow && l.conn.out.bytes > limit {
		l.t.Fatalf("%d bytes in the outbox, allowed are %d", l.conn.out.bytes, limit)
	}
	if got, want := l.shard.local.queuedBytes, int64(l.conn.out.bytes); got != want {
		l.t.Fatalf("counted %d queued bytes of %d", got, want)
	}
}

// read cuts the frames off what a stream was given.
func (l *life) read(st *lifeStream) {
	for len(st.out) > 0 {
		h, err := ws.ReadHeader(bytes.NewReader(st.out))
		size := headerLen(int(h.Length)) + int(h.Length)
		if err != nil || size > len(st.out) {
			return // not there yet
		}
		if h.Masked || !h.Fin || h.Rsv2() || h.Rsv3() || h.Rsv1() && !st.w.deflates && !st.w.done {
			l.t.Fatalf("frame with the header %+v", h)
		}
		data := st.out[size-int(h.Length) : size]
		st.out = st.out[size:]
		if h.Rsv1() {
			if data, err = inflate(data, 1<<20); err != nil {
				l.t.Fatalf("inflate: %v", err)
			}
		}
		if h.OpCode == ws.OpText {
			l.take(data)
		}
	}
}

// look notes the answer of a request.
func (l *life) look(r *lifeRequest) {
	select {
	case a := <-r.answer:
		if r.answers++; r.answers > 1 {
			l.t.Fatal("answered twice")
		}
		if len(a.body) > 0 {
			l.texts(a)
		}
	default:
	}
}

func (l *life) texts(a pollAnswer) {
	next := packet.Next
	switch {
	case a.binary:
		next = packet3.NextMixed
	case l.conn.legacy:
		next = packet3.Next
	}
	for rest := a.body; rest != nil; {
		var p packet.Packet
		var err error
		if p, rest, err = next(rest); err != nil {
			l.t.Fatalf("answer %q: %v", a.body, err)
		}
		if !p.Binary {
			l.take(append([]byte{byte(p.Type)}, p.Data...))
		}
	}
}

// take reads a packet of the server: ordered messages come each once, in order, and none is left out.
func (l *life) take(text []byte) {
	number, ok := strings.CutPrefix(string(text), "4m")
	if !ok {
		return
	}
	number, _, _ = strings.Cut(number, ";")
	l.got++
	if number != strconv.Itoa(l.got) {
		l.t.Fatalf("message %s came when %d was due", number, l.got)
	}
}

// finish takes all that is queued, ends the connection, and looks for what is left of it.
func (l *life) finish() {
	c := l.conn
	for i := 0; i < 200 && !c.closed && !(c.out.empty() && !c.blocked()); i++ {
		l.pass(l.server.options.FlushGap)
		if c.poll != nil && c.poll.get == nil {
			l.step(3, 0, nil)
		}
		if c.ws != nil {
			st := c.ws.stream.(*lifeStream)
			st.full = false
			l.drain(st, 16<<10)
		}
		l.turn()
	}
	if !c.closed && l.got != l.sent {
		l.t.Fatalf("%d messages of %d came", l.got, l.sent)
	}
	c.Close(ServerShutdown)
	l.turn()
	l.pass(keepClosed + maxLinger + time.Second)
	l.turn()
	if l.opened != 1 || l.closed != 1 {
		l.t.Errorf("opened %d times, closed %d times", l.opened, l.closed)
	}
	if l.asked != l.answered {
		l.t.Errorf("%d of %d who waited were told", l.answered, l.asked)
	}
	for _, r := range l.gets {
		if r.answers != 1 && !r.left {
			l.t.Errorf("a GET was answered %d times", r.answers)
		}
	}
	for _, r := range l.posts {
		if r.answers != 1 {
			l.t.Errorf("a POST was answered %d times", r.answers)
		}
	}
	for i, st := range l.socks {
		if !st.closed {
			l.t.Errorf("WebSocket %d was never closed", i)
		}
	}
	left := map[string]int64{
		"sessions": int64(len(l.server.bySID)), "sessions counted": l.server.opening.Load(), "connections": int64(len(l.shard.conns)),
		"connections counted": l.shard.local.connections, "WebSockets counted": l.shard.local.webSockets,
		"WebSockets with deflate": l.server.deflating.Load(), "WebSockets that leave": int64(len(l.shard.leaving)),
		"timers": int64(l.shard.wheel.armed), "queued bytes": l.shard.local.queuedBytes,
	}
	for what, n := range left {
		if n != 0 {
			l.t.Errorf("%d %s are left", n, what)
		}
	}
}

// live lives a connection's life as a program of bytes tells: its kind, then steps
// of an operation, an argument, and a length with as many bytes.
func live(t testing.TB, program []byte) {
	l := newLife(t, program[0])
	for rest := program[1:]; len(rest) >= 3; {
		size := min(int(rest[2]), len(rest)-3)
		l.step(rest[0], rest[1], rest[3:3+size])
		l.turn()
		rest = rest[3+size:]
	}
	l.finish()
}

// lifeSeeds are lives that go far, for the fuzzer to change: each two characters are a step without bytes of its own.
var lifeSeeds = []struct {
	kind  byte
	steps string
}{
	{0, ""},
	{2, "\x07\x00\x00\x00\x03\x00\x09\x05\x00\x01\x09\x05\x08\x80"},                  // an upgrade in the middle of messages
	{2, "\x07\x00\x00\x00\x08\x20\x07\x00\x03\x00\x08\x80\x09\x01\x03\x00"},          // a second probe, then too late
	{3, "\x05\x55\x03\x00\x08\xff\x07\x00\x00\x00\x00\x01\x0a\x03"},                  // Engine.IO 3
	{16, "\x00\x0a\x09\xff\x09\xff\x0c\xff\x0d\x01\x0d\x02\x0e\x01\x09\x01\x0e\x02"}, // a slow reader
	{2, "\x05\x08\x05\x55\x03\x00\x03\x00\x09\x01"},                                  // two requests at a time
	{2, "\x0b\x00\x05\x52\x07\x00\x00\x00\x00\x01\x0b\x01\x09\x01"},                  // paused, and upgraded while a request waits
	{0, "\x09\x01\x0a\x00\x0a\x00\x0f\x08\x08\xff"},                                  // closed by the server
}

func lifeSeed(kind byte, steps string) []byte {
	program := []byte{kind}
	for i := 0; i+1 < len(steps); i += 2 {
		program = append(program, steps[i], steps[i+1], 0)
	}
	return program
}

// TestLivesOfConnections has random lives, the same ones each time.
func TestLivesOfConnections(t *testing.T) {
	for seed := range uint64(3000) {
		random := rand.New(rand.NewPCG(seed, 0))
		program := []byte{byte(random.Uint32())}
		for range random.IntN(60) {
			rest := make([]byte, random.IntN(3))
			for i := range rest {
				rest[i] = byte(random.Uint32())
			}
			program = append(program, byte(random.Uint32()), byte(random.Uint32()), byte(len(rest)))
			program = append(program, rest...)
		}
		if live(t, program); t.Failed() {
			t.Fatalf("a life of %q", program)
		}
	}
}

// Reading that is paused and resumed while a POST is on its way takes nothing for its body.
func TestResumeWaitsForThePOST(t *testing.T) {
	l := newLife(t, 2)
	r := &lifeRequest{pollRequest: newPollRequest()}
	l.posts = append(l.posts, r)
	l.conn.startPost(r.pollRequest)
	l.conn.Pause()
	l.conn.Resume()
	if l.turn(); l.closed != 0 || r.answers != 0 {
		t.Fatalf("closed %d times, answered %d times", l.closed, r.answers)
	}
	l.conn.finishPost(r.pollRequest, []byte("4hello"), false, true)
	l.finish()
}

// FuzzConn lives lives that coverage leads to.
func FuzzConn(f *testing.F) {
	for _, seed := range lifeSeeds {
		f.Add(lifeSeed(seed.kind, seed.steps))
	}
	f.Fuzz(func(t *testing.T, program []byte) {
		if len(program) > 0 && len(program) < 1<<10 {
			live(t, program)
		}
	})
}
