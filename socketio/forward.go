package socketio

import (
	"bytes"
	"encoding/json"

	"tradewind/socketio/packet"
)

// binary is a payload as it was sent: its whole array, with placeholders, and
// the attachments that they stand for.
type binary struct {
	data        []byte
	attachments [][]byte
}

// Forward returns the arguments as values that Emit, Call and Ack send on as they
// came: binary stays binary, at whatever depth.
func (a Args) Forward() []any {
	var out []any
	if a.sent == nil {
		for arg := range a.All() {
			out = append(out, arg)
		}
		return out
	}
	elements := packet.Elements(a.sent.data)
	skip := len(a.raw) > 0 && a.raw[0] != '[' // the event's name
	for arg := range elements {
		if skip {
			skip = false
			continue
		}
		out = append(out, a.sent.restore(arg))
	}
	return out
}

// restore returns an argument with the attachments in the place of their placeholders.
func (b *binary) restore(arg json.RawMessage) any {
	if !bytes.Contains(arg, []byte("_placeholder")) {
		return arg
	}
	d := json.NewDecoder(bytes.NewReader(arg))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return arg // it was valid JSON when it was received
	}
	return b.walk(v)
}

func (b *binary) walk(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = b.walk(v[i])
		}
	case map[string]any:
		if num, ok := v["num"].(json.Number); ok && v["_placeholder"] == true {
			if i, err := num.Int64(); err == nil && i >= 0 && i < int64(len(b.attachments)) {
				return Binary(b.attachments[i])
			}
		}
		for key := range v {
			v[key] = b.walk(v[key])
		}
	}
	return v
}
