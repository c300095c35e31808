package hostile

import (
	"fmt"
	"math/rand/v2"
)

// Request is what goes out on one TCP connection, and how that connection ends.
type Request struct {
	Host  string // to connect to
	Bytes []byte
	End   End
}

// End is how a connection of a Request ends.
type End int

// The ends.
const (
	Reset  End = iota // at once, with a TCP reset
	Close             // at once, with a FIN
	Answer            // when the server has answered or closed
	Hold              // reset when all the other requests of the same kind are over
)

// Session is where requests go to.
type Session struct {
	Host string // with the port
	Path string // with its slashes
	SID  string // of a session on polling, open and in any state
}

// Requests are kinds of HTTP, each of them some connections that are opened in
// this order. size is how large a body may be.
var Requests = []Kind[func(s Session) []Request]{
	{"half a request line", "", on(func(r *rand.Rand, s Session, size int) []Request {
		return end(pick(r, Reset, Close, Hold), "GET "+s.Path)
	})},
	{"half a header", "", on(func(r *rand.Rand, s Session, size int) []Request {
		return end(pick(r, Reset, Close, Hold), "GET "+s.query()+" HTTP/1.1\r\nHost: "+s.Host+"\r\nX-Half: ")
	})},
	{"a GET that is aborted", "", on(func(r *rand.Rand, s Session, size int) []Request {
		return end(pick(r, Reset, Close), s.get(""))
	})},
	{"a second GET", "", on(func(r *rand.Rand, s Session, size int) []Request {
		return append(end(Hold, s.get("")), end(Answer, s.get(""))...)
	})},
	{"a POST that is aborted", "", on(func(r *rand.Rand, s Session, size int) []Request {
		return end(pick(r, Reset, Close), s.post("42[\"mess", size+100))
	})},
	{"a POST that never goes on", "", on(func(r *rand.Rand, s Session, size int) []Request { return end(Hold, s.post("42[\"mess", size+100)) })},
	{"a second POST", "", on(func(r *rand.Rand, s Session, size int) []Request {
		return append(end(Hold, s.post("42", size+100)), end(Answer, s.post("6", 1))...)
	})},
	{"a POST over the limit", "", on(func(r *rand.Rand, s Session, size int) []Request { return end(Answer, s.post("4", 100_000_000)) })},
	{"a POST whose length is a lie", "", on(func(r *rand.Rand, s Session, size int) []Request {
		return end(Answer, s.post(fill("6", 10), pick(r, 0, 1, -1)))
	})},
	{"chunks that are none", "", on(func(r *rand.Rand, s Session, size int) []Request {
		return end(pick(r, Answer, Reset), "POST "+s.query()+" HTTP/1.1\r\nHost: "+s.Host+"\r\nTransfer-Encoding: chunked\r\n\r\n"+pick(r, "zz\r\n", "ffffffffffffffff\r\n", "5\r\n42[\"a", "1\r\n6\r\n"))
	})},
	{"binary content", "", on(func(r *rand.Rand, s Session, size int) []Request {
		return end(Answer, "POST "+s.query()+" HTTP/1.1\r\nHost: "+s.Host+"\r\nContent-Type: application/octet-stream\r\nContent-Length: 1\r\n\r\n6")
	})},
	{"a mixed payload of Engine.IO 3", "", on(func(r *rand.Rand, s Session, size int) []Request {
		body := pick(r, "\x00\x01\xff6", "\x00\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\xff4", "\x01\x00\xff", "\x02\x01\xff6", "\x00\xff", "\x01\x03\xff\x04ab", "\x00\x02\xff4\xff")
		return end(Answer, "POST "+s.query()+" HTTP/1.1\r\nHost: "+s.Host+"\r\nContent-Type: application/octet-stream\r\n"+
			fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body))
	})},
	{"other methods", "", on(func(r *rand.Rand, s Session, size int) []Request {
		return end(Answer, pick(r, "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "X")+" "+s.query()+" HTTP/1.1\r\nHost: "+s.Host+"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
	})},
	{"odd queries", "CVE-2023-31125: uncaught exception", on(func(r *rand.Rand, s Session, size int) []Request {
		q := pick(r, "", "?", "?EIO=4", "?EIO=4&transport=__proto__", "?EIO=4&transport=websocket&sid=__proto__", "?EIO=3&transport=polling", "?EIO=4&EIO=3&transport=polling", "?%zz", "?EIO=4&transport=polling&sid="+fill("a", min(size, 4000)), "?EIO=4&transport=polling&j=0")
		return end(Answer, "GET "+s.Path+q+" HTTP/1.1\r\nHost: "+s.Host+"\r\nConnection: "+pick(r, "close", "Upgrade\r\nUpgrade: websocket")+"\r\n\r\n")
	})},
	{"a handshake that is abandoned", "", on(func(r *rand.Rand, s Session, size int) []Request {
		return end(Reset, "GET "+s.Path+"?EIO=4&transport=polling HTTP/1.1\r\nHost: "+s.Host+"\r\n\r\n")
	})},
	{"a WebSocket that is abandoned", "CVE-2022-41940: uncaught exception", on(func(r *rand.Rand, s Session, size int) []Request {
		return end(pick(r, Reset, Close), s.upgrade("?EIO=4&transport=websocket"))
	})},
	{"a WebSocket handshake that is malformed", "", on(func(r *rand.Rand, s Session, size int) []Request {
		return end(Answer, "GET "+s.Path+"?EIO=4&transport=websocket HTTP/1.1\r\nHost: "+s.Host+"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
			pick(r, "", "Sec-WebSocket-Key: x\r\n", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 99\r\n")+"\r\n")
	})},
	{"frames before the answer", "CVE-2022-21676: uncaught exception", on(func(r *rand.Rand, s Session, size int) []Request {
		return end(Reset, s.upgrade("?EIO=4&transport=websocket")+string(pick(r, Frames...).Make(r, min(size, 4000))))
	})},
	{"a probe that is never finished", "", on(func(r *rand.Rand, s Session, size int) []Request {
		return end(Hold, s.probe()+probeFrame)
	})},
	{"a probe that says nothing", "", on(func(r *rand.Rand, s Session, size int) []Request { return end(Hold, s.probe()) })},
	{"many probes", "", on(func(r *rand.Rand, s Session, size int) []Request {
		var out []Request
		for range 2 + r.IntN(4) {
			out = append(out, end(pick(r, Hold, Reset), s.probe()+probeFrame)...)
		}
		return out
	})},
	{"a probe that is hostile", "", on(func(r *rand.Rand, s Session, size int) []Request {
		return end(pick(r, Hold, Answer, Reset), s.probe()+probeFrame+string(pick(r, Frames...).Make(r, min(size, 4000))))
	})},
	{"an upgrade while a POST is under way", "", on(func(r *rand.Rand, s Session, size int) []Request {
		return append(end(Hold, s.post("42", size+100)), end(Answer, s.probe()+probeFrame+upgradeFrame)...)
	})},
	{"an upgrade while a GET waits", "", on(func(r *rand.Rand, s Session, size int) []Request {
		return append(end(Hold, s.get("")), end(Hold, s.probe()+probeFrame+upgradeFrame)...)
	})},
	{"an origin that is none", "", on(func(r *rand.Rand, s Session, size int) []Request {
		return end(Answer, s.get("Origin: "+pick(r, "null", "://", "http://[", "http://evil.example\r\nOrigin: http://"+s.Host)+"\r\n"))
	})},
	{"noise", "", on(func(r *rand.Rand, s Session, size int) []Request {
		return end(Answer, string(noise(r, min(size, 4000)))+"\r\n\r\n")
	})},
}

// The two steps of an upgrade (Engine.IO 4, "Upgrade").
var (
	probeFrame   = string(Frame(fin|opText, []byte("2probe")))
	upgradeFrame = string(Frame(fin|opText, []byte("5")))
)

// on draws everything random at once, so that the result is a function of the session alone.
func on(f func(r *rand.Rand, s Session, size int) []Request) func(*rand.Rand, int) func(Session) []Request {
	return func(r *rand.Rand, size int) func(Session) []Request {
		a, b := r.Uint64(), r.Uint64()
		return func(s Session) []Request {
			requests := f(Rand(a, b), s, size)
			for i := range requests {
				requests[i].Host = s.Host
			}
			return requests
		}
	}
}

func end(how End, bytes string) []Request { return []Request{{Bytes: []byte(bytes), End: how}} }

func (s Session) query() string { return s.Path + "?EIO=4&transport=polling&sid=" + s.SID }

func (s Session) get(header string) string {
	return "GET " + s.query() + " HTTP/1.1\r\nHost: " + s.Host + "\r\nConnection: close\r\n" + header + "\r\n"
}

// post announces a body of size bytes and sends what there is of it.
func (s Session) post(body string, size int) string {
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: text/plain;charset=UTF-8\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", s.query(), s.Host, size, body)
}

func (s Session) upgrade(query string) string {
	return "GET " + s.Path + query + " HTTP/1.1\r\nHost: " + s.Host +
		"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
}

func (s Session) probe() string { return s.upgrade("?EIO=4&transport=websocket&sid=" + s.SID) }
