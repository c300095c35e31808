package packet

// Check tells whether a packet may go on from its parser: the type is known, the
// namespace has the form of one, the ack id is there where it must be, and the
// payload has the shape that the type requires. Data must be valid JSON. A packet
// without payload is tolerated where Node tolerates it.
func (p Packet) Check() error {
	if p.Namespace == "" || p.Namespace[0] != '/' || len(p.Namespace) > MaxNamespace {
		return ErrNamespace
	}
	if p.AckID < NoAck {
		return ErrAckID
	}
	var first byte
	if d := trimSpace(p.Data); len(d) > 0 {
		first = d[0]
	}
	ok := true
	switch p.Type {
	case Connect:
		ok = first == 0 || first == '{'
	case Disconnect:
		ok = first == 0
	case ConnectError:
		ok = first == '{' || first == '"'
	case Event, BinaryEvent:
		ok = first == 0 || first == '[' && eventNameAllowed(p.Data)
	case Ack, BinaryAck:
		if p.AckID == NoAck {
			return ErrAckID
		}
		ok = first == 0 || first == '['
	default:
		return ErrType
	}
	if !ok {
		return ErrPayload
	}
	return nil
}

// Reserved reports whether an event name belongs to the protocol and may not be emitted.
func Reserved(event string) bool {
	switch event {
	case "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener":
		return true
	}
	return false
}

func eventNameAllowed(data []byte) bool {
	name, _, ok := EventName(data)
	return ok && !Reserved(name)
}
