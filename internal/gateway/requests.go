package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"tradewind/internal/trading"
	"tradewind/internal/wire"
	"tradewind/socketio"
)

// answer is what an accepted request leads to: the ack, and then what must not
// reach the client before it.
type answer struct {
	ack  wire.Payload
	then func() // may be nil
}

// handler decides about one request. A *wire.Error is the client's fault and sent
// to it; any other error is ours and logged.
type handler func(ctx context.Context, c *client, args socketio.Args) (answer, error)

// handle registers the events of clients.
func (g *Gateway) handle(io *socketio.Namespace) {
	for r, h := range map[request]handler{
		subscribePortfolio:   g.subscribePortfolio,
		subscribeTrades:      g.subscribeTrades,
		subscribeWatchlist:   g.subscribeWatchlist,
		unsubscribePortfolio: g.unsubscribePortfolio,
		unsubscribeTrades:    g.unsubscribeTrades,
		unsubscribeWatchlist: g.unsubscribeWatchlist,
		clock:                g.clock,
		sessionRefresh:       g.refreshSession,
	} {
		socketio.OnEvent(io, limits[r].event, func(ctx context.Context, s *socketio.Socket, ev *socketio.Event) error {
			return g.serve(ctx, s, ev, r, h)
		})
	}
	io.OnUnknown(func(ctx context.Context, s *socketio.Socket, ev *socketio.Event) {
		g.refuse(ctx, s, ev, unknownEvent, &wire.Error{Code: wire.CodeUnknownEvent, Message: "Unknown event"})
	})
	io.OnError(func(ctx context.Context, s *socketio.Socket, ev *socketio.Event, err error) {
		g.refuse(ctx, s, ev, ev.Name, err) // a handler panicked, and the server has logged it
	})
}

// serve leads one request through its limit, its handler and its answer.
func (g *Gateway) serve(ctx context.Context, s *socketio.Socket, ev *socketio.Event, r request, h handler) error {
	c, ok := clientKey.Get(s)
	if !ok {
		return errors.New("socket was never admitted")
	}
	limit, bucket := limits[r], &c.buckets[r]
	if wait := bucket.wait(limit.rate, g.since()); wait > 0 {
		g.refuse(ctx, s, ev, limit.event, &wire.Error{Code: wire.CodeRateLimited, Message: wire.RateLimited, RetryAfter: wait})
		return nil
	}
	bounded, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	a, err := h(bounded, c, ev.Args)
	if err != nil {
		g.refuse(ctx, s, ev, limit.event, err)
		return nil
	}
	bucket.take(limit.rate, g.since())
	g.metrics.handled(limit.event, "ok")
	if ev.WantsAck() {
		g.metrics.sent(reply)
		_ = ev.Ack(ctx, a.ack) // fails when the socket has ended
	}
	if a.then != nil {
		a.then()
	}
	return nil
}

// maxEchoedName bounds how much of an event's name is sent back.
const maxEchoedName = 64

// refuse answers a request that was not accepted: in its ack if there is one,
// else with the event error.
func (g *Gateway) refuse(ctx context.Context, s *socketio.Socket, ev *socketio.Event, label string, err error) {
	var refusal *wire.Error
	if !errors.As(err, &refusal) {
		if ctx.Err() == nil {
			g.log.Error("handle event", "event", label, "socket", string(s.ID()), "error", err)
		}
		refusal = &wire.Error{Code: wire.CodeInternal, Message: "Something went wrong on our side"}
	}
	g.metrics.handled(label, refusal.Code)
	if ev.WantsAck() {
		g.metrics.sent(reply)
		_ = ev.Ack(ctx, wire.Failure{Err: refusal}) // fails when the socket has ended, like the send below
		return
	}
	named := *refusal
	named.Event = ev.Name[:min(len(ev.Name), maxEchoedName)]
	_ = g.metrics.deliver(ctx, s, wire.EventError, "", &named)
}

// decode decodes the first argument; what does not decode is the client's fault.
func decode(args socketio.Args, v json.Unmarshaler) error {
	raw := args.Raw(0)
	if raw == nil {
		raw = json.RawMessage("null")
	}
	if err := v.UnmarshalJSON(raw); err != nil {
		return &wire.Error{Code: wire.CodeInvalidPayload, Message: "Invalid payload: " + err.Error()}
	}
	return nil
}

func (g *Gateway) clock(context.Context, *client, socketio.Args) (answer, error) {
	return answer{ack: wire.ClockAck{Now: time.Now()}}, nil
}

// refreshSession puts a newer session of the same user under a live socket.
func (g *Gateway) refreshSession(ctx context.Context, c *client, args socketio.Args) (answer, error) {
	var shown wire.Credential
	if err := decode(args, &shown); err != nil {
		return answer{}, err
	}
	if shown.Malformed || shown.Empty() {
		return answer{}, &wire.Error{Code: wire.CodeInvalidPayload, Message: "Invalid payload: it must be {sessionID} or {token}, a string"}
	}
	invalid := &wire.Error{Code: wire.InvalidSession.Code, Message: wire.InvalidSession.Message}
	if shown.SessionID == "" {
		return answer{}, invalid // no issuer of tokens is known
	}
	identity, err := g.authenticate(ctx, shown.SessionID)
	switch {
	case errors.Is(err, wire.InvalidSession):
		return answer{}, invalid
	case err != nil:
		return answer{}, err
	case identity.User.ID != c.user:
		return answer{}, invalid
	}
	g.signedIn.move(c, identity.Session)
	return answer{ack: wire.SessionAck{ExpiresAt: identity.Session.ExpiresAt}}, nil
}

// subscribeWatchlist makes the known ones of the given symbols the socket's list.
func (g *Gateway) subscribeWatchlist(_ context.Context, c *client, args socketio.Args) (answer, error) {
	var wanted wire.WatchlistRequest
	if err := decode(args, &wanted); err != nil {
		return answer{}, err
	}
	symbols := wanted.Normal()
	if len(symbols) > maxSymbols {
		return answer{}, &wire.Error{Code: wire.CodeTooManySymbols, Message: "A watchlist has at most 100 symbols; the one before stays"}
	}
	ack := wire.WatchlistAck{Accepted: make([]trading.Symbol, 0, len(symbols))}
	for _, symbol := range symbols {
		if g.known(symbol) {
			ack.Accepted = append(ack.Accepted, symbol)
			continue
		}
		ack.Rejected = append(ack.Rejected, wire.RejectedSymbol{
			Symbol: symbol[:min(len(symbol), wire.MaxSymbolBytes)], Code: wire.CodeUnknownSymbol, Message: "Unknown symbol"})
	}
	return answer{ack: ack, then: func() { g.watch(c, ack.Accepted, wanted.Interval) }}, nil
}

// watch changes the watchlist of a socket. It fails only with the socket.
func (g *Gateway) watch(c *client, symbols []trading.Symbol, interval time.Duration) {
	if err := g.quotes.watch(c.tape.ctx, c, &c.watchlist, symbols, interval); err != nil && c.tape.ctx.Err() == nil {
		g.log.Error("change watchlist", "socket", string(c.socket.ID()), "error", err)
	}
}

// known reports whether a symbol may be watched: one the feed has, or, where there
// is no feed and prices are published by others, any that is well formed.
func (g *Gateway) known(symbol trading.Symbol) bool {
	if g.anySymbol {
		return len(symbol) > 0 && len(symbol) <= wire.MaxSymbolBytes && strings.Trim(string(symbol), symbolCharacters) == ""
	}
	_, known := g.Board.Instrument(symbol)
	return known
}

const symbolCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_/:=^"

func (g *Gateway) unsubscribeWatchlist(_ context.Context, c *client, _ socketio.Args) (answer, error) {
	if len(c.watchlist.symbols) > 0 {
		c.buckets[subscribeWatchlist].give(limits[subscribeWatchlist].rate)
	}
	g.watch(c, nil, 0)
	return answer{ack: wire.OK{}}, nil
}
