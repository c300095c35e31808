package gateway

import (
	"context"
	"log/slog"
	"sync"

	"tradewind/internal/trading"
	"tradewind/internal/wire"
)

// feeds tells every socket the state of each feed: at its connect and on change.
type feeds struct {
	all emitter // every socket
	m   *metrics
	log *slog.Logger

	// sending is held over what is sent, so that no socket gets an older state
	// after a newer one. Taken before mu.
	sending sync.Mutex

	mu      sync.Mutex
	states  map[string]trading.FeedStatus // newest of each source
	changed map[string]struct{}           // not sent yet
	due     chan struct{}
}

func newFeeds(all emitter, known []trading.FeedStatus, m *metrics, log *slog.Logger) *feeds {
	f := &feeds{all: all, m: m, log: log, states: make(map[string]trading.FeedStatus), changed: make(map[string]struct{}), due: make(chan struct{}, 1)}
	for _, s := range known {
		f.states[s.Source] = s
	}
	return f
}

// publish takes a state from the board. It does not block.
func (f *feeds) publish(s trading.FeedStatus) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.states[s.Source] = s
	f.changed[s.Source] = struct{}{}
	select {
	case f.due <- struct{}{}:
	default:
	}
}

// run sends changes until ctx ends.
func (f *feeds) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-f.due:
			f.flush(ctx)
		}
	}
}

func (f *feeds) flush(ctx context.Context) {
	f.sending.Lock()
	defer f.sending.Unlock()
	for _, s := range f.take() {
		if err := f.m.deliver(ctx, f.all, wire.EventFeedStatus, s.Source, wire.FeedStatus(s)); err != nil {
			f.log.Warn("send feed status", "feed", s.Source, "error", err)
		}
	}
}

func (f *feeds) take() []trading.FeedStatus {
	f.mu.Lock()
	defer f.mu.Unlock()
	var changed []trading.FeedStatus
	for source := range f.changed {
		changed = append(changed, f.states[source])
	}
	clear(f.changed)
	return changed
}

// greet tells a new socket all states.
func (f *feeds) greet(ctx context.Context, out outlet) {
	f.sending.Lock()
	defer f.sending.Unlock()
	for _, s := range f.current() {
		if out.send(ctx, wire.EventFeedStatus, s.Source, wire.FeedStatus(s)) != nil {
			return // the socket has ended
		}
	}
}

func (f *feeds) current() []trading.FeedStatus {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := make([]trading.FeedStatus, 0, len(f.states))
	for _, s := range f.states {
		all = append(all, s)
	}
	return all
}
