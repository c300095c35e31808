package adapter

import "context"

// Memory is the Factory of a server that is alone and recovers no sessions.
func Memory(_ string, local Local) (Adapter, error) { return memory{local}, nil }

type memory struct{ local Local }

var _ Adapter = memory{}

func (m memory) Broadcast(ctx context.Context, b *Broadcast) error { return m.local.Deliver(ctx, b) }

func (m memory) Call(ctx context.Context, b *Broadcast, answer func(Payload)) (int, error) {
	return callAll(ctx, []Local{m.local}, b, answer)
}

func (m memory) Sockets(ctx context.Context, sel Selection) ([]Socket, error) {
	return m.local.Sockets(ctx, sel)
}

func (m memory) Join(ctx context.Context, sel Selection, rooms []Room) error {
	return m.local.Join(ctx, sel, rooms)
}

func (m memory) Leave(ctx context.Context, sel Selection, rooms []Room) error {
	return m.local.Leave(ctx, sel, rooms)
}

func (m memory) Disconnect(ctx context.Context, sel Selection, connections bool) error {
	return m.local.Disconnect(ctx, sel, connections)
}

func (m memory) ServerEmit(context.Context, Payload) error              { return nil }
func (m memory) ServerCall(context.Context, Payload) ([]Payload, error) { return nil, nil }
func (m memory) Close() error                                           { return nil }
