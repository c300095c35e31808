package hostile_test

import (
	"io"
	"math/rand/v2"
	"time"

	"tradewind/conformance/hostile"
)

// attack is one kind as a visitor sends it.
type attack struct {
	name string
	run  func(v visitor, r *rand.Rand, size int) error
}

// onSocket and onPolling are what visitors on the two transports do.
var (
	onSocket  = append(append(packetAttacks(), frameAttacks()...), splitAttacks()...)
	onPolling = append(append(packetAttacks(), payloadAttacks()...), requestAttacks()...)
	onProbe   = probeAttacks()
)

func packetAttacks() []attack {
	return attacks("packet: ", hostile.Packets, func(v visitor, messages []hostile.Message) error { return v.send(messages) })
}

func frameAttacks() []attack {
	return attacks("frame: ", hostile.Frames, func(v visitor, b []byte) error { return v.(*socket).write(b, false) })
}

func payloadAttacks() []attack {
	return attacks("payload: ", hostile.Payloads, func(v visitor, b []byte) error { return v.(*poller).post(b) })
}

func requestAttacks() []attack {
	return attacks("request: ", hostile.Requests, func(v visitor, f func(hostile.Session) []hostile.Request) error {
		return perform(f(v.session()))
	})
}

// probeAttacks are frames on the probe of an upgrade.
func probeAttacks() []attack {
	return attacks("probe: ", hostile.Frames, func(v visitor, b []byte) error {
		_ = v.(*poller).probe.SetDeadline(time.Now().Add(patience))
		_, _ = v.(*poller).probe.Write(b) // when the probe is over, the session is not
		return nil
	})
}

// splitAttacks are packets that arrive one byte at a time.
func splitAttacks() []attack {
	const longest = 300 // a write for each byte
	return attacks("split: ", hostile.Packets, func(v visitor, messages []hostile.Message) error {
		for _, m := range messages {
			if b := m.Encode(); len(b) <= longest {
				if err := v.(*socket).write(b, true); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func attacks[T any](prefix string, kinds []hostile.Kind[T], send func(v visitor, what T) error) []attack {
	out := make([]attack, len(kinds))
	for i, k := range kinds {
		out[i] = attack{prefix + k.Name, func(v visitor, r *rand.Rand, size int) error { return send(v, k.Make(r, size)) }}
	}
	return out
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
