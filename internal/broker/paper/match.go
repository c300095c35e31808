package paper

import (
	"cmp"
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"tradewind/internal/trading"
)

// writers is how many fills of one round are written to the book at once.
const writers = 8

// noteQuotes takes quotes from the board: it keeps them, and wakes the matcher
// for symbols that somebody waits for. It does not block.
func (b *Broker) noteQuotes(quotes []trading.Quote) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, q := range quotes {
		b.quotes[q.Symbol] = newLiquidity(q)
		if len(b.listed[q.Symbol]) > 0 {
			b.markLocked(q.Symbol)
		}
	}
}

// markLocked asks the matcher to look at a symbol.
func (b *Broker) markLocked(s trading.Symbol) {
	b.dirty[s] = struct{}{}
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// liquidityLocked is what a symbol offers. Quotes from before the broker
// registered are on the board only.
func (b *Broker) liquidityLocked(s trading.Symbol) *liquidity {
	l := b.quotes[s]
	if l == nil {
		q, ok := b.board.Quote(s)
		if !ok {
			return nil
		}
		l = newLiquidity(q)
		b.quotes[s] = l
	}
	return l
}

// decide is what happens to an order at the newest quote: nothing but the state
// given, or that state with one more fill, whose size is claimed. The caller holds
// the order's turn, so nobody else decides about it before this is carried out.
func (b *Broker) decide(account trading.AccountID, o trading.BrokerOrder) change {
	instrument, _ := b.board.Instrument(o.Symbol)
	now := b.now()
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.liquidityLocked(o.Symbol)
	price, size, ok := l.offer(o, instrument.QuantityStep)
	if !ok {
		return change{after: o}
	}
	filled, err := trading.Add(o.FilledQuantity, size)
	if err != nil {
		b.log.Error("fill paper order", "order", o.ID, "error", err)
		return change{after: o}
	}
	fill := &trading.Fill{
		ID: trading.ExecutionID(newID("px-")), Symbol: o.Symbol, Side: o.Side,
		Quantity: size, Price: price, Time: now,
	}
	o.FilledQuantity, o.UpdatedAt, o.Status = filled, now, trading.PartiallyFilled
	if filled.Cmp(o.Quantity) >= 0 {
		o.Status = trading.Filled
	}
	return change{
		after: o, fill: fill, taken: l.take(o.Side, size),
		events: []trading.BrokerEvent{event(account, o, fill)},
	}
}

// match serves orders whenever a quote may reach them, and ends day orders.
func (b *Broker) match(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	failed := make(map[trading.Symbol]struct{}) // to be tried again when retry fires
	var retry <-chan time.Time
	for {
		select {
		case <-b.wake:
		case <-retry:
			b.markAll(failed)
			clear(failed)
			retry = nil
		case <-timer.C:
			b.markExpired()
			timer.Reset(b.untilMidnight())
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		left, err := b.round(ctx, b.takeDue())
		if err != nil {
			return err
		}
		for _, o := range left {
			failed[o.state.Symbol] = struct{}{}
		}
		if len(failed) > 0 && retry == nil {
			retry = time.After(retryAfter)
		}
	}
}

// untilMidnight is how long to sleep when no quote comes; at most a minute,
// because clocks are adjusted.
func (b *Broker) untilMidnight() time.Duration {
	now := b.o.Now().UTC()
	return min(now.Truncate(day).Add(day).Sub(now), time.Minute)
}

// markExpired marks the symbols of day orders that have outlived their day.
func (b *Broker) markExpired() {
	now := b.now()
	b.mu.Lock()
	defer b.mu.Unlock()
	for s, orders := range b.listed {
		for _, o := range orders {
			if expired(o.state, now) {
				b.markLocked(s)
				break
			}
		}
	}
}

func (b *Broker) markAll(symbols map[trading.Symbol]struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for s := range symbols {
		b.markLocked(s)
	}
}

// takeDue takes the turns of the orders in marked symbols that something can be
// done for, by arrival. Orders whose turn somebody has are left out: passOn will
// mark them.
func (b *Broker) takeDue() []*order {
	now := b.now()
	b.mu.Lock()
	defer b.mu.Unlock()
	var due []*order
	for s := range b.dirty {
		l := b.liquidityLocked(s)
		instrument, _ := b.board.Instrument(s)
		for _, o := range b.listed[s] {
			_, _, reachable := l.offer(o.state, instrument.QuantityStep)
			if (reachable || o.doubt != nil || expired(o.state, now)) && o.tryTake() {
				due = append(due, o)
			}
		}
	}
	clear(b.dirty)
	return due
}

func byArrival(a, b *order) int { return cmp.Compare(a.arrival, b.arrival) }

// round moves the orders on, whose turns it has, and passes them. Sizes are
// claimed one order after the other, the book is written side by side. It returns
// the orders that are to be tried again.
func (b *Broker) round(ctx context.Context, due []*order) (failed []*order, err error) {
	results := make([]error, len(due))
	var g errgroup.Group
	g.SetLimit(writers)
	for i, o := range due {
		if err == nil {
			err = b.out.reserve(ctx)
		}
		if err != nil {
			o.pass()
			continue
		}
		step := b.next(ctx, o)
		if step == nil {
			b.out.release()
			o.pass()
			continue
		}
		g.Go(func() error {
			defer o.pass()
			results[i] = step()
			return nil
		})
	}
	_ = g.Wait() // the errors are in results
	for i, r := range results {
		if r != nil {
			failed = append(failed, due[i])
		}
	}
	return failed, err
}

// next is what to do for an order, nil when there is nothing left to do.
func (b *Broker) next(ctx context.Context, o *order) func() error {
	switch {
	case o.doubt != nil:
		return func() error {
			b.out.release() // what is in doubt has its own room
			_, err := b.settle(ctx, o)
			return err
		}
	case expired(o.state, b.now()):
		return func() error { return b.end(ctx, o, trading.Expired, "The day order expired at 00:00 UTC.") }
	}
	c := b.decide(o.account, o.state)
	if c.fill == nil {
		return nil
	}
	return func() error { return b.carry(ctx, o, c) }
}
