package gateway

import (
	"context"
	"fmt"

	"tradewind/internal/trading"
	"tradewind/internal/wire"
	"tradewind/socketio"
)

// listen makes a socket hear its user's active account. The account of a socket
// that hears one already stays, so that its cursor keeps its meaning.
func (g *Gateway) listen(ctx context.Context, c *client) error {
	if c.tape.idle() {
		user, err := g.Users.User(ctx, c.user)
		if err != nil {
			return fmt.Errorf("find the account of user %s: %w", c.user, err)
		}
		c.tape.moveTo(user.Account)
	}
	g.streams.join(&c.tape)
	return nil
}

// ignore ends listen when nothing is subscribed any more.
func (g *Gateway) ignore(c *client) {
	if c.tape.idle() {
		g.streams.leave(&c.tape)
	}
}

// subscribePortfolio keeps the account valued and shows it now and on change.
func (g *Gateway) subscribePortfolio(ctx context.Context, c *client, _ socketio.Args) (answer, error) {
	if err := g.listen(ctx, c); err != nil {
		return answer{}, err
	}
	// What changes from here on is kept until the snapshot is out.
	fresh := c.tape.awaitPortfolio()
	if fresh {
		g.metrics.portfolios.Inc()
	}
	snapshot, err := g.value(ctx, c)
	if err != nil {
		if fresh {
			g.endPortfolio(c)
		}
		return answer{}, err
	}
	return answer{ack: wire.OK{}, then: func() { c.tape.openPortfolio(&snapshot) }}, nil
}

func (g *Gateway) value(ctx context.Context, c *client) (trading.Portfolio, error) {
	account := c.tape.account
	if c.release == nil {
		release, err := g.Values.Watch(ctx, account)
		if err != nil {
			return trading.Portfolio{}, fmt.Errorf("watch account %s: %w", account, err)
		}
		c.release = release
	}
	p, err := g.Values.Value(ctx, account)
	if err != nil {
		return p, fmt.Errorf("value account %s: %w", account, err)
	}
	return p, nil
}

func (g *Gateway) unsubscribePortfolio(_ context.Context, c *client, _ socketio.Args) (answer, error) {
	if g.endPortfolio(c) {
		c.buckets[subscribePortfolio].give(limits[subscribePortfolio].rate)
	}
	return answer{ack: wire.OK{}}, nil
}

// endPortfolio reports whether there was something to end.
func (g *Gateway) endPortfolio(c *client) bool {
	if c.release != nil {
		c.release()
		c.release = nil
	}
	was := c.tape.closePortfolio()
	if was {
		g.metrics.portfolios.Dec()
	}
	g.ignore(c)
	return was
}

// subscribeTrades replays what follows the client's cursor and goes on live.
func (g *Gateway) subscribeTrades(ctx context.Context, c *client, args socketio.Args) (answer, error) {
	var wanted wire.TradesRequest
	if err := decode(args, &wanted); err != nil {
		return answer{}, err
	}
	if err := g.listen(ctx, c); err != nil {
		return answer{}, err
	}
	before := c.tape.suspend()
	ack, start, err := g.cursor(ctx, c.tape.account, wanted)
	if err != nil {
		c.tape.resume(before)
		g.ignore(c)
		return answer{}, err
	}
	if before == tradesOff {
		g.metrics.trades.Inc()
	}
	return answer{ack: ack, then: func() { c.tape.begin(start, ack.Seq) }}, nil
}

// cursor finds where to start. The newest seq is read after the socket joined its
// account's stream, so that every entry either is in the store now or comes live.
func (g *Gateway) cursor(ctx context.Context, account trading.AccountID, wanted wire.TradesRequest) (ack wire.TradesAck, start trading.Seq, err error) {
	newest, err := g.Store.Head(ctx, account)
	if err != nil {
		return ack, 0, fmt.Errorf("read newest seq of %s: %w", account, err)
	}
	ack = wire.TradesAck{Account: account, Seq: newest}
	foreign := wanted.Account != "" && wanted.Account != account
	if wanted.After == nil && !foreign {
		return ack, newest, nil
	}
	if foreign || *wanted.After > newest {
		return ack, 0, &wire.Error{Code: wire.CodeCursorUnknown, Message: "The cursor is not of this account's ledger: start from a snapshot",
			Cursor: &wire.Cursor{Account: account, Seq: newest}}
	}
	start = max(*wanted.After, newest-maxReplay)
	ack.Replayed, ack.Truncated = int(newest-start), start > *wanted.After
	return ack, start, nil
}

func (g *Gateway) unsubscribeTrades(_ context.Context, c *client, _ socketio.Args) (answer, error) {
	if g.endTrades(c) {
		c.buckets[subscribeTrades].give(limits[subscribeTrades].rate)
	}
	return answer{ack: wire.OK{}}, nil
}

// endTrades reports whether there was something to end.
func (g *Gateway) endTrades(c *client) bool {
	was := c.tape.closeTrades()
	if was {
		g.metrics.trades.Dec()
	}
	g.ignore(c)
	return was
}
