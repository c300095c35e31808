package gateway

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// phone is a connection that answers pings, or not.
type phone struct {
	vanished bool
	dropped  atomic.Int32
}

func (p *phone) Ping(ctx context.Context) error {
	if !p.vanished {
		return nil
	}
	<-ctx.Done()
	return errors.New("no pong")
}

func (p *phone) drop() { p.dropped.Add(1) }

func TestSlots_CapOfAUser_AndReleaseOnce(t *testing.T) {
	s := newSlots(2)
	first, second := s.reserve("ann", &phone{}), s.reserve("ann", &phone{})
	if first == nil || second == nil || s.reserve("ann", &phone{}) != nil {
		t.Fatal("the cap is two")
	}
	if s.reserve("ben", &phone{}) == nil {
		t.Fatal("another user's cap is full too")
	}
	first.release()
	first.release()
	if s.reserve("ann", &phone{}) == nil {
		t.Fatal("no slot after a release")
	}
	if s.reserve("ann", &phone{}) != nil {
		t.Fatal("releasing twice made two slots")
	}
	second.release()
	for _, held := range s.held("ann") {
		held.release()
	}
	if s.held("ben")[0].release(); len(s.byUser) != 0 {
		t.Fatalf("%d users without connections are kept", len(s.byUser))
	}
}

func TestSlots_DropGhosts_OnlyThoseThatDoNotAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlots(3)
		alive, ghost, other := &phone{}, &phone{vanished: true}, &phone{vanished: true}
		s.reserve("ann", alive)
		s.reserve("ann", ghost)
		s.reserve("ben", other)
		began := time.Now()
		s.dropGhosts(t.Context(), "ann", ghostTime)
		if took := time.Since(began); took != ghostTime {
			t.Errorf("took %s, want %s", took, ghostTime)
		}
		if alive.dropped.Load() != 0 || ghost.dropped.Load() != 1 || other.dropped.Load() != 0 {
			t.Error("dropped the wrong ones")
		}
		if left := s.held("ann"); len(left) != 1 || left[0].conn != alive {
			t.Errorf("%d slots left", len(left))
		}
		began = time.Now()
		if s.dropGhosts(t.Context(), "ann", ghostTime); time.Since(began) != 0 {
			t.Error("all alive, and still it took time")
		}
	})
}

func TestSlots_AskerGoesAway_NobodyIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlots(1)
		slow := &phone{vanished: true}
		s.reserve("ann", slow)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		s.dropGhosts(ctx, "ann", ghostTime)
		if slow.dropped.Load() != 0 || len(s.held("ann")) != 1 {
			t.Error("a connection was dropped before its time to answer was over")
		}
	})
}
