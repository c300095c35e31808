package main

import (
	"reflect"
	"strings"
)

// storeSettings are the variables that every command on the store shares.
type storeSettings struct {
	DataDir string `env:"DATA_DIR" default:"./data" placeholder:"DIR" help:"Folder of the SQLite database."`
	AppEnv  string `env:"APP_ENV" default:"development" placeholder:"NAME" help:"development or production; NODE_ENV=production counts too."`
	NodeEnv string `env:"NODE_ENV" hidden:"" help:"As APP_ENV, for hosts that set it."`
}

// settings are the variables of serve as they were written: text, from flags and
// environment. Config is what they mean.
type settings struct {
	storeSettings

	Port           string `env:"PORT" default:"5000" placeholder:"N" help:"HTTP and Socket.IO on one port; 0 takes a free one." group:"net"`
	FrontendURL    string `env:"FRONTEND_URL" placeholder:"URL,..." help:"Origins allowed beside the server's own. In development also http://localhost:5173." group:"net"`
	TrustedProxies string `env:"TRUSTED_PROXIES" placeholder:"NET,..." help:"Networks whose X-Forwarded-* headers are believed; also the words loopback and private." group:"net"`
	TLSCertFile    string `env:"TLS_CERT_FILE" name:"tls-cert-file" placeholder:"FILE" help:"Certificate chain (PEM) for TLS without a proxy." group:"net"`
	TLSKeyFile     string `env:"TLS_KEY_FILE" name:"tls-key-file" placeholder:"FILE" help:"Key (PEM) of the certificate." group:"net"`
	AdminAddr      string `env:"ADMIN_ADDR" default:"127.0.0.1:9090" placeholder:"HOST:PORT" help:"Metrics and pprof; off for none." group:"net"`

	Broker string `env:"BROKER" default:"paper" placeholder:"NAME" help:"Broker of accounts that name none: paper or none." group:"market"`
	Feed   string `env:"FEED" default:"sim" placeholder:"FEED" help:"sim[:symbols=100,rate=5,mode=burst or spread,seed=1,script=FILE] or none." group:"market"`

	PortfolioInterval     string `env:"PORTFOLIO_INTERVAL" default:"250ms" placeholder:"TIME" help:"Least time between two portfolio updates of an account." group:"limits"`
	QuoteInterval         string `env:"QUOTE_INTERVAL" default:"100ms" placeholder:"TIME" help:"Least time between two updates of a symbol." group:"limits"`
	MaxConnectionsPerUser string `env:"MAX_CONNECTIONS_PER_USER" default:"5" placeholder:"N" help:"Sockets a user may hold." group:"limits"`
	MaxConnections        string `env:"MAX_CONNECTIONS" placeholder:"N" help:"Sockets of all users; from the descriptor limit when unset." group:"limits"`
	MaxMessageBytes       string `env:"MAX_MESSAGE_BYTES" default:"64KB" placeholder:"SIZE" help:"Largest message a client may send." group:"limits"`
	PingInterval          string `env:"PING_INTERVAL" default:"15s" placeholder:"TIME" help:"Time between heartbeats." group:"limits"`
	PingTimeout           string `env:"PING_TIMEOUT" default:"10s" placeholder:"TIME" help:"Time a client has to answer a heartbeat." group:"limits"`

	SessionTTL    string `env:"SESSION_TTL" name:"session-ttl" default:"24h" placeholder:"TIME" help:"A session ends after this time without use." group:"sessions"`
	SessionMaxAge string `env:"SESSION_MAX_AGE" default:"30d" placeholder:"TIME" help:"A session ends after this time in any case." group:"sessions"`
	SecretKey     string `env:"SECRET_KEY" placeholder:"TEXT" help:"At least 32 characters; generated into the store in development, required in production." group:"sessions"`

	LogLevel  string `env:"LOG_LEVEL" default:"info" placeholder:"LEVEL" help:"debug, info, warn or error." group:"logs"`
	LogFormat string `env:"LOG_FORMAT" placeholder:"FORMAT" help:"text or json; json is the default in production." group:"logs"`
}

// withDefaults fills what is empty, because an empty variable (PORT= in a compose file) means an unset one.
func withDefaults(s settings) settings {
	fillDefaults(reflect.ValueOf(&s).Elem())
	s.DataDir = strings.TrimSpace(s.DataDir)
	return s
}

func fillDefaults(v reflect.Value) {
	for i := range v.NumField() {
		field := v.Field(i)
		if field.Kind() == reflect.Struct {
			fillDefaults(field)
			continue
		}
		if strings.TrimSpace(field.String()) == "" {
			field.SetString(v.Type().Field(i).Tag.Get("default"))
		}
	}
}
