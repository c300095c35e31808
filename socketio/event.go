package socketio

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"sync/atomic"
	"unicode/utf8"

	"tradewind/socketio/adapter"
	"tradewind/socketio/packet"
)

// Args are the arguments of an event or of an ack, as JSON. Binary attachments
// stand in them as base64 strings, which a []byte decodes from.
type Args struct {
	raw  []byte  // what is left of the array after the event's name, or a whole array
	sent *binary // nil without attachments
}

// All yields the arguments in order.
func (a Args) All() iter.Seq[json.RawMessage] { return packet.Elements(a.raw) }

// Len is the number of arguments.
func (a Args) Len() int {
	n := 0
	for range a.All() {
		n++
	}
	return n
}

// Raw is the i-th argument, nil if there are fewer.
func (a Args) Raw(i int) json.RawMessage {
	for arg := range a.All() {
		if i == 0 {
			return arg
		}
		i--
	}
	return nil
}

// Decode decodes the i-th argument into v as encoding/json does. The error is a *DecodeError.
func (a Args) Decode(i int, v any) error {
	raw := a.Raw(i)
	if raw == nil {
		return &DecodeError{Arg: i, Err: errMissing}
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return &DecodeError{Arg: i, Err: err}
	}
	return nil
}

// argsOf are the arguments of an acknowledgement as it travels.
func argsOf(p adapter.Payload) Args {
	if len(p.Attachments) == 0 {
		return Args{raw: p.Data}
	}
	inline, err := packet.InlineAttachments(p.Data, p.Attachments)
	if err != nil { // another server's: its placeholders stay as they are
		return Args{raw: p.Data}
	}
	return Args{inline, &binary{p.Data, p.Attachments}}
}

// eventOf takes an event as it travels apart.
func eventOf(p adapter.Payload) (name string, args Args) {
	args = argsOf(p)
	name, args.raw, _ = packet.EventName(args.raw)
	return name, args
}

// payload is how arguments travel.
func (a Args) payload() adapter.Payload {
	switch {
	case a.sent != nil:
		return adapter.Payload{Data: a.sent.data, Attachments: a.sent.attachments}
	case len(a.raw) == 0:
		return adapter.Payload{Data: []byte("[]")}
	}
	return adapter.Payload{Data: a.raw}
}

// Event is an event of a client on its way through its handler.
type Event struct {
	// Name is the event's name.
	Name string
	// Args are its arguments.
	Args Args

	socket *Socket
	ackID  int64
	acked  atomic.Bool
}

// WantsAck reports whether the client waits for an acknowledgement.
func (e *Event) WantsAck() bool { return e.ackID != packet.NoAck }

// Ack answers the client. The first call counts; it does nothing when the client does not wait for one.
func (e *Event) Ack(ctx context.Context, args ...any) error {
	if !e.WantsAck() || e.acked.Load() {
		return nil
	}
	m, err := e.socket.ns.message(packet.Ack, e.ackID, "", args)
	if err != nil {
		return fmt.Errorf("ack %s: %w", e.Name, err) // does not count: the client still waits
	}
	if e.acked.Swap(true) {
		return nil
	}
	return e.socket.send(ctx, m)
}

// Binary is a []byte that travels as a binary attachment wherever it stands in
// an argument, up to as many in one event as the server's parser allows.
type Binary []byte

// binaryMark tells attachments from whatever a user's JSON may hold, on the way
// between MarshalJSON and the packet. No client can know it.
var binaryMark = `{"binary-` + rand.Text() + `":`

// MarshalJSON implements json.Marshaler, for use by this package only.
func (b Binary) MarshalJSON() ([]byte, error) {
	text, err := json.Marshal([]byte(b))
	if err != nil {
		return nil, err
	}
	return append(append([]byte(binaryMark), text...), '}'), nil
}

// UnmarshalJSON implements json.Unmarshaler: attachments arrive as base64 strings.
func (b *Binary) UnmarshalJSON(text []byte) error {
	return json.Unmarshal(text, (*[]byte)(b))
}

var errRawMessage = errors.New("raw message is not JSON in UTF-8")

// JSONAppender is a value that writes its own JSON: the fast way to encode what is emitted often.
type JSONAppender interface {
	AppendJSON(dst []byte) ([]byte, error)
}

// encodeArgs makes a JSON array of the event's name, if there is one, and the
// arguments, with attachments replaced by placeholders.
func encodeArgs(event string, args []any) (adapter.Payload, error) {
	return appendArgs(make([]byte, 0, 64), event, args)
}

// appendArgs is encodeArgs into dst, which is empty.
func appendArgs(dst []byte, event string, args []any) (adapter.Payload, error) {
	var attachments [][]byte
	var err error
	dst = append(dst, '[')
	if event != "" {
		dst = appendString(dst, event)
	}
	for i, arg := range args {
		if i > 0 || event != "" {
			dst = append(dst, ',')
		}
		if dst, attachments, err = appendArg(dst, arg, attachments); err != nil {
			return adapter.Payload{}, fmt.Errorf("encode argument %d: %w", i+1, err)
		}
	}
	return adapter.Payload{Data: append(dst, ']'), Attachments: attachments}, nil
}

func appendArg(dst []byte, arg any, attachments [][]byte) ([]byte, [][]byte, error) {
	switch v := arg.(type) {
	case JSONAppender:
		dst, err := v.AppendJSON(dst)
		return dst, attachments, err
	case json.RawMessage:
		if len(v) == 0 {
			return append(dst, "null"...), attachments, nil
		}
		if !json.Valid(v) || !utf8.Valid(v) { // either would end the connection of every recipient
			return nil, nil, errRawMessage
		}
		return append(dst, v...), attachments, nil
	case Binary:
		return packet.AppendPlaceholder(dst, len(attachments)), append(attachments, v), nil
	case []byte:
		return packet.AppendPlaceholder(dst, len(attachments)), append(attachments, v), nil
	case string:
		return appendString(dst, v), attachments, nil
	}
	start := len(dst)
	buf := bytes.NewBuffer(dst)
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false) // as JavaScript does not either
	if err := enc.Encode(arg); err != nil {
		return nil, nil, err
	}
	dst = bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
	return liftBinary(dst, start, attachments)
}

// liftBinary moves what Binary.MarshalJSON wrote behind start out into attachments.
func liftBinary(dst []byte, start int, attachments [][]byte) ([]byte, [][]byte, error) {
	for {
		at := bytes.Index(dst[start:], []byte(binaryMark))
		if at < 0 {
			return dst, attachments, nil
		}
		at += start
		rest := dst[at+len(binaryMark):]
		end := bytes.IndexByte(rest, '}')
		var b []byte
		if err := json.Unmarshal(rest[:end], &b); err != nil {
			return nil, nil, err
		}
		tail := append([]byte(nil), rest[end+1:]...)
		dst = packet.AppendPlaceholder(dst[:at], len(attachments))
		attachments = append(attachments, b)
		start = len(dst)
		dst = append(dst, tail...)
	}
}

// appendString adds s as a JSON string, with nothing escaped that needs not be.
func appendString(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' || c >= 0x80 {
			return append(dst, quote(s)...)
		}
	}
	dst = append(dst, '"')
	dst = append(dst, s...)
	return append(dst, '"')
}

// quote is json.Marshal of a string without the escapes for HTML.
func quote(s string) []byte {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string always encodes
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
}
