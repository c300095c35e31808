package gateway

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tradewind/internal/trading"
	"tradewind/socketio"
)

// Deps is what the gateway brings together. All of it is required.
type Deps struct {
	Sessions Sessions            // a *session.Manager
	Users    Users               // a trading.UserStore
	Ledgers  Ledgers             // the executor's: tells of new entries
	Store    trading.LedgerStore // what replays read
	Values   trading.Valuer
	Board    *trading.Board
	Rules    Rules // a *netrules.Rules
}

// Users knows the active account of each user; a trading.UserStore does.
type Users interface {
	User(ctx context.Context, id trading.UserID) (trading.User, error) // trading.ErrNotFound
}

// Ledgers tells of new entries; a trading.Ledgers does.
type Ledgers interface {
	OnEntry(fn func(trading.Entry))
}

// Rules says which origins and addresses are what; a *netrules.Rules does.
type Rules interface {
	// AllowedOrigin reports whether the request has an Origin and it is allowed.
	AllowedOrigin(r *http.Request) bool
	// Trusted reports whether an address belongs to a trusted proxy.
	Trusted(addr netip.Addr) bool
}

// Options are settings with defaults.
type Options struct {
	// MaxPerUser is how many connections a user may have; default 5.
	MaxPerUser int
	// ConnectsPerUser and ConnectsPerAddress are how many connects a user and an
	// address may make in a minute; default 30 and 300.
	ConnectsPerUser, ConnectsPerAddress int
	// QuoteInterval is the least time between two quotes of a symbol; default 100 ms.
	QuoteInterval time.Duration
	// Metrics is where the gateway registers its metrics; nil means nowhere.
	Metrics prometheus.Registerer
	// Logger gets what an operator should see; nil means silence.
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	if o.MaxPerUser <= 0 {
		o.MaxPerUser = 5
	}
	if o.ConnectsPerUser <= 0 {
		o.ConnectsPerUser = 30
	}
	if o.ConnectsPerAddress <= 0 {
		o.ConnectsPerAddress = 300
	}
	if o.QuoteInterval <= 0 {
		o.QuoteInterval = 100 * time.Millisecond
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// Gateway connects the domain with the clients of one Socket.IO server.
type Gateway struct {
	Deps
	began   time.Time
	log     *slog.Logger
	metrics *metrics
	tasks   *tasks

	byAddress *attempts[netip.Addr]
	byUser    *attempts[trading.UserID]
	slots     *slots
	signedIn  *signedIn
	streams   *streams
	quotes    *quotes
	feeds     *feeds
	anySymbol bool // there is no feed whose symbols would be the only ones
}

// New makes a gateway and registers it with the server, the ledgers, valuation
// and the board. It is to be called before any of them runs, and before
// valuation registers with the ledgers.
func New(io *socketio.Server, d Deps, o Options) *Gateway {
	o = o.withDefaults()
	g := &Gateway{Deps: d, began: time.Now(), log: o.Logger, metrics: newMetrics(), tasks: newTasks()}
	g.byAddress = newAttempts[netip.Addr](o.ConnectsPerAddress, time.Minute, attemptKeys)
	g.byUser = newAttempts[trading.UserID](o.ConnectsPerUser, time.Minute, attemptKeys)
	g.slots = newSlots(o.MaxPerUser)
	g.signedIn = newSignedIn(d.Sessions)
	g.streams = newStreams(d.Store, g.tasks, g.metrics, g.log)
	g.quotes = newQuotes(symbolRooms{io: io.Namespace, metrics: g.metrics}, o.QuoteInterval, g.metrics, g.log)
	g.feeds = newFeeds(io.Namespace, d.Board.Status(), g.metrics, g.log)
	g.anySymbol = len(d.Board.Instruments()) == 0
	g.metrics.register(o.Metrics, g.feedAge)

	d.Sessions.OnEnd(g.signedIn.ended)
	d.Ledgers.OnEntry(g.streams.entry)
	d.Values.OnPortfolio(g.streams.changed)
	d.Board.OnQuotes(g.quotes.publish)
	d.Board.OnStatus(g.feeds.publish)
	g.quotes.seed(d.Board)

	io.Use(g.admit)
	io.OnConnect(g.welcome)
	io.OnDisconnect(g.farewell)
	g.handle(io.Namespace)
	return g
}

// Run works until ctx ends, which is no error, and returns when everything that
// the gateway started is over. It is called once.
func (g *Gateway) Run(ctx context.Context) error {
	var parts sync.WaitGroup
	parts.Go(func() { g.quotes.run(ctx) })
	parts.Go(func() { g.feeds.run(ctx) })
	parts.Go(func() { g.signedIn.run(ctx) })
	<-ctx.Done()
	g.tasks.stop()
	parts.Wait()
	return nil
}

// since is the time that buckets count in.
func (g *Gateway) since() time.Duration { return time.Since(g.began) }

func (g *Gateway) feedAge() float64 {
	age, known := g.quotes.age(time.Now())
	if !known {
		return -1
	}
	return age.Seconds()
}
