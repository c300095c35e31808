package packet_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tradewind/socketio/engineio/packet"
)

func decodeAll(payload []byte) ([]packet.Packet, error) {
	var all []packet.Packet
	for rest := payload; rest != nil || len(all) == 0; {
		p, next, err := packet.Next(rest)
		if err != nil {
			return all, err
		}
		all = append(all, p)
		if rest = next; rest == nil {
			break
		}
	}
	return all, nil
}

func TestPayloadHoldsTextAndBinaryInOrder(t *testing.T) {
	got, err := decodeAll([]byte("4hello\x1ebAQIDBA==\x1e3"))
	if err != nil {
		t.Fatal(err)
	}
	want := []packet.Packet{
		{Type: packet.Message, Data: []byte("hello")},
		{Type: packet.Message, Binary: true, Data: []byte{1, 2, 3, 4}},
		{Type: packet.Pong, Data: []byte{}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestBase64MayLackItsPadding(t *testing.T) {
	p, err := packet.DecodeBase64([]byte("bAQIDBA"))
	if err != nil || !bytes.Equal(p.Data, []byte{1, 2, 3, 4}) {
		t.Errorf("got %v, %v", p, err)
	}
}

func TestBrokenPayloadsAreRefused(t *testing.T) {
	for _, payload := range []string{"", "abc", "7", "4a\x1e", "\x1e4a", "4a\x1e\x1e4b", "b!!", "4a\x1ex"} {
		if _, err := decodeAll([]byte(payload)); err == nil {
			t.Errorf("payload %q was accepted", payload)
		}
	}
}

func TestAppendIsWhatDecodeReads(t *testing.T) {
	text := packet.Append(nil, packet.Ping, "probe")
	if string(text) != "2probe" {
		t.Errorf("got %q", text)
	}
	p, err := packet.Decode(text)
	if err != nil || p.Type != packet.Ping || string(p.Data) != "probe" {
		t.Errorf("got %v, %v", p, err)
	}
}

func FuzzNext(f *testing.F) {
	for _, seed := range []string{"4hello", "4hello\x1ebAQIDBA==", "2probe", "b", "b\r\r", "\x1e", "0{}\x1e6"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		all, err := decodeAll(payload)
		if err != nil {
			return
		}
		var again []byte
		for i, p := range all {
			if i > 0 {
				again = append(again, packet.Separator)
			}
			if p.Binary {
				again = packet.AppendBase64(again, p.Data)
			} else {
				again = packet.Append(again, p.Type, string(p.Data))
			}
		}
		second, err := decodeAll(again)
		if err != nil {
			t.Fatalf("%q does not decode: %v", again, err)
		}
		if diff := cmp.Diff(all, second, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
	})
}
