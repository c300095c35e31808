package msgpack

import "tradewind/socketio/packet"

// Parser is the packet.Parser that is wire-compatible with socket.io-msgpack-parser
// 3: a packet is one binary message.
//
// Packets are checked as strictly as those of the default parser. What Node's
// parser does not look at is ignored, such as the client's options; of a key that
// occurs twice the last counts.
type Parser struct{}

var _ packet.Parser = Parser{}

// MaxAttachments implements packet.Parser.
func (Parser) MaxAttachments() int { return MaxAttachments }

// Append implements packet.Parser.
func (Parser) Append(dst []byte, p packet.Packet, attachments [][]byte) (message []byte, binary bool, rest [][]byte, err error) {
	if len(attachments) > MaxAttachments {
		return dst, true, nil, ErrAttachments
	}
	code, err := typeCode(p.Type)
	if err != nil {
		return dst, true, nil, err
	}
	keys := 2
	if p.Data != nil {
		keys++
	}
	if p.AckID != packet.NoAck {
		keys++
	}
	dst = AppendMap(dst, keys)
	dst = append(AppendString(dst, "type"), code)
	if p.Data != nil {
		if dst, err = Append(AppendString(dst, "data"), p.Data, attachments); err != nil {
			return dst, true, nil, err
		}
	}
	if p.AckID != packet.NoAck {
		dst = AppendInt(AppendString(dst, "id"), p.AckID)
	}
	if p.Namespace == "" {
		p.Namespace = "/"
	}
	return AppendString(AppendString(dst, "nsp"), p.Namespace), true, nil, nil
}

// typeCode is the type as msgpack has it, which knows no types of their own for binary packets.
func typeCode(t packet.Type) (byte, error) {
	switch t {
	case packet.BinaryEvent:
		t = packet.Event
	case packet.BinaryAck:
		t = packet.Ack
	}
	if t < packet.Connect || t > packet.ConnectError {
		return 0, packet.ErrType
	}
	return byte(t - packet.Connect), nil
}

// Decode implements packet.Parser. Data is memory of its own, the attachments
// refer to data.
func (Parser) Decode(data []byte, binary bool) (p packet.Packet, attachments [][]byte, err error) {
	if !binary {
		return noPacket, nil, packet.ErrKind
	}
	d := decoder{Reader: Reader{data: data}, packet: noPacket}
	for range d.Map() {
		d.entry()
	}
	if err := d.End(); err != nil {
		return noPacket, nil, err
	}
	if p, attachments, err = d.whole(); err != nil {
		return p, nil, err
	}
	return p, attachments, p.Check()
}

// noPacket has neither a type nor a namespace, so it passes no check.
var noPacket = packet.Packet{AckID: packet.NoAck}

// decoder puts a packet together from the entries of its map.
type decoder struct {
	Reader
	packet      packet.Packet
	attachments [][]byte
}

func (d *decoder) entry() {
	switch string(d.Str()) {
	case "type":
		code := d.Int()
		if code < 0 || code > int64(packet.ConnectError-packet.Connect) {
			d.fail(packet.ErrType)
			return
		}
		d.packet.Type = packet.Connect + packet.Type(code)
	case "nsp":
		d.namespace()
	case "id":
		d.ackID()
	case "data":
		d.packet.Data, d.attachments = nil, nil
		if !d.Nil() {
			d.packet.Data, d.attachments = d.AppendJSON(nil, nil)
		}
	default:
		d.Skip()
	}
}

func (d *decoder) namespace() {
	name := d.Str()
	if len(name) > packet.MaxNamespace {
		d.fail(packet.ErrNamespace)
		return
	}
	d.packet.Namespace = valid(name)
}

func (d *decoder) ackID() {
	d.packet.AckID = packet.NoAck
	if d.Nil() {
		return
	}
	id := d.Int()
	if d.err != nil || id < 0 {
		d.err = packet.ErrAckID
		return
	}
	d.packet.AckID = id
}

// whole gives the packet the type that goes with its attachments. Packets that
// have no binary form, such as a CONNECT, get them as base64 strings at once.
func (d *decoder) whole() (packet.Packet, [][]byte, error) {
	p := d.packet
	if len(d.attachments) == 0 {
		return p, nil, nil
	}
	switch p.Type {
	case packet.Event:
		p.Type = packet.BinaryEvent
	case packet.Ack:
		p.Type = packet.BinaryAck
	default:
		var err error
		p.Data, err = packet.InlineAttachments(p.Data, d.attachments)
		return p, nil, err
	}
	p.Attachments = len(d.attachments)
	return p, d.attachments, nil
}
