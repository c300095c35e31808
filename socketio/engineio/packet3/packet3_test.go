package packet3_test

import (
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tradewind/socketio/engineio/packet"
	"tradewind/socketio/engineio/packet3"
)

func decodeAll(payload []byte, next func([]byte) (packet.Packet, []byte, error)) (all []packet.Packet, err error) {
	for rest := payload; rest != nil; {
		var p packet.Packet
		if p, rest, err = next(rest); err != nil {
			return all, err
		}
		all = append(all, p)
	}
	return all, nil
}

func appendAll(all []packet.Packet, mixed bool) (payload []byte) {
	for _, p := range all {
		switch {
		case mixed && p.Binary:
			payload = packet3.AppendMixed(payload, p.Data, true)
		case mixed:
			payload = packet3.AppendMixed(payload, packet.Append(nil, p.Type, string(p.Data)), false)
		case p.Binary:
			payload = packet3.AppendText(payload, packet3.AppendBase64(nil, p.Data))
		default:
			payload = packet3.AppendText(payload, packet.Append(nil, p.Type, string(p.Data)))
		}
	}
	return payload
}

// FuzzNext reads both payloads of Engine.IO 3: what decodes encodes to what decodes to the same, in either form.
func FuzzNext(f *testing.F) {
	for _, seed := range []string{"6:4hello4:4é😀10:b4AQIDBA==1:2", "0:", "1:", "99999999999:4", "2:4\xff"} {
		f.Add([]byte(seed), false)
	}
	for _, seed := range []string{"\x00\x06\xff4hello\x01\x03\xff\x04\x01\xff", "\x01\x00\xff", "\x00\x09\x09\x09\xff4"} {
		f.Add([]byte(seed), true)
	}
	f.Fuzz(func(t *testing.T, payload []byte, mixed bool) {
		next := packet3.NextMixed
		if !mixed {
			if !utf8.Valid(payload) {
				return // the server refuses it before
			}
			next = packet3.Next
		}
		all, err := decodeAll(payload, next)
		if err != nil {
			return
		}
		for _, form := range []struct {
			mixed bool
			next  func([]byte) (packet.Packet, []byte, error)
		}{{false, packet3.Next}, {true, packet3.NextMixed}} {
			again := appendAll(all, form.mixed)
			second, err := decodeAll(again, form.next)
			if err != nil {
				t.Fatalf("%q does not decode: %v", again, err)
			}
			if diff := cmp.Diff(all, second, cmpopts.EquateEmpty()); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}
