package netrules_test

import (
	"net/http/httptest"
	"testing"
)

// Whatever stands in the headers, a client that is no trusted proxy counts as
// itself, and a foreign origin never as an allowed one.
func FuzzRules_UntrustedHeadersChangeNothing(f *testing.F) {
	f.Add("https://evil.test", "evil.test", "1.2.3.4, 10.0.0.1", "https")
	f.Add("https://app.example.com.evil.test", "app.example.com", "::1", "wss")
	f.Add("null", "", "\x00", "HTTPS, http")
	f.Fuzz(func(t *testing.T, origin, host, forwarded, proto string) {
		r := newRules(t, []string{"https://app.example.com"}, []string{"10.0.0.0/8"}, false)
		req := httptest.NewRequest("GET", "/", nil)
		req.Host, req.RemoteAddr = "trade.example.com", "203.0.113.9:4000"
		req.Header["Origin"] = []string{origin}
		req.Header["X-Forwarded-Host"] = []string{host}
		req.Header["X-Forwarded-For"] = []string{forwarded}
		req.Header["X-Forwarded-Proto"] = []string{proto}
		if got := r.ClientAddr(req).String(); got != "203.0.113.9" {
			t.Errorf("address %s", got)
		}
		if r.Secure(req) {
			t.Error("secure")
		}
		req.Header.Del("X-Forwarded-Host")
		before := r.AllowedOrigin(req)
		req.Header["X-Forwarded-Host"] = []string{host}
		if r.AllowedOrigin(req) != before {
			t.Errorf("X-Forwarded-Host %q changes what origin %q may", host, origin)
		}
	})
}
