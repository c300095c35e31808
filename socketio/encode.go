package socketio

import (
	"fmt"

	"tradewind/socketio/adapter"
	"tradewind/socketio/engineio"
	"tradewind/socketio/packet"
)

// maxHeader is how long the header of a packet is at most, its namespace not counted.
const maxHeader = 24

// encode makes the message of a packet, once for all who get it.
func (s *Server) encode(p packet.Packet, attachments [][]byte) (*engineio.Message, error) {
	if err := s.checkAttachments(attachments); err != nil {
		return nil, err
	}
	if _, ok := s.options.Parser.(packet.JSON); ok { // which can write behind the frame's header, without a copy
		if p.Attachments = len(attachments); p.Attachments > 0 {
			p.Type = binaryOf(p.Type)
		}
		return engineio.NewSizedMessage(maxHeader+len(p.Namespace)+len(p.Data), func(dst []byte) []byte { return packet.Append(dst, p) }, attachments...), nil
	}
	first, binary, rest, err := s.options.Parser.Append(nil, p, attachments)
	switch {
	case err != nil:
		return nil, fmt.Errorf("encode packet: %w", err)
	case binary:
		return engineio.NewBinaryMessage(append([][]byte{first}, rest...)...), nil
	}
	return engineio.NewSizedMessage(len(first), func(dst []byte) []byte { return append(dst, first...) }, rest...), nil
}

// checkAttachments tells whether clients accept so many.
func (s *Server) checkAttachments(attachments [][]byte) error {
	if allowed := s.options.Parser.MaxAttachments(); allowed > 0 && len(attachments) > allowed {
		return fmt.Errorf("%d attachments, allowed are %d", len(attachments), allowed)
	}
	return nil
}

func binaryOf(t packet.Type) packet.Type {
	if t == packet.Ack {
		return packet.BinaryAck
	}
	return packet.BinaryEvent
}

// event makes the message of an event without ack; offset is empty for one that is not replayed.
func (n *Namespace) event(p adapter.Payload, offset string, w ways) (*engineio.Message, error) {
	if n.recovery != nil {
		if w.key != "" {
			offset = "" // it may take an older value's place, ahead of events that came before it
		}
		p.Data = appendOffset(p.Data, offset)
	}
	return n.sent(packet.NoAck, p, w)
}

// sent makes the message of an event that goes the ways w.
func (n *Namespace) sent(ackID int64, p adapter.Payload, w ways) (*engineio.Message, error) {
	m, err := n.frame(packet.Event, ackID, p)
	if err != nil {
		return nil, err
	}
	n.keepLatest(m, w.key, w.inOrder)
	if w.volatile {
		m.Volatile()
	}
	if w.plain {
		m.Uncompressed()
	}
	n.server.engine.Compress(m)
	return m, nil
}

func waysOf(b *adapter.Broadcast) ways { return ways{b.Key, b.InOrder, b.Volatile, b.Uncompressed} }

// message encodes an event, or an ack when event is empty, for one client.
func (n *Namespace) message(t packet.Type, ackID int64, event string, args []any) (*engineio.Message, error) {
	p, err := encodeArgs(event, args)
	if err != nil {
		return nil, err
	}
	m, err := n.frame(t, ackID, p)
	if err == nil {
		n.server.engine.Compress(m)
	}
	return m, err
}
