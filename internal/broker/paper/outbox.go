package paper

import (
	"context"
	"hash/maphash"
	"log/slog"
	"sync"

	"golang.org/x/sync/errgroup"

	"tradewind/internal/trading"
)

// lanes is how many sinks run at once. Events of one account share a lane, which
// keeps their order; a ledger that commits several accounts together gains from more.
const lanes = 16

// outbox holds events that are in the book and not yet with the sink. Room is
// reserved before a change is made, so that adding never waits.
type outbox struct {
	room  chan struct{} // holds a token for each reserved place
	seed  maphash.Seed
	lanes [lanes]lane
}

type lane struct {
	added chan struct{} // holds a token when there may be events

	mu     sync.Mutex
	events []trading.BrokerEvent
}

func newOutbox(size int) *outbox {
	x := &outbox{room: make(chan struct{}, size), seed: maphash.MakeSeed()}
	for i := range x.lanes {
		x.lanes[i].added = make(chan struct{}, 1)
	}
	return x
}

// reserve waits for room for one event.
func (x *outbox) reserve(ctx context.Context) error {
	select {
	case x.room <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// release gives a reserved place back.
func (x *outbox) release() { <-x.room }

// add queues an event in a reserved place.
func (x *outbox) add(ev trading.BrokerEvent) {
	l := &x.lanes[maphash.String(x.seed, string(ev.Account))%lanes]
	l.mu.Lock()
	l.events = append(l.events, ev)
	l.mu.Unlock()
	select {
	case l.added <- struct{}{}:
	default:
	}
}

// deliver runs the lanes in g until ctx ends.
func (x *outbox) deliver(ctx context.Context, g *errgroup.Group, log *slog.Logger, sink func(context.Context, trading.BrokerEvent) error) {
	for i := range x.lanes {
		g.Go(func() error { return x.drain(ctx, &x.lanes[i], log, sink) })
	}
}

func (x *outbox) drain(ctx context.Context, l *lane, log *slog.Logger, sink func(context.Context, trading.BrokerEvent) error) error {
	for {
		select {
		case <-l.added:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		for _, ev := range l.take() {
			if err := offer(ctx, ev, log, sink); err != nil {
				return err
			}
			x.release()
		}
	}
}

func (l *lane) take() []trading.BrokerEvent {
	l.mu.Lock()
	defer l.mu.Unlock()
	events := l.events
	l.events = nil
	return events
}

// offer hands one event over, again and again until the sink has kept it.
func offer(ctx context.Context, ev trading.BrokerEvent, log *slog.Logger, sink func(context.Context, trading.BrokerEvent) error) error {
	for {
		err := sink(ctx, ev)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		log.Error("deliver paper event", "account", ev.Account, "order", ev.Order.ID, "error", err)
		if err := pause(ctx, retryAfter); err != nil {
			return err
		}
	}
}
