package socketio

import (
	"encoding/json"
	"net/url"
	"strings"

	"tradewind/socketio/packet"
)

// Clients of Socket.IO 2, on Engine.IO 3 with Options.AllowEIO3, differ from those
// of today in how they join a namespace, and in nothing else that is seen here:
// they are in "/" without asking, bring a query where others bring auth, know
// their ids before they are told, and are refused with one value.

// legacy reports whether the client is one of Socket.IO 2.
func (c *client) legacy() bool { return c.conn.Protocol() == 3 }

// cutQuery takes the query off the name of a namespace. It is what the client has as auth.
func cutQuery(namespace string) (name string, auth json.RawMessage) {
	name, query, ok := strings.Cut(namespace, "?")
	if !ok {
		return name, emptyAuth
	}
	values, _ := url.ParseQuery(query) // what does not decode is left out
	object := make(map[string]any, len(values))
	for key, all := range values {
		object[key] = all
		if len(all) == 1 {
			object[key] = all[0]
		}
	}
	auth, _ = json.Marshal(object) // strings always encode
	return name, auth
}

// legacyID is the id that a client of Socket.IO 2 makes up for itself. In "/" it
// is the session's, which is a secret: who may know the id of such a socket can take its session over.
func legacyID(namespace, sid string) SocketID {
	if namespace == "/" {
		return SocketID(sid)
	}
	return SocketID(namespace + "#" + sid)
}

// encodeLegacy makes the payload of what Socket.IO 2 calls ERROR: the data, or the message if there is none.
func (e *ConnectError) encodeLegacy() ([]byte, error) {
	if e.Data != nil {
		return json.Marshal(e.Data)
	}
	return json.Marshal(e.Message)
}

// connectPacket tells the client that it is in the namespace.
func (s *Socket) connectPacket() packet.Packet {
	p := packet.Packet{Type: packet.Connect, Namespace: s.ns.name, AckID: packet.NoAck}
	if s.client.legacy() {
		return p
	}
	data := append([]byte(`{"sid":"`), s.id...)
	if s.recovery != nil {
		data = append(append(data, `","pid":"`...), s.recovery.pid...)
	}
	p.Data = append(data, `"}`...)
	return p
}
