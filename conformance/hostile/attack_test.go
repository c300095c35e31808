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
	// prepare makes the bytes, and sends them when the result is called.
	prepare func(r *rand.Rand, size int) func(v visitor) error
}

// What visitors on the two transports do, and on the probe of an upgrade.
var (
	onSocket  = slices.Concat(packetsOnSocket(), frames(), split())
	onPolling = slices.Concat(packetsOnPolling(), payloads(), requests())
	onProbe   = probes()
)

func packetsOnSocket() []attack {
	return attacks("packet: ", hostile.Packets, func(messages []hostile.Message) func(visitor) error {
		b := encode(messages)
		return func(v visitor) error { return v.(*socket).write(b, whole) }
	})
}

func packetsOnPolling() []attack {
	return attacks("packet: ", hostile.Packets, func(messages []hostile.Message) func(visitor) error {
		b := hostile.Payload(messages)
		return func(v visitor) error { return v.(*poller).post(b) }
	})
}

func frames() []attack {
	return attacks("frame: ", hostile.Frames, func(b []byte) func(visitor) error {
		return func(v visitor) error { return v.(*socket).write(b, whole) }
	})
}

// split are packets that arrive one byte at a time.
func split() []attack {
	const longest = 400 // a write for each byte
	return attacks("split: ", hostile.Packets, func(messages []hostile.Message) func(visitor) error {
		b := encode(messages)
		return func(v visitor) error { return v.(*socket).write(b[:min(len(b), longest)], 1) }
	})
}

func payloads() []attack {
	return attacks("payload: ", hostile.Payloads, func(b []byte) func(visitor) error {
		return func(v visitor) error { return v.(*poller).post(b) }
	})
}

func requests() []attack {
	return attacks("request: ", hostile.Requests, func(f func(hostile.Session) []hostile.Request) func(visitor) error {
		return func(v visitor) error { return perform(f(v.session())) }
	})
}

func probes() []attack {
	return attacks("probe: ", hostile.Frames, func(b []byte) func(visitor) error {
		return func(v visitor) error {
			_ = v.(*poller).probe.SetDeadline(time.Now().Add(patience))
			_, _ = v.(*poller).probe.Write(b) // when the probe is over, the session is not
			return nil
		}
	})
}

func attacks[T any](prefix string, kinds []hostile.Kind[T], send func(what T) func(visitor) error) []attack {
	out := make([]attack, len(kinds))
	for i, k := range kinds {
		out[i] = attack{prefix + k.Name, func(r *rand.Rand, size int) func(visitor) error { return send(k.Make(r, size)) }}
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
