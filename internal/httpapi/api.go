package httpapi

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tradewind/internal/netrules"
	"tradewind/internal/trading"
)

// Deps is what the API answers from. All of it is required, except where said.
type Deps struct {
	Sessions Sessions
	Users    trading.UserStore
	Orders   trading.OrderExecutor
	Ledger   trading.LedgerStore
	Values   trading.Valuer
	History  trading.HistoryStore
	Profiles trading.ProfileStore
	Board    *trading.Board
	Candles  trading.CandleStore
	Rules    *netrules.Rules

	// Ready lists what has to work for /readyz to say so; none: always ready.
	Ready []ReadyCheck
}

// Options are settings with defaults.
type Options struct {
	// Logger gets a line for each request, without anything secret; nil means silence.
	Logger *slog.Logger
	// Metrics gets the request metrics; nil means none.
	Metrics prometheus.Registerer
	// Timeout bounds each request, exports excepted; default 10 s.
	Timeout time.Duration
	// CookieMaxAge is how long browsers keep the login cookie; default 30 days.
	// The session itself decides how long it is good for.
	CookieMaxAge time.Duration
	// Demo says in refusals for want of a session that there is a user demo with
	// the password demo, so that the dashboard can offer it.
	Demo bool
	// MaxInFlight is how many requests run at once; those beyond get 503. Default 2048.
	MaxInFlight int
	// MaxInFlightPerCaller is the same for one user and, before sign-in, for one
	// address; those beyond get 429. Default 256.
	MaxInFlightPerCaller int
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}
	if o.CookieMaxAge <= 0 {
		o.CookieMaxAge = 30 * 24 * time.Hour
	}
	if o.MaxInFlight <= 0 {
		o.MaxInFlight = 2048
	}
	if o.MaxInFlightPerCaller <= 0 {
		o.MaxInFlightPerCaller = 256
	}
	return o
}

// api is the handler that New returns.
type api struct {
	Deps
	options  Options
	metrics  *metrics
	inFlight *inFlight
	router   *http.ServeMux
}

// New returns the handler of /api/, /healthz and /readyz. It answers every other
// path with a 404 problem.
func New(d Deps, o Options) http.Handler {
	a := &api{Deps: d, options: o.withDefaults(), metrics: newMetrics(o.Metrics)}
	a.inFlight = newInFlight(a.options.MaxInFlight, a.options.MaxInFlightPerCaller)
	a.router = newRouter(a)
	return a
}
