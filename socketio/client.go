package socketio

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"tradewind/socketio/engineio"
	"tradewind/socketio/packet"
)

// client is one connection: it decodes packets and leads them to its sockets, one
// for each namespace it joined. It belongs to the connection's shard.
type client struct {
	server    *Server
	conn      *engineio.Conn
	handshake *Handshake
	sockets   []*Socket // joined and joining
	asked     *asked    // parents for their namespaces; made when first needed
	left      []string  // namespaces the server took the client out of, the newest
	partial   *partial  // a packet whose attachments are still coming
	timeout   engineio.Timer
	choked    int  // sockets whose handler queue is full, and one more when crowded
	leaving   int  // sockets that have ended, but whose handlers have not
	crowded   bool // leaving is too many
	closed    bool
}

// asked are the parents that look whether they have a namespace for the client.
type asked struct {
	names  []string        // of the namespaces
	ctx    context.Context // ends with the connection
	cancel context.CancelFunc
}

// joining lists the namespaces whose parent is being asked.
func (c *client) joining() []string {
	if c.asked == nil {
		return nil
	}
	return c.asked.names
}

// maxLeaving is how many ended sockets of one connection may still have handlers
// at work before it is not read any more: a client that joins and leaves again
// and again must not leave any number of them behind.
const maxLeaving = 8

type partial struct {
	packet      packet.Packet
	attachments [][]byte
	unwanted    bool // its socket has ended: the attachments are only counted
}

func (p *partial) add(attachment []byte) {
	var kept []byte
	if !p.unwanted {
		kept = append([]byte(nil), attachment...)
	}
	p.attachments = append(p.attachments, kept)
}

var (
	errUnexpected   = errors.New("packet is out of place")
	errNotConnected = errors.New("packet is for a namespace that was not joined")
)

func newClient(s *Server, conn *engineio.Conn, h *Handshake) *client {
	c := &client{server: s, conn: conn, handshake: h}
	c.timeout.Fire = c.connectTimedOut
	return c
}

// Opened implements engineio.Handler.
func (c *client) Opened() {
	c.conn.Shard().Arm(&c.timeout, c.server.options.ConnectTimeout)
	if c.legacy() {
		c.join(c.server.Namespace, emptyAuth) // it does not ask
	}
}

func (c *client) connectTimedOut() {
	for _, s := range c.sockets {
		if s.connected {
			return
		}
	}
	c.conn.Close(ConnectTimeout)
}

// Message implements engineio.Handler (Socket.IO 5, "Packet encoding").
func (c *client) Message(data []byte, binary bool) error {
	if c.partial != nil {
		if !binary {
			return errUnexpected
		}
		return c.attachment(data)
	}
	p, attachments, err := c.server.options.Parser.Decode(data, binary)
	if err != nil {
		return err
	}
	if p.Attachments > len(attachments) {
		s, err := c.recipient(p.Namespace) // now: what is for nobody is not kept until it is whole
		if err != nil {
			return err
		}
		c.partial = &partial{packet: p, unwanted: s == nil}
		c.partial.packet.Data = append([]byte(nil), p.Data...)
		for _, a := range attachments {
			c.partial.add(a)
		}
		return nil
	}
	for i, a := range attachments {
		attachments[i] = append([]byte(nil), a...) // the bytes are the shard's read buffer
	}
	return c.packet(p, attachments)
}

func (c *client) attachment(data []byte) error {
	c.partial.add(data)
	if len(c.partial.attachments) < c.partial.packet.Attachments {
		return nil
	}
	whole := c.partial
	c.partial = nil
	return c.packet(whole.packet, whole.attachments)
}

func (c *client) packet(p packet.Packet, attachments [][]byte) error {
	if p.Type == packet.Connect {
		return c.connect(p)
	}
	s, err := c.recipient(p.Namespace)
	if s == nil {
		return err
	}
	data := p.Data
	var sent *binary
	if len(attachments) == 0 {
		data = append([]byte(nil), data...) // the bytes are the shard's read buffer
	} else {
		if data, err = packet.InlineAttachments(data, attachments); err != nil {
			return err
		}
		sent = &binary{append([]byte(nil), p.Data...), attachments}
	}
	switch p.Type {
	case packet.Disconnect:
		s.end(ClientDisconnect)
	case packet.Event, packet.BinaryEvent:
		if len(data) > 0 {
			s.receive(p.AckID, data, sent)
		}
	case packet.Ack, packet.BinaryAck:
		s.acknowledged(p.AckID, Args{data, sent})
	default:
		return errUnexpected
	}
	return nil
}

// recipient is the connected socket that a packet is for. It is nil without an
// error for a packet that was on its way when the server ended its socket.
func (c *client) recipient(namespace string) (*Socket, error) {
	s := c.socket(namespace)
	switch {
	case s == nil && slices.Contains(c.left, namespace):
		return nil, nil
	case s == nil || !s.connected:
		return nil, errNotConnected
	}
	return s, nil
}

// connect handles CONNECT (Socket.IO 5, "Connection to a namespace").
func (c *client) connect(p packet.Packet) error {
	auth := emptyAuth
	if c.legacy() {
		p.Namespace, auth = cutQuery(p.Namespace)
	} else if len(p.Data) > 0 {
		auth = append(json.RawMessage(nil), p.Data...)
	}
	if c.socket(p.Namespace) != nil || slices.Contains(c.joining(), p.Namespace) {
		return errUnexpected
	}
	if len(c.sockets)+len(c.joining()) >= c.server.options.MaxNamespaces {
		c.refuse(p.Namespace, errTooManyNamespaces, c.refusal(p.Namespace, errTooManyNamespaces))
		return nil
	}
	if ns := c.server.lookup(p.Namespace); ns != nil {
		c.join(ns, auth)
		return nil
	}
	c.ask(p.Namespace, auth)
	return nil
}

// join makes a socket in a namespace that is held for it, and leads it in.
func (c *client) join(ns *Namespace, auth json.RawMessage) {
	s := newSocket(ns, c, auth)
	c.sockets = append(c.sockets, s)
	s.enqueue(job{run: s.connect})
}

// errNoNamespace refuses a name that nobody has.
var errNoNamespace = &ConnectError{Message: "Invalid namespace"}

// ask looks for a parent that makes the namespace, away from the shard.
func (c *client) ask(name string, auth json.RawMessage) {
	if !c.server.hasParents() {
		c.refuse(name, errNoNamespace, c.refusal(name, errNoNamespace))
		return
	}
	if c.asked == nil {
		c.asked = &asked{}
		c.asked.ctx, c.asked.cancel = context.WithCancel(context.Background())
	}
	ctx := c.asked.ctx
	c.asked.names = append(c.asked.names, name)
	c.server.goes(func() { // the server's; ends with the connection if a parent obeys its context
		ns, err := c.server.find(ctx, name, auth)
		if ns == nil && err == nil {
			err = errNoNamespace
		}
		var body []byte
		if err != nil {
			body = c.refusal(name, err)
		}
		if c.conn.Post(context.Background(), func() { c.found(name, auth, ns, err, body) }) != nil && ns != nil {
			ns.release()
		}
	})
}

// found is called when the parents have been asked.
func (c *client) found(name string, auth json.RawMessage, ns *Namespace, err error, body []byte) {
	c.asked.names = slices.DeleteFunc(c.asked.names, func(other string) bool { return other == name })
	switch {
	case ns == nil:
		c.refuse(name, err, body)
	case c.closed:
		ns.release()
	default:
		c.join(ns, auth)
	}
}

// refuse sends CONNECT_ERROR; the connection stays.
func (c *client) refuse(namespace string, err error, body []byte) {
	if refused := c.server.options.Metrics.Refused; refused != nil && !c.closed {
		refused(namespace, err)
	}
	c.send(packet.Packet{Type: packet.ConnectError, Namespace: namespace, AckID: packet.NoAck, Data: body})
}

// send queues a packet without attachments.
func (c *client) send(p packet.Packet) {
	m, err := c.server.encode(p, nil)
	if err != nil { // no packet of the protocol itself is beyond a parser
		c.server.options.Logger.Error("encode packet", "type", string(p.Type), "error", err)
		return
	}
	c.conn.Send(m)
}

// disconnect takes the client out of all namespaces and closes the connection.
func (c *client) disconnect() {
	for _, s := range slices.Clone(c.sockets) {
		s.disconnect()
	}
	c.conn.Close(ForcedClose)
}

func (c *client) socket(namespace string) *Socket {
	for _, s := range c.sockets {
		if s.ns.name == namespace {
			return s
		}
	}
	return nil
}

func (c *client) remove(s *Socket) {
	for i, other := range c.sockets {
		if other == s {
			c.sockets = append(c.sockets[:i], c.sockets[i+1:]...)
			return
		}
	}
}

// joined is called when a socket is connected: what only the handshake needed is let go.
func (c *client) joined() {
	c.conn.Shard().Disarm(&c.timeout)
	if !c.server.options.RetainHeaders {
		h := *c.handshake
		h.Header = nil
		c.handshake = &h
	}
}

// Closed implements engineio.Handler.
func (c *client) Closed(r Reason) {
	c.closed = true
	c.conn.Shard().Disarm(&c.timeout)
	if c.asked != nil {
		c.asked.cancel()
	}
	for len(c.sockets) > 0 {
		c.sockets[len(c.sockets)-1].end(r)
	}
	c.partial = nil
}

// choke and unchoke count the sockets that are behind; the connection is read only while there are none.
func (c *client) choke() {
	if c.choked++; c.choked == 1 {
		c.conn.Pause()
	}
}

func (c *client) unchoke() {
	if c.choked--; c.choked == 0 {
		c.conn.Resume()
	}
}

// leave is called when a connected socket has ended on a connection that goes on.
func (c *client) leave(s *Socket, r Reason) {
	if r == ServerDisconnect && !slices.Contains(c.left, s.ns.name) {
		if len(c.left) == c.server.options.MaxNamespaces {
			c.left = slices.Delete(c.left, 0, 1)
		}
		c.left = append(c.left, s.ns.name)
	}
	if !slices.ContainsFunc(c.sockets, func(s *Socket) bool { return s.connected }) {
		c.conn.Shard().Arm(&c.timeout, c.server.options.ConnectTimeout)
	}
	if c.leaving++; c.leaving > maxLeaving && !c.crowded {
		c.crowded = true
		c.choke()
	}
}

// gone is called when the last handler of a socket that left has returned.
func (c *client) gone() {
	if c.leaving--; c.crowded && c.leaving <= maxLeaving/2 {
		c.crowded = false
		c.unchoke()
	}
}
