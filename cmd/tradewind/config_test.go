package main

import (
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func mustConfigure(t *testing.T, s settings) Config {
	t.Helper()
	c, err := configure(s, false)
	if err != nil {
		t.Fatalf("configure: %v", err)
	}
	return c
}

func TestConfigure_DefaultsAreThoseOfTheContract(t *testing.T) {
	c := mustConfigure(t, settings{})
	c.Rules, c.Feed = nil, nil
	want := Config{
		DataDir: "./data", Addr: ":5000", AdminAddr: "127.0.0.1:9090", Broker: "paper",
		PortfolioInterval: 250 * time.Millisecond, QuoteInterval: 100 * time.Millisecond,
		MaxConnectionsPerUser: 5, MaxMessageBytes: 65536,
		PingInterval: 15 * time.Second, PingTimeout: 10 * time.Second,
		SessionTTL: 24 * time.Hour, SessionMaxAge: 30 * 24 * time.Hour,
		LogLevel: slog.LevelInfo,
	}
	if c != want {
		t.Errorf("got %+v\nwant %+v", c, want)
	}
}

func TestConfigure_NamesTheVariableTheFaultAndWhatIsAllowed(t *testing.T) {
	cases := map[string]struct {
		set  settings
		want string
	}{
		"port is no number":     {settings{Port: "http"}, `PORT: "http" is not a whole number; allowed are 0 to 65535`},
		"port is too high":      {settings{Port: "70000"}, `PORT: "70000" is out of range; allowed are 0 to 65535`},
		"interval without unit": {settings{PortfolioInterval: "250"}, `PORTFOLIO_INTERVAL: "250" is not a time such as 250ms, 15s, 24h or 30d; allowed are 10ms to 1m`},
		"interval too short":    {settings{QuoteInterval: "1ms"}, `QUOTE_INTERVAL: "1ms" is out of range; allowed are 10ms to 1m`},
		"cap of zero":           {settings{MaxConnectionsPerUser: "0"}, `MAX_CONNECTIONS_PER_USER: "0" is out of range; allowed are 1 to 100000`},
		"connections":           {settings{MaxConnections: "many"}, `MAX_CONNECTIONS: "many" is not a whole number; allowed are 1 to 10000000`},
		"message size":          {settings{MaxMessageBytes: "64 apples"}, `MAX_MESSAGE_BYTES: "64 apples" is not a size such as 65536, 64KB or 1MB; allowed are 1KB to 64MB`},
		"message too large":     {settings{MaxMessageBytes: "1GB"}, `MAX_MESSAGE_BYTES: "1GB" is out of range; allowed are 1KB to 64MB`},
		"ping interval":         {settings{PingInterval: "soon"}, `PING_INTERVAL: "soon" is not a time`},
		"ping timeout":          {settings{PingTimeout: "1h"}, `PING_TIMEOUT: "1h" is out of range; allowed are 100ms to 10m`},
		"session ttl":           {settings{SessionTTL: "0s"}, `SESSION_TTL: "0s" is out of range; allowed are 1s to 365d`},
		"max age below ttl":     {settings{SessionMaxAge: "1h"}, `SESSION_MAX_AGE: "1h" is shorter than SESSION_TTL; allowed are SESSION_TTL (24h) or longer`},
		"environment":           {settings{storeSettings: storeSettings{AppEnv: "prod"}}, `APP_ENV: "prod" is no environment; allowed are development and production`},
		"origin":                {settings{FrontendURL: "ftp://x"}, `FRONTEND_URL: "ftp://x" is no list of origins`},
		"proxies":               {settings{TrustedProxies: "10.0.0.0/99"}, `TRUSTED_PROXIES: "10.0.0.0/99" is no list of networks`},
		"half of TLS":           {settings{TLSCertFile: "cert.pem"}, `TLS_CERT_FILE and TLS_KEY_FILE belong together`},
		"admin address":         {settings{AdminAddr: "9090"}, `ADMIN_ADDR: "9090" is not an address; allowed are HOST:PORT such as 127.0.0.1:9090, and off`},
		"broker":                {settings{Broker: "mine"}, `BROKER: "mine" is no broker; allowed are paper and none`},
		"broker of later":       {settings{Broker: "alpaca"}, `BROKER: "alpaca" is not supported yet; allowed are paper and none`},
		"feed":                  {settings{Feed: "crystal"}, `FEED: "crystal" is no feed; allowed are sim[:...] and none`},
		"feed of later":         {settings{Feed: "replay:day.tick"}, `FEED: "replay:day.tick" is not supported yet`},
		"none with parameters":  {settings{Feed: "none:rate=5"}, `FEED: "none:rate=5" has parameters, which none does not take; allowed are sim[:...] and none`},
		"feed parameter":        {settings{Feed: "sim:rate=often"}, `FEED: "sim:rate=often" is wrong: `},
		"secret":                {settings{SecretKey: "changeme"}, `SECRET_KEY is too easy to guess`},
		"secret of one letter":  {settings{SecretKey: strings.Repeat("x", 40)}, `SECRET_KEY is too easy to guess`},
		"level":                 {settings{LogLevel: "loud"}, `LOG_LEVEL: "loud" is no level; allowed are debug, info, warn and error`},
		"format":                {settings{LogFormat: "xml"}, `LOG_FORMAT: "xml" is no format; allowed are text and json`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := configure(c.set, false)
			if err == nil {
				t.Fatal("accepted")
			}
			if got := err.Error(); !strings.HasPrefix(got, c.want) || strings.Contains(got, "\n") {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestConfigure_TellsAllFaultsAtOnce(t *testing.T) {
	_, err := configure(settings{Port: "x", LogLevel: "y"}, false)
	if err == nil || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("got %v, want two lines", err)
	}
}

func TestConfigure_InProduction(t *testing.T) {
	production := storeSettings{AppEnv: "production"}
	secret := strings.Repeat("0123456789abcdef", 4)
	cases := map[string]struct {
		set  settings
		demo bool
		want string // empty: accepted
	}{
		"all is set":                    {set: settings{storeSettings: production, SecretKey: secret}},
		"no secret":                     {set: settings{storeSettings: production}, want: "SECRET_KEY is not set: in production it is required"},
		"demo":                          {set: settings{storeSettings: production, SecretKey: secret}, demo: true, want: "--demo is refused in production"},
		"any origin":                    {set: settings{storeSettings: production, SecretKey: secret, FrontendURL: "*"}, want: `FRONTEND_URL: "*" is refused in production`},
		"NODE_ENV says it":              {set: settings{storeSettings: storeSettings{NodeEnv: "production"}}, want: "SECRET_KEY is not set"},
		"NODE_ENV says it, APP_ENV not": {set: settings{storeSettings: storeSettings{AppEnv: "development", NodeEnv: "production"}}, want: "SECRET_KEY is not set"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := configure(c.set, c.demo)
			switch {
			case c.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case c.want == "" && !(got.Production && got.LogJSON):
				t.Errorf("got %+v, want production with JSON logs", got)
			case c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), c.want)):
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestConfigure_AcceptsTheDevelopmentServerOnlyInDevelopment(t *testing.T) {
	for env, want := range map[string]bool{"development": true, "production": false} {
		c := mustConfigure(t, settings{storeSettings: storeSettings{AppEnv: env}, SecretKey: strings.Repeat("0123456789abcdef", 4)})
		r := httptest.NewRequest("GET", "http://api.example.com/socket.io/", nil)
		r.Header.Set("Origin", "http://localhost:5173")
		if got := c.Rules.AllowedOrigin(r); got != want {
			t.Errorf("%s: allowed %v, want %v", env, got, want)
		}
	}
}

func TestConfigure_ReadsUnitsAndLists(t *testing.T) {
	c := mustConfigure(t, settings{
		MaxMessageBytes: "1 mb", SessionMaxAge: "7d", MaxConnections: "123", AdminAddr: "off", Feed: "none", Broker: "none",
		LogFormat: "json", LogLevel: "DEBUG", Port: "0",
	})
	if c.MaxMessageBytes != 1<<20 || c.SessionMaxAge != 7*24*time.Hour || c.MaxConnections != 123 || c.AdminAddr != "" ||
		c.Feed != nil || c.Broker != "none" || !c.LogJSON || c.LogLevel != slog.LevelDebug || c.Addr != ":0" {
		t.Errorf("got %+v", c)
	}
}

func TestRefuseUnsupported_NamesWhatWouldBeIgnored(t *testing.T) {
	env := map[string]string{"REDIS_URL": "redis://x", "JWT_SECRET": "s", "PORT": "1"}
	err := refuseUnsupported(func(name string) string { return env[name] })
	if err == nil || !strings.HasPrefix(err.Error(), "JWT_SECRET is set but not supported yet: ") || !strings.Contains(err.Error(), "\nREDIS_URL is set") {
		t.Errorf("got %v", err)
	}
	if err := refuseUnsupported(func(string) string { return "" }); err != nil {
		t.Errorf("complains about nothing: %v", err)
	}
}

func TestConfig_LogHidesTheSecret(t *testing.T) {
	secret := strings.Repeat("0123456789abcdef", 4)
	if text := mustConfigure(t, settings{SecretKey: secret}).LogValue().String(); strings.Contains(text, secret) {
		t.Errorf("the secret is in %s", text)
	}
}

// TestSettings_AreDocumented compares the variables with the page that explains them.
func TestSettings_AreDocumented(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "configuration.md"))
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	for field := range fieldsOf(reflect.TypeFor[settings]()) {
		name, preset := field.Tag.Get("env"), field.Tag.Get("default")
		row := ""
		for line := range strings.Lines(page) {
			if strings.HasPrefix(line, "| `"+name+"`") {
				row = line
			}
		}
		if row == "" && field.Tag.Get("hidden") == "" && !strings.Contains(field.Tag.Get("name"), "key-file") && name != "NODE_ENV" {
			t.Errorf("%s is not in docs/configuration.md", name)
		} else if row != "" && preset != "" && !strings.Contains(row, "`"+preset+"`") {
			t.Errorf("%s: the row in docs/configuration.md does not say that the default is %s", name, preset)
		}
	}
	for name := range unsupported {
		if !strings.Contains(page, "`"+name+"`") {
			t.Errorf("%s is not in docs/configuration.md", name)
		}
	}
}

// fieldsOf yields the fields of a struct and of those embedded in it.
func fieldsOf(t reflect.Type) func(func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for _, f := range reflect.VisibleFields(t) {
			if !f.Anonymous && !yield(f) {
				return
			}
		}
	}
}
