package engineio_test

import (
	"bufio"
	"bytes"
	"compress/flate"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"tradewind/socketio/engineio"
)

// dialOffering is open with an offer of extensions. It returns the server's answer to it.
func (st *station) dialOffering(t testing.TB, offer string) (*peer, string) {
	t.Helper()
	nc, err := net.Dial("tcp", st.http.Listener.Addr().String())
	must(t, err)
	if st.http.TLS != nil {
		nc = tls.Client(nc, &tls.Config{InsecureSkipVerify: true}) // the certificate is the test's own
	}
	t.Cleanup(func() { nc.Close() })
	must(t, nc.SetDeadline(time.Now().Add(20*time.Second)))
	_, err = fmt.Fprintf(nc, "GET /engine.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Extensions: %s\r\n\r\n", offer)
	must(t, err)
	p := &peer{Conn: nc, t: t, r: bufio.NewReader(nc)}
	answer, err := http.ReadResponse(p.r, nil)
	must(t, err)
	if f := p.frame(); !strings.HasPrefix(string(f.Payload), `0{"sid":"`) {
		t.Fatalf("open packet is %s", f.Payload)
	}
	return p, answer.Header.Get("Sec-WebSocket-Extensions")
}

// frame is the next frame as it stands on the wire.
func (p *peer) frame() ws.Frame {
	p.t.Helper()
	h, err := ws.ReadHeader(p.r)
	must(p.t, err)
	f := ws.Frame{Header: h, Payload: make([]byte, h.Length)}
	_, err = io.ReadFull(p.r, f.Payload)
	must(p.t, err)
	return f
}

// inflated is a frame's payload, uncompressed by a decoder that shares nothing with the server's.
func inflated(t *testing.T, f ws.Frame) string {
	t.Helper()
	if !f.Header.Rsv1() {
		return string(f.Payload)
	}
	end := "\x00\x00\xff\xff\x01\x00\x00\xff\xff"
	data, err := io.ReadAll(flate.NewReader(io.MultiReader(bytes.NewReader(f.Payload), strings.NewReader(end))))
	if err != nil {
		t.Fatalf("inflate: %v", err)
	}
	return string(data)
}

func deflated(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z, err := flate.NewWriter(&b, flate.BestCompression)
	must(t, err)
	_, err = z.Write([]byte(text))
	must(t, err)
	must(t, z.Flush())
	return bytes.TrimSuffix(b.Bytes(), []byte{0, 0, 0xff, 0xff})
}

// sendFrame writes one frame; compressed sets RSV1.
func (p *peer) sendFrame(op ws.OpCode, fin, compressed bool, payload []byte) {
	p.t.Helper()
	f := ws.NewFrame(op, fin, payload)
	f.Header.Rsv = ws.Rsv(compressed, false, false)
	if err := ws.WriteFrame(p.Conn, ws.MaskFrame(f)); err != nil {
		p.t.Fatalf("send frame: %v", err)
	}
}

const noTakeover = "permessage-deflate;client_no_context_takeover;server_no_context_takeover"

func normalized(answer string) string { return strings.ReplaceAll(answer, " ", "") }

// RFC 7692, 7.1: what is answered binds both sides.
func TestDeflateIsNegotiatedWithoutContextTakeover(t *testing.T) {
	for offer, want := range map[string]string{
		"permessage-deflate":                                                           noTakeover,
		"permessage-deflate; client_max_window_bits":                                   noTakeover,
		"x-webkit-deflate-frame, permessage-deflate":                                   noTakeover,
		"permessage-deflate; server_max_window_bits=10":                                "",
		"permessage-deflate; server_max_window_bits=10, permessage-deflate":            noTakeover,
		"permessage-deflate; unheard_of":                                               "",
		"permessage-deflate; server_no_context_takeover; client_no_context_takeover":   noTakeover,
		"permessage-deflate; server_no_context_takeover; server_no_context_takeover=1": "",
		`permessage-deflate; "`:                                                        "",
		"bogus":                                                                        "",
	} {
		t.Run(offer, func(t *testing.T) {
			st := newStation(t, false, engineio.Options{PerMessageDeflate: true})
			_, answer := st.dialOffering(t, offer)
			if parts := strings.Split(normalized(answer), ";"); len(parts) == 3 && parts[1] > parts[2] {
				answer = parts[0] + ";" + parts[2] + ";" + parts[1] // the order of parameters means nothing
			}
			if got := normalized(answer); got != want {
				t.Errorf("answered %q, want %q", got, want)
			}
		})
	}
	st := newStation(t, false, engineio.Options{})
	if _, answer := st.dialOffering(t, "permessage-deflate"); answer != "" {
		t.Errorf("with the option off, answered %q", answer)
	}
}

// A message is compressed once, whoever gets it; those without the extension get it as it is.
func TestOneMessageIsSharedByClientsWithAndWithoutDeflate(t *testing.T) {
	st := newStation(t, false, engineio.Options{PerMessageDeflate: true})
	with, _ := st.dialOffering(t, "permessage-deflate")
	conn := <-st.opened
	plain := st.open(t)
	other := <-st.opened
	large := strings.Repeat("abcdefgh", 1000)
	noise := pseudoRandom(4000)
	m := engineio.NewMessage(func(dst []byte) []byte { return append(dst, large...) }, []byte(large), []byte("short"), noise)
	before := m.Size()
	st.Compress(m)
	if grown := m.Size() - before; grown <= len(noise) || grown > len(noise)+1000 {
		t.Errorf("the second form takes %d bytes", grown)
	}
	must(t, conn.Post(t.Context(), func() { conn.Send(m) }))
	must(t, other.Post(t.Context(), func() { other.Send(m) }))
	for name, p := range map[string]*peer{"with": with, "without": plain} {
		for i, want := range []struct {
			op         ws.OpCode
			data       string
			compressed bool
		}{
			{ws.OpText, "4" + large, true}, {ws.OpBinary, large, true},
			{ws.OpBinary, "short", false},       // below the threshold
			{ws.OpBinary, string(noise), false}, // would become longer
		} {
			f := p.frame()
			if f.Header.OpCode != want.op || f.Header.Rsv1() != (want.compressed && name == "with") || inflated(t, f) != want.data {
				t.Errorf("%s: frame %d is op %v, compressed %v, %.20q", name, i, f.Header.OpCode, f.Header.Rsv1(), inflated(t, f))
			}
			if f.Header.Rsv1() && len(f.Payload) > len(want.data)/10 {
				t.Errorf("%s: frame %d has %d bytes of %d", name, i, len(f.Payload), len(want.data))
			}
		}
	}
}

func pseudoRandom(n int) []byte {
	b := make([]byte, n)
	x := uint32(1)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return b
}

func TestCompressDoesNothingForNobody(t *testing.T) {
	st := newStation(t, false, engineio.Options{PerMessageDeflate: true})
	message := func() *engineio.Message {
		return engineio.NewMessage(func(dst []byte) []byte { return append(dst, strings.Repeat("x", 5000)...) })
	}
	compressed := func(m *engineio.Message) bool {
		before := m.Size()
		st.Compress(m)
		return m.Size() != before
	}
	if compressed(message()) {
		t.Error("compressed with nobody connected")
	}
	p, _ := st.dialOffering(t, "permessage-deflate")
	<-st.opened
	if !compressed(message()) {
		t.Error("not compressed for the one who is connected")
	}
	if compressed(message().Uncompressed()) {
		t.Error("compressed what is marked as Uncompressed")
	}
	p.Close()
	<-st.closed
	for deadline := time.Now().Add(5 * time.Second); compressed(message()); { // the count follows the end of the socket
		if time.Now().After(deadline) {
			t.Fatal("still compressed after its client has gone")
		}
		time.Sleep(time.Millisecond)
	}
}

// Clients compress whole messages, in fragments too, and by any compressor.
func TestCompressedMessagesOfClientsAreRead(t *testing.T) {
	kinds(t, func(t *testing.T, secure bool) {
		st := newStation(t, secure, engineio.Options{PerMessageDeflate: true})
		p, _ := st.dialOffering(t, "permessage-deflate")
		large := strings.Repeat("0123456789", 5000)
		small := deflated(t, "4"+large)
		p.sendFrame(ws.OpText, true, true, small)
		p.sendFrame(ws.OpText, true, false, []byte("4plain"))
		p.sendFrame(ws.OpText, false, true, small[:10])
		p.sendFrame(ws.OpPing, true, false, []byte("between"))
		p.sendFrame(ws.OpContinuation, true, false, small[10:])
		p.sendFrame(ws.OpBinary, true, true, deflated(t, large))
		p.sendFrame(ws.OpText, true, true, deflated(t, "4")) // nothing but the packet type
		last := append([]byte{0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00}, 0x00)
		p.sendFrame(ws.OpBinary, true, true, last) // RFC 7692, 7.2.3.4: a block marked as the last one
		for i, want := range []string{"4" + large, "4plain", "between", "4" + large, large, "4", "Hello"} {
			if f := p.frame(); inflated(t, f) != want {
				t.Errorf("answer %d is %.30q, want %.30q", i, inflated(t, f), want)
			}
		}
	})
}

func TestBrokenCompressionEndsTheConnection(t *testing.T) {
	bomb := deflated(t, "4"+strings.Repeat("0", 1_000_000))
	for name, c := range map[string]struct {
		offer  string
		frames func(p *peer)
		want   engineio.Reason
	}{
		"not negotiated":    {"", func(p *peer) { p.sendFrame(ws.OpText, true, true, deflated(t, "4a")) }, engineio.TransportError},
		"a compressed ping": {"permessage-deflate", func(p *peer) { p.sendFrame(ws.OpPing, true, true, deflated(t, "a")) }, engineio.TransportError},
		"a later fragment": {"permessage-deflate", func(p *peer) {
			p.sendFrame(ws.OpText, false, true, nil)
			p.sendFrame(ws.OpContinuation, true, true, nil)
		}, engineio.TransportError},
		"not deflate":         {"permessage-deflate", func(p *peer) { p.sendFrame(ws.OpText, true, true, []byte("\xff\xff\xff\xff")) }, engineio.TransportError},
		"cut off":             {"permessage-deflate", func(p *peer) { p.sendFrame(ws.OpText, true, true, deflated(t, strings.Repeat("4abc", 999))[:3]) }, engineio.TransportError},
		"not UTF-8":           {"permessage-deflate", func(p *peer) { p.sendFrame(ws.OpText, true, true, deflated(t, "4\xff\xfe")) }, engineio.TransportError},
		"larger than allowed": {"permessage-deflate", func(p *peer) { p.sendFrame(ws.OpText, true, true, bomb) }, engineio.PayloadTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			st := newStation(t, false, engineio.Options{PerMessageDeflate: true, MaxPayload: 1_000_000})
			p, _ := st.dialOffering(t, c.offer)
			c.frames(p)
			if got := <-st.closed; got != c.want {
				t.Errorf("closed as %s, want %s", got, c.want)
			}
		})
	}
}

// What a client makes the server unpack counts against Flood, not what it sent.
func TestFloodCountsInflatedBytes(t *testing.T) {
	st := newStation(t, false, engineio.Options{PerMessageDeflate: true, Flood: engineio.Flood{BytesPerSecond: 10_000, Burst: 1}})
	p, _ := st.dialOffering(t, "permessage-deflate")
	p.sendFrame(ws.OpText, true, true, deflated(t, "4"+strings.Repeat("0", 20_000)))
	if got := <-st.closed; got != engineio.Flooding {
		t.Errorf("closed as %s", got)
	}
}

// A connection that brings many megabytes in a few kilobytes is read in turns with the others, and nothing of it is lost.
func TestInflatingLetsOthersGoFirst(t *testing.T) {
	kinds(t, func(t *testing.T, secure bool) {
		st := newStation(t, secure, engineio.Options{PerMessageDeflate: true, Shards: 1})
		var order []string
		st.onText = func(c *engineio.Conn, text string) error {
			order = append(order, text[:min(len(text), 8)])
			return nil
		}
		p, _ := st.dialOffering(t, "permessage-deflate")
		conn := <-st.opened
		var burst bytes.Buffer
		const count = 40
		for i := range count {
			f := ws.NewFrame(ws.OpText, true, deflated(t, fmt.Sprintf("4%08d%s", i, strings.Repeat("0", 900_000))))
			f.Header.Rsv = ws.Rsv(true, false, false)
			must(t, ws.WriteFrame(&burst, ws.MaskFrame(f)))
		}
		_, err := p.Write(burst.Bytes())
		must(t, err)
		turns := 0
		for done := false; !done; turns++ {
			must(t, conn.Shard().Do(t.Context(), func() { done = len(order) == count }))
		}
		if turns < count/4 {
			t.Errorf("others had %d turns while %d messages of 0.9 MB were unpacked", turns, count)
		}
		for i, text := range order {
			if text != fmt.Sprintf("%08d", i) {
				t.Fatalf("message %d is %s", i, text)
			}
		}
	})
}
