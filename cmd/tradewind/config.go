package main

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"tradewind/internal/feed/sim"
	"tradewind/internal/netrules"
)

// Config is what the program runs with: settings that were read and found good.
type Config struct {
	Production bool
	Demo       bool // adds the demo user where missing

	DataDir   string
	SecretKey string // empty: generated into the store

	Addr        string // where to listen, such as :5000
	Rules       *netrules.Rules
	TLSCertFile string // both or none
	TLSKeyFile  string
	AdminAddr   string // empty: no admin listener

	Broker string       // paper or none
	Feed   *sim.Options // nil: no feed

	PortfolioInterval     time.Duration
	QuoteInterval         time.Duration
	MaxConnectionsPerUser int
	MaxConnections        int // 0: from the descriptor limit
	MaxMessageBytes       int
	PingInterval          time.Duration
	PingTimeout           time.Duration
	SessionTTL            time.Duration
	SessionMaxAge         time.Duration

	LogLevel slog.Level
	LogJSON  bool
	Logger   *slog.Logger // nil means silence
}

// configure turns settings into a Config. The error is one sentence for each
// wrong variable: its name, what was wrong, what is allowed.
func configure(raw settings, demo bool) (Config, error) {
	s := withDefaults(raw)
	var p parser
	c := Config{
		Demo:    demo,
		DataDir: s.DataDir,

		Addr:      net.JoinHostPort("", fmt.Sprint(p.count("PORT", s.Port, 0, 65535))),
		AdminAddr: p.address("ADMIN_ADDR", s.AdminAddr),

		PortfolioInterval:     p.duration("PORTFOLIO_INTERVAL", s.PortfolioInterval, 10*time.Millisecond, time.Minute),
		QuoteInterval:         p.duration("QUOTE_INTERVAL", s.QuoteInterval, 10*time.Millisecond, time.Minute),
		MaxConnectionsPerUser: p.count("MAX_CONNECTIONS_PER_USER", s.MaxConnectionsPerUser, 1, 100_000),
		MaxMessageBytes:       p.size("MAX_MESSAGE_BYTES", s.MaxMessageBytes, 1<<10, 64<<20),
		PingInterval:          p.duration("PING_INTERVAL", s.PingInterval, 100*time.Millisecond, 10*time.Minute),
		PingTimeout:           p.duration("PING_TIMEOUT", s.PingTimeout, 100*time.Millisecond, 10*time.Minute),
		SessionTTL:            p.duration("SESSION_TTL", s.SessionTTL, time.Second, 365*24*time.Hour),
		SessionMaxAge:         p.duration("SESSION_MAX_AGE", s.SessionMaxAge, time.Second, 365*24*time.Hour),
	}
	c.Production = p.production(s.storeSettings)
	if s.MaxConnections != "" {
		c.MaxConnections = p.count("MAX_CONNECTIONS", s.MaxConnections, 1, 10_000_000)
	}
	if c.SessionMaxAge < c.SessionTTL {
		p.wrong("SESSION_MAX_AGE", s.SessionMaxAge, "is shorter than SESSION_TTL", "SESSION_TTL ("+s.SessionTTL+") or longer")
	}
	p.edges(&c, s)
	p.market(&c, s)
	p.secret(&c, s)
	p.logs(&c, s)
	if demo && c.Production {
		p.add("--demo is refused in production: a demo user has a known password")
	}
	return c, errors.Join(p.errs...)
}

// edges reads who may call from where.
func (p *parser) edges(c *Config, s settings) {
	proxies := p.proxies(s.TrustedProxies)
	origins := list(s.FrontendURL)
	if c.Production && slices.Contains(origins, "*") {
		p.wrong("FRONTEND_URL", "*", "is refused in production, where it would make every web site the user", "origins such as https://app.example.com")
		return
	}
	rules, err := netrules.New(origins, proxies, !c.Production)
	if err != nil {
		p.wrong("FRONTEND_URL", s.FrontendURL, "is no list of origins: "+err.Error(), "origins such as https://app.example.com, comma separated")
	}
	c.Rules = rules
	c.TLSCertFile, c.TLSKeyFile = s.TLSCertFile, s.TLSKeyFile
	if (c.TLSCertFile == "") != (c.TLSKeyFile == "") {
		p.add("TLS_CERT_FILE and TLS_KEY_FILE belong together: only one of them is set, allowed are both or none")
	}
}

func (p *parser) proxies(text string) []netip.Prefix {
	prefixes, err := netrules.ParsePrefixes(list(text))
	if err != nil {
		p.wrong("TRUSTED_PROXIES", text, "is no list of networks: "+err.Error(), "networks such as 10.0.0.0/8, single addresses, loopback and private, comma separated")
	}
	return prefixes
}

// The values of BROKER that this version knows.
const (
	brokerPaper = "paper"
	brokerNone  = "none"
)

// market reads where prices come from and who executes.
func (p *parser) market(c *Config, s settings) {
	switch s.Broker {
	case brokerPaper, brokerNone:
		c.Broker = s.Broker
	case "alpaca":
		p.wrong("BROKER", s.Broker, "is not supported yet", "paper and none")
	default:
		p.wrong("BROKER", s.Broker, "is no broker", "paper and none")
	}
	name, _, parameters := strings.Cut(s.Feed, ":")
	switch name {
	case "sim":
		options, err := sim.Parse(s.Feed)
		if err != nil {
			p.wrong("FEED", s.Feed, "is wrong: "+err.Error(), "sim[:symbols=100,rate=5,mode=burst or spread,seed=1,script=FILE] and none")
			return
		}
		c.Feed = &options
	case brokerNone:
		if parameters {
			p.wrong("FEED", s.Feed, "has parameters, which none does not take", "sim[:...] and none")
		}
	case "replay", "coinbase", "alpaca":
		p.wrong("FEED", s.Feed, "is not supported yet", "sim[:...] and none")
	default:
		p.wrong("FEED", s.Feed, "is no feed", "sim[:...] and none")
	}
}

// shortestSecret is how many characters a SECRET_KEY needs: 32 of hex are 128 bit.
const shortestSecret = 32

func (p *parser) secret(c *Config, s settings) {
	switch {
	case s.SecretKey == "" && c.Production:
		p.add("SECRET_KEY is not set: in production it is required, at least 32 characters such as openssl rand -hex 32 prints")
	case s.SecretKey != "" && (len(s.SecretKey) < shortestSecret || strings.Count(s.SecretKey, s.SecretKey[:1]) == len(s.SecretKey)):
		p.add("SECRET_KEY is too easy to guess: allowed are at least 32 characters, such as openssl rand -hex 32 prints")
	}
	c.SecretKey = s.SecretKey
}

func (p *parser) logs(c *Config, s settings) {
	if err := c.LogLevel.UnmarshalText([]byte(s.LogLevel)); err != nil {
		p.wrong("LOG_LEVEL", s.LogLevel, "is no level", "debug, info, warn and error")
	}
	switch s.LogFormat {
	case "":
		c.LogJSON = c.Production
	case "text", "json":
		c.LogJSON = s.LogFormat == "json"
	default:
		p.wrong("LOG_FORMAT", s.LogFormat, "is no format", "text and json")
	}
}

// unsupported are the variables of features that this version does not have.
// Ignoring one silently would run something else than its operator asked for.
var unsupported = map[string]string{
	"MONGODB_URI":            "the stores are in SQLite (DATA_DIR)",
	"REDIS_URL":              "a server runs as one node",
	"REDIS_ADAPTER":          "a server runs as one node",
	"PUBLISH_API_KEY":        "publishing over HTTP comes later",
	"JWT_SECRET":             "sessions come from POST /api/login",
	"JWKS_URL":               "sessions come from POST /api/login",
	"JWT_ISSUER":             "sessions come from POST /api/login",
	"JWT_AUDIENCE":           "sessions come from POST /api/login",
	"JWT_USER_CLAIM":         "sessions come from POST /api/login",
	"SESSION_CALLBACK_URL":   "sessions come from POST /api/login",
	"EXPRESS_SESSION_SECRET": "sessions come from POST /api/login",
	"EXPRESS_SESSION_STORE":  "sessions come from POST /api/login",
	"EXPRESS_SESSION_PREFIX": "sessions come from POST /api/login",
}

// refuseUnsupported complains about set variables that would have no effect.
func refuseUnsupported(getenv func(string) string) error {
	var p parser
	for _, name := range slices.Sorted(maps.Keys(unsupported)) {
		if getenv(name) != "" {
			p.add("%s is set but not supported yet: %s; allowed is to leave it unset", name, unsupported[name])
		}
	}
	return errors.Join(p.errs...)
}

// LogValue shows the configuration without its secret.
func (c Config) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("addr", c.Addr), slog.String("admin", c.AdminAddr), slog.String("data", c.DataDir),
		slog.String("broker", c.Broker), slog.Bool("feed", c.Feed != nil),
		slog.Bool("production", c.Production), slog.Bool("demo", c.Demo), slog.Bool("tls", c.TLSCertFile != ""),
	)
}
