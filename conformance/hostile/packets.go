package hostile

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// Packets are kinds of Socket.IO packets, as the messages that they travel in.
var Packets = []Kind[[]Message]{
	// Nesting.
	{"arrays in arrays", "deep recursion in hasBinary when a server sends the value on", func(r *rand.Rand, size int) []Message {
		return text(`2["message",`, fill("[", size/2), fill("]", size/2), "]")
	}},
	{"arrays that never end", "", func(r *rand.Rand, size int) []Message { return text(`2["message",`, fill("[", size)) }},
	{"objects in objects", "deep recursion in hasBinary when a server sends the value on", func(r *rand.Rand, size int) []Message {
		n := max(size/6, 1)
		return text(`2["message",`, strings.Repeat(`{"a":`, n), "1", strings.Repeat("}", n), "]")
	}},
	{"a placeholder deep in arrays", "deep recursion in reconstructPacket", func(r *rand.Rand, size int) []Message {
		return append(text(`51-["message",`, fill("[", size/2), placeholder("0"), fill("]", size/2), "]"), attachment(r, 8))
	}},
	{"a placeholder as deep as JSON goes", "deep recursion in reconstructPacket", func(r *rand.Rand, size int) []Message {
		n := min(max(size/2, 1), 9_000)
		return append(text(`51-["message",`, strings.Repeat("[", n), placeholder("0"), strings.Repeat("]", n), "]"), attachment(r, 8))
	}},
	{"auth of arrays in arrays", "", func(r *rand.Rand, size int) []Message {
		return text(`0{"a":`, fill("[", size/2), fill("]", size/2), "}")
	}},
	{"ack of arrays in arrays", "deep recursion in hasBinary when a server sends the value on", func(r *rand.Rand, size int) []Message {
		return text(`3`, ackID(r), fill("[", size/2), fill("]", size/2))
	}},

	// Width.
	{"very many arguments", "", func(r *rand.Rand, size int) []Message { return text(`2["message"`, fill(",0", size), "]") }},
	{"very many arguments to be given back", "", func(r *rand.Rand, size int) []Message {
		return text(`27["message-with-ack"`, fill(",[]", size), "]")
	}},
	{"very many keys", "", func(r *rand.Rand, size int) []Message {
		var b strings.Builder
		for i := 0; b.Len() < size; i++ {
			fmt.Fprintf(&b, `"%d":0,`, i)
		}
		return text(`2["message",{`, b.String(), `"z":0}]`)
	}},
	{"the same key again and again", "", func(r *rand.Rand, size int) []Message {
		return text(`2["message",{`, fill(`"a":{},`, size), `"a":0}]`)
	}},
	{"a very long event name", "", func(r *rand.Rand, size int) []Message { return text(`2["`, fill("n", size), `"]`) }},
	{"a very long event name of escapes", "", func(r *rand.Rand, size int) []Message {
		return text(`2["`, fill(pick(r, `\u0000`, `\ud800`, `\\`), size), `"]`)
	}},
	{"spaces", "", func(r *rand.Rand, size int) []Message { return text(`2[`, fill(" ", size), `"message"]`) }},
	{"a very long number", "", func(r *rand.Rand, size int) []Message { return text(`2["count",`, "1", fill("0", size), "]") }},
	{"numbers beyond any type", "", func(r *rand.Rand, size int) []Message {
		return text(`2["count",`, pick(r, "1e999999999", "-1e400", "0.1e-999999", "9223372036854775808", "-0"), "]")
	}},
	{"errors that quote the payload", "", func(r *rand.Rand, size int) []Message { return text(`21["count","`, fill("x", size), `"]`) }},

	// Names and types.
	{"event name is an object", "CVE-2023-32695: uncaught exception", func(r *rand.Rand, size int) []Message {
		return text("2", pick(r, `[{"toString":"x"}]`, `[["x"]]`, `[null]`, `[true]`, `[]`))
	}},
	{"event error", "CVE-2024-38355: uncaught exception", func(r *rand.Rand, size int) []Message { return text(`2["error",`, `{"a":1}]`) }},
	{"reserved event names", "", func(r *rand.Rand, size int) []Message {
		return text(`2["`, pick(r, "connect", "disconnect", "disconnecting", "connect_error", "newListener", "removeListener"), `"]`)
	}},
	{"names of JavaScript's own properties", "", func(r *rand.Rand, size int) []Message {
		return text(`2["`, pick(r, "__proto__", "constructor", "hasOwnProperty", "toString"), `",{"__proto__":{"a":1}}]`)
	}},
	{"payload of the wrong shape", "", func(r *rand.Rand, size int) []Message {
		return text(pick(r, "2{}", `2"x"`, "21", "2null", "0[]", "0null", `1["x"]`, "3[]", "3{}", "31{}", "4", `4{}`, `4"x"`, "6", "5", "50-", `50-["message"]`, "2[,]", `2["message",]`, `2["a"]]`))
	}},
	{"unknown packet types", "", func(r *rand.Rand, size int) []Message {
		return text(pick(r, "7", "8[]", "9", "a", "", " 2[]", "-1", "\x00", "\U0001F600"))
	}},
	{"not JSON", "", func(r *rand.Rand, size int) []Message {
		return text(`2["message",`, pick(r, "undefined", "NaN", "'x'", "01", "1.", "\x01", `"\x"`, "/**/", "[1,2", `{"a"`), "]")
	}},
	{"not UTF-8", "", func(r *rand.Rand, size int) []Message {
		return text(`2["message","`, pick(r, "\xff", "\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe2\x82"), fill("x", size), `"]`)
	}},
	{"separators of polling inside", "", func(r *rand.Rand, size int) []Message { return text("2[\"message\",\"\x1e4\x1e\"]") }},

	// Acks.
	{"very large ack ids", "", func(r *rand.Rand, size int) []Message { return text("2", fill("9", size), `["message-with-ack",1]`) }},
	{"ack ids at the edge", "", func(r *rand.Rand, size int) []Message {
		return text("2", pick(r, "9223372036854775807", "9223372036854775808", "18446744073709551616", "00000000000000000000001", "-1"), `["message-with-ack",1]`)
	}},
	{"acks that nobody asked for", "", func(r *rand.Rand, size int) []Message { return text("3", ackID(r), `["x"]`) }},
	{"the same ack again and again", "", func(r *rand.Rand, size int) []Message {
		return repeat(text(`30["x"]`)[0], 1+r.IntN(50))
	}},

	// Namespaces.
	{"namespaces that do not exist", "", func(r *rand.Rand, size int) []Message {
		return text("0/", strconv.FormatUint(r.Uint64(), 36), ",")
	}},
	{"very many namespaces that do not exist", "", func(r *rand.Rand, size int) []Message {
		var out []Message
		for n := 0; n < size; n += 20 {
			out = append(out, text("0/", strconv.FormatUint(r.Uint64(), 36), ",")...)
		}
		return out
	}},
	{"a very long namespace", "", func(r *rand.Rand, size int) []Message { return text("0/", fill("n", size), ",") }},
	{"odd namespaces", "", func(r *rand.Rand, size int) []Message {
		return text(pick(r, "0/", "0//", "0/,", "0/custom?a=b,", "0/../custom,", "0/\x00,", "0/custom", "0custom", "0/Custom,", "0,", "0/custom,,"))
	}},
	{"events of a namespace that was not joined", "", func(r *rand.Rand, size int) []Message { return text(`2/never,["message"]`) }},
	{"a storm of CONNECT", "", func(r *rand.Rand, size int) []Message {
		return repeat(text("0", pick(r, "", "/custom,", "/slow,", "/refuse,", "/none,"))[0], 1+r.IntN(50))
	}},
	{"a storm of CONNECT and DISCONNECT", "", func(r *rand.Rand, size int) []Message {
		ns := pick(r, "", "/custom,", "/slow,")
		var out []Message
		for range 1 + r.IntN(20) {
			out = append(append(out, text("0", ns)...), text("1", ns)...)
		}
		return out
	}},
	{"DISCONNECT", "", func(r *rand.Rand, size int) []Message {
		return text("1", pick(r, "", "/custom,", "/slow,", "/none,", "[]"))
	}},
	{"CONNECT with odd auth", "", func(r *rand.Rand, size int) []Message {
		return text("0", pick(r, `{"__proto__":1}`, `{"token":[]}`, `{}{}`, `{"a":`, `"x"`, `{"pid":"x","offset":"y"}`, `{"pid":1,"offset":{}}`, `{"pid":"","offset":""}`))
	}},
	{"CONNECT with very large auth", "", func(r *rand.Rand, size int) []Message { return text(`0{"token":"`, fill("x", size), `"}`) }},

	// Attachments.
	{"a count that lies", "", func(r *rand.Rand, size int) []Message {
		out := text("5", strconv.Itoa(1+r.IntN(10)), `-["message",`, placeholder("0"), "]")
		return append(out, attachments(r, r.IntN(12), size)...)
	}},
	{"a count without bound", "memory for as many attachments as are announced", func(r *rand.Rand, size int) []Message {
		return text("5", pick(r, "11", "99", "999999999", "4294967297", "18446744073709551616", "1e9", "-1", "0x1", "1.5", ""), `-["message"]`)
	}},
	{"a count of very many digits", "", func(r *rand.Rand, size int) []Message { return text("5", fill("9", size), `-["message"]`) }},
	{"placeholders out of range", "CVE-2022-2421: functions of the server in a payload", func(r *rand.Rand, size int) []Message {
		return append(text(`51-["message",`, placeholder(pick(r, "1", "-1", "9999999999", "1e9", "0.5", `"splice"`, `"0"`, "null", "{}", "[0]")), "]"), attachment(r, 8))
	}},
	{"placeholders without a number", "", func(r *rand.Rand, size int) []Message {
		return append(text(`51-["message",{"_placeholder":true}]`), attachment(r, 8))
	}},
	{"the same placeholder again and again", "", func(r *rand.Rand, size int) []Message {
		return append(text(`51-["message"`, fill(","+placeholder("0"), size/2), "]"), attachment(r, max(size/2, 1)))
	}},
	{"almost placeholders", "", func(r *rand.Rand, size int) []Message {
		return append(text(`51-["message"`, fill(`,{"_placeholder":false,"num":0}`, size), "]"), attachment(r, 8))
	}},
	{"placeholders in keys and strings", "", func(r *rand.Rand, size int) []Message {
		return append(text(`51-["message","{\"_placeholder\":true,\"num\":0}",{"{":"`, fill(`\"_placeholder\"`, size), `"}]`), attachment(r, 8))
	}},
	{"objects that open and do not close soon", "", func(r *rand.Rand, size int) []Message {
		n := max(size/12, 1)
		return append(text(`51-["message",`, strings.Repeat(`{"a":0,"b":`, min(n, 9_000)), "0", strings.Repeat("}", min(n, 9_000)), "]"), attachment(r, 8))
	}},
	{"an attachment that nobody announced", "", func(r *rand.Rand, size int) []Message { return []Message{attachment(r, size)} }},
	{"text between attachments", "", func(r *rand.Rand, size int) []Message {
		return append(append(text(`52-["message",`, placeholder("0"), `,`, placeholder("1"), "]"), attachment(r, 8)), text(`2["message"]`)...)
	}},
	{"attachments that are large", "", func(r *rand.Rand, size int) []Message {
		var places []string
		for i := range 10 {
			places = append(places, placeholder(strconv.Itoa(i)))
		}
		return append(text(`510-["sink",`, strings.Join(places, ","), "]"), attachments(r, 10, size)...)
	}},
	{"empty attachments", "", func(r *rand.Rand, size int) []Message {
		return []Message{text(`51-["message",`, placeholder("0"), "]")[0], {Binary: true}}
	}},
	{"an ack with attachments that lie", "", func(r *rand.Rand, size int) []Message {
		return append(text("62-", ackID(r), "[", placeholder("0"), "]"), attachments(r, r.IntN(4), size)...)
	}},

	// Others.
	{"a packet that was changed a little", "", mutated},
	{"noise", "", func(r *rand.Rand, size int) []Message {
		return []Message{{Binary: r.IntN(2) == 0, Data: noise(r, size)}}
	}},
	{"MessagePack", "", func(r *rand.Rand, size int) []Message { // what a server with another parser takes
		return []Message{{Binary: true, Data: append([]byte("\x83\xa4type\x02\xa3nsp\xa1/\xa4data\xdd\xff\xff\xff\xff"), noise(r, min(size, 64))...)}}
	}},
	{"flood of events that nobody handles", "", func(r *rand.Rand, size int) []Message { return repeat(text(`2["nobody"]`)[0], 1+r.IntN(200)) }},
	{"flood of events that wait for their handler", "", func(r *rand.Rand, size int) []Message {
		return repeat(text(`2/blocked,["wait"]`)[0], 1+r.IntN(200))
	}},
	{"rooms without number", "", func(r *rand.Rand, size int) []Message {
		return text(`2["join","`, strconv.FormatUint(r.Uint64(), 36), `"]`)
	}},
}

func ackID(r *rand.Rand) string {
	return pick(r, "0", "1", "2", "77", strconv.FormatInt(r.Int64(), 10))
}

func placeholder(num string) string { return `{"_placeholder":true,"num":` + num + `}` }

func attachment(r *rand.Rand, size int) Message { return Message{true, noise(r, min(size, 4096))} }

// attachments are n of them; together they have about size bytes.
func attachments(r *rand.Rand, n, size int) []Message {
	var out []Message
	for range n {
		out = append(out, Message{true, make([]byte, size/n)})
	}
	return out
}

func repeat(m Message, n int) []Message {
	out := make([]Message, n)
	for i := range out {
		out[i] = m
	}
	return out
}
