package hostile_test

import (
	"fmt"

	"tradewind/conformance/hostile"
)

// state is something that a connection can be in when it becomes hostile.
type state struct {
	name  string
	query string            // more of the handshake's query, such as what a client cannot do
	eio3  bool              // speaks Engine.IO 3
	enter []hostile.Message // packets to get there
	joins int               // answers to CONNECT to wait for
	then  []hostile.Message // packets after them
	probe bool              // an upgrade is begun; on polling only
	deaf  bool              // what the server sends is left to be read
}

var states = []state{
	{name: "before CONNECT"},
	{name: "joined", enter: packets("0"), joins: 1},
	{name: "in two namespaces", enter: packets("0", "0/custom,"), joins: 2},
	{name: "attachments pending", enter: packets("0"), joins: 1,
		then: append(packets(`53-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1},{"_placeholder":true,"num":2}]`),
			hostile.Message{Binary: true, Data: []byte("first")})},
	{name: "during an upgrade", enter: packets("0"), joins: 1, probe: true},
	{name: "middleware pending", enter: packets("0", "0/slow,"), joins: 1},
	{name: "after DISCONNECT", enter: packets("0", "0/custom,"), joins: 2, then: packets("1", "1/custom,")},
	{name: "call pending", enter: packets("0/called,"), joins: 1},
	{name: "handlers behind", enter: packets("0", "0/blocked,"), joins: 2, then: many(`2/blocked,["wait"]`, 70)},
	{name: "refused", enter: packets("0/refuse,"), joins: 1},
	{name: "reading nothing", enter: packets("0"), joins: 1, deaf: true},
	{name: "base64 asked for", query: "&b64=1", enter: packets("0"), joins: 1},
	{name: "Engine.IO 3", eio3: true, joins: 1},
	{name: "Engine.IO 3 without binary", eio3: true, query: "&b64=1", joins: 1, then: packets("0/custom?a=b,")},
}

func packets(texts ...string) []hostile.Message {
	var out []hostile.Message
	for _, text := range texts {
		out = append(out, hostile.Message{Data: []byte(text)})
	}
	return out
}

func many(text string, n int) []hostile.Message {
	var out []hostile.Message
	for range n {
		out = append(out, packets(text)...)
	}
	return out
}

// open brings a visitor on a transport into the state. The error wraps errOver
// when the server ended the session on the way.
func (s state) open(host string, polling bool) (visitor, error) {
	v, err := s.knock(host, polling)
	if err != nil {
		return nil, err
	}
	if len(s.enter) > 0 {
		err = v.send(s.enter)
	}
	if err == nil {
		err = v.joined(s.joins)
	}
	if sock, ok := v.(*socket); ok && err == nil && !s.deaf {
		sock.listen()
	}
	if err == nil && len(s.then) > 0 {
		err = v.send(s.then)
	}
	if p, ok := v.(*poller); ok && err == nil && s.probe {
		err = p.startProbe()
	}
	if err != nil {
		v.leave(true)
		return nil, fmt.Errorf("become %q: %w", s.name, err)
	}
	return v, nil
}

func (s state) knock(host string, polling bool) (visitor, error) {
	query := "4" + s.query
	if s.eio3 {
		query = "3" + s.query
	}
	if polling {
		return asVisitor(openPoller(host, query))
	}
	return asVisitor(openSocket(host, query))
}

// asVisitor keeps a nil pointer from becoming a visitor.
func asVisitor[T visitor](v T, err error) (visitor, error) {
	if err != nil {
		return nil, err
	}
	return v, nil
}
