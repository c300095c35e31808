package client

import (
	"bytes"
	"encoding/json"

	"tradewind/socketio/packet"
)

// recovery is what the client needs to come back to its socket on a server that
// keeps sessions (Socket.IO, "Connection state recovery"). It belongs to the
// goroutine that connects and reads.
type recovery struct {
	pid    string // the private id of the session, from the last CONNECT
	offset string // what the last event with a string at its end ended in; the server sees to it that this is an offset
}

// connected takes the private id from the answer to CONNECT, empty if the server
// keeps no sessions, and reports whether it is the one that was asked for.
func (r *recovery) connected(pid string) bool {
	recovered := pid != "" && pid == r.pid
	r.pid = pid
	return recovered
}

// handled notes the offset of an event, after its handlers have run.
func (r *recovery) handled(m message) {
	if r.pid != "" && m.last != nil && m.AckID == packet.NoAck {
		_ = json.Unmarshal(m.last, &r.offset) // is a valid string
	}
}

// ask adds what asks for the session to the auth of a CONNECT. What the user has
// under these names stays, and what is no object is left as it is.
func (r *recovery) ask(auth []byte) []byte {
	if r.pid == "" {
		return auth
	}
	fields := map[string]any{}
	if len(auth) > 0 {
		var own map[string]json.RawMessage
		if json.Unmarshal(auth, &own) != nil {
			return auth
		}
		for name, value := range own {
			fields[name] = value
		}
	}
	if _, taken := fields["pid"]; !taken {
		fields["pid"] = r.pid
	}
	if _, taken := fields["offset"]; !taken && r.offset != "" {
		fields["offset"] = r.offset
	}
	asking, err := appendJSON(nil, fields)
	if err != nil { // not of valid JSON
		return auth
	}
	return asking
}

// lastString is the last element of a valid JSON array if that is a string.
func lastString(array []byte) json.RawMessage {
	end := bytes.LastIndexByte(array, ']')
	if end < 0 {
		return nil
	}
	text := bytes.TrimRight(array[:end], " \t\r\n")
	if !bytes.HasSuffix(text, []byte{'"'}) {
		return nil
	}
	for start := len(text) - 2; start > 0; start-- {
		if text[start] == '"' && !escaped(text, start) {
			return json.RawMessage(text[start:])
		}
	}
	return nil
}

// escaped tells whether a character inside of a JSON string is written with a backslash.
func escaped(text []byte, at int) bool {
	n := 0
	for at--; at >= 0 && text[at] == '\\'; at-- {
		n++
	}
	return n%2 == 1
}
