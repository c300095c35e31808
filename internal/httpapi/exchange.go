package httpapi

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"tradewind/internal/trading"
)

// writeTimeout bounds how long a client may take to accept an answer, or one
// page of a long one.
const writeTimeout = 30 * time.Second

// exchange is one request with its answer, as logs and metrics see them.
type exchange struct {
	http.ResponseWriter
	status int
	bytes  int64
	route  string // the path of the resource; empty: none
	user   trading.UserID
	code   trading.Code // of a problem
}

// WriteHeader implements http.ResponseWriter.
func (x *exchange) WriteHeader(status int) {
	if x.status == 0 {
		x.status = status
	}
	x.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (x *exchange) Write(p []byte) (int, error) {
	if x.status == 0 {
		x.status = http.StatusOK
	}
	n, err := x.ResponseWriter.Write(p)
	x.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController find the connection.
func (x *exchange) Unwrap() http.ResponseWriter { return x.ResponseWriter }

// ServeHTTP answers one request: it counts, logs, survives panics, bounds the
// time for the answer, and applies the rules that hold for all routes.
func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{ResponseWriter: w}
	started := time.Now()
	// Not supported in memory. The server itself lifts both when the body and the answer are through.
	control := http.NewResponseController(w)
	_ = control.SetWriteDeadline(started.Add(a.options.Timeout + writeTimeout))
	if r.ContentLength != 0 {
		_ = control.SetReadDeadline(started.Add(bodyTimeout))
	}
	defer func() { a.observe(x, r, time.Since(started)) }()
	defer a.survive(x, r)

	setSecurityHeaders(w.Header())
	a.allowOrigin(x, r)
	if !a.inFlight.enter() {
		a.fail(x, r, newProblem(http.StatusServiceUnavailable, codeBusy, "The server is busy.").retryAfter(defaultRetryAfter))
		return
	}
	defer a.inFlight.leave()
	a.metrics.inFlight.Inc()
	defer a.metrics.inFlight.Dec()
	a.router.ServeHTTP(x, r)
}

// survive turns a panic of a handler into a 500, or ends the connection when the
// answer has begun.
func (a *api) survive(x *exchange, r *http.Request) {
	reason := recover()
	if reason == nil {
		return
	}
	if reason == http.ErrAbortHandler { // deliberate
		panic(reason)
	}
	a.options.Logger.Error("http handler panicked", "method", r.Method, "route", x.route, "panic", reason, "stack", string(debug.Stack()))
	if x.status != 0 {
		panic(http.ErrAbortHandler)
	}
	p := newProblem(http.StatusInternalServerError, codeInternal, internalDetail)
	x.code = p.Code
	writeProblem(x, p)
}

// fail answers with a problem.
func (a *api) fail(x *exchange, r *http.Request, err error) {
	if x.status != 0 { // too late: the client must notice that the answer is cut short
		a.options.Logger.Error("answer cut short", "method", r.Method, "route", x.route, "error", err)
		panic(http.ErrAbortHandler)
	}
	p, expected := asProblem(err)
	if !expected {
		switch {
		case r.Context().Err() != nil:
			x.status = statusClientWentAway
			return
		case errors.Is(err, context.DeadlineExceeded):
			p = newProblem(http.StatusServiceUnavailable, codeTimeout, "The answer took too long.").retryAfter(defaultRetryAfter)
		default:
			a.options.Logger.Error("request failed", "method", r.Method, "route", x.route, "user", x.user, "error", err)
		}
	}
	x.code = p.Code
	writeProblem(x, p)
}

// observe logs and counts a request that is over. The route stands for the path
// and the query is left out: either may hold what is nobody's business.
func (a *api) observe(x *exchange, r *http.Request, took time.Duration) {
	if x.status == 0 {
		x.status = http.StatusOK
	}
	route := x.route
	if route == "" {
		route = "none"
	}
	a.metrics.request(r.Method, route, x.status, x.code, took)
	level := slog.LevelInfo
	switch {
	case x.status >= 500:
		level = slog.LevelWarn
	case route == "/healthz" || route == "/readyz":
		level = slog.LevelDebug
	}
	if !a.options.Logger.Enabled(r.Context(), level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("method", knownMethod(r.Method)), slog.String("route", route), slog.Int("status", x.status),
		slog.Int64("bytes", x.bytes), slog.Duration("took", took), slog.String("address", a.address(r)),
	}
	if x.user != "" {
		attrs = append(attrs, slog.String("user", string(x.user)))
	}
	if x.code != "" {
		attrs = append(attrs, slog.String("code", string(x.code)))
	}
	a.options.Logger.LogAttrs(r.Context(), level, "http request", attrs...)
}

// setSecurityHeaders sets what every answer of the API carries: it is for
// programs, private, and never a page.
func setSecurityHeaders(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
}
