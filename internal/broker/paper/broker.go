package paper

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"tradewind/internal/trading"
)

// Options of a Broker; the zero value is ready to use.
type Options struct {
	Logger *slog.Logger     // nil: silent
	Now    func() time.Time // nil: time.Now
	// MaxOpenOrders is how many orders the broker works on at once, 100,000 by
	// default. Beyond it new ones are refused.
	MaxOpenOrders int
	// MaxEvents is how many events may wait for the sink, 4,096 by default. When
	// they do, orders wait for room before they change.
	MaxEvents int
}

// Broker is the paper broker. Make one with New.
type Broker struct {
	book  trading.PaperBook
	board *trading.Board
	o     Options
	log   *slog.Logger

	ready   chan struct{} // closed when the open orders are loaded
	stopped chan struct{} // closed when Run is over
	out     *outbox
	wake    chan struct{} // holds a token when the matcher has something to look at

	mu       sync.Mutex
	orders   map[trading.AccountID]map[trading.ClientOrderID]*order
	count    int // of orders
	arrivals uint64
	listed   map[trading.Symbol][]*order // by arrival
	quotes   map[trading.Symbol]*liquidity
	dirty    map[trading.Symbol]struct{} // to be matched
}

var (
	_ trading.Broker              = (*Broker)(nil)
	_ trading.AuthoritativeLookup = (*Broker)(nil)
)

// New returns a paper broker that prices orders by the board and keeps them in
// the book. It registers with the board; nothing happens before Run.
func New(book trading.PaperBook, board *trading.Board, o Options) *Broker {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.MaxOpenOrders <= 0 {
		o.MaxOpenOrders = 100_000
	}
	if o.MaxEvents <= 0 {
		o.MaxEvents = 4096
	}
	b := &Broker{
		book: book, board: board, o: o, log: o.Logger,
		ready:   make(chan struct{}),
		stopped: make(chan struct{}),
		out:     newOutbox(o.MaxEvents),
		wake:    make(chan struct{}, 1),
		orders:  make(map[trading.AccountID]map[trading.ClientOrderID]*order),
		listed:  make(map[trading.Symbol][]*order),
		quotes:  make(map[trading.Symbol]*liquidity),
		dirty:   make(map[trading.Symbol]struct{}),
	}
	board.OnQuotes(b.noteQuotes)
	return b
}

// Name implements trading.Broker.
func (b *Broker) Name() string { return "paper" }

// LookupIsAuthoritative implements trading.AuthoritativeLookup: an order that is
// not in the book, with no submission of it under way, does not exist.
func (b *Broker) LookupIsAuthoritative() {}

// Run loads the open orders, then matches and delivers until ctx ends.
func (b *Broker) Run(ctx context.Context, sink func(context.Context, trading.BrokerEvent) error) error {
	defer close(b.stopped)
	if err := b.load(ctx); err != nil {
		return nil // ctx is over
	}
	close(b.ready)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return b.match(ctx) })
	b.out.deliver(ctx, g, b.log, sink)
	// Every part ends with ctx and for no other reason.
	_ = g.Wait()
	return nil
}

// load takes up the open orders of the book. A book that cannot be read is tried
// again: there is nothing to do without it.
func (b *Broker) load(ctx context.Context) error {
	for {
		open, err := b.book.OpenPaperOrders(ctx)
		if err == nil {
			b.adopt(open)
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		b.log.Error("load open paper orders", "error", err)
		if err := pause(ctx, retryAfter); err != nil {
			return err
		}
	}
}

func (b *Broker) adopt(open map[trading.AccountID][]trading.BrokerOrder) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for account, orders := range open {
		for _, state := range orders {
			b.listLocked(b.insertLocked(account, state))
			b.markLocked(state.Symbol)
		}
	}
}

// await waits until orders can be placed. Nothing was done when it fails.
func (b *Broker) await(ctx context.Context) error {
	select {
	case <-b.ready:
	case <-b.stopped:
	case <-ctx.Done():
	}
	select {
	case <-b.stopped:
		return unavailable("The paper broker is shutting down.")
	default:
	}
	if ctx.Err() != nil {
		return unavailable("The paper broker did not start in time.")
	}
	return nil
}

func unavailable(message string) error {
	return &trading.Refusal{Code: trading.CodeBrokerUnavailable, Message: message}
}

// insertLocked makes an order known, unlisted.
func (b *Broker) insertLocked(account trading.AccountID, state trading.BrokerOrder) *order {
	b.arrivals++
	o := newOrder(account, b.arrivals, state)
	byID := b.orders[account]
	if byID == nil {
		byID = make(map[trading.ClientOrderID]*order)
		b.orders[account] = byID
	}
	byID[state.ClientOrderID] = o
	b.count++
	return o
}

// listLocked gives an order to the matcher.
func (b *Broker) listLocked(o *order) {
	if !o.listed {
		o.listed = true
		b.listed[o.state.Symbol] = append(b.listed[o.state.Symbol], o)
	}
}

// removeLocked forgets an order that is over or never came to be.
func (b *Broker) removeLocked(o *order) {
	if o.gone {
		return
	}
	o.gone = true
	b.count--
	byID := b.orders[o.account]
	delete(byID, o.state.ClientOrderID)
	if len(byID) == 0 {
		delete(b.orders, o.account)
	}
	if o.listed {
		b.unlistLocked(o)
	}
}

func (b *Broker) unlistLocked(o *order) {
	left := b.listed[o.state.Symbol]
	if i := slices.Index(left, o); i >= 0 {
		left = slices.Delete(left, i, i+1)
	}
	if b.listed[o.state.Symbol] = left; len(left) == 0 {
		delete(b.listed, o.state.Symbol)
	}
}

// find returns an order the broker works on, nil if there is none.
func (b *Broker) find(account trading.AccountID, id trading.ClientOrderID) *order {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.orders[account][id]
}

// now is the time as the ledger keeps it.
func (b *Broker) now() time.Time { return b.o.Now().UTC().Truncate(time.Millisecond) }

func newID(prefix string) string { return prefix + rand.Text() }

const retryAfter = time.Second // of what failed on the book or the sink

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// event is what there is to say about an order after a change.
func event(account trading.AccountID, o trading.BrokerOrder, fill *trading.Fill) trading.BrokerEvent {
	return trading.BrokerEvent{Account: account, Order: o, Fill: fill}
}

func describe(o trading.BrokerOrder) string {
	return fmt.Sprintf("%s %s %s", o.Side, o.Quantity, o.Symbol)
}
