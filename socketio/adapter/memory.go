package adapter

import (
	"cmp"
	"context"
)

// Memory is the Factory of a server that is alone and recovers no sessions.
func Memory(_ string, local Local) (Adapter, error) { return &memory{local: local}, nil }

var _ Factory = Memory

type memory struct {
	local Local
	life  life
}

var _ Adapter = (*memory)(nil)

// Broadcast implements Adapter.
func (m *memory) Broadcast(ctx context.Context, b *Broadcast) error {
	if err := m.life.over(); err != nil {
		return err
	}
	return m.local.Deliver(ctx, b)
}

// Call implements Adapter.
func (m *memory) Call(ctx context.Context, b *Broadcast, answer func(Payload)) (missing int, err error) {
	err = m.life.during(ctx, func(ctx context.Context) error {
		t := &tally{answer: answer}
		err := m.local.Call(ctx, b, t.expect, t.take)
		missing = t.missing()
		return cmp.Or(m.life.over(), err)
	})
	return missing, err
}

// Sockets implements Adapter.
func (m *memory) Sockets(ctx context.Context, sel Selection) (found []Socket, err error) {
	err = m.life.during(ctx, func(ctx context.Context) (err error) {
		found, err = m.local.Sockets(ctx, sel)
		return err
	})
	return found, err
}

// Join implements Adapter.
func (m *memory) Join(ctx context.Context, sel Selection, rooms []Room) error {
	return m.life.during(ctx, func(ctx context.Context) error { return m.local.Join(ctx, sel, rooms) })
}

// Leave implements Adapter.
func (m *memory) Leave(ctx context.Context, sel Selection, rooms []Room) error {
	return m.life.during(ctx, func(ctx context.Context) error { return m.local.Leave(ctx, sel, rooms) })
}

// Disconnect implements Adapter.
func (m *memory) Disconnect(ctx context.Context, sel Selection, connections bool) error {
	return m.life.during(ctx, func(ctx context.Context) error { return m.local.Disconnect(ctx, sel, connections) })
}

// ServerEmit implements Adapter: there is no other server.
func (m *memory) ServerEmit(context.Context, Payload) error { return m.life.over() }

// ServerCall implements Adapter.
func (m *memory) ServerCall(context.Context, Payload) ([]Payload, error) { return nil, m.life.over() }

// Close implements Adapter.
func (m *memory) Close() error {
	m.life.close()
	return nil
}
