package socketio

import (
	"context"
	"fmt"

	"tradewind/socketio/adapter"
)

// local is this server's side of a namespace, for its adapter.
type local struct{ n *Namespace }

var _ adapter.Local = local{}

// Deliver implements adapter.Local: it frames the event once and gives it to
// every shard, which sends it to its own members.
func (l local) Deliver(ctx context.Context, b *adapter.Broadcast) error {
	if err := l.ready(ctx); err != nil {
		return err
	}
	m, err := l.n.event(b.Payload, b.Offset, waysOf(b))
	if err != nil {
		return err
	}
	if b.Offset == "" || l.n.recovery == nil {
		return l.each(ctx, func(i int) {
			l.n.members[i].Select(b.Rooms, b.Except, func(s *Socket) { s.client.conn.Send(m) })
		})
	}
	return l.each(ctx, func(i int) {
		l.n.delivered[i] = b.Offset
		l.n.members[i].Select(b.Rooms, b.Except, func(s *Socket) {
			s.client.conn.Send(m)
			if s.recovery != nil {
				s.recovery.sent = b.Offset
			}
		})
	})
}

// ready waits until the namespace has started: an adapter may be told something by
// other nodes while it is being made.
func (l local) ready(ctx context.Context) error {
	select {
	case <-l.n.started: // whatever has become of ctx
	default:
		select {
		case <-l.n.started:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	if l.n.server.closed.Load() {
		return ErrClosed
	}
	return l.n.failed
}

// each runs f on every shard, in the order of the calls.
func (l local) each(ctx context.Context, f func(shard int)) error {
	for i, shard := range l.n.shards {
		if err := shard.Post(ctx, func() { f(i) }); err != nil {
			return fmt.Errorf("broadcast in %s: %w", l.n.name, err)
		}
	}
	return nil
}

// eachSelected runs f on every shard for each selected socket; f may change the membership.
func (l local) eachSelected(ctx context.Context, sel adapter.Selection, f func(*Socket)) error {
	if err := l.ready(ctx); err != nil {
		return err
	}
	return l.each(ctx, func(i int) {
		for _, s := range l.selected(i, sel) {
			f(s)
		}
	})
}

// selected lists the selected sockets of a shard. On the shard.
func (l local) selected(shard int, sel adapter.Selection) []*Socket {
	var sockets []*Socket
	l.n.members[shard].Select(sel.Rooms, sel.Except, func(s *Socket) { sockets = append(sockets, s) })
	return sockets
}

// HasRoom implements adapter.Local.
func (l local) HasRoom(r Room) bool {
	if l.n.presence == nil {
		return true
	}
	l.n.mu.RLock()
	defer l.n.mu.RUnlock()
	return l.n.presence[r] > 0
}

// Join implements adapter.Local.
func (l local) Join(ctx context.Context, sel adapter.Selection, rooms []Room) error {
	return l.eachSelected(ctx, sel, func(s *Socket) { s.enter(rooms) })
}

// Leave implements adapter.Local.
func (l local) Leave(ctx context.Context, sel adapter.Selection, rooms []Room) error {
	return l.eachSelected(ctx, sel, func(s *Socket) { s.exit(rooms) })
}

// Disconnect implements adapter.Local.
func (l local) Disconnect(ctx context.Context, sel adapter.Selection, connections bool) error {
	return l.eachSelected(ctx, sel, func(s *Socket) {
		if connections {
			s.client.disconnect()
		} else {
			s.disconnect()
		}
	})
}

// Sockets implements adapter.Local.
func (l local) Sockets(ctx context.Context, sel adapter.Selection) ([]adapter.Socket, error) {
	if err := l.ready(ctx); err != nil {
		return nil, err
	}
	found := []adapter.Socket{}
	for i, shard := range l.n.shards {
		var sockets []*Socket
		var rooms [][]Room
		if err := shard.Do(ctx, func() {
			sockets = l.selected(i, sel)
			for _, s := range sockets {
				rooms = append(rooms, s.rooms().Of(&s.member))
			}
		}); err != nil {
			return nil, fmt.Errorf("sockets of %s: %w", l.n.name, err)
		}
		for k, s := range sockets {
			found = append(found, adapter.Socket{ID: string(s.id), Rooms: rooms[k], Handshake: s.Handshake().encode(), Data: s.sharedData()})
		}
	}
	return found, nil
}

// Call implements adapter.Local. All recipients get the same message.
func (l local) Call(ctx context.Context, b *adapter.Broadcast, expect func(int), answer func(adapter.Payload)) error {
	if err := l.ready(ctx); err != nil {
		return err
	}
	id := l.n.nextAckID()
	m, err := l.n.sent(id, b.Payload, waysOf(b))
	if err != nil {
		return err
	}
	c := newCall(id, answer)
	defer c.forget()
	for i, shard := range l.n.shards {
		if err := shard.Do(ctx, func() {
			for _, s := range l.selected(i, b.Selection) {
				if c.ask(s) && s.expect(id, c) == nil { // it is connected, so it has not ended
					s.client.conn.Send(m)
				}
			}
		}); err != nil {
			return fmt.Errorf("call in %s: %w", l.n.name, err)
		}
	}
	expect(c.asked)
	c.wait(ctx)
	return nil
}

// ServerEvent implements adapter.Local.
func (l local) ServerEvent(p adapter.Payload, ack func(adapter.Payload)) error {
	return l.n.serverEvents.take(p, ack)
}
