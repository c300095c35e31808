package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	engine "tradewind/socketio/engineio/packet"
	"tradewind/socketio/packet"
)

// open is the Engine.IO handshake. Times are milliseconds.
type open struct {
	SID          string   `json:"sid"`
	Upgrades     []string `json:"upgrades"`
	PingInterval int64    `json:"pingInterval"`
	PingTimeout  int64    `json:"pingTimeout"`
	MaxPayload   int      `json:"maxPayload"`
}

// maxEarlyEvents bounds the events that a server may send before its CONNECT: those
// that a recovered socket has missed.
const maxEarlyEvents = 100_000

// connection is one life of a client's connection, from CONNECT to its end.
type connection struct {
	transport
	id        string        // the socket's, from the server
	recovered bool          // the id is the one of the connection before
	silence   time.Duration // without a ping for so long, the connection is dead
	deadline  time.Time     // for the next ping
	assembly  assembly
	early     []message // events that came before the answer to CONNECT
}

// establish makes a connection and joins the namespace. It is bounded by ctx,
// the connect timeout and the client's end.
func (c *Client) establish(ctx context.Context) (*connection, error) {
	ctx, cancel := context.WithTimeout(ctx, c.o.ConnectTimeout)
	defer cancel()
	defer context.AfterFunc(c.root, cancel)()

	conn, err := c.openConnection(ctx)
	if err == nil {
		stop := context.AfterFunc(ctx, conn.abort)
		err = c.joinNamespace(ctx, conn)
		if !stop() && err == nil {
			err = ctx.Err()
		}
		if err != nil {
			conn.abort()
		}
	}
	if err == nil {
		return conn, nil
	}
	if cause := context.Cause(c.root); cause != nil {
		err = cause
	} else if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	return nil, fmt.Errorf("connect to %s: %w", c.url.Host, err)
}

// openConnection does the Engine.IO handshake and, where asked for, the upgrade.
func (c *Client) openConnection(ctx context.Context) (*connection, error) {
	switch first := c.o.Transports[0]; first {
	case WebSocket:
		t, err := dialWebSocket(ctx, c.endpoint(WebSocket, ""), &c.o)
		if err != nil {
			return nil, err
		}
		conn, _, err := handshake(ctx, t)
		return conn, err
	case Polling:
		t := c.newPolling()
		conn, o, err := handshake(ctx, t)
		if err != nil {
			return nil, err
		}
		t.join(o)
		if slices.Contains(c.o.Transports, WebSocket) && slices.Contains(o.Upgrades, string(WebSocket)) {
			c.upgrade(ctx, conn, o)
		}
		return conn, nil
	default:
		return nil, fmt.Errorf("unknown transport %q: polling and websocket are known", first)
	}
}

// handshake waits for the open packet; on an error the transport is gone.
func handshake(ctx context.Context, t transport) (conn *connection, o open, err error) {
	defer context.AfterFunc(ctx, t.abort)()
	defer func() {
		if err != nil {
			t.abort()
		}
	}()
	deadline, _ := ctx.Deadline()
	p, err := t.next(deadline)
	if err != nil {
		return nil, o, fmt.Errorf("handshake: %w", err)
	}
	if p.Type != engine.Open || p.Binary {
		return nil, o, parseError{errors.New("handshake: the first packet is not open")}
	}
	if err := json.Unmarshal(p.Data, &o); err != nil || o.SID == "" || o.PingInterval <= 0 || o.PingTimeout <= 0 {
		return nil, o, parseError{fmt.Errorf("handshake: open packet %.200q", p.Data)}
	}
	conn = &connection{transport: t, silence: time.Duration(o.PingInterval+o.PingTimeout) * time.Millisecond}
	conn.deadline = time.Now().Add(conn.silence)
	return conn, o, nil
}

// upgrade moves a polling connection to WebSocket. When that does not work the
// connection stays as it was. No poll is pending meanwhile, so there is nothing
// to wait for before the server may switch.
func (c *Client) upgrade(ctx context.Context, conn *connection, o open) {
	t, err := dialWebSocket(ctx, c.endpoint(WebSocket, o.SID), &c.o)
	if err != nil {
		c.o.Logger.Debug("upgrade failed", "error", err)
		return
	}
	defer context.AfterFunc(ctx, t.abort)()
	err = t.write(engine.Packet{Type: engine.Ping, Data: []byte("probe")})
	if err == nil {
		var p engine.Packet
		deadline, _ := ctx.Deadline()
		if p, err = t.next(deadline); err == nil && (p.Type != engine.Pong || string(p.Data) != "probe") {
			err = fmt.Errorf("probe answered with %c%.20q", p.Type, p.Data)
		}
	}
	if err == nil {
		err = t.write(engine.Packet{Type: engine.Upgrade})
	}
	if err != nil {
		c.o.Logger.Debug("upgrade failed", "error", err)
		t.abort()
		return
	}
	conn.transport.abort()
	conn.transport = t
}

// joinNamespace sends CONNECT and waits for the answer.
func (c *Client) joinNamespace(ctx context.Context, conn *connection) error {
	auth, err := c.auth()
	if err != nil {
		return err
	}
	header := packet.AppendHeader(nil, packet.Packet{Type: packet.Connect, Namespace: c.o.Namespace, AckID: packet.NoAck})
	if err := conn.write(engine.Packet{Type: engine.Message, Data: append(header, c.recovery.ask(auth)...)}); err != nil {
		return fmt.Errorf("send CONNECT: %w", err)
	}
	for {
		m, err := conn.receive()
		if err != nil {
			return fmt.Errorf("wait for the answer to CONNECT: %w", err)
		}
		if m.Namespace != c.o.Namespace {
			continue
		}
		switch m.Type {
		case packet.Connect:
			var answer struct {
				SID string `json:"sid"`
				PID string `json:"pid"`
			}
			if err := json.Unmarshal(m.Data, &answer); err != nil || answer.SID == "" {
				return parseError{fmt.Errorf("answer to CONNECT %.200q", m.Data)}
			}
			conn.id, conn.recovered = answer.SID, c.recovery.connected(answer.PID)
			return nil
		case packet.ConnectError:
			refusal := &ConnectError{}
			if err := json.Unmarshal(m.Data, refusal); err != nil {
				return parseError{fmt.Errorf("CONNECT_ERROR %.200q", m.Data)}
			}
			conn.shutdown()
			return refusal
		case packet.Event, packet.BinaryEvent:
			if len(conn.early) == maxEarlyEvents {
				return parseError{fmt.Errorf("more than %d events before CONNECT was answered", maxEarlyEvents)}
			}
			conn.early = append(conn.early, m)
		}
	}
}

// auth is the JSON of Options.Auth, nil if there is none.
func (c *Client) auth() ([]byte, error) {
	value := c.o.Auth
	if fn, ok := value.(func() (any, error)); ok {
		var err error
		if value, err = fn(); err != nil {
			return nil, fmt.Errorf("make auth: %w", err)
		}
	}
	if value == nil {
		return nil, nil
	}
	data, err := appendJSON(nil, value)
	if err != nil {
		return nil, fmt.Errorf("encode auth: %w", err)
	}
	return data, nil
}

// receive returns the next Socket.IO packet with its attachments. Pings are
// answered on the way; each moves the deadline of the next one.
func (conn *connection) receive() (message, error) {
	for {
		p, err := conn.next(conn.deadline)
		if err != nil {
			return message{}, err
		}
		switch p.Type {
		case engine.Ping:
			conn.deadline = time.Now().Add(conn.silence)
			if err := conn.write(engine.Packet{Type: engine.Pong, Data: p.Data}); err != nil {
				return message{}, fmt.Errorf("answer ping: %w", err)
			}
		case engine.Close:
			return message{}, errClosedByServer
		case engine.Message:
			m, complete, err := conn.assembly.add(p)
			if err != nil {
				return message{}, parseError{err}
			}
			if complete {
				return m, nil
			}
		}
	}
}

var errClosedByServer = errors.New("the server closed the session")
