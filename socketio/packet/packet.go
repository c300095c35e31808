package packet

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// Type is the first character of a packet.
type Type byte

// The packet types of Socket.IO 5.
const (
	Connect      Type = '0'
	Disconnect   Type = '1'
	Event        Type = '2'
	Ack          Type = '3'
	ConnectError Type = '4'
	BinaryEvent  Type = '5'
	BinaryAck    Type = '6'
)

// NoAck is the AckID of a packet that asks for no acknowledgement.
const NoAck = -1

// MaxAttachments is how many binary attachments one packet may have. The
// parsers of Node and of up-to-date clients close the connection beyond it.
const MaxAttachments = 10

// MaxNamespace is how long, in bytes, the name of a namespace may be: it is kept
// and answered with, so a client must not choose any size for it.
const MaxNamespace = 1024

// Packet is one packet without its attachments, which follow it as binary messages.
type Packet struct {
	Type        Type
	Namespace   string // "/" is the default one
	AckID       int64  // NoAck for none
	Attachments int    // how many binary messages follow
	Data        []byte // JSON with AppendPlaceholder's objects for attachments; nil when the packet has none
}

// Errors of Decode, all of which end the connection.
var (
	ErrType        = errors.New("socket.io packet has an unknown type")
	ErrAttachments = fmt.Errorf("socket.io packet needs a number of attachments up to %d and a dash", MaxAttachments)
	ErrNamespace   = fmt.Errorf("socket.io namespace does not begin with a slash or is longer than %d bytes", MaxNamespace)
	ErrAckID       = errors.New("socket.io ack id is missing or out of range")
	ErrJSON        = errors.New("socket.io packet is not JSON")
	ErrPayload     = errors.New("socket.io packet has a payload its type does not allow")
)

// Decode reads one packet and checks that its payload has the shape that its
// type requires. Data refers to text.
func Decode(text []byte) (Packet, error) {
	p := Packet{Namespace: "/", AckID: NoAck}
	if len(text) == 0 || text[0] < byte(Connect) || text[0] > byte(BinaryAck) {
		return p, ErrType
	}
	p.Type = Type(text[0])
	rest := text[1:]
	var err error
	if p.Type == BinaryEvent || p.Type == BinaryAck {
		if p.Attachments, rest, err = cutAttachments(rest); err != nil {
			return p, err
		}
	}
	if len(rest) > 0 && rest[0] == '/' {
		if p.Namespace, rest, err = cutNamespace(rest); err != nil {
			return p, err
		}
	}
	if p.AckID, rest, err = cutAckID(rest); err != nil {
		return p, err
	}
	if len(rest) > 0 {
		if !json.Valid(rest) {
			return p, ErrJSON
		}
		p.Data = rest
	}
	return p, p.Check()
}

func cutAttachments(text []byte) (n int, rest []byte, err error) {
	digits := countDigits(text)
	if digits == 0 || digits > 2 || digits == len(text) || text[digits] != '-' {
		return 0, nil, ErrAttachments
	}
	n, _ = strconv.Atoi(string(text[:digits]))
	if n > MaxAttachments {
		return 0, nil, ErrAttachments
	}
	return n, text[digits+1:], nil
}

func cutNamespace(text []byte) (string, []byte, error) {
	name, rest := text, []byte(nil)
	if i := bytes.IndexByte(text, ','); i >= 0 {
		name, rest = text[:i], text[i+1:]
	}
	if len(name) > MaxNamespace {
		return "/", nil, ErrNamespace
	}
	return string(name), rest, nil
}

// maxDigits is how many digits an int64 has at most.
const maxDigits = 19

func cutAckID(text []byte) (int64, []byte, error) {
	digits := countDigits(text)
	if digits == 0 {
		return NoAck, text, nil
	}
	if digits > maxDigits {
		return NoAck, nil, ErrAckID
	}
	id, err := strconv.ParseInt(string(text[:digits]), 10, 64)
	if err != nil {
		return NoAck, nil, ErrAckID
	}
	return id, text[digits:], nil
}

func countDigits(text []byte) int {
	n := 0
	for n < len(text) && text[n] >= '0' && text[n] <= '9' {
		n++
	}
	return n
}

// AppendHeader adds everything of a packet that stands before its JSON.
func AppendHeader(dst []byte, p Packet) []byte {
	dst = append(dst, byte(p.Type))
	if p.Type == BinaryEvent || p.Type == BinaryAck {
		dst = append(strconv.AppendInt(dst, int64(p.Attachments), 10), '-')
	}
	if p.Namespace != "/" && p.Namespace != "" {
		dst = append(append(dst, p.Namespace...), ',')
	}
	if p.AckID != NoAck {
		dst = strconv.AppendInt(dst, p.AckID, 10)
	}
	return dst
}

// Append adds a whole packet, header and JSON.
func Append(dst []byte, p Packet) []byte {
	return append(AppendHeader(dst, p), p.Data...)
}
