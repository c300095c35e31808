package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	engine "tradewind/socketio/engineio/packet"
	"tradewind/socketio/packet"
)

// message is a Socket.IO packet with its attachments set into its JSON.
type message struct {
	packet.Packet
	last json.RawMessage // of an event: its last argument, or its name if there is none, as far as that is a string
}

// assembly puts messages and the attachments that follow them together.
type assembly struct {
	pending     packet.Packet
	attachments [][]byte
}

// add takes the next Engine.IO message. complete tells that m is a whole one.
func (a *assembly) add(p engine.Packet) (m message, complete bool, err error) {
	waiting := len(a.attachments) < a.pending.Attachments
	if waiting != p.Binary {
		return m, false, errors.New("an attachment is missing or has no packet that it belongs to")
	}
	if p.Binary {
		a.attachments = append(a.attachments, p.Data)
	} else if a.pending, err = packet.Decode(p.Data); err != nil {
		return m, false, err
	}
	if len(a.attachments) < a.pending.Attachments {
		return m, false, nil
	}
	m.Packet = a.pending
	if m.Type == packet.Event || m.Type == packet.BinaryEvent {
		m.last = lastString(m.Data) // before attachments become strings as well
	}
	if len(a.attachments) > 0 {
		m.Data, err = packet.InlineAttachments(m.Data, a.attachments)
	}
	*a = assembly{}
	return m, true, err
}

// Args are the arguments of an event or an ack. A binary argument reads as a
// []byte, at whatever depth. Args may be kept, and read concurrently.
type Args struct {
	data []byte // what follows the event's name, or the ack's whole array
}

// Len is how many arguments there are.
func (a Args) Len() int {
	n := 0
	for range packet.Elements(a.data) {
		n++
	}
	return n
}

// Raw is argument i, counted from 0, as JSON; nil when there are fewer. Binary
// arguments are base64 strings in it.
func (a Args) Raw(i int) json.RawMessage {
	if i >= 0 {
		for raw := range packet.Elements(a.data) {
			if i == 0 {
				return raw
			}
			i--
		}
	}
	return nil
}

// Decode reads argument i, counted from 0, into v as encoding/json does.
func (a Args) Decode(i int, v any) error {
	raw := a.Raw(i)
	if raw == nil {
		return fmt.Errorf("decode argument %d: there are %d", i, a.Len())
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return fmt.Errorf("decode argument %d: %w", i, err)
	}
	return nil
}

// String is the arguments as a JSON array, for messages of tests.
func (a Args) String() string {
	if len(a.data) > 0 && a.data[0] == ',' {
		return "[" + string(a.data[1:])
	}
	return "[" + string(bytes.TrimPrefix(a.data, []byte("[")))
}

// encode makes the Engine.IO packets of an event (with its name) or an ack
// (without). A []byte becomes an attachment: as an argument, and inside of
// map[string]any and []any.
func encode(head packet.Packet, event string, args []any) ([]engine.Packet, error) {
	if head.Type == packet.Event && packet.Reserved(event) {
		return nil, fmt.Errorf("emit %q: the name belongs to the protocol", event)
	}
	var attachments [][]byte
	data := []byte{'['}
	var err error
	if head.Type == packet.Event {
		if data, err = appendJSON(data, event); err != nil {
			return nil, fmt.Errorf("encode event name: %w", err)
		}
	}
	for i, arg := range args {
		if len(data) > 1 {
			data = append(data, ',')
		}
		if data, err = appendJSON(data, extract(arg, &attachments)); err != nil {
			return nil, fmt.Errorf("encode argument %d: %w", i, err)
		}
	}
	head.Data = append(data, ']')
	if n := len(attachments); n > 0 {
		if n > packet.MaxAttachments {
			return nil, fmt.Errorf("emit %q: %d binary attachments, allowed are %d", event, n, packet.MaxAttachments)
		}
		head.Attachments = n
		if head.Type == packet.Event {
			head.Type = packet.BinaryEvent
		} else {
			head.Type = packet.BinaryAck
		}
	}
	out := []engine.Packet{{Type: engine.Message, Data: packet.Append(nil, head)}}
	for _, a := range attachments {
		out = append(out, engine.Packet{Type: engine.Message, Binary: true, Data: a})
	}
	return out, nil
}

// extract returns v with placeholders instead of binary, which goes to attachments.
func extract(v any, attachments *[][]byte) any {
	switch v := v.(type) {
	case []byte:
		*attachments = append(*attachments, v)
		return json.RawMessage(packet.AppendPlaceholder(nil, len(*attachments)-1))
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = extract(item, attachments)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, item := range v {
			out[key] = extract(item, attachments)
		}
		return out
	}
	return v
}

// appendJSON adds v as JavaScript would write it: without escaping <, > and &.
func appendJSON(dst []byte, v any) ([]byte, error) {
	buf := bytes.NewBuffer(dst)
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return dst, err
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}
