package httpapi

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// assetTypes are the media types of what a build of the dashboard holds. The
// tables of the operating system, which differ, are asked for other files only.
var assetTypes = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
	".json": "application/json", ".map": "application/json", ".webmanifest": "application/manifest+json",
	".svg": "image/svg+xml", ".png": "image/png", ".ico": "image/x-icon", ".webp": "image/webp",
	".woff2": "font/woff2", ".txt": "text/plain; charset=utf-8",
}

const (
	// hashedAssets is where the build puts files whose names change with their content.
	hashedAssets = "assets/"
	indexPage    = "index.html"
	// tradePages is where the application shows a fill by its execution id.
	tradePages = "trades/"
	// worthCompressing is the size from which a smaller copy is kept.
	worthCompressing = 1 << 10
)

// asset is a file of the dashboard, ready to be sent.
type asset struct {
	body, gzipped []byte // gzipped is nil where it saves little
	mediaType     string
	etag          string
	cache         string
}

// dashboard serves a single-page application from memory.
type dashboard struct {
	assets map[string]asset
}

// Dashboard serves the built dashboard: its files, and its index page for every
// other path that does not look like a file, because the application has routes
// of its own. Files with a hash in their name are cached for good, all others
// are asked for again with an ETag. All files are read now and kept in memory,
// with a compressed copy. It is an error if there is no index page.
func Dashboard(files fs.FS) (http.Handler, error) {
	d := &dashboard{assets: make(map[string]asset)}
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		d.assets[name], err = newAsset(name, body)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read dashboard: %w", err)
	}
	if _, ok := d.assets[indexPage]; !ok {
		return nil, fmt.Errorf("read dashboard: there is no %s", indexPage)
	}
	return d, nil
}

func newAsset(name string, body []byte) (asset, error) {
	sum := sha256.Sum256(body)
	a := asset{body: body, mediaType: mediaType(name), etag: `"` + hex.EncodeToString(sum[:12]) + `"`, cache: "no-cache"}
	if strings.HasPrefix(name, hashedAssets) {
		a.cache = "public, max-age=31536000, immutable"
	}
	if len(body) < worthCompressing || strings.HasPrefix(a.mediaType, "image/") && a.mediaType != "image/svg+xml" || a.mediaType == "font/woff2" {
		return a, nil
	}
	var small bytes.Buffer
	zip := gzip.NewWriter(&small)
	if _, err := zip.Write(body); err != nil {
		return a, fmt.Errorf("compress %s: %w", name, err)
	}
	if err := zip.Close(); err != nil {
		return a, fmt.Errorf("compress %s: %w", name, err)
	}
	if small.Len() < len(body)*9/10 {
		a.gzipped = small.Bytes()
	}
	return a, nil
}

func mediaType(name string) string {
	ext := path.Ext(name)
	if known, ok := assetTypes[ext]; ok {
		return known
	}
	if known := mime.TypeByExtension(ext); known != "" {
		return known
	}
	return "application/octet-stream"
}

// ServeHTTP implements http.Handler.
func (d *dashboard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Content-Security-Policy", pagePolicy(r.Host))
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	a, ok := d.assets[name]
	if !ok && isPage(name) {
		a, ok = d.assets[indexPage], true
	}
	if !ok {
		h.Set("Cache-Control", "no-cache")
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	a.serve(w, r)
}

// isPage reports whether a path is one of the application's. Paths with a dot are
// files that are not there, except where the rest of the path is an id of a broker.
func isPage(name string) bool {
	if strings.HasPrefix(name, hashedAssets) {
		return false
	}
	return path.Ext(name) == "" || strings.HasPrefix(name, tradePages)
}

func (a asset) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", a.cache)
	h.Set("Content-Type", a.mediaType)
	body, etag := a.body, a.etag
	if a.gzipped != nil {
		h.Set("Vary", "Accept-Encoding")
		if acceptsGzip(r) {
			body, etag = a.gzipped, strings.TrimSuffix(a.etag, `"`)+`-gzip"`
			h.Set("Content-Encoding", "gzip")
		}
	}
	h.Set("ETag", etag)
	if matches(r.Header.Get("If-None-Match"), etag) {
		h.Del("Content-Type")
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // a client that is gone does not need the page
	}
}

func acceptsGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		coding, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			weight = strings.TrimPrefix(strings.TrimSpace(weight), "q=")
			return strings.Trim(weight, "0.") != "" || weight == ""
		}
	}
	return false
}

// matches reports whether a list of If-None-Match names the tag.
func matches(list, etag string) bool {
	for part := range strings.SplitSeq(list, ",") {
		part = strings.TrimPrefix(strings.TrimSpace(part), "W/")
		if part == etag || part == "*" {
			return true
		}
	}
	return false
}

// pagePolicy lets the page load its own files and talk to its own server only.
// The sockets are named beside 'self' for browsers that do not count them to it.
func pagePolicy(host string) string {
	connect := "'self'"
	if isPlainHost(host) {
		connect += " ws://" + host + " wss://" + host
	}
	return "default-src 'self'; connect-src " + connect + "; img-src 'self' data:; style-src 'self' 'unsafe-inline'; " +
		"object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
}

// isPlainHost keeps what a client writes into Host from becoming policy.
func isPlainHost(host string) bool {
	for _, c := range []byte(host) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '-', c == ':', c == '[', c == ']':
		default:
			return false
		}
	}
	return host != ""
}
