// Package msgpack is a parser for packets, wire-compatible with
// socket.io-msgpack-parser 3: every packet is one binary message, the msgpack of
// {type, data, id, nsp}, and attachments are part of it.
//
// Underneath is a transcoder between msgpack and the JSON that packets are
// handled in: Append writes the msgpack of a JSON text, AppendJSON the JSON of a
// msgpack value, and a Reader takes a larger message apart. Both dialects of
// notepack.io are read, 2 (of the parser above) and 3 (of Redis adapters):
//
//	msgpack                                  JSON
//	nil; undefined in an array or alone      null
//	undefined as the value of a key          the key is left out, as JSON.stringify does
//	NaN, infinite                            null
//	integers, floats                         a number, integers with all their digits
//	str                                      a string; bytes that are not UTF-8 become U+FFFD
//	bin, ArrayBuffer (ext 0)                 an attachment, and its placeholder in the text
//	Date (ext 0, ext -1)                     a string in ISO 8601 with milliseconds and Z
//	a date that JavaScript cannot have       null
//	map with keys other than strings         refused
//	other extensions                         refused
//
// A client's map {"_placeholder": true, "num": 0} is data like any other: its key
// is written with an escape, which no reader of JSON notices and which
// packet.CutPlaceholder does not take for an attachment. Keys that occur twice
// are passed on.
//
// In the other direction numbers with an integral value become integers of the
// least width, all others and those beyond 64 bits float64; attachments become
// bin, which both dialects and browsers read.
//
// Nesting is bounded as in encoding/json, lengths that promise more than is there
// are refused before anything is allocated for them, and everything takes time
// and memory in proportion to what it is given. All functions are pure and may be
// called concurrently; a Reader belongs to one goroutine.
package msgpack
