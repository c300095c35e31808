package gateway

import (
	"context"
	"encoding/json"

	"tradewind/internal/session"
	"tradewind/internal/trading"
	"tradewind/internal/wire"
	"tradewind/socketio"
)

// client is one signed-in socket. Its requests are handled one after the other;
// what else touches it is said at each field.
type client struct {
	socketOutlet
	user    trading.UserID
	slot    *slot
	session trading.Session
	hold    func() // ends the hold on session; nil until the socket is welcome

	buckets   [requests]bucket
	tape      tape      // has its own lock
	release   func()    // ends the valuation of the account; nil when none runs
	watchlist watchlist // belongs to quotes
}

// clientKey leads from a socket to its client.
var clientKey = socketio.NewKey[*client]("client")

func (g *Gateway) newClient(s *socketio.Socket, id session.Identity) *client {
	c := &client{socketOutlet: socketOutlet{socket: s, metrics: g.metrics}, user: id.User.ID, session: id.Session}
	c.tape.account = id.User.Account
	c.tape.out = c.socketOutlet
	c.tape.ctx = s.Context()
	c.tape.start = func(ctx context.Context, account trading.AccountID, run int) {
		g.streams.startReplay(ctx, &c.tape, account, run)
	}
	return c
}

// Ping implements holder.
func (c *client) Ping(ctx context.Context) error { return c.socket.Ping(ctx) }

// drop implements holder.
func (c *client) drop() {
	if c.tape.ctx.Err() != nil {
		return // it ended by itself meanwhile
	}
	c.metrics.ghosts.Inc()
	_ = c.socket.CloseTransport(socketio.PingTimeout) // fails when the server is closed, and then it has ended
}

// Rooms. Those of users and symbols are open to emits of other processes; the
// last is ours: its sockets get quotes at their own pace.
const (
	userRoom   = "user:"
	symbolRoom = "symbol:"
	slowRoom   = "quotes:slow"
)

// watch implements watcher.
func (c *client) watch(ctx context.Context, added, removed []trading.Symbol, slow bool) error {
	if len(removed) > 0 {
		if err := c.socket.Leave(ctx, symbolRooms{}.names(removed)...); err != nil {
			return err
		}
	}
	change := c.socket.Leave
	if slow {
		change = c.socket.Join
	}
	if err := change(ctx, slowRoom); err != nil {
		return err
	}
	if len(added) == 0 {
		return nil
	}
	return c.socket.Join(ctx, symbolRooms{}.names(added)...)
}

// symbolRooms are the rooms of symbols as a quoteRoom.
type symbolRooms struct {
	io      *socketio.Namespace
	metrics *metrics
}

func (symbolRooms) names(symbols []trading.Symbol) []socketio.Room {
	rooms := make([]socketio.Room, len(symbols))
	for i, symbol := range symbols {
		rooms[i] = socketio.Room(symbolRoom + string(symbol))
	}
	return rooms
}

// sendQuote implements quoteRoom.
func (r symbolRooms) sendQuote(ctx context.Context, symbol trading.Symbol, encoded json.RawMessage, slow bool) error {
	to := r.io.To(socketio.Room(symbolRoom + string(symbol)))
	if slow {
		to = to.Except(slowRoom)
	}
	return r.metrics.deliver(ctx, to, wire.EventQuote, string(symbol), encoded)
}
