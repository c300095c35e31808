package packet_test

import (
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tradewind/socketio/engineio/packet"
)

func decodeAll3(payload []byte, next func([]byte) (packet.Packet, []byte, error)) (all []packet.Packet, err error) {
	for rest := payload; rest != nil; {
		var p packet.Packet
		if p, rest, err = next(rest); err != nil {
			return all, err
		}
		all = append(all, p)
	}
	return all, nil
}

func appendAll3(all []packet.Packet, mixed bool) (payload []byte) {
	for _, p := range all {
		switch {
		case mixed && p.Binary:
			payload = packet.AppendMixed3(payload, p.Data, true)
		case mixed:
			payload = packet.AppendMixed3(payload, packet.Append(nil, p.Type, string(p.Data)), false)
		case p.Binary:
			payload = packet.AppendText3(payload, packet.AppendBase643(nil, p.Data))
		default:
			payload = packet.AppendText3(payload, packet.Append(nil, p.Type, string(p.Data)))
		}
	}
	return payload
}

// FuzzNext3 reads both payloads of Engine.IO 3: what decodes encodes to what decodes to the same, in either form.
func FuzzNext3(f *testing.F) {
	for _, seed := range []string{"6:4hello4:4é😀10:b4AQIDBA==1:2", "0:", "1:", "99999999999:4", "2:4\xff"} {
		f.Add([]byte(seed), false)
	}
	for _, seed := range []string{"\x00\x06\xff4hello\x01\x03\xff\x04\x01\xff", "\x01\x00\xff", "\x00\x09\x09\x09\xff4"} {
		f.Add([]byte(seed), true)
	}
	f.Fuzz(func(t *testing.T, payload []byte, mixed bool) {
		next := packet.NextMixed3
		if !mixed {
			if !utf8.Valid(payload) {
				return // the server refuses it before
			}
			next = packet.Next3
		}
		all, err := decodeAll3(payload, next)
		if err != nil {
			return
		}
		for _, form := range []struct {
			mixed bool
			next  func([]byte) (packet.Packet, []byte, error)
		}{{false, packet.Next3}, {true, packet.NextMixed3}} {
			again := appendAll3(all, form.mixed)
			second, err := decodeAll3(again, form.next)
			if err != nil {
				t.Fatalf("%q does not decode: %v", again, err)
			}
			if diff := cmp.Diff(all, second, cmpopts.EquateEmpty()); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}
