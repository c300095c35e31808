package gateway

import (
	"context"
	"time"

	"tradewind/internal/trading"
)

// How long a replay waits before it asks a store again that failed or lags.
const (
	firstRetry = 20 * time.Millisecond
	lastRetry  = 2 * time.Second
)

// startReplay runs a replay in a goroutine that belongs to tasks. It ends with
// the socket, with the next change of its subscription, or with the gateway.
func (s *streams) startReplay(ctx context.Context, t *tape, account trading.AccountID, run int) {
	s.tasks.start(func(all context.Context) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(all, cancel)()
		s.replay(ctx, t, account, run)
	})
}

// replay reads what follows the tape's cursor from the store, page by page as the
// client takes it, until the tape is live.
func (s *streams) replay(ctx context.Context, t *tape, account trading.AccountID, run int) {
	retry, empty := firstRetry, false
	for {
		after, ok := t.next(run)
		if !ok {
			return
		}
		entries, err := s.page(ctx, account, after)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			s.log.Warn("read ledger for replay", "account", account, "after", int64(after), "error", err)
		} else {
			sent := s.sendPage(ctx, t, run, entries)
			if sent == len(entries) && sent < replayPage && t.caughtUp(run) {
				return
			}
			// Nothing, although something was announced, may happen once: it was committed after the page was read.
			again := sent > 0 || !empty
			if empty = sent == 0; again {
				retry = firstRetry
				continue
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(retry):
			retry = min(2*retry, lastRetry)
		}
	}
}

func (s *streams) page(ctx context.Context, account trading.AccountID, after trading.Seq) ([]trading.Entry, error) {
	select {
	case s.reads <- struct{}{}:
		defer func() { <-s.reads }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	return s.store.Entries(ctx, account, after, replayPage)
}

// sendPage sends entries and waits for the outbox to drain, so that no replay
// makes a slow consumer. It returns how many were sent.
func (s *streams) sendPage(ctx context.Context, t *tape, run int, entries []trading.Entry) (sent int) {
	bytes := 0
	for _, e := range entries {
		event, encoded := s.encode(e)
		if !t.replayed(run, e.Seq, event, encoded) {
			break
		}
		sent++
		if bytes += len(encoded); bytes >= replayBytes {
			bytes = 0
			if t.out.flushed(ctx) != nil {
				return sent
			}
		}
	}
	if bytes > 0 {
		_ = t.out.flushed(ctx) // fails with the socket or the replay, which the caller notices
	}
	return sent
}
