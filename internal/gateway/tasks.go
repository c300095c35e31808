package gateway

import (
	"context"
	"errors"
	"sync"
)

// errStopped is the cause of what ends because the gateway does.
var errStopped = errors.New("gateway stopped")

// tasks owns the goroutines that come and go while the gateway runs: pumps of
// accounts and replays. stop ends them and waits.
type tasks struct {
	ctx    context.Context
	cancel context.CancelCauseFunc

	mu      sync.Mutex
	stopped bool
	running sync.WaitGroup
}

func newTasks() *tasks {
	ctx, cancel := context.WithCancelCause(context.Background())
	return &tasks{ctx: ctx, cancel: cancel}
}

// start runs fn in a goroutine of its own, which ends soon after ctx does. After
// stop it does nothing.
func (t *tasks) start(fn func(ctx context.Context)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.stopped {
		t.running.Go(func() { fn(t.ctx) })
	}
}

func (t *tasks) stop() {
	t.mu.Lock()
	t.stopped = true
	t.mu.Unlock()
	t.cancel(errStopped)
	t.running.Wait()
}
