package httpapi

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"tradewind/internal/session"
	"tradewind/internal/trading"
)

// CookieName is the cookie that login sets: the session id, out of reach of scripts.
const CookieName = "tradewind_session"

// signedInSession is the session that a request was made with.
type signedInSession struct {
	trading.Session
	id string // the secret one
}

// admit checks who is calling and from where, and fills in the call.
func (a *api) admit(x *exchange, c *call, may access) error {
	switch may {
	case public:
		return nil
	case signIn:
		// Without Origin it is no browser, and nobody is tricked into signing in as somebody else.
		if len(c.Header.Values("Origin")) > 0 && !a.Rules.AllowedOrigin(c.Request) {
			return foreignOrigin()
		}
		return nil
	}
	id, byCookie := credential(c.Request)
	if id == "" {
		return a.unauthorized(x, codeAuthRequired, "Sign in first.")
	}
	if byCookie && changes(c.Method) && !a.Rules.AllowedOrigin(c.Request) {
		return foreignOrigin()
	}
	identity, err := a.Sessions.Authenticate(c.Context(), id)
	switch {
	case errors.Is(err, session.ErrInvalid):
		return a.unauthorized(x, codeInvalidSession, "The session is unknown, expired or signed out: sign in again.")
	case err != nil:
		a.options.Logger.Error("authenticate", "error", err)
		return newProblem(http.StatusServiceUnavailable, codeAuthFailed, "The session could not be checked.").retryAfter(defaultRetryAfter)
	}
	c.session = signedInSession{Session: identity.Session, id: id}
	// Sessions may know the user of a few seconds ago, whose account may be another one.
	c.user, err = a.Users.User(c.Context(), identity.User.ID)
	switch {
	case errors.Is(err, trading.ErrNotFound):
		return a.unauthorized(x, codeInvalidSession, "The user does not exist any more.")
	case err != nil:
		return fmt.Errorf("read user %s: %w", identity.User.ID, err)
	}
	return nil
}

// changes reports whether a method may have effects.
func changes(method string) bool {
	return method != http.MethodGet && method != http.MethodHead
}

// credential finds the session id: Authorization counts before the cookie.
func credential(r *http.Request) (id string, byCookie bool) {
	if header := r.Header.Get("Authorization"); header != "" {
		scheme, id, _ := strings.Cut(header, " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return "", false
		}
		return strings.TrimSpace(id), false
	}
	cookie, err := r.Cookie(CookieName)
	if err != nil {
		return "", false
	}
	return cookie.Value, true
}

func (a *api) unauthorized(x *exchange, code trading.Code, detail string) *problem {
	x.Header().Set("WWW-Authenticate", `Bearer realm="tradewind"`)
	p := newProblem(http.StatusUnauthorized, code, "%s", detail)
	p.Demo = a.options.Demo
	return p
}

// address is what limits and lists know a client by; empty on a Unix socket.
func (a *api) address(r *http.Request) string {
	if addr := a.Rules.ClientAddr(r); addr.IsValid() {
		return addr.String()
	}
	return ""
}

// setCookie hands the session id to a browser.
func (a *api) setCookie(w http.ResponseWriter, r *http.Request, id string) {
	http.SetCookie(w, &http.Cookie{
		Name: CookieName, Value: id, Path: "/", MaxAge: int(a.options.CookieMaxAge.Seconds()),
		HttpOnly: true, Secure: a.Rules.Secure(r), SameSite: http.SameSiteLaxMode,
	})
}

// clearCookie takes it back.
func (a *api) clearCookie(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{
		Name: CookieName, Path: "/", MaxAge: -1,
		HttpOnly: true, Secure: a.Rules.Secure(r), SameSite: http.SameSiteLaxMode,
	})
}
