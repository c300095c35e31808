package main

import (
	"context"
	"net/netip"

	"tradewind/internal/httpapi"
	"tradewind/internal/session"
	"tradewind/internal/trading"
)

// restSessions are the sessions in the words of the REST API.
type restSessions struct{ m *session.Manager }

func (r restSessions) Login(ctx context.Context, s httpapi.SignIn) (string, trading.Session, error) {
	l, err := r.m.Login(ctx, s.Name, s.Password, session.Meta{UserAgent: s.UserAgent, Address: s.Address.String()})
	return l.SessionID, l.Session, err
}
func (r restSessions) Authenticate(ctx context.Context, id string) (trading.Session, error) {
	i, err := r.m.Authenticate(ctx, id)
	return i.Session, err
}
func (r restSessions) Logout(ctx context.Context, id string) error { return r.m.Logout(ctx, id) }
func (r restSessions) Revoke(ctx context.Context, user trading.UserID, publicID string) error {
	return r.m.Revoke(ctx, user, publicID)
}
func (r restSessions) ChangePassword(ctx context.Context, id, current, next string, address netip.Addr) error {
	return nil
}
func (r restSessions) Sessions(ctx context.Context, user trading.UserID) ([]trading.Session, error) {
	return r.m.Sessions(ctx, user)
}
