package adapter

import (
	"context"
	"sync"
	"sync/atomic"
)

// life is the time for which an adapter is open. What waits in it ends with it.
// The zero value has begun.
type life struct {
	closed atomic.Bool

	begin sync.Once // makes what follows; only what waits needs it
	ctx   context.Context
	end   context.CancelCauseFunc
}

// context ends with the life.
func (l *life) context() context.Context {
	l.begin.Do(func() { l.ctx, l.end = context.WithCancelCause(context.Background()) })
	return l.ctx
}

// over is ErrClosed when the adapter is closed.
func (l *life) over() error {
	if l.closed.Load() {
		return ErrClosed
	}
	return nil
}

// close ends it and reports whether this was the first call.
func (l *life) close() bool {
	if l.closed.Swap(true) {
		return false
	}
	l.context()
	l.end(ErrClosed)
	return true
}

// during runs f with a context that ends with ctx, and with cause ErrClosed when the adapter is closed.
func (l *life) during(ctx context.Context, f func(context.Context) error) error {
	if err := l.over(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(l.context(), func() { cancel(ErrClosed) })()
	return f(ctx)
}
