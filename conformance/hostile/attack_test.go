package hostile_test

import (
	"io"
	"math/rand/v2"
	"slices"
	"time"

	"tradewind/conformance/hostile"
)

// attack is one kind as a visitor sends it.
type attack struct {
	name string
	// prepare makes the bytes.
	prepare func(r *rand.Rand, size int) shot
}

// shot is what is ready to be sent.
type shot struct {
	size int // in bytes; 0 for requests, which have no size before they know their session
	send func(v visitor) error
}

// bytesOf is a shot of bytes.
func bytesOf(b []byte, send func(v visitor, b []byte) error) shot {
	return shot{len(b), func(v visitor) error { return send(v, b) }}
}

func onTheSocket(v visitor, b []byte) error { return v.(*socket).write(b, whole) }

func asPost(v visitor, b []byte) error { return v.(*poller).post(b) }

// What visitors on the two transports do, and on the probe of an upgrade.
var (
	onSocket  = slices.Concat(packetsOnSocket(), frames(), split())
	onPolling = slices.Concat(packetsOnPolling(), payloads(), requests())
	onProbe   = probes()
)

func packetsOnSocket() []attack {
	return attacks("packet: ", hostile.Packets, func(m []hostile.Message) shot { return bytesOf(encode(m), onTheSocket) })
}

func packetsOnPolling() []attack {
	return attacks("packet: ", hostile.Packets, func(m []hostile.Message) shot {
		return shot{len(hostile.Payload(m)), func(v visitor) error { return v.send(m) }}
	})
}

func frames() []attack {
	return attacks("frame: ", hostile.Frames, func(b []byte) shot { return bytesOf(b, onTheSocket) })
}

// split are packets that arrive one byte at a time.
func split() []attack {
	const longest = 400 // a write for each byte
	return attacks("split: ", hostile.Packets, func(m []hostile.Message) shot {
		b := encode(m)
		return bytesOf(b[:min(len(b), longest)], func(v visitor, b []byte) error { return v.(*socket).write(b, 1) })
	})
}

func payloads() []attack {
	return attacks("payload: ", hostile.Payloads, func(b []byte) shot { return bytesOf(b, asPost) })
}

func requests() []attack {
	return attacks("request: ", hostile.Requests, func(f func(hostile.Session) []hostile.Request) shot {
		return shot{send: func(v visitor) error { return perform(f(v.session())) }}
	})
}

func probes() []attack {
	return attacks("probe: ", hostile.Frames, func(b []byte) shot {
		return bytesOf(b, func(v visitor, b []byte) error {
			_ = v.(*poller).probe.SetDeadline(time.Now().Add(patience))
			_, _ = v.(*poller).probe.Write(b) // when the probe is over, the session is not
			return nil
		})
	})
}

func attacks[T any](prefix string, kinds []hostile.Kind[T], ready func(what T) shot) []attack {
	out := make([]attack, len(kinds))
	for i, k := range kinds {
		out[i] = attack{prefix + k.Name, func(r *rand.Rand, size int) shot { return ready(k.Make(r, size)) }}
	}
	return out
}

func encode(messages []hostile.Message) []byte {
	var b []byte
	for _, m := range messages {
		b = append(b, m.Encode()...)
	}
	return b
}

// answerTime is how long a request waits for its answer; some never get one.
const answerTime = 200 * time.Millisecond

// perform makes requests on connections of their own.
func perform(requests []hostile.Request) error {
	var held []*wire
	defer func() {
		for _, w := range held {
			w.Close()
		}
	}()
	for _, q := range requests {
		w, err := dial(q.Host)
		if err != nil {
			return err
		}
		_, _ = w.Write(q.Bytes) // the server may be faster to refuse
		switch q.End {
		case hostile.Hold:
			held = append(held, w)
			continue
		case hostile.Answer:
			_ = w.SetReadDeadline(time.Now().Add(answerTime))
			_, _ = io.Copy(io.Discard, io.LimitReader(w, 1<<16))
		case hostile.Close:
			_ = w.SetLinger(-1)
		}
		w.Close()
	}
	return nil
}
