package msgpack_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"

	"tradewind/socketio/packet"
	"tradewind/socketio/packet/msgpack"
)

// vectors are packets as socket.io-msgpack-parser 3.0.2 writes them.
var vectors = map[string]struct {
	hex         string
	packet      packet.Packet
	attachments [][]byte
	oneWay      bool // we write the same packet otherwise
}{
	"connect":           {hex: "82a47479706500a36e7370a12f", packet: packet.Packet{Type: packet.Connect, Namespace: "/", AckID: packet.NoAck}},
	"connect with auth": {hex: "83a47479706500a36e7370a62f61646d696ea46461746181a5746f6b656ea2c3a9", packet: packet.Packet{Type: packet.Connect, Namespace: "/admin", AckID: packet.NoAck, Data: []byte(`{"token":"é"}`)}},
	"event": {hex: "83a47479706502a36e7370a12fa4646174619ba2707801ffcc80d0dfce00010000cf0000000100000000cb3ff8000000000000c3c0a4f09f8e88",
		packet: packet.Packet{Type: packet.Event, Namespace: "/", AckID: packet.NoAck, Data: []byte(`["px",1,-1,128,-33,65536,4294967296,1.5,true,null,"🎈"]`)}},
	"event with ack": {hex: "84a47479706502a36e7370a12fa26964cd012ca46461746192a16581a161920181a162a163",
		packet: packet.Packet{Type: packet.Event, Namespace: "/", AckID: 300, Data: []byte(`["e",{"a":[1,{"b":"c"}]}]`)}},
	"undefined": {hex: "83a47479706502a36e7370a12fa46461746193a165d4000081a175d40000", oneWay: true,
		packet: packet.Packet{Type: packet.Event, Namespace: "/", AckID: packet.NoAck, Data: []byte(`["e",null,{}]`)}},
	"date": {hex: "83a47479706502a36e7370a12fa46461746192a165d7000000018bcfe5687b", oneWay: true,
		packet: packet.Packet{Type: packet.Event, Namespace: "/", AckID: packet.NoAck, Data: []byte(`["e","2023-11-14T22:13:20.123Z"]`)}},
	"buffer": {hex: "83a47479706502a36e7370a12fa46461746193a165c402010281a2696e91c40103",
		packet:      packet.Packet{Type: packet.BinaryEvent, Namespace: "/", AckID: packet.NoAck, Attachments: 2, Data: []byte(`["e",{"_placeholder":true,"num":0},{"in":[{"_placeholder":true,"num":1}]}]`)},
		attachments: [][]byte{{1, 2}, {3}}},
	"array buffer": {hex: "83a47479706502a36e7370a12fa46461746192a165c70300010203", oneWay: true,
		packet:      packet.Packet{Type: packet.BinaryEvent, Namespace: "/", AckID: packet.NoAck, Attachments: 1, Data: []byte(`["e",{"_placeholder":true,"num":0}]`)},
		attachments: [][]byte{{1, 2, 3}}},
	"ack":        {hex: "84a47479706503a36e7370a12fa2696400a46461746191a26f6b", packet: packet.Packet{Type: packet.Ack, Namespace: "/", AckID: 0, Data: []byte(`["ok"]`)}},
	"disconnect": {hex: "82a47479706501a36e7370a12f", packet: packet.Packet{Type: packet.Disconnect, Namespace: "/", AckID: packet.NoAck}},
	"with options": {hex: "84a47479706502a36e7370a12fa46461746191a165a76f7074696f6e7381a8636f6d7072657373c3", oneWay: true,
		packet: packet.Packet{Type: packet.Event, Namespace: "/", AckID: packet.NoAck, Data: []byte(`["e"]`)}},
}

func TestPacketsAreThoseOfTheStockParser(t *testing.T) {
	for name, v := range vectors {
		wire, err := hex.DecodeString(v.hex)
		if err != nil {
			t.Fatal(err)
		}
		got, attachments, err := msgpack.Parser{}.Decode(wire, true)
		if err != nil || !reflect.DeepEqual(got, v.packet) || len(attachments) != len(v.attachments) {
			t.Errorf("%s: read as %+v (%s), %v, %v", name, got, got.Data, attachments, err)
			continue
		}
		for i, a := range attachments {
			if !bytes.Equal(a, v.attachments[i]) {
				t.Errorf("%s: attachment %d is %v", name, i, a)
			}
		}
		out, binary, rest, err := msgpack.Parser{}.Append(nil, v.packet, v.attachments)
		if err != nil || !binary || len(rest) != 0 {
			t.Fatalf("%s: written as %t, %v, %v", name, binary, rest, err)
		}
		// The order of the keys is ours: what counts is that it reads as the same packet.
		again, kept, err := msgpack.Parser{}.Decode(out, true)
		if err != nil || !reflect.DeepEqual(again, v.packet) || len(kept) != len(v.attachments) {
			t.Errorf("%s: written and read as %+v (%s), %v", name, again, again.Data, err)
		}
		if !v.oneWay && len(out) != len(wire) {
			t.Errorf("%s: written in %d bytes, the stock parser needs %d", name, len(out), len(wire))
		}
	}
}

func TestHostileBytesAreRefused(t *testing.T) {
	deep := func(n int) string { // an event with an array in an array …
		return "83a47479706502a36e7370a12fa46461746192a165" + strings.Repeat("91", n) + "c0"
	}
	for name, text := range map[string]string{
		"nothing":                 "",
		"not a map":               "93010203",
		"a map that is cut":       "83a474797065",
		"a length that lies":      "83a47479706502a36e7370a12fa464617461ddffffffff",
		"binary that lies":        "83a47479706502a36e7370a12fa46461746192a165c6ffffffff00",
		"map with number as key":  "8301020304",
		"bytes behind the packet": "82a47479706500a36e7370a12f00",
		"unknown type":            "82a47479706505a36e7370a12f",
		"type with a fraction":    "82a474797065cb3ff8000000000000a36e7370a12f",
		"no type":                 "81a36e7370a12f",
		"no namespace":            "81a47479706500",
		"negative ack id":         "84a47479706502a36e7370a12fa26964ffa46461746191a165",
		"ack without id":          "83a47479706503a36e7370a12fa46461746191a165",
		"event that is an object": "83a47479706502a36e7370a12fa46461746180",
		"event without name":      "83a47479706502a36e7370a12fa46461746190",
		"too deep":                deep(10_001),
		"absurdly deep":           deep(300_000),
	} {
		wire, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		if p, _, err := (msgpack.Parser{}).Decode(wire, true); err == nil {
			t.Errorf("%s: read as %+v", name, p)
		}
	}
	if _, _, err := (msgpack.Parser{}).Decode([]byte(`2["text"]`), false); !errors.Is(err, packet.ErrKind) {
		t.Errorf("text: %v", err)
	}
}

// FuzzDecode checks that what is read is valid JSON, and reads the same when it is written again.
func FuzzDecode(f *testing.F) {
	for _, v := range vectors {
		wire, _ := hex.DecodeString(v.hex)
		f.Add(wire)
	}
	f.Fuzz(func(t *testing.T, wire []byte) {
		p, attachments, err := msgpack.Parser{}.Decode(wire, true)
		if err != nil {
			return
		}
		if p.Data != nil && !json.Valid(p.Data) {
			t.Fatalf("%x is read as %q", wire, p.Data)
		}
		out, _, _, err := msgpack.Parser{}.Append(nil, p, attachments)
		if err != nil {
			t.Fatalf("%s cannot be written: %v", p.Data, err)
		}
		again, _, err := msgpack.Parser{}.Decode(out, true)
		if err != nil || !bytes.Equal(again.Data, p.Data) || again.Type != p.Type || again.AckID != p.AckID || again.Namespace != p.Namespace {
			t.Fatalf("%s is written and read as %s, %v", p.Data, again.Data, err)
		}
	})
}

// The values in testdata were written by notepack 2 and 3, for Node and for browsers; testdata/vectors.mjs makes them.
func TestValuesOfEveryDialectAreRead(t *testing.T) {
	text, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Values map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	for name, value := range file.Values {
		if name == "number 1.5e+300" {
			continue // a whole number beyond 64 bits, which notepack takes for an integer and writes as 0
		}
		var want string
		var attachments []string
		if err := errors.Join(json.Unmarshal(value["json"], &want), json.Unmarshal(value["attachments"], &attachments)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, dialect := range []string{"notepack2", "browser2", "notepack3", "browser3"} {
			if value[dialect] == nil {
				continue // an encoder that cannot write it
			}
			var digits string
			if err := json.Unmarshal(value[dialect], &digits); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			wire, err := hex.DecodeString(digits)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			got, kept, err := msgpack.AppendJSON(nil, wire, nil)
			if err != nil || !sameJSON(got, []byte(want)) || len(kept) != len(attachments) {
				t.Errorf("%s of %s is read as %s with %d attachments, %v; want %s", name, dialect, got, len(kept), err, want)
			}
		}
	}
}

// sameJSON compares values: one text may be escaped more than the other.
func sameJSON(a, b []byte) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}
