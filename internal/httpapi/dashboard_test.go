package httpapi_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"tradewind/internal/httpapi"
)

var script = strings.Repeat("console.log('tradewind');\n", 200)

// newDashboard serves a small build of a single-page application.
func newDashboard(t *testing.T) http.Handler {
	t.Helper()
	h, err := httpapi.Dashboard(fstest.MapFS{
		"index.html":              {Data: []byte("<!doctype html><title>Tradewind</title>")},
		"favicon.svg":             {Data: []byte("<svg xmlns='http://www.w3.org/2000/svg'/>")},
		"assets/index-4f2a.js":    {Data: []byte(script)},
		"assets/strange.tw-thing": {Data: []byte("?")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// page asks for a page; headers are "Name: value".
func page(h http.Handler, method, path string, headers ...string) *http.Response {
	r := httptest.NewRequest(method, path, nil)
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, res *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestDashboard_ServesTheAppUnderItsOwnRoutes(t *testing.T) {
	h := newDashboard(t)
	for _, path := range []string{"/", "/index.html", "/orders", "/orders/ord_1", "/a/../orders", "/trades/exe_1", "/trades/20260302.17::4", "/settings"} {
		res := page(h, "GET", path)
		if got := body(t, res); res.StatusCode != 200 || !strings.Contains(got, "<title>Tradewind") {
			t.Errorf("GET %s: %d %q", path, res.StatusCode, got)
		}
		if got := res.Header.Get("Cache-Control"); got != "no-cache" {
			t.Errorf("GET %s: Cache-Control %q: an old page would ask for scripts that are gone", path, got)
		}
	}
}

func TestDashboard_MissingFilesAreNotThePage(t *testing.T) {
	h := newDashboard(t)
	for _, path := range []string{"/assets/index-0000.js", "/robots.txt", "/assets/gone"} {
		if res := page(h, "GET", path); res.StatusCode != 404 || res.Header.Get("Cache-Control") != "no-cache" {
			t.Errorf("GET %s: %d, Cache-Control %q", path, res.StatusCode, res.Header.Get("Cache-Control"))
		}
	}
}

func TestDashboard_HashedFilesStayInTheCacheForGood(t *testing.T) {
	res := page(newDashboard(t), "GET", "/assets/index-4f2a.js")
	if got := res.Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
		t.Errorf("Cache-Control %q", got)
	}
	if got := res.Header.Get("Content-Type"); got != "text/javascript; charset=utf-8" {
		t.Errorf("Content-Type %q", got)
	}
	if got := body(t, res); got != script || res.ContentLength != int64(len(script)) {
		t.Errorf("%d bytes, Content-Length %d, want %d", len(got), res.ContentLength, len(script))
	}
}

func TestDashboard_SendsLessToWhoUnpacks(t *testing.T) {
	h := newDashboard(t)
	res := page(h, "GET", "/assets/index-4f2a.js", "Accept-Encoding: br, gzip;q=0.8")
	if res.Header.Get("Content-Encoding") != "gzip" || res.Header.Get("Vary") != "Accept-Encoding" {
		t.Fatalf("headers %v", res.Header)
	}
	packed := body(t, res)
	unzip, err := gzip.NewReader(strings.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	var plain bytes.Buffer
	if _, err := io.Copy(&plain, unzip); err != nil || plain.String() != script || len(packed) >= len(script) {
		t.Errorf("%d packed bytes, unpacked right: %v, error %v", len(packed), plain.String() == script, err)
	}
	for _, accept := range []string{"br", "gzip;q=0", "gzip;q=0.0", ""} {
		if res := page(h, "GET", "/assets/index-4f2a.js", "Accept-Encoding: "+accept); res.Header.Get("Content-Encoding") != "" {
			t.Errorf("Accept-Encoding %q gets %q", accept, res.Header.Get("Content-Encoding"))
		}
	}
	if res := page(h, "GET", "/", "Accept-Encoding: gzip"); res.Header.Get("Content-Encoding") != "" {
		t.Error("a tiny page is compressed")
	}
}

func TestDashboard_UnchangedFilesAreNotSentAgain(t *testing.T) {
	h := newDashboard(t)
	for _, accept := range []string{"identity", "gzip"} {
		etag := page(h, "GET", "/assets/index-4f2a.js", "Accept-Encoding: "+accept).Header.Get("ETag")
		res := page(h, "GET", "/assets/index-4f2a.js", "Accept-Encoding: "+accept, `If-None-Match: "other", W/`+etag)
		if res.StatusCode != http.StatusNotModified || body(t, res) != "" {
			t.Errorf("%s: %d with %d bytes", accept, res.StatusCode, res.ContentLength)
		}
		if res := page(h, "GET", "/favicon.svg", "If-None-Match: "+etag); res.StatusCode != 200 {
			t.Errorf("another file with this tag: %d", res.StatusCode)
		}
	}
}

func TestDashboard_PageMayTalkToItsOwnServerOnly(t *testing.T) {
	h := newDashboard(t)
	policy := page(h, "GET", "http://trade.example.com:5000/").Header.Get("Content-Security-Policy")
	for _, want := range []string{
		"default-src 'self'", "connect-src 'self' ws://trade.example.com:5000 wss://trade.example.com:5000;", "frame-ancestors 'none'", "object-src 'none'",
	} {
		if !strings.Contains(policy, want) {
			t.Errorf("policy %q lacks %q", policy, want)
		}
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.Host = "x; script-src *"
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if got := w.Header().Get("Content-Security-Policy"); strings.Contains(got, "script-src *") {
		t.Errorf("Host became policy: %q", got)
	}
}

func TestDashboard_IsReadOnly(t *testing.T) {
	h := newDashboard(t)
	if res := page(h, "POST", "/"); res.StatusCode != 405 || res.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d, Allow %q", res.StatusCode, res.Header.Get("Allow"))
	}
	if res := page(h, "HEAD", "/"); res.StatusCode != 200 || body(t, res) != "" || res.ContentLength <= 0 {
		t.Errorf("HEAD: %d, Content-Length %d", res.StatusCode, res.ContentLength)
	}
	if got := page(h, "GET", "/assets/strange.tw-thing").Header.Get("Content-Type"); got != "application/octet-stream" {
		t.Errorf("unknown kind of file: %q", got)
	}
}

func TestDashboard_NeedsAnIndexPage(t *testing.T) {
	if _, err := httpapi.Dashboard(fstest.MapFS{"a.js": {Data: []byte("1")}}); err == nil || !strings.Contains(err.Error(), "index.html") {
		t.Errorf("error %v", err)
	}
}
