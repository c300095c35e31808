package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	engine "tradewind/socketio/engineio/packet"
	"tradewind/socketio/packet"
)

// Client is one socket: one connection that has joined one namespace. Make it
// with New or Dial.
type Client struct {
	url   *url.URL // with the path, without the query of a transport
	o     Options
	http  *http.Client // for polling
	root  context.Context
	end   context.CancelCauseFunc
	done  chan struct{} // closed when the client has ended and its goroutine with it
	ended error         // why; written before done is closed

	handlers handlers
	recovery recovery

	mu      sync.Mutex
	started bool
	conn    *connection // nil while not connected
	acks    map[int64]chan answer
	nextAck int64
}

// answer is what became of a Call.
type answer struct {
	args Args
	err  error
}

// New makes a client for a server at an http, https, ws or wss address. It opens
// nothing: register handlers, then Connect.
func New(address string, o Options) (*Client, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("server address: %w", err)
	}
	switch u.Scheme {
	case "ws":
		u.Scheme = "http"
	case "wss":
		u.Scheme = "https"
	case "http", "https":
	default:
		return nil, fmt.Errorf("server address %q: the scheme must be http, https, ws or wss", address)
	}
	c := &Client{url: u, o: o.withDefaults(), done: make(chan struct{}), acks: map[int64]chan answer{}}
	u.Path = c.o.Path
	c.http = &http.Client{Transport: &http.Transport{
		DialContext:         c.o.DialContext,
		TLSClientConfig:     c.o.TLS,
		MaxIdleConnsPerHost: 2, // one for the GET that waits, one for POSTs
		IdleConnTimeout:     time.Minute,
	}}
	c.root, c.end = context.WithCancelCause(context.Background())
	return c, nil
}

// Dial makes a client and connects it.
func Dial(ctx context.Context, address string, o Options) (*Client, error) {
	c, err := New(address, o)
	if err != nil {
		return nil, err
	}
	if err := c.Connect(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

// Connect makes the first connection and returns when the server has let the
// client into the namespace. A refusal is a *ConnectError, an HTTP answer that
// refuses is a *HandshakeError. After an error the client is over. A client
// connects once; later connections are made by Options.Reconnect.
func (c *Client) Connect(ctx context.Context) error {
	if !c.begin() {
		return ErrClosed
	}
	conn, err := c.establish(ctx)
	if err != nil {
		c.finish(err)
		return err
	}
	c.attach(conn)
	go c.run(conn) // ends with the client; Done tells
	return nil
}

// Close leaves the namespace, closes the connection and waits until the client
// is over. It must not be called by a handler: those use Disconnect.
func (c *Client) Close() error {
	c.Disconnect()
	<-c.done
	return nil
}

// begin takes the one turn that there is to bring the client to its end: Connect
// has it, or Disconnect if it came first. Whoever has it sees to finish.
func (c *Client) begin() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	first := !c.started
	c.started = true
	return first
}

// Disconnect is Close without the wait. Handlers may call it.
func (c *Client) Disconnect() {
	end := &DisconnectError{Reason: ClientDisconnect}
	if c.begin() {
		c.finish(end)
		return
	}
	c.end(end) // before the look for a connection: one that is attached later finds the client at its end
	if conn := c.current(); conn != nil {
		leave := packet.Packet{Type: packet.Disconnect, Namespace: c.o.Namespace, AckID: packet.NoAck}
		_ = conn.write(engine.Packet{Type: engine.Message, Data: packet.Append(nil, leave)}) // it ends either way
		conn.shutdown()
	}
}

// Abort cuts the connection without a word, as a network does. A client with
// Options.Reconnect comes back.
func (c *Client) Abort() {
	if conn := c.current(); conn != nil {
		conn.abort()
	}
}

// Done is closed when the client is over for good.
func (c *Client) Done() <-chan struct{} { return c.done }

// Err says why the client is over, nil while it is not: a *DisconnectError, or
// the error of the last attempt to connect.
func (c *Client) Err() error {
	select {
	case <-c.done:
		return c.ended
	default:
		return nil
	}
}

// ID is the socket's id on the server, empty while not connected.
func (c *Client) ID() string {
	if conn := c.current(); conn != nil {
		return conn.id
	}
	return ""
}

// Recovered reports whether the server has given the client back the socket that
// it had on the connection before, with the same id. What it missed meanwhile
// comes after the handlers of OnConnect, before anything new. Like the JavaScript
// client this one asks for it by itself whenever it reconnects to a server that
// keeps sessions (socketio.Options.Recovery). False while not connected.
func (c *Client) Recovered() bool {
	conn := c.current()
	return conn != nil && conn.recovered
}

// Transport is what carries the connection now, empty while not connected.
func (c *Client) Transport() Transport {
	if conn := c.current(); conn != nil {
		return conn.name()
	}
	return ""
}

// Connected tells whether there is a connection.
func (c *Client) Connected() bool { return c.current() != nil }

func (c *Client) current() *connection {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.conn
}

// Emit sends an event. It returns when the network has taken it, within
// Options.WriteTimeout, and says nothing about the server having seen it.
// Arguments are encoded as JSON; a []byte is sent as binary, also within a
// map[string]any or []any.
func (c *Client) Emit(ctx context.Context, event string, args ...any) error {
	return c.emit(ctx, packet.NoAck, event, args)
}

// Call sends an event and waits for the server's acknowledgement, whose
// arguments it returns. It fails when ctx or the connection ends first.
func (c *Client) Call(ctx context.Context, event string, args ...any) (Args, error) {
	c.mu.Lock()
	if c.conn == nil {
		c.mu.Unlock()
		return Args{}, fmt.Errorf("call %q: %w", event, ErrNotConnected)
	}
	id := c.nextAck
	c.nextAck++
	wait := make(chan answer, 1)
	c.acks[id] = wait
	c.mu.Unlock()

	if err := c.emit(ctx, id, event, args); err != nil {
		c.forget(id)
		return Args{}, err
	}
	select {
	case a := <-wait:
		if a.err != nil {
			return Args{}, fmt.Errorf("call %q: %w", event, a.err)
		}
		return a.args, nil
	case <-ctx.Done():
		c.forget(id)
		return Args{}, fmt.Errorf("call %q: %w", event, context.Cause(ctx))
	}
}

func (c *Client) forget(id int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.acks, id)
}

func (c *Client) emit(ctx context.Context, ack int64, event string, args []any) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("emit %q: %w", event, err)
	}
	packets, err := encode(packet.Packet{Type: packet.Event, Namespace: c.o.Namespace, AckID: ack}, event, args)
	if err != nil {
		return err
	}
	conn := c.current()
	if conn == nil {
		return fmt.Errorf("emit %q: %w", event, ErrNotConnected)
	}
	if err := conn.write(packets...); err != nil {
		return fmt.Errorf("emit %q: %w", event, err)
	}
	return nil
}

// run is the client's one goroutine: it reads and handles until nothing more can come.
func (c *Client) run(conn *connection) {
	for {
		end := c.serve(conn)
		conn.abort()
		c.detach(end)
		c.handlers.disconnected(end)
		c.o.Logger.Debug("connection ended", "reason", end.Reason, "error", end.Err)
		if !end.Reason.reconnects() || c.o.Reconnect == nil {
			c.finish(end)
			return
		}
		var err error
		if conn, err = c.reconnect(); err != nil {
			c.finish(err)
			return
		}
		c.attach(conn)
	}
}

// serve handles what comes until the connection ends, and says why it did.
func (c *Client) serve(conn *connection) *DisconnectError {
	c.handlers.connected()
	early := conn.early
	conn.early = nil
	for _, m := range early {
		c.handle(conn, m)
	}
	for {
		m, err := conn.receive()
		if err != nil {
			return c.reason(conn, err)
		}
		if m.Namespace != c.o.Namespace {
			continue
		}
		if m.Type == packet.Disconnect {
			conn.shutdown()
			return c.reason(conn, &DisconnectError{Reason: ServerDisconnect})
		}
		c.handle(conn, m)
	}
}

// reason makes the one answer to why a connection ended out of what next said.
func (c *Client) reason(conn *connection, err error) *DisconnectError {
	var known *DisconnectError
	if c.root.Err() != nil {
		err = context.Cause(c.root)
	}
	if errors.As(err, &known) {
		return known
	}
	last := conn.closed()
	end := &DisconnectError{Reason: TransportError, Code: last.code, Text: last.text, Err: err}
	var timeout net.Error
	switch {
	case errors.As(err, new(parseError)):
		end.Reason = ParseError
	case errors.As(err, &timeout) && timeout.Timeout():
		end.Reason = PingTimeout
	case conn.name() == WebSocket, errors.Is(err, errClosedByServer):
		end.Reason = TransportClose
	}
	if errors.Is(err, io.EOF) {
		end.Err = nil
	}
	return end
}

// reconnect tries until there is a connection or a reason to stop.
func (c *Client) reconnect() (*connection, error) {
	for attempt := 0; ; attempt++ {
		timer := time.NewTimer(c.o.Reconnect.wait(attempt))
		select {
		case <-timer.C:
		case <-c.root.Done():
			timer.Stop()
			return nil, context.Cause(c.root)
		}
		conn, err := c.establish(c.root)
		if err == nil {
			return conn, nil
		}
		c.handlers.connectFailed(err)
		c.o.Logger.Debug("reconnect failed", "attempt", attempt+1, "error", err)
		var refused *ConnectError
		limit := c.o.Reconnect.Attempts
		if errors.As(err, &refused) || c.root.Err() != nil || limit > 0 && attempt+1 >= limit {
			return nil, err
		}
	}
}

// attach makes the connection the one that Emit and Call use.
func (c *Client) attach(conn *connection) {
	c.mu.Lock()
	c.conn = conn
	c.mu.Unlock()
	if c.root.Err() != nil { // Disconnect came in between and saw no connection
		conn.abort()
	}
}

// detach forgets the connection and fails the calls that wait for it.
func (c *Client) detach(end error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conn = nil
	for id, wait := range c.acks {
		wait <- answer{err: end} // buffered, and answered once: whoever answers deletes
		delete(c.acks, id)
	}
}

// finish marks the end of the client.
func (c *Client) finish(err error) {
	c.end(err)
	c.http.CloseIdleConnections()
	c.ended = err
	close(c.done)
}
