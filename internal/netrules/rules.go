package netrules

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// DevOrigin is the origin of the dashboard's development server, which is
// allowed in development beside what FRONTEND_URL names.
const DevOrigin = "http://localhost:5173"

// Rules says which origins are allowed and which proxies are believed.
type Rules struct {
	origins map[string]struct{} // normalised: scheme://host[:port]
	any     bool
	trusted []netip.Prefix
}

// New makes rules from the origins of FRONTEND_URL and the networks of
// TRUSTED_PROXIES. The server's own origin is always allowed and need not be
// listed. dev adds DevOrigin and permits "*" (any origin); elsewhere "*" is an
// error, because cookies would make every web site the user.
func New(frontendURLs []string, trusted []netip.Prefix, dev bool) (*Rules, error) {
	r := &Rules{origins: make(map[string]struct{}, len(frontendURLs)+1)}
	for _, p := range trusted {
		r.trusted = append(r.trusted, unmapPrefix(p))
	}
	for _, text := range frontendURLs {
		text = strings.TrimSpace(text)
		switch {
		case text == "":
		case text == "*" && dev:
			r.any = true
		case text == "*":
			return nil, errors.New(`origin "*" is allowed in development only: list the origins of the frontend, such as https://app.example.com`)
		default:
			origin, err := parseOrigin(strings.TrimSuffix(text, "/"))
			if err != nil {
				return nil, err
			}
			r.origins[origin] = struct{}{}
		}
	}
	if dev {
		r.origins[DevOrigin] = struct{}{}
	}
	return r, nil
}

// AllowedOrigin reports whether the request carries an Origin and it is on the
// list or the server's own. It is false without an Origin: whether that is fine
// is for the caller to say.
func (r *Rules) AllowedOrigin(req *http.Request) bool {
	origin, ok := requestOrigin(req)
	if !ok {
		return false
	}
	if r.any {
		return true
	}
	if _, listed := r.origins[origin]; listed {
		return true
	}
	return r.sameOrigin(req, origin)
}

// SameOrigin reports whether the request carries an Origin whose host and port
// are the ones the client asked for: Host, or X-Forwarded-Host when a trusted
// proxy sent it. The scheme is not compared, for a proxy that ends TLS need not
// tell about it.
func (r *Rules) SameOrigin(req *http.Request) bool {
	origin, ok := requestOrigin(req)
	return ok && r.sameOrigin(req, origin)
}

func (r *Rules) sameOrigin(req *http.Request, origin string) bool {
	scheme, host, _ := strings.Cut(origin, "://")
	return host == normaliseHost(scheme, r.host(req))
}

// host is the host that the client asked for.
func (r *Rules) host(req *http.Request) string {
	if r.fromProxy(req) {
		// The leftmost is the one the client named. A browser cannot be made to forge it from another site.
		first, _, _ := strings.Cut(req.Header.Get("X-Forwarded-Host"), ",")
		if first = strings.TrimSpace(first); first != "" {
			return first
		}
	}
	return req.Host
}

// Secure reports whether the client's side of the connection is encrypted: TLS
// here, or at a trusted proxy that says so in X-Forwarded-Proto.
func (r *Rules) Secure(req *http.Request) bool {
	if req.TLS != nil {
		return true
	}
	if !r.fromProxy(req) {
		return false
	}
	proto, _, _ := strings.Cut(req.Header.Get("X-Forwarded-Proto"), ",")
	proto = strings.ToLower(strings.TrimSpace(proto))
	return proto == "https" || proto == "wss"
}

// Trusted reports whether an address belongs to a trusted proxy.
func (r *Rules) Trusted(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	return slices.ContainsFunc(r.trusted, func(p netip.Prefix) bool { return p.Contains(addr) })
}

func (r *Rules) fromProxy(req *http.Request) bool {
	peer, ok := parseAddr(req.RemoteAddr)
	return ok && r.Trusted(peer)
}

// requestOrigin returns the normalised Origin of a request; false when there is
// none, more than one, or one that no site can have, such as "null".
func requestOrigin(req *http.Request) (string, bool) {
	values := req.Header.Values("Origin")
	if len(values) != 1 {
		return "", false
	}
	origin, err := parseOrigin(values[0])
	return origin, err == nil
}

// parseOrigin normalises an origin: lower case, no default port.
func parseOrigin(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", fmt.Errorf("origin %.80q is not of the form https://host or http://host:port", text)
	}
	if u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil || u.ForceQuery {
		return "", fmt.Errorf("origin %.80q has more than scheme, host and port", text)
	}
	return u.Scheme + "://" + normaliseHost(u.Scheme, u.Host), nil
}

func normaliseHost(scheme, host string) string {
	host = strings.ToLower(host)
	switch scheme {
	case "http":
		host = strings.TrimSuffix(host, ":80")
	case "https":
		host = strings.TrimSuffix(host, ":443")
	}
	return host
}
