package valuation

import (
	"context"
	"time"
)

// retryReload is the pause after a reload that failed.
const retryReload = time.Second

// reload has the fold of an account read again by runReloads. It is called with
// the shard's lock held; a watched account asks once until it was installed, so
// the list is bounded by the watched accounts.
func (e *Engine) reload(w *watched) {
	e.mu.Lock()
	e.lost = append(e.lost, w)
	e.reloads++
	e.mu.Unlock()
	select {
	case e.lostNews <- struct{}{}:
	default:
	}
}

// runReloads reads accounts again, one after the other, until ctx ends. Those that
// cannot be read have their next turn after a pause.
func (e *Engine) runReloads(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-e.lostNews:
		}
		for again := e.reloadAll(ctx, e.takeLost()); len(again) > 0; {
			select {
			case <-ctx.Done():
				return
			case <-time.After(retryReload):
			}
			again = e.reloadAll(ctx, append(again, e.takeLost()...))
		}
	}
}

func (e *Engine) takeLost() []*watched {
	e.mu.Lock()
	defer e.mu.Unlock()
	lost := e.lost
	e.lost = nil
	return lost
}

// reloadAll reads accounts and returns those that could not be read.
func (e *Engine) reloadAll(ctx context.Context, lost []*watched) (again []*watched) {
	for _, w := range lost {
		s := e.shard(w.id)
		if !s.wants(w) {
			continue
		}
		fold, err := e.fold(ctx, w.id)
		if err != nil {
			e.o.Logger.Error("account not reloaded", "account", w.id, "error", err)
			again = append(again, w)
			continue
		}
		s.install(w, fold, "")
	}
	return again
}

// wants reports whether somebody still watches the account.
func (s *shard) wants(w *watched) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !w.beat.gone
}
