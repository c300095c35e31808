package hostile

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"unicode/utf16"
)

// separator stands between the packets of a payload (Engine.IO 4, "HTTP long-polling").
const separator = "\x1e"

// Payloads are kinds of bodies of a polling POST.
var Payloads = []Kind[[]byte]{
	{"nothing", "", func(r *rand.Rand, size int) []byte { return nil }},
	{"separators only", "", func(r *rand.Rand, size int) []byte { return []byte(fill(separator, size)) }},
	{"a separator too many", "", func(r *rand.Rand, size int) []byte {
		return []byte(pick(r, separator+"42[\"message\"]", "42[\"message\"]"+separator, "6"+separator+separator+"6"))
	}},
	{"thousands of noops", "", func(r *rand.Rand, size int) []byte { return many("6", size) }},
	{"thousands of pongs", "", func(r *rand.Rand, size int) []byte { return many("3", size) }},
	{"thousands of pings", "", func(r *rand.Rand, size int) []byte { return many("2", size) }},
	{"thousands of empty messages", "", func(r *rand.Rand, size int) []byte { return many("4", size) }},
	{"thousands of acks that nobody asked for", "", func(r *rand.Rand, size int) []byte { return many("430[]", size) }},
	{"thousands of events that nobody handles", "", func(r *rand.Rand, size int) []byte { return many(`42["x"]`, size) }},
	{"thousands of events that are given back", "", func(r *rand.Rand, size int) []byte { return many(`42["message"]`, size) }},
	{"thousands of namespaces that do not exist", "", func(r *rand.Rand, size int) []byte {
		var b strings.Builder
		for i := 0; b.Len() < size; i++ {
			b.WriteString("40/" + strconv.Itoa(i) + "," + separator)
		}
		return []byte(strings.TrimSuffix(b.String(), separator))
	}},
	{"thousands of attachments", "memory for as many attachments as are announced", func(r *rand.Rand, size int) []byte { return many("bAAAA", size) }},
	{"base64 that is none", "", func(r *rand.Rand, size int) []byte {
		return []byte(pick(r, "b", "b=", "bA", "b!!!!", "bAA=A", "bAAAA\n", "b"+fill("=", size)))
	}},
	{"a large attachment in base64", "", func(r *rand.Rand, size int) []byte {
		return append([]byte("451-[\"message\","+placeholder("0")+"]"+separator+"b"), base64.StdEncoding.EncodeToString(make([]byte, size*3/4))...)
	}},
	{"packets of the engine out of place", "", func(r *rand.Rand, size int) []byte {
		return []byte(pick(r, "0", "1", "2", "2probe", "3probe", "5", "7", "\x00", "1"+separator+"42[\"message\"]", "5"+separator+"5"))
	}},
	{"not UTF-8", "", func(r *rand.Rand, size int) []byte { return []byte("42[\"message\",\"\xff\"]") }},
	{"a payload of Engine.IO 3", "", func(r *rand.Rand, size int) []byte { // lengths in front instead of separators
		return []byte(pick(r, `12:40{"a":"é"}`, "999999999999:4", "-1:4", "1:6", "0:", ":", "6:42[\"a\"", "\x00\x01\xff4", "\x01\x09\x09\x09\xff4"))
	}},
	{"thousands of pings of Engine.IO 3", "", func(r *rand.Rand, size int) []byte { return []byte(fill("1:2", size)) }},
	{"lengths of Engine.IO 3 that split a character", "", func(r *rand.Rand, size int) []byte {
		return []byte(pick(r, "2:4😀", "3:4😀😀", "1:é", "2:4\xff", "10:b4!!!!!!!!", "3:b4A", "3:b24"))
	}},
	{"JSONP", "", func(r *rand.Rand, size int) []byte { return []byte("d=" + strings.Repeat("4%5B", size/4+1)) }},
	{"one packet as large as may be", "", func(r *rand.Rand, size int) []byte { return []byte(`42["message","` + fill("x", size) + `"]`) }},
	{"noise", "", noise},
}

// many are as many of one packet as fit into size.
func many(packet string, size int) []byte {
	return []byte(strings.TrimSuffix(fill(packet+separator, size), separator))
}

// Payload3 is messages as one polling payload of Engine.IO 3, whose lengths count UTF-16 units.
func Payload3(messages []Message) []byte {
	var b []byte
	for _, m := range messages {
		text := string(append([]byte{'4'}, m.Data...))
		if m.Binary {
			text = "b4" + base64.StdEncoding.EncodeToString(m.Data)
		}
		b = append(b, fmt.Sprintf("%d:%s", len(utf16.Encode([]rune(text))), text)...)
	}
	return b
}

// Payload is messages as one polling payload.
func Payload(messages []Message) []byte {
	parts := make([][]byte, len(messages))
	for i, m := range messages {
		if m.Binary {
			parts[i] = base64.StdEncoding.AppendEncode([]byte{'b'}, m.Data)
		} else {
			parts[i] = append([]byte{'4'}, m.Data...)
		}
	}
	return bytes.Join(parts, []byte(separator))
}
