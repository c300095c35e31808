package httpapi_test

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"tradewind/internal/httpapi"
	"tradewind/internal/trading"
)

type sessions struct {
	byID map[string]trading.Session
	fail error
	from httpapi.SignIn
}

func newSessions() *sessions { return &sessions{byID: make(map[string]trading.Session)} }

func (s *sessions) add(id string, user trading.UserID) trading.Session {
	n := trading.Session{Hash: [32]byte([]byte((id + "                                ")[:32])), PublicID: fmt.Sprintf("s_%d", len(s.byID)), User: user, CreatedAt: morning, SeenAt: morning, ExpiresAt: morning.Add(24 * time.Hour)}
	s.byID[id] = n
	return n
}

func (s *sessions) Login(_ context.Context, l httpapi.SignIn) (string, trading.Session, error) {
	s.from = l
	if s.fail != nil {
		return "", trading.Session{}, s.fail
	}
	if l.Password != password {
		return "", trading.Session{}, httpapi.ErrWrong
	}
	id := "a-new-session-id-of-some-length-for-" + l.Name
	n := s.add(id, trading.UserID("usr_"+l.Name))
	return id, n, nil
}

func (s *sessions) Authenticate(_ context.Context, id string) (trading.Session, error) {
	if s.fail != nil {
		return trading.Session{}, s.fail
	}
	n, ok := s.byID[id]
	if !ok {
		return n, httpapi.ErrInvalidSession
	}
	return n, nil
}

func (s *sessions) Logout(_ context.Context, id string) error {
	delete(s.byID, id)
	return nil
}

func (s *sessions) Revoke(_ context.Context, user trading.UserID, publicID string) error {
	for id, n := range s.byID {
		if n.User == user && n.PublicID == publicID {
			delete(s.byID, id)
			return nil
		}
	}
	return trading.ErrNotFound
}

func (s *sessions) ChangePassword(_ context.Context, id, current, next string, _ netip.Addr) error {
	if current != password {
		return httpapi.ErrWrong
	}
	user := s.byID[id].User
	for other, n := range s.byID {
		if n.User == user && other != id {
			delete(s.byID, other)
		}
	}
	return nil
}

func (s *sessions) Sessions(_ context.Context, user trading.UserID) ([]trading.Session, error) {
	var all []trading.Session
	for _, n := range s.byID {
		if n.User == user {
			all = append(all, n)
		}
	}
	slices.SortFunc(all, func(a, b trading.Session) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return all, nil
}

func (s *sessions) limited(d time.Duration) error { return httpapi.Limited(d) }
func (s *sessions) busy() error                   { return httpapi.ErrBusy }
