package netrules_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"tradewind/internal/netrules"
)

// newRules makes rules that must be valid.
func newRules(t *testing.T, frontends, proxies []string, dev bool) *netrules.Rules {
	t.Helper()
	trusted, err := netrules.ParsePrefixes(proxies)
	if err != nil {
		t.Fatal(err)
	}
	r, err := netrules.New(frontends, trusted, dev)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// request is a request as the server sees it; headers are "Name: value".
func request(host, peer string, headers ...string) *http.Request {
	req := httptest.NewRequest("GET", "/", nil)
	req.Host, req.RemoteAddr = host, peer
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Add(name, value)
	}
	return req
}

func TestRules_AllowedOrigin(t *testing.T) {
	const peer = "203.0.113.9:4000"
	frontends := []string{"https://app.example.com", " http://localhost:8080/ ", ""}
	proxies := []string{"10.0.0.0/8"}
	tests := []struct {
		name    string
		dev     bool
		request *http.Request
		want    bool
	}{
		{"listed", false, request("api.example.com", peer, "Origin: https://app.example.com"), true},
		{"listed, default port written out, upper case", false, request("x", peer, "Origin: https://APP.example.com:443"), true},
		{"listed with a trailing slash", false, request("x", peer, "Origin: http://localhost:8080"), true},
		{"other scheme of a listed host", false, request("x", peer, "Origin: http://app.example.com"), false},
		{"subdomain of a listed host", false, request("x", peer, "Origin: https://evil.app.example.com"), false},
		{"listed host as a prefix", false, request("x", peer, "Origin: https://app.example.com.evil.test"), false},
		{"none", false, request("x", peer), false},
		{"null", false, request("x", peer, "Origin: null"), false},
		{"two", false, request("x", peer, "Origin: https://app.example.com", "Origin: https://app.example.com"), false},
		{"with a path", false, request("x", peer, "Origin: https://app.example.com/a"), false},
		{"other scheme altogether", false, request("x", peer, "Origin: file://x"), false},
		{"same origin", false, request("trade.example.com:5000", peer, "Origin: http://trade.example.com:5000"), true},
		{"same origin, default port in Host", false, request("trade.example.com:443", peer, "Origin: https://trade.example.com"), true},
		{"same host, other port", false, request("trade.example.com:5000", peer, "Origin: http://trade.example.com:5001"), false},
		{"same origin behind a trusted proxy", false, request("10.0.0.7:5000", "10.1.2.3:9", "X-Forwarded-Host: trade.example.com", "Origin: https://trade.example.com"), true},
		{"forwarded host from anybody else", false, request("10.0.0.7:5000", peer, "X-Forwarded-Host: evil.test", "Origin: https://evil.test"), false},
		{"development server in development", true, request("x", peer, "Origin: http://localhost:5173"), true},
		{"development server in production", false, request("x", peer, "Origin: http://localhost:5173"), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := newRules(t, frontends, proxies, tt.dev).AllowedOrigin(tt.request); got != tt.want {
				t.Errorf("allowed = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestRules_SameOriginIgnoresTheList(t *testing.T) {
	r := newRules(t, []string{"https://app.example.com"}, nil, false)
	if r.SameOrigin(request("api.example.com", "1.2.3.4:5", "Origin: https://app.example.com")) {
		t.Error("a listed origin counts as the server's own")
	}
	if !r.SameOrigin(request("api.example.com", "1.2.3.4:5", "Origin: https://api.example.com")) {
		t.Error("the server's own origin is not recognised")
	}
	if r.SameOrigin(request("api.example.com", "1.2.3.4:5")) {
		t.Error("a missing origin counts as the server's own")
	}
}

func TestNew_AnyOriginIsForDevelopmentOnly(t *testing.T) {
	r := newRules(t, []string{"*"}, nil, true)
	if !r.AllowedOrigin(request("x", "1.2.3.4:5", "Origin: https://anything.test")) {
		t.Error(`"*" does not allow any origin in development`)
	}
	if _, err := netrules.New([]string{"*"}, nil, false); err == nil || !strings.Contains(err.Error(), "development only") {
		t.Errorf(`"*" in production: error %v`, err)
	}
}

func TestNew_RefusesWhatIsNoOrigin(t *testing.T) {
	for _, text := range []string{"app.example.com", "ftp://x", "https://", "https://x/path", "https://u:p@x", "https://x?q", "://"} {
		if _, err := netrules.New([]string{text}, nil, false); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}

func TestRules_ClientAddr(t *testing.T) {
	tests := []struct {
		name    string
		request *http.Request
		want    string
	}{
		{"no proxy", request("x", "203.0.113.9:4000"), "203.0.113.9"},
		{"header from somebody untrusted", request("x", "203.0.113.9:4000", "X-Forwarded-For: 1.1.1.1"), "203.0.113.9"},
		{"one trusted proxy", request("x", "10.0.0.1:9", "X-Forwarded-For: 198.51.100.7"), "198.51.100.7"},
		{"what the client claims lies beyond", request("x", "10.0.0.1:9", "X-Forwarded-For: 1.1.1.1, 198.51.100.7, 10.2.2.2"), "198.51.100.7"},
		{"several headers are one list", request("x", "10.0.0.1:9", "X-Forwarded-For: 198.51.100.7", "X-Forwarded-For: 10.2.2.2"), "198.51.100.7"},
		{"only proxies", request("x", "10.0.0.1:9", "X-Forwarded-For: 10.3.3.3, 10.2.2.2"), "10.3.3.3"},
		{"trusted proxy without the header", request("x", "10.0.0.1:9"), "10.0.0.1"},
		{"unreadable hop", request("x", "10.0.0.1:9", "X-Forwarded-For: 1.1.1.1, unknown, 10.2.2.2"), "10.2.2.2"},
		{"hop with a port", request("x", "10.0.0.1:9", "X-Forwarded-For: 198.51.100.7:1234"), "198.51.100.7"},
		{"IPv6 hop in brackets", request("x", "10.0.0.1:9", "X-Forwarded-For: [2001:db8::1]"), "2001:db8::1"},
		{"IPv6 peer with a zone", request("x", "[fe80::1%eth0]:9"), "fe80::1"},
		{"IPv4 in IPv6 form is the same peer", request("x", "[::ffff:10.0.0.1]:9", "X-Forwarded-For: 198.51.100.7"), "198.51.100.7"},
		{"Unix socket", request("x", "@"), "invalid IP"},
	}
	r := newRules(t, nil, []string{"10.0.0.0/8"}, false)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := r.ClientAddr(tt.request).String(); got != tt.want {
				t.Errorf("address %s, want %s", got, tt.want)
			}
		})
	}
}

func TestRules_Secure(t *testing.T) {
	r := newRules(t, nil, []string{"10.0.0.0/8"}, false)
	direct := request("x", "203.0.113.9:4000")
	direct.TLS = &tls.ConnectionState{}
	tests := []struct {
		name    string
		request *http.Request
		want    bool
	}{
		{"TLS here", direct, true},
		{"plain", request("x", "203.0.113.9:4000"), false},
		{"TLS at a trusted proxy", request("x", "10.0.0.1:9", "X-Forwarded-Proto: HTTPS"), true},
		{"plain at a trusted proxy", request("x", "10.0.0.1:9", "X-Forwarded-Proto: http"), false},
		{"claimed by a client", request("x", "203.0.113.9:4000", "X-Forwarded-Proto: https"), false},
	}
	for _, tt := range tests {
		if got := r.Secure(tt.request); got != tt.want {
			t.Errorf("%s: secure = %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestParsePrefixes(t *testing.T) {
	got, err := netrules.ParsePrefixes([]string{" 10.1.2.3/8", "192.0.2.1", "2001:db8::/32", "loopback", "private", ""})
	if err != nil {
		t.Fatal(err)
	}
	r, err := netrules.New(nil, append(got, netip.MustParsePrefix("::ffff:198.51.100.0/120")), false)
	if err != nil {
		t.Fatal(err)
	}
	for addr, want := range map[string]bool{
		"10.200.0.1": true, "192.0.2.1": true, "192.0.2.2": false, "2001:db8::5": true,
		"127.0.0.1": true, "::1": true, "192.168.3.4": true, "8.8.8.8": false, "198.51.100.9": true, "::ffff:10.0.0.1": true,
	} {
		if got := r.Trusted(netip.MustParseAddr(addr)); got != want {
			t.Errorf("trusted(%s) = %v, want %v", addr, got, want)
		}
	}
	if _, err := netrules.ParsePrefixes([]string{"ten/8"}); err == nil || !strings.Contains(err.Error(), "ten/8") {
		t.Errorf("a wrong network: error %v", err)
	}
}
