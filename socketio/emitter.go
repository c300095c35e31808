package socketio

import (
	"context"
	"fmt"
	"slices"

	"tradewind/socketio/adapter"
	"tradewind/socketio/packet"
)

// Emitter says where an event goes and how it is treated on its way, and reads
// as a sentence: io.To("symbol:AAPL").KeepLatest("AAPL").Emit(ctx, "quote", q).
// It is a value; each method returns a changed copy.
type Emitter struct {
	ns      *Namespace
	to      *Socket // this one only
	rooms   []Room
	except  []Room
	nobody  bool // To was called, but with no room
	key     string
	inOrder bool
}

// Emit sends an event to every socket of the namespace.
func (n *Namespace) Emit(ctx context.Context, event string, args ...any) error {
	return Emitter{ns: n}.Emit(ctx, event, args...)
}

// To selects the sockets in any of the rooms; each gets an event once. Without any
// room it selects nobody.
func (n *Namespace) To(rooms ...Room) Emitter { return Emitter{ns: n}.To(rooms...) }

// Except selects all sockets but those in any of the rooms.
func (n *Namespace) Except(rooms ...Room) Emitter { return Emitter{ns: n}.Except(rooms...) }

// KeepLatest is Emitter.KeepLatest for the whole namespace.
func (n *Namespace) KeepLatest(key string) Emitter { return Emitter{ns: n}.KeepLatest(key) }

// To adds rooms to the selection. Without any room it selects nobody, so that an
// empty list never reaches everybody. On an emitter for one socket it selects the
// others in the rooms, as Socket.To does.
func (e Emitter) To(rooms ...Room) Emitter {
	e = e.others()
	e.rooms = append(slices.Clip(e.rooms), rooms...)
	e.nobody = len(e.rooms) == 0
	return e
}

// others turns from one socket to the rest of the namespace.
func (e Emitter) others() Emitter {
	if e.to != nil {
		e.except = append(slices.Clip(e.except), Room(e.to.id))
		e.to = nil
	}
	return e
}

// Except takes the members of rooms out of the selection.
func (e Emitter) Except(rooms ...Room) Emitter {
	e = e.others()
	e.except = append(slices.Clip(e.except), rooms...)
	return e
}

// KeepLatest gives the event a key: where an older event with the same key still
// waits for a slow client, this one takes its place. The newest value of every
// key always arrives; older ones may be skipped, and a slow client's queue is
// bounded by the number of keys.
func (e Emitter) KeepLatest(key string) Emitter {
	e.key = key
	return e
}

// InOrder, with KeepLatest, never lets a newer value overtake an event without
// key that was emitted before it: where one waits, the newer value goes behind it
// instead of taking the older one's place.
func (e Emitter) InOrder() Emitter {
	e.inOrder = true
	return e
}

// Emit sends an event to the selected sockets: encoded once, framed once. An
// argument is a JSONAppender, a json.RawMessage, a []byte or Binary (an attachment), or anything
// that encoding/json takes. It returns an error when an argument does not
// encode, ctx ends, or the server is closed.
func (e Emitter) Emit(ctx context.Context, event string, args ...any) error {
	if event == "" || packet.Reserved(event) {
		return fmt.Errorf("emit %q: the name is empty or reserved by the protocol", event)
	}
	data, attachments, err := appendArgs(nil, event, args)
	if err != nil {
		return err
	}
	if e.to != nil {
		m := e.ns.frame(packet.Packet{Type: packet.Event, AckID: packet.NoAck, Data: data}, attachments)
		e.ns.keepLatest(m, e.key, e.inOrder)
		return e.to.send(ctx, m)
	}
	if e.nobody {
		return nil
	}
	carrier, err := e.ns.adapter()
	if err != nil {
		return fmt.Errorf("emit %q: %w", event, err)
	}
	return carrier.Broadcast(ctx, &adapter.Broadcast{
		Data: data, Attachments: attachments, Rooms: e.rooms, Except: e.except, Key: e.key, InOrder: e.inOrder,
	})
}
