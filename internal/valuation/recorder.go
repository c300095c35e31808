package valuation

import (
	"context"
	"sync"
	"time"

	"tradewind/internal/trading"
)

// recordBatch is how many points go to the store in one call.
const recordBatch = 500

// recorder writes the history of values: at every full minute a point of each
// account that is watched or has positions. Which accounts have positions it
// learns from the store when it starts and from entries afterwards.
type recorder struct {
	engine *Engine

	mu    sync.Mutex
	known map[trading.AccountID]struct{} // may have positions; at most MaxRecorded
	full  bool                           // said that there are more
}

func newRecorder(e *Engine) *recorder {
	return &recorder{engine: e, known: make(map[trading.AccountID]struct{})}
}

// add notes an account that may have positions.
func (r *recorder) add(id trading.AccountID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.known[id]; ok {
		return
	}
	if len(r.known) < r.engine.o.MaxRecorded {
		r.known[id] = struct{}{}
		return
	}
	if !r.full {
		r.full = true
		r.engine.o.Logger.Warn("accounts beyond the limit have no history unless watched", "limit", r.engine.o.MaxRecorded)
	}
}

func (r *recorder) remove(id trading.AccountID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.known, id)
}

// run records until ctx ends.
func (r *recorder) run(ctx context.Context) {
	r.learn(ctx)
	for {
		now := time.Now()
		minute := now.UTC().Truncate(time.Minute).Add(time.Minute)
		timer := time.NewTimer(minute.Sub(now))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		// A clock that was set back a little while we waited does not give a minute two points.
		if late := time.Now().UTC().Truncate(time.Minute); late.After(minute) {
			minute = late
		}
		r.record(ctx, minute)
	}
}

// learn notes the accounts of all users.
func (r *recorder) learn(ctx context.Context) {
	users, err := r.engine.users.Users(ctx)
	if err != nil && ctx.Err() == nil {
		r.engine.o.Logger.Error("accounts without history until they trade", "error", err)
	}
	for _, u := range users {
		if u.Account != "" {
			r.add(u.Account)
		}
	}
}

// record writes the points of one minute.
func (r *recorder) record(ctx context.Context, minute time.Time) {
	points := make(map[trading.AccountID]trading.ValuePoint)
	flush := func() {
		if len(points) == 0 || ctx.Err() != nil {
			return
		}
		if err := r.engine.o.History.AddValuePoints(ctx, points); err != nil {
			r.engine.o.Logger.Error("points of history lost", "points", len(points), "error", err)
		}
		clear(points)
	}
	for _, id := range r.accounts() {
		if ctx.Err() != nil {
			return
		}
		if value, ok := r.value(ctx, id); ok {
			points[id] = trading.ValuePoint{Time: minute, Value: value}
		}
		if len(points) == recordBatch {
			flush()
		}
	}
	flush()
}

// accounts lists whom the next points are of.
func (r *recorder) accounts() []trading.AccountID {
	var all []trading.AccountID
	for _, s := range r.engine.shards {
		s.mu.Lock()
		for id := range s.accounts {
			all = append(all, id)
		}
		s.mu.Unlock()
	}
	watched := make(map[trading.AccountID]struct{}, len(all))
	for _, id := range all {
		watched[id] = struct{}{}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for id := range r.known {
		if _, ok := watched[id]; !ok {
			all = append(all, id)
		}
	}
	return all
}

// value is what an account is worth now; false when it has no point: somebody's
// price is not known yet, or nobody watches it and it has no positions.
func (r *recorder) value(ctx context.Context, id trading.AccountID) (trading.Decimal, bool) {
	now := time.Now()
	p, priced, watched, err := r.engine.shard(id).value(id, now)
	if !watched {
		// An entry that arrives from here on notes the account again.
		r.remove(id)
		var fold *trading.Account
		if fold, err = r.engine.fold(ctx, id); err == nil && len(fold.Positions) == 0 {
			return trading.Decimal{}, false
		}
		r.add(id)
		if err == nil {
			p, priced, err = newBook(nil, fold, "", spot{r.engine.board}).portfolio(now)
		}
	}
	if err != nil {
		r.engine.o.Logger.Error("no point of history", "account", id, "error", err)
		return trading.Decimal{}, false
	}
	return p.TotalValue, priced
}
