package loadtest

import (
	"errors"
	"fmt"
	"net/url"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Scenario is what the clients do and what is measured of it.
type Scenario string

// The scenarios.
const (
	Idle      Scenario = "idle"      // nothing but heartbeats: memory and what a ping costs
	Quotes    Scenario = "quotes"    // each client watches some symbols
	Broadcast Scenario = "broadcast" // every event that comes, and when the last client has it
	Portfolio Scenario = "portfolio" // each client follows its portfolio
	Unicast   Scenario = "unicast"   // portfolio:update that comes without being asked for
	Slow      Scenario = "slow"      // quotes, with clients that stop reading
	Storm     Scenario = "storm"     // connecting itself
	Trades    Scenario = "trades"    // orders over REST until trade:executed
	Mixed     Scenario = "mixed"     // quotes, portfolio, trades, lost connections and replays
)

// Scenarios are all there are.
func Scenarios() []Scenario {
	return []Scenario{Idle, Quotes, Broadcast, Portfolio, Unicast, Slow, Storm, Trades, Mixed}
}

// trades reports whether the scenario places orders.
func (s Scenario) trades() bool { return s == Trades || s == Mixed }

// watches reports whether clients subscribe to symbols.
func (s Scenario) watches() bool { return s == Quotes || s == Slow || s == Mixed }

// Transport is how the clients connect.
type Transport string

// The transports.
const (
	WebSocket Transport = "websocket" // the lean client of this package
	Polling   Transport = "polling"   // socketio/client
	Upgrade   Transport = "upgrade"   // socketio/client: polling first, then WebSocket
)

// Transports are all there are.
func Transports() []Transport { return []Transport{WebSocket, Polling, Upgrade} }

// Options say what to do. The zero value of a field means its default.
type Options struct {
	URL       string    // of the server: http, https, ws or wss
	Scenario  Scenario  // default Quotes
	Clients   int       // how many connect; default 100, at most 1,000,000
	Transport Transport // default WebSocket
	// Sessions are ids of signed-in users, taken in turns. They say that the server
	// is Tradewind: it is asked for symbols, for its clock and for acknowledgements.
	Sessions []string
	// Auth is the JSON that clients connect with when there are no Sessions; %i in
	// it is the number of the client, from 0. Default {"sessionID":"s%i"}.
	Auth string
	// InsecureTLS accepts any certificate.
	InsecureTLS bool

	Ramp     float64       // connects begun a second; default 0: as many as InFlight allows
	InFlight int           // connects under way at once; default 200
	Settle   time.Duration // rest between the last connect and the measuring; default 0
	Duration time.Duration // of measuring; default 10 s

	SymbolList       []string // to watch and to trade; default the server's, or generated ones
	Symbols          int      // how many are generated; default 100
	SymbolPrefix     string   // of generated ones, before a number from 0; default SYM
	SymbolsPerClient int      // default 20, or all when there are fewer

	OrdersPerSecond float64 // of all clients together; default 50
	DropsPerSecond  float64 // Mixed: connections cut; default a tenth of the clients
	SlowPercent     float64 // share of clients that stop reading; default 0, of Slow 5

	PID int // process of the server on this machine; 0: its use is not measured

	// Progress is told how the run goes, once a second, by one goroutine. May be nil.
	Progress func(Progress)
}

// The most of each.
const (
	mostClients   = 1_000_000
	mostInFlight  = 10_000
	mostDuration  = 24 * time.Hour
	mostWatched   = 100 // by one client; what Tradewind lets a watchlist hold
	mostPerSecond = 1_000_000
)

func (o Options) withDefaults() Options {
	setDefault(&o.Scenario, Quotes)
	setDefault(&o.Clients, 100)
	setDefault(&o.Transport, WebSocket)
	setDefault(&o.Auth, `{"sessionID":"s%i"}`)
	setDefault(&o.InFlight, 200)
	setDefault(&o.Duration, 10*time.Second)
	setDefault(&o.Symbols, 100)
	setDefault(&o.SymbolPrefix, "SYM")
	setDefault(&o.SymbolsPerClient, 20)
	setDefault(&o.OrdersPerSecond, 50)
	setDefault(&o.DropsPerSecond, min(max(float64(o.Clients)/10, 0.1), mostPerSecond))
	if o.Scenario == Slow {
		setDefault(&o.SlowPercent, 5)
	}
	return o
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Validate says what is wrong, a sentence for each mistake, with the names of the
// flags of `tradewind loadtest`. Run calls it.
func (o Options) Validate() error {
	o = o.withDefaults()
	var errs []error
	wrong := func(flag string, value any, what, allowed string) {
		errs = append(errs, fmt.Errorf("--%s: %v %s; allowed are %s", flag, value, what, allowed))
	}
	within := func(flag string, value, least, most float64, allowed string) {
		if !(value >= least && value <= most) { // also what is not a number
			wrong(flag, strconv.FormatFloat(value, 'f', -1, 64), "is out of range", allowed)
		}
	}
	if _, err := o.endpoint(); err != nil {
		wrong("url", fmt.Sprintf("%q", o.URL), err.Error(), "addresses such as http://localhost:5000, https://… , ws://… and wss://…")
	}
	if !slices.Contains(Scenarios(), o.Scenario) {
		wrong("scenario", fmt.Sprintf("%q", o.Scenario), "is no scenario", join(Scenarios()))
	}
	if !slices.Contains(Transports(), o.Transport) {
		wrong("transport", fmt.Sprintf("%q", o.Transport), "is no transport", join(Transports()))
	}
	within("clients", float64(o.Clients), 1, mostClients, "1 to 1000000")
	within("in-flight", float64(o.InFlight), 1, mostInFlight, "1 to 10000")
	within("ramp", o.Ramp, 0, mostPerSecond, "0 (no limit) to 1000000 a second")
	within("symbols", float64(o.Symbols), 1, 100_000, "1 to 100000")
	within("symbols-per-client", float64(o.SymbolsPerClient), 1, mostWatched, "1 to 100")
	within("orders-per-second", o.OrdersPerSecond, 0, mostPerSecond, "more than 0, to 1000000")
	within("drops-per-second", o.DropsPerSecond, 0, mostPerSecond, "more than 0, to 1000000")
	within("slow", o.SlowPercent, 0, 100, "0 to 100 percent")
	if o.Duration < 100*time.Millisecond || o.Duration > mostDuration {
		wrong("duration", o.Duration, "is out of range", "100ms to 24h")
	}
	if o.Settle < 0 || o.Settle > mostDuration {
		wrong("settle", o.Settle, "is out of range", "0s to 24h")
	}
	if o.Scenario.trades() && len(o.Sessions) == 0 {
		errs = append(errs, fmt.Errorf("--scenario %s needs --sessions FILE: orders are placed as signed-in users", o.Scenario))
	}
	if o.SlowPercent > 0 && o.Transport != WebSocket {
		errs = append(errs, errors.New("--slow needs --transport websocket: only there a client can stop reading"))
	}
	if o.PID != 0 {
		if _, err := readUse(o.PID); err != nil {
			wrong("pid", o.PID, "cannot be measured: "+err.Error(), "processes of this machine, on Linux")
		}
	}
	return errors.Join(errs...)
}

// endpoint is the server's address without a path, as http or https.
func (o Options) endpoint() (*url.URL, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Host == "" {
		return nil, errors.New("is no address")
	}
	switch u.Scheme {
	case "http", "https":
	case "ws":
		u.Scheme = "http"
	case "wss":
		u.Scheme = "https"
	default:
		return nil, fmt.Errorf("has the scheme %s", u.Scheme)
	}
	if strings.Trim(u.Path, "/") != "" {
		return nil, errors.New("has a path, and clients connect to /socket.io/")
	}
	u.Path = ""
	u.RawQuery, u.Fragment = "", ""
	return u, nil
}

func join[T ~string](values []T) string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = string(v)
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// shards is over how many locks the figures of all clients are spread.
func shards() int { return 4 * runtime.GOMAXPROCS(0) }
