package httpapi

import (
	"net/http"
)

// What scripts of allowed origins may send and see.
const (
	corsRequestHeaders = "Authorization, Content-Type, Idempotency-Key"
	corsAnswerHeaders  = "Location, Retry-After, Idempotent-Replayed, Content-Disposition"
	corsMaxAge         = "600"
)

// allowOrigin lets scripts of an allowed origin read the answer.
func (a *api) allowOrigin(x *exchange, r *http.Request) {
	h := x.Header()
	h.Add("Vary", "Origin")
	if !a.Rules.AllowedOrigin(r) {
		return
	}
	h.Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
	h.Set("Access-Control-Allow-Credentials", "true")
	h.Set("Access-Control-Expose-Headers", corsAnswerHeaders)
}

// preflight answers OPTIONS: what is possible here, and to a browser that asks
// for a script whether it may.
func (a *api) preflight(x *exchange, r *http.Request, res *resource) {
	h := x.Header()
	h.Set("Allow", res.allow)
	if r.Header.Get("Access-Control-Request-Method") != "" {
		h.Add("Vary", "Access-Control-Request-Method, Access-Control-Request-Headers")
		if !a.Rules.AllowedOrigin(r) {
			a.fail(x, r, foreignOrigin())
			return
		}
		h.Set("Access-Control-Allow-Methods", res.allow)
		h.Set("Access-Control-Allow-Headers", corsRequestHeaders)
		h.Set("Access-Control-Max-Age", corsMaxAge)
	}
	x.WriteHeader(http.StatusNoContent)
}

func foreignOrigin() *problem {
	return newProblem(http.StatusForbidden, codeOriginNotAllowed,
		"The Origin of this request is missing or not allowed: it must be this server's own or one of FRONTEND_URL.")
}
