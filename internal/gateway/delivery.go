package gateway

import (
	"context"
	"encoding/json"

	"tradewind/internal/wire"
	"tradewind/socketio"
)

// class is how an event is delivered.
type class string

// The delivery classes.
const (
	ledger class = "ledger" // every one, in order, or the connection ends and the client replays
	latest class = "latest" // the newest of its key; a queued older one is replaced
	reply  class = "reply"  // in order with what it answers
)

// deliveries is the table of what the server sends and how. A latest event that
// depends on ledger events is in order: its replacement goes behind those that
// were queued meanwhile.
var deliveries = map[string]struct {
	class   class
	key     string // prefix of the conflation key
	inOrder bool
}{
	wire.EventPortfolio:      {class: latest, key: "portfolio:", inOrder: true},
	wire.EventQuote:          {class: latest, key: "quote:"},
	wire.EventFeedStatus:     {class: latest, key: "feed:"},
	wire.EventTradeExecuted:  {class: ledger},
	wire.EventTradeFailed:    {class: ledger},
	wire.EventOrder:          {class: ledger},
	wire.EventAccount:        {class: ledger},
	wire.EventError:          {class: reply},
	wire.EventSessionExpired: {class: reply},
}

// outlet sends to one socket. Sending waits for the server to take the message,
// never for the client.
type outlet interface {
	// send sends an event; key tells which value it is of, when its class is latest.
	send(ctx context.Context, event, key string, payload any) error
	// flushed waits until everything sent so far has left for the client.
	flushed(ctx context.Context) error
}

// emitter is what sends of one key share: a socket's or a room's.
type emitter interface {
	KeepLatest(key string) socketio.Emitter
	Emit(ctx context.Context, event string, args ...any) error
}

// made is JSON that encode wrote: socketio need not look whether it is valid.
type made json.RawMessage

// AppendJSON implements socketio.JSONAppender.
func (m made) AppendJSON(dst []byte) ([]byte, error) { return append(dst, m...), nil }

// deliver emits an event as the table says.
func (m *metrics) deliver(ctx context.Context, to emitter, event, key string, payload any) error {
	if encoded, ok := payload.(json.RawMessage); ok {
		payload = made(encoded)
	}
	d := deliveries[event]
	m.sent(d.class)
	if d.class != latest {
		return to.Emit(ctx, event, payload)
	}
	keyed := to.KeepLatest(d.key + key)
	if d.inOrder {
		keyed = keyed.InOrder()
	}
	return keyed.Emit(ctx, event, payload)
}

// socketOutlet is the outlet of a real socket.
type socketOutlet struct {
	socket  *socketio.Socket
	metrics *metrics
}

func (o socketOutlet) send(ctx context.Context, event, key string, payload any) error {
	return o.metrics.deliver(ctx, o.socket, event, key, payload)
}

func (o socketOutlet) flushed(ctx context.Context) error { return o.socket.Flushed(ctx) }

// encode writes a payload once, for all who get it.
func encode(p wire.Payload) (json.RawMessage, error) { return p.MarshalJSON() }
