package gateway

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"net/netip"
	"time"

	"tradewind/internal/session"
	"tradewind/internal/wire"
	"tradewind/socketio"
)

// sessionCookie is the login cookie of the REST API.
const sessionCookie = "tradewind_session"

// admit decides about a connect. What it took for a socket is given back when the
// socket ends, connected or not.
func (g *Gateway) admit(ctx context.Context, s *socketio.Socket) error {
	err := g.signIn(ctx, s)
	var refusal wire.Refusal
	if errors.As(err, &refusal) {
		g.metrics.refused(refusal)
		g.log.Debug("handshake refused", "socket", string(s.ID()), "code", string(refusal.Code), "address", s.Handshake().RemoteAddr)
		return &socketio.ConnectError{Message: refusal.Message, Data: refusal}
	}
	return err
}

func (g *Gateway) signIn(ctx context.Context, s *socketio.Socket) error {
	if wait := g.addressWait(s.Handshake().RemoteAddr); wait > 0 {
		return wire.TooManyAttempts.After(wait)
	}
	id, err := g.credential(s)
	if err != nil {
		return err
	}
	identity, err := g.authenticate(ctx, id)
	if err != nil {
		return err
	}
	if wait := g.byUser.take(identity.User.ID, time.Now()); wait > 0 {
		return wire.TooManyAttempts.After(wait)
	}
	c := g.newClient(s, identity)
	if !g.reserve(ctx, c) {
		return wire.TooManyConnections
	}
	context.AfterFunc(s.Context(), c.slot.release)
	clientKey.Set(s, c)
	return s.Join(ctx, socketio.Room(userRoom+string(c.user)))
}

// addressWait counts a connect of an address. Loopback and proxies, behind which
// everybody has the same one, are exempt, and so is what has no address.
func (g *Gateway) addressWait(address string) time.Duration {
	addr, err := netip.ParseAddr(address)
	if err != nil || addr.IsLoopback() || g.Rules.Trusted(addr) {
		return 0
	}
	if addr.Is6() && !addr.Is4In6() {
		// A household or a server has a whole /64 to itself.
		if network, err := addr.Prefix(64); err == nil {
			addr = network.Addr()
		}
	}
	return g.byAddress.take(addr.Unmap(), time.Now())
}

// credential returns the session id that the client shows: in auth, or in the
// login cookie if there is nothing in auth and a browser says that the page is ours.
func (g *Gateway) credential(s *socketio.Socket) (id string, err error) {
	var auth wire.Credential
	if err := s.DecodeAuth(&auth); err != nil {
		return "", wire.InvalidSession
	}
	switch {
	case auth.Malformed:
		return "", wire.InvalidSession
	case auth.SessionID != "":
		return auth.SessionID, nil
	case auth.Token != "":
		return "", wire.InvalidSession // no issuer of tokens is known
	}
	h := s.Handshake()
	r := &http.Request{Header: h.Header, Host: h.Host, RemoteAddr: h.Peer}
	if h.Secure {
		r.TLS = &tls.ConnectionState{}
	}
	cookie, err := r.Cookie(sessionCookie)
	if err != nil || cookie.Value == "" || !g.Rules.AllowedOrigin(r) {
		return "", wire.AuthRequired
	}
	return cookie.Value, nil
}

// authenticate finds out whose a session id is. Its errors are refusals.
func (g *Gateway) authenticate(ctx context.Context, id string) (session.Identity, error) {
	identity, err := g.Sessions.Authenticate(ctx, id)
	switch {
	case err == nil:
		return identity, nil
	case errors.Is(err, session.ErrInvalid):
		return identity, wire.InvalidSession
	}
	g.log.Warn("authenticate", "error", err)
	return identity, wire.AuthFailed
}

// reserve takes a slot for a client. At the cap the user's other connections have
// to show that they are alive, so that a phone that changed networks is not
// locked out by its own ghosts.
func (g *Gateway) reserve(ctx context.Context, c *client) bool {
	if c.slot = g.slots.reserve(c.user, c); c.slot != nil {
		return true
	}
	g.slots.dropGhosts(ctx, c.user, ghostTime)
	c.slot = g.slots.reserve(c.user, c)
	return c.slot != nil
}

// welcome tells a connected socket what everybody hears, and binds it to its session.
func (g *Gateway) welcome(ctx context.Context, s *socketio.Socket) {
	c, ok := clientKey.Get(s)
	if !ok {
		return
	}
	g.metrics.sockets.Inc()
	g.feeds.greet(ctx, c)
	g.signedIn.add(c, c.session)
}

// farewell undoes everything of a socket that has ended.
func (g *Gateway) farewell(s *socketio.Socket, reason socketio.Reason) {
	c, ok := clientKey.Get(s)
	if !ok {
		return
	}
	g.metrics.disconnected(reason)
	g.quotes.forget(&c.watchlist)
	g.endTrades(c)
	g.endPortfolio(c)
	if c.hold != nil {
		g.signedIn.remove(c)
		g.metrics.sockets.Dec()
	}
	c.slot.release()
}
