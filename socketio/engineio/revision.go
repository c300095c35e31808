package engineio

import (
	"tradewind/socketio/engineio/packet"
	"tradewind/socketio/engineio/packet3"
)

// What differs between clients of Engine.IO 4 and 3 beside the direction of the
// heartbeat is how packets are wrapped, which is all in this file.

// pollPayload collects what a polling request is answered with.
type pollPayload struct {
	legacy bool // Engine.IO 3
	mixed  bool // of it, the form that has binary packets as they are
	body   []byte
}

func (c *Conn) newPayload() pollPayload {
	return pollPayload{legacy: c.legacy, mixed: c.legacy && !c.poll.base64 && c.out.hasAttachments()}
}

// message adds a message, its parts one after the other.
func (p *pollPayload) message(m *Message) {
	if m.text != nil {
		p.text(m.text)
	}
	for _, a := range m.attachments {
		switch {
		case p.mixed:
			p.body = packet3.AppendMixed(p.body, a, true)
		case p.legacy:
			p.text(packet3.AppendBase64(nil, a))
		default:
			p.separate()
			p.body = packet.AppendBase64(p.body, a)
		}
	}
}

// text adds a text packet.
func (p *pollPayload) text(text []byte) {
	switch {
	case p.mixed:
		p.body = packet3.AppendMixed(p.body, text, false)
	case p.legacy:
		p.body = packet3.AppendText(p.body, text)
	default:
		p.separate()
		p.body = append(p.body, text...)
	}
}

func (p *pollPayload) separate() {
	if len(p.body) > 0 {
		p.body = append(p.body, packet.Separator)
	}
}

// nextPacket cuts the next packet off the body of a POST.
func (c *Conn) nextPacket() (p packet.Packet, rest []byte, err error) {
	switch {
	case c.poll.mixed:
		return packet3.NextMixed(c.poll.body)
	case c.legacy:
		return packet3.Next(c.poll.body)
	}
	return packet.Next(c.poll.body)
}

// decode reads a WebSocket message.
func (c *Conn) decode(w *websocket, binary bool, payload []byte) (packet.Packet, error) {
	switch {
	case binary && c.legacy:
		return packet3.DecodeBinary(payload)
	case binary:
		return packet.Packet{Type: packet.Message, Binary: true, Data: payload}, nil
	case c.legacy:
		return packet3.Decode(payload)
	case w.base64 && len(payload) > 0 && payload[0] == 'b':
		return packet.DecodeBase64(payload)
	}
	return packet.Decode(payload)
}

// frames is the message as this client takes it on its WebSocket: shared with all
// others unless it has attachments and the client wants those in another form.
func (c *Conn) frames(m *Message) []byte {
	switch {
	case len(m.attachments) > 0 && (c.legacy || c.ws.base64):
		return c.ownFrames(m)
	case m.deflated != nil && c.ws.deflates:
		return m.deflated
	}
	return m.frames
}

func (c *Conn) ownFrames(m *Message) []byte {
	var b []byte
	if m.text != nil {
		b = append(b, newTextMessage(usualText, func(dst []byte) []byte { return append(dst, m.text...) }).frames...)
	}
	for _, a := range m.attachments {
		var part *Message
		switch {
		case c.legacy && c.ws.base64:
			part = newTextMessage(usualText, func(dst []byte) []byte { return packet3.AppendBase64(dst, a) })
		case c.legacy:
			part = NewBinaryMessage(packet3.AppendBinary(nil, a))
		default:
			part = newTextMessage(usualText, func(dst []byte) []byte { return packet.AppendBase64(dst, a) })
		}
		b = append(b, part.frames...)
	}
	return b
}
