package adapter

import "context"

// recoverer is a node of a bus that keeps a log.
type recoverer struct{ *node }

var _ Recoverer = recoverer{}

// Start implements Recoverer.
func (r recoverer) Start() string { return r.start }

// Save implements Recoverer.
func (r recoverer) Save(_ context.Context, s *Session) error {
	if err := r.life.over(); err != nil {
		return err
	}
	r.group.log.save(s)
	return nil
}

// Restore implements Recoverer.
func (r recoverer) Restore(ctx context.Context, pid, offset string) (*Session, error) {
	if err := r.onAll(ctx, func(ctx context.Context, n *node) error { return n.local.Release(ctx, pid) }); err != nil {
		return nil, err
	}
	return r.group.log.take(pid, offset), nil
}

// Resume implements Recoverer.
func (r recoverer) Resume(ctx context.Context, s *Session, offset string, maxBytes int, f func([]*Broadcast) error) error {
	return r.life.during(ctx, func(ctx context.Context) error {
		return r.group.inTurn(ctx, func() error {
			missed, err := r.group.log.missed(s, offset, maxBytes)
			if err != nil {
				return err
			}
			return f(missed)
		})
	})
}
