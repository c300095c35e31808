package httpapi

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"tradewind/internal/trading"
)

// access says who may call a route.
type access int

const (
	public   access = iota
	signIn          // public, but not from a browser on a foreign site
	signedIn        // with a session; by cookie and with effects, from an allowed origin only
)

// exportTimeout bounds a download, which a slow client may stretch.
const exportTimeout = 5 * time.Minute

// route is one line of the API.
type route struct {
	method  string
	path    string
	access  access
	handle  func(w http.ResponseWriter, c *call) error
	timeout time.Duration // 0: the usual one
}

// call is a request that was admitted.
type call struct {
	*http.Request
	user    trading.User // who is signed in; zero on public routes
	session signedInSession
}

// query reads the call's query parameters.
func (c *call) query() *query { return &query{values: c.URL.Query()} }

// routes is the whole API.
func (a *api) routes() []route {
	return []route{
		{method: "GET", path: "/healthz", access: public, handle: a.health},
		{method: "GET", path: "/readyz", access: public, handle: a.ready},

		{method: "POST", path: "/api/login", access: signIn, handle: a.login},
		{method: "POST", path: "/api/logout", access: signedIn, handle: a.logout},
		{method: "GET", path: "/api/me", access: signedIn, handle: a.me},
		{method: "POST", path: "/api/password", access: signedIn, handle: a.changePassword},
		{method: "GET", path: "/api/sessions", access: signedIn, handle: a.listSessions},
		{method: "DELETE", path: "/api/sessions/{id}", access: signedIn, handle: a.deleteSession},

		{method: "POST", path: "/api/orders", access: signedIn, handle: a.placeOrder},
		{method: "GET", path: "/api/orders", access: signedIn, handle: a.listOrders},
		{method: "GET", path: "/api/orders/{id}", access: signedIn, handle: a.getOrder},
		{method: "PATCH", path: "/api/orders/{id}", access: signedIn, handle: a.replaceOrder},
		{method: "DELETE", path: "/api/orders/{id}", access: signedIn, handle: a.cancelOrder},

		{method: "GET", path: "/api/portfolio", access: signedIn, handle: a.portfolio},
		{method: "GET", path: "/api/portfolio/history", access: signedIn, handle: a.portfolioHistory},
		{method: "GET", path: "/api/trades", access: signedIn, handle: a.listTrades},
		{method: "GET", path: "/api/trades.csv", access: signedIn, handle: a.exportTrades, timeout: exportTimeout},
		{method: "GET", path: "/api/trades/{id}", access: signedIn, handle: a.getTrade},
		{method: "GET", path: "/api/ledger", access: signedIn, handle: a.ledger},

		{method: "GET", path: "/api/watchlist", access: signedIn, handle: a.watchlist},
		{method: "PUT", path: "/api/watchlist", access: signedIn, handle: a.setWatchlist},
		{method: "GET", path: "/api/symbols", access: signedIn, handle: a.symbols},
		{method: "GET", path: "/api/quotes", access: signedIn, handle: a.quotes},
		{method: "GET", path: "/api/candles", access: signedIn, handle: a.candles},
		{method: "GET", path: "/api/settings", access: signedIn, handle: a.settings},
		{method: "PUT", path: "/api/settings", access: signedIn, handle: a.setSettings},
	}
}

// resource is what lives under one path: its routes by method.
type resource struct {
	path   string
	routes map[string]route
	allow  string // the value of Allow
}

// newRouter groups the routes by path, so that a wrong method is told which are
// right, in a problem document like any other.
func newRouter(a *api) *http.ServeMux {
	resources := make(map[string]*resource)
	for _, rt := range a.routes() {
		res := resources[rt.path]
		if res == nil {
			res = &resource{path: rt.path, routes: make(map[string]route)}
			resources[rt.path] = res
		}
		res.routes[rt.method] = rt
	}
	mux := http.NewServeMux()
	for path, res := range resources {
		methods := []string{http.MethodOptions}
		for method := range res.routes {
			methods = append(methods, method)
			if method == http.MethodGet {
				methods = append(methods, http.MethodHead)
			}
		}
		slices.Sort(methods)
		res.allow = strings.Join(methods, ", ")
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { a.serve(w.(*exchange), r, res) })
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		a.fail(w.(*exchange), r, newProblem(http.StatusNotFound, codeNotFound, "There is nothing under this path."))
	})
	return mux
}

// serve answers a request for a resource.
func (a *api) serve(x *exchange, r *http.Request, res *resource) {
	x.route = res.path
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	rt, ok := res.routes[method]
	switch {
	case method == http.MethodOptions:
		a.preflight(x, r, res)
	case !ok:
		x.Header().Set("Allow", res.allow)
		a.fail(x, r, newProblem(http.StatusMethodNotAllowed, codeMethodNotAllowed, "%.20s is not possible here; allowed are %s.", r.Method, res.allow))
	default:
		if err := a.run(x, r, rt); err != nil {
			a.fail(x, r, err)
		}
	}
}

// run admits the caller and calls the route's handler within its time.
func (a *api) run(x *exchange, r *http.Request, rt route) error {
	timeout := a.options.Timeout
	if rt.timeout > 0 {
		timeout = rt.timeout
	}
	ctx, cancel := context.WithTimeout(r.Context(), timeout)
	defer cancel()
	c := &call{Request: r.WithContext(ctx)}
	if err := a.admit(x, c, rt.access); err != nil {
		return err
	}
	x.user = c.user.ID
	if caller := a.caller(c, rt.access); caller != "" {
		if !a.inFlight.enterCaller(caller) {
			return newProblem(http.StatusTooManyRequests, trading.CodeRateLimited, "Too many of your requests are running.").retryAfter(defaultRetryAfter)
		}
		defer a.inFlight.leaveCaller(caller)
	}
	return rt.handle(x, c)
}

// caller is whose requests are counted together; nobody's for health checks.
func (a *api) caller(c *call, may access) string {
	switch may {
	case signedIn:
		return "user " + string(c.user.ID)
	case signIn:
		return "address " + a.address(c.Request)
	}
	return ""
}
