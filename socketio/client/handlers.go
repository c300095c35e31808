package client

import (
	"sync"

	"tradewind/socketio/packet"
)

// handlers are what the user registered. Slices are only ever appended to, so
// that a copy of their headers may be walked without the lock.
type handlers struct {
	mu           sync.RWMutex
	byEvent      map[string][]func(Args)
	answers      map[string]func(Args) []any
	any          []func(event string, args Args)
	onConnect    []func()
	onDisconnect []func(*DisconnectError)
	onFailure    []func(error)
}

// On registers a handler of an event. Several are called in the order of registration.
func (c *Client) On(event string, fn func(Args)) {
	h := &c.handlers
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.byEvent == nil {
		h.byEvent = map[string][]func(Args){}
	}
	h.byEvent[event] = append(h.byEvent[event], fn)
}

// OnAny registers a handler of every event, called before those of On.
func (c *Client) OnAny(fn func(event string, args Args)) {
	h := &c.handlers
	h.mu.Lock()
	defer h.mu.Unlock()
	h.any = append(h.any, fn)
}

// Answer registers the handler that answers an event which asks for an
// acknowledgement; what it returns are the ack's arguments. It is called after
// those of On; the last one registered counts.
func (c *Client) Answer(event string, fn func(Args) []any) {
	h := &c.handlers
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.answers == nil {
		h.answers = map[string]func(Args) []any{}
	}
	h.answers[event] = fn
}

// OnConnect registers a handler that runs after each connect, before any event of it.
func (c *Client) OnConnect(fn func()) {
	h := &c.handlers
	h.mu.Lock()
	defer h.mu.Unlock()
	h.onConnect = append(h.onConnect, fn)
}

// OnDisconnect registers a handler that runs after the end of each connection.
func (c *Client) OnDisconnect(fn func(*DisconnectError)) {
	h := &c.handlers
	h.mu.Lock()
	defer h.mu.Unlock()
	h.onDisconnect = append(h.onDisconnect, fn)
}

// OnReconnectError registers a handler that runs after each attempt to reconnect that failed.
func (c *Client) OnReconnectError(fn func(error)) {
	h := &c.handlers
	h.mu.Lock()
	defer h.mu.Unlock()
	h.onFailure = append(h.onFailure, fn)
}

func (h *handlers) connected() {
	h.mu.RLock()
	list := h.onConnect
	h.mu.RUnlock()
	for _, fn := range list {
		fn()
	}
}

func (h *handlers) disconnected(end *DisconnectError) {
	h.mu.RLock()
	list := h.onDisconnect
	h.mu.RUnlock()
	for _, fn := range list {
		fn(end)
	}
}

func (h *handlers) connectFailed(err error) {
	h.mu.RLock()
	list := h.onFailure
	h.mu.RUnlock()
	for _, fn := range list {
		fn(err)
	}
}

// handle calls the handlers of an event, or gives an ack to the Call that waits for it.
func (c *Client) handle(conn *connection, m message) {
	switch m.Type {
	case packet.Ack, packet.BinaryAck:
		c.mu.Lock()
		wait, ok := c.acks[m.AckID]
		delete(c.acks, m.AckID)
		c.mu.Unlock()
		if ok {
			wait <- answer{args: Args{m.Data}}
		}
	case packet.Event, packet.BinaryEvent:
		name, rest, ok := packet.EventName(m.Data)
		if !ok {
			return
		}
		args := Args{rest}
		h := &c.handlers
		h.mu.RLock()
		all, list, reply := h.any, h.byEvent[name], h.answers[name]
		h.mu.RUnlock()
		for _, fn := range all {
			fn(name, args)
		}
		for _, fn := range list {
			fn(args)
		}
		if reply != nil && m.AckID != packet.NoAck {
			c.acknowledge(conn, m.AckID, reply(args))
		}
		c.recovery.handled(m)
	}
}

// acknowledge sends an ack. Where that fails the connection is over and says so.
func (c *Client) acknowledge(conn *connection, id int64, values []any) {
	packets, err := encode(packet.Packet{Type: packet.Ack, Namespace: c.o.Namespace, AckID: id}, "", values)
	if err == nil {
		err = conn.write(packets...)
	}
	if err != nil {
		c.o.Logger.Warn("acknowledge", "ack", id, "error", err)
	}
}
