package socketio

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"tradewind/socketio/adapter"
	"tradewind/socketio/packet"
)

// Emitter says where an event goes and how it is treated on its way, and reads
// as a sentence: io.To("symbol:AAPL").KeepLatest("AAPL").Emit(ctx, "quote", q).
// It is a value; each method returns a changed copy.
//
// What happens to an event when a client does not keep up is one of three
// policies. Without any it waits in the client's outbox, and the connection ends
// as SlowConsumer when that is full. KeepLatest replaces older values of the same
// key, so that they never fill it. Volatile drops the event.
type Emitter struct {
	ns     *Namespace
	parent *ParentNamespace // all its namespaces, instead of ns
	to     *Socket          // this one only
	rooms  []Room
	except []Room
	nobody bool // To was called, but with no room
	local  bool
	ways
}

// ways is how an event is treated on its way.
type ways struct {
	key      string
	inOrder  bool
	volatile bool
	plain    bool // not compressed
}

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
// bounded by the number of keys. It takes the place of Volatile.
func (e Emitter) KeepLatest(key string) Emitter {
	e.key, e.volatile = key, false
	return e
}

// InOrder, with KeepLatest, never lets a newer value overtake an event without
// key that was emitted before it: where one waits, the newer value goes behind it
// instead of taking the older one's place.
func (e Emitter) InOrder() Emitter {
	e.inOrder = true
	return e
}

// Volatile drops the event for clients that are behind: those to whom the network
// still owes earlier bytes, or who are between two polling requests with
// something waiting. It takes the place of KeepLatest, and is not replayed when a
// session is recovered.
func (e Emitter) Volatile() Emitter {
	e.volatile, e.key, e.inOrder = true, "", false
	return e
}

// Uncompressed keeps the event from being compressed, because it would not become
// smaller or is not worth the time.
func (e Emitter) Uncompressed() Emitter {
	e.plain = true
	return e
}

// Local keeps the event on this server: it is not carried to others, and not
// replayed when a session is recovered.
func (e Emitter) Local() Emitter {
	e.local = true
	return e
}

// Emit sends an event to the selected sockets: encoded once, framed once. An
// argument is a JSONAppender, a json.RawMessage, a []byte or Binary (an attachment), or anything
// that encoding/json takes. It returns an error when an argument does not
// encode, ctx ends, or the server is closed.
func (e Emitter) Emit(ctx context.Context, event string, args ...any) error {
	p, err := e.encode("emit", event, args)
	if err != nil || e.nobody {
		return err
	}
	if e.to != nil && !e.replayed() {
		e.outgoing(e.ns, event, p)
		m, err := e.ns.event(p, "", e.ways)
		if err != nil {
			return fmt.Errorf("emit %q: %w", event, err)
		}
		return e.to.send(ctx, m)
	}
	return e.each(func(ns *Namespace, carrier adapter.Adapter) error {
		e.outgoing(ns, event, p)
		if err := carrier.Broadcast(ctx, e.broadcast(p)); err != nil {
			return fmt.Errorf("emit %q: %w", event, err)
		}
		return nil
	})
}

// replayed tells whether an event for one socket has to go the way of a
// broadcast, so that it has its place in the log. What a middleware emits has none.
func (e Emitter) replayed() bool {
	return e.ns.server.options.Recovery != nil && !e.volatile && !e.local && e.to.phase.Load() != phaseJoining
}

// expect has the next payload begin with room for one of this size.
func (s *Server) expect(size int) {
	if room := int64(min(size+sizeMargin, maxRoom)); room != s.lastSize.Load() { // only then, as many may emit at a time
		s.lastSize.Store(room)
	}
}

const (
	// sizeMargin is how much longer than the last one a payload may be without being copied.
	sizeMargin = 64
	// maxRoom bounds the room that is made for a payload before its size is known.
	maxRoom = 4 << 10
)

func (e Emitter) encode(what, event string, args []any) (adapter.Payload, error) {
	if event == "" || packet.Reserved(event) {
		return adapter.Payload{}, fmt.Errorf("%s %q: the name is empty or reserved by the protocol", what, event)
	}
	s := e.server()
	p, err := appendArgs(make([]byte, 0, s.lastSize.Load()), event, args)
	if err == nil {
		s.expect(len(p.Data))
		err = s.checkAttachments(p.Attachments)
	}
	if err != nil {
		return p, fmt.Errorf("%s %q: %w", what, event, err)
	}
	return p, nil
}

func (e Emitter) server() *Server {
	if e.parent != nil {
		return e.parent.server
	}
	return e.ns.server
}

func (e Emitter) broadcast(p adapter.Payload) *adapter.Broadcast {
	return &adapter.Broadcast{
		Payload: p, Selection: e.selection(), Key: e.key, InOrder: e.inOrder,
		Volatile: e.volatile, Uncompressed: e.plain,
	}
}

func (e Emitter) selection() adapter.Selection {
	if e.to != nil {
		return adapter.Selection{Rooms: []Room{Room(e.to.id)}}
	}
	return adapter.Selection{Rooms: e.rooms, Except: e.except}
}

// each calls f for every namespace that is meant, to the last one even if some fail, and returns the first error.
func (e Emitter) each(f func(*Namespace, adapter.Adapter) error) (first error) {
	namespaces := []*Namespace{e.ns}
	if e.parent != nil {
		namespaces = e.parent.Namespaces()
	}
	for _, ns := range namespaces {
		carrier, err := ns.adapter()
		if err == nil && e.local {
			carrier, err = adapter.Memory(ns.name, local{ns})
		}
		if err == nil {
			err = ns.closedOr(f(ns, carrier))
		}
		if e.parent != nil && errors.Is(err, adapter.ErrClosed) {
			err = nil // has become empty meanwhile
		}
		if first == nil {
			first = err
		}
	}
	return first
}

// outgoing tells the functions of OnAnyOutgoing.
func (e Emitter) outgoing(ns *Namespace, event string, p adapter.Payload) {
	if len(ns.onAnyOutgoing) == 0 {
		return
	}
	_, args := eventOf(p)
	out := &Outgoing{Namespace: ns.name, Socket: e.to, Rooms: e.rooms, Except: e.except, Name: event, Args: args}
	for _, f := range ns.onAnyOutgoing {
		f(out)
	}
}
