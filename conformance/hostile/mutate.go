package hostile

import (
	"bytes"
	"math/rand/v2"
)

// valid are packets that a server takes; mutated changes them.
var valid = []string{
	`0`, `0{"token":"abc"}`, `0/custom,`, `1`, `1/custom,`,
	`2["message",1,"two",{"three":[4]}]`, `213["message-with-ack",null,true]`, `2/custom,17["message-with-ack",{"a":{"b":"c"}}]`,
	`3/custom,5[]`, `30["ok"]`, `2["count",42]`, `2["join","a room"]`,
	`51-["message",{"_placeholder":true,"num":0}]`, `52-/custom,9["message-with-ack",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`,
	`61-0[{"_placeholder":true,"num":0}]`,
}

// words are what often matters when it stands where it should not.
var words = []string{
	"0", "9", "-", ",", "/", "[", "]", "{", "}", `"`, `\`, ":", " ", "\n", "\x00", "\x1e", "\x7f", "\xff", "null", "true", "1e309",
	`"_placeholder"`, `{"_placeholder":true,"num":0}`, "99999999999999999999", "é", "\u2028", "51-", "2[", "/custom,",
}

// mutated is a valid packet with one to eight changes, followed by attachments or not.
func mutated(r *rand.Rand, size int) []Message {
	b := []byte(pick(r, valid...))
	for range 1 + r.IntN(8) {
		b = mutate(r, b)
	}
	if len(b) > size+64 {
		b = b[:size+64]
	}
	return append([]Message{{Data: b}}, attachments(r, max(r.IntN(6)-3, 0), size)...)
}

// mutate makes one change.
func mutate(r *rand.Rand, b []byte) []byte {
	if len(b) == 0 {
		return []byte(pick(r, words...))
	}
	at := r.IntN(len(b))
	end := at + 1 + r.IntN(len(b)-at)
	switch r.IntN(7) {
	case 0: // another byte
		b = bytes.Clone(b)
		b[at] = byte(r.Uint32())
		return b
	case 1: // a flipped bit
		b = bytes.Clone(b)
		b[at] ^= 1 << r.IntN(8)
		return b
	case 2: // something left out
		return splice(b, at, end, nil)
	case 3: // something twice
		return splice(b, end, end, b[at:end])
	case 4: // something else
		return splice(b, at, end, []byte(pick(r, words...)))
	case 5: // a piece of another packet
		other := pick(r, valid...)
		return splice(b, at, at, []byte(other[r.IntN(len(other)):]))
	}
	return splice(b, at, at, []byte(pick(r, words...)))
}

// splice is b with b[from:to] replaced by in. It is new memory.
func splice(b []byte, from, to int, in []byte) []byte {
	return bytes.Join([][]byte{b[:from], in, b[to:]}, nil)
}
