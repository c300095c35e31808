package packet_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tradewind/socketio/packet"
)

func TestDecodeReadsEveryKindOfPacket(t *testing.T) {
	const none = packet.NoAck
	for text, want := range map[string]packet.Packet{
		`0`:                     {Type: packet.Connect, Namespace: "/", AckID: none},
		`0{"a":1}`:              {Type: packet.Connect, Namespace: "/", AckID: none, Data: []byte(`{"a":1}`)},
		`0/custom`:              {Type: packet.Connect, Namespace: "/custom", AckID: none},
		`0/custom,{}`:           {Type: packet.Connect, Namespace: "/custom", AckID: none, Data: []byte(`{}`)},
		`1`:                     {Type: packet.Disconnect, Namespace: "/", AckID: none},
		`1/custom,`:             {Type: packet.Disconnect, Namespace: "/custom", AckID: none},
		`2["e",1]`:              {Type: packet.Event, Namespace: "/", AckID: none, Data: []byte(`["e",1]`)},
		`2/a,12["e"]`:           {Type: packet.Event, Namespace: "/a", AckID: 12, Data: []byte(`["e"]`)},
		`2`:                     {Type: packet.Event, Namespace: "/", AckID: none},
		`2[5,1]`:                {Type: packet.Event, Namespace: "/", AckID: none, Data: []byte(`[5,1]`)},
		`31`:                    {Type: packet.Ack, Namespace: "/", AckID: 1},
		`30[]`:                  {Type: packet.Ack, Namespace: "/", AckID: 0, Data: []byte(`[]`)},
		`4{"message":"no"}`:     {Type: packet.ConnectError, Namespace: "/", AckID: none, Data: []byte(`{"message":"no"}`)},
		`51-["e",{"num":0}]`:    {Type: packet.BinaryEvent, Namespace: "/", AckID: none, Attachments: 1, Data: []byte(`["e",{"num":0}]`)},
		`510-/b,7["e"]`:         {Type: packet.BinaryEvent, Namespace: "/b", AckID: 7, Attachments: 10, Data: []byte(`["e"]`)},
		`61-3[{"num":0}]`:       {Type: packet.BinaryAck, Namespace: "/", AckID: 3, Attachments: 1, Data: []byte(`[{"num":0}]`)},
		`50-["e"]`:              {Type: packet.BinaryEvent, Namespace: "/", AckID: none, Data: []byte(`["e"]`)},
		"2 [ \"e\" , [1, 2] ]":  {Type: packet.Event, Namespace: "/", AckID: none, Data: []byte(` [ "e" , [1, 2] ]`)},
		`2["\u0065scaped","x"]`: {Type: packet.Event, Namespace: "/", AckID: none, Data: []byte(`["\u0065scaped","x"]`)},
	} {
		got, err := packet.Decode([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

func TestDecodeRefusesWhatEndsAConnection(t *testing.T) {
	for text, want := range map[string]error{
		``:                        packet.ErrType,
		`7`:                       packet.ErrType,
		`abc`:                     packet.ErrType,
		`5["e"]`:                  packet.ErrAttachments,
		`5-["e"]`:                 packet.ErrAttachments,
		`511-["e"]`:               packet.ErrAttachments,
		`5999999999999999-["e"]`:  packet.ErrAttachments,
		`51`:                      packet.ErrAttachments,
		`3[1]`:                    packet.ErrAckID,
		`399999999999999999999[]`: packet.ErrAckID,
		`2{`:                      packet.ErrJSON,
		`2abc["e"]`:               packet.ErrJSON,
		`2["e"]x`:                 packet.ErrJSON,
		`2{}`:                     packet.ErrPayload,
		`2[]`:                     packet.ErrPayload,
		`2[null]`:                 packet.ErrPayload,
		`2[{}]`:                   packet.ErrPayload,
		`2["connect"]`:            packet.ErrPayload,
		`2["disconnecting",1]`:    packet.ErrPayload,
		`0[]`:                     packet.ErrPayload,
		`0"x"`:                    packet.ErrPayload,
		`1{}`:                     packet.ErrPayload,
		`31{}`:                    packet.ErrPayload,
		`4`:                       packet.ErrPayload,
	} {
		if _, err := packet.Decode([]byte(text)); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", text, err, want)
		}
	}
}

func TestDeepNestingIsRefusedWithoutRecursion(t *testing.T) {
	deep := `2["e",` + strings.Repeat("[", 1_000_000) + strings.Repeat("]", 1_000_000) + `]`
	if _, err := packet.Decode([]byte(deep)); !errors.Is(err, packet.ErrJSON) {
		t.Errorf("got %v", err)
	}
}

func TestEventNameAndElementsSplitTheArray(t *testing.T) {
	data := []byte(`[ "na\"me" , {"a":[1,"]"]} ,null, "x,y",-1.5e3 ]`)
	name, rest, ok := packet.EventName(data)
	if !ok || name != `na"me` {
		t.Fatalf("name %q, %v", name, ok)
	}
	var got []string
	for e := range packet.Elements(rest) {
		got = append(got, string(e))
	}
	want := []string{`{"a":[1,"]"]}`, `null`, `"x,y"`, `-1.5e3`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestElementsOfAnEmptyArrayAreNone(t *testing.T) {
	for _, data := range []string{"[]", "[ ]", "", "]"} {
		for e := range packet.Elements([]byte(data)) {
			t.Errorf("%q has element %s", data, e)
		}
	}
}

func TestAttachmentsTakeThePlaceOfTheirPlaceholders(t *testing.T) {
	data := packet.AppendPlaceholder([]byte(`["e",{"deep":[`), 1)
	data = append(data, `]},`...)
	data = append(packet.AppendPlaceholder(data, 0), `,"{\"_placeholder\":true}"]`...)
	got, err := packet.InlineAttachments(data, [][]byte{{1}, {2, 3}})
	if err != nil {
		t.Fatal(err)
	}
	want := `["e",{"deep":["AgM="]},"AQ==","{\"_placeholder\":true}"]`
	if string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestPlaceholdersThatReferToNothingAreRefused(t *testing.T) {
	for _, data := range []string{
		`["e",{"_placeholder":true,"num":1}]`,
		`["e",{"_placeholder":true,"num":-1}]`,
		`["e",{"_placeholder":true}]`,
		`["e",{"_placeholder":true,"num":"0"}]`,
		`["e",{"_placeholder":true,"num":1e9}]`,
	} {
		if got, err := packet.InlineAttachments([]byte(data), [][]byte{{1}}); !errors.Is(err, packet.ErrPlaceholder) {
			t.Errorf("%s: got %s, %v", data, got, err)
		}
	}
}

func TestAnObjectThatOnlyLooksLikeAPlaceholderStays(t *testing.T) {
	const data = `["e",{"_placeholder":false,"num":7},{"a":{"b":1}}]`
	got, err := packet.InlineAttachments([]byte(data), nil)
	if err != nil || string(got) != data {
		t.Errorf("got %s, %v", got, err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`0`, `0/custom,{}`, `2["e",1]`, `2/a,12["e",{"x":[1]}]`, `31[]`, `51-["e",{"_placeholder":true,"num":0}]`,
		`61-3[{"_placeholder":true,"num":0}]`, `4{"message":"x"}`, `2["\ud800"]`, `1/x`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := packet.Decode(text)
		if err != nil {
			return
		}
		again, err := packet.Decode(packet.Append(nil, p))
		if err != nil {
			t.Fatalf("%q does not decode again: %v", text, err)
		}
		if diff := cmp.Diff(p, again); diff != "" && !emptyData(p, again) {
			t.Fatal(diff)
		}
		rest := p.Data
		if p.Type == packet.Event || p.Type == packet.BinaryEvent {
			_, rest, _ = packet.EventName(p.Data)
		}
		for e := range packet.Elements(rest) {
			if !json.Valid(e) {
				t.Fatalf("element %q of %q is not JSON", e, p.Data)
			}
		}
	})
}

func emptyData(a, b packet.Packet) bool { return bytes.Equal(a.Data, b.Data) && a.Type == b.Type }

func BenchmarkDecodeEvent(b *testing.B) {
	text := []byte(`2["subscribe:watchlist",["AAPL","MSFT","GOOGL","AMZN"]]`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := packet.Decode(text); err != nil {
			b.Fatal(err)
		}
	}
}

// FuzzInlineAttachments holds what any event of a client becomes: JSON without
// placeholders, of a size that its own bytes bound.
func FuzzInlineAttachments(f *testing.F) {
	for _, seed := range []string{
		`["a",{"_placeholder":true,"num":0}]`, `["a",{"num":1,"_placeholder":true},{"_placeholder":true,"num":0}]`,
		`["a",{"_placeholder":true}]`, `["a",{"_placeholder":false,"num":0}]`, `["{\"_placeholder\":true,\"num\":0}"]`,
		`["a",{"\u005fplaceholder":true,"num":0}]`, `["a",{"b":{"_placeholder":true,"num":0}}]`, `["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}]`,
	} {
		f.Add([]byte(seed), []byte("one"), []byte{0, 0xff})
	}
	f.Fuzz(func(t *testing.T, data, first, second []byte) {
		if !json.Valid(data) {
			return
		}
		before := bytes.Clone(data)
		got, err := packet.InlineAttachments(data, [][]byte{first, second})
		if !bytes.Equal(data, before) {
			t.Fatal("changed what it was given")
		}
		if err != nil {
			return
		}
		if !json.Valid(got) {
			t.Fatalf("%q became %q, which is not JSON", data, got)
		}
		if most := len(data) + base64.StdEncoding.EncodedLen(len(first)) + base64.StdEncoding.EncodedLen(len(second)); len(got) > most {
			t.Fatalf("%d bytes became %d", len(data), len(got))
		}
		if again, err := packet.InlineAttachments(got, nil); err != nil || !bytes.Equal(again, got) {
			t.Fatalf("%q still has placeholders: %v", got, err)
		}
	})
}
