package socketio

import (
	"context"
	"errors"
	"fmt"

	"tradewind/socketio/adapter"
)

// PartialError says that servers did not answer. What comes with it is what the others said.
type PartialError = adapter.PartialError

// maxAnswerBytes bounds the answers that one call collects.
const maxAnswerBytes = 16 << 20

// NoAnswerError says that sockets which were asked have not answered. What comes
// with it is what the others said.
type NoAnswerError struct {
	Missing int   // how many sockets
	Err     error // why they are not waited for: they ended, ctx did, or the answers are too large
}

// Error implements error.
func (e *NoAnswerError) Error() string { return fmt.Sprintf("%d did not answer: %v", e.Missing, e.Err) }

// Unwrap returns the cause.
func (e *NoAnswerError) Unwrap() error { return e.Err }

var (
	errEndedFirst     = errors.New("they ended first")
	errAnswersTooMany = fmt.Errorf("the answers are more than %d MiB", maxAnswerBytes>>20)
)

// Call emits an event and collects the acknowledgements of the selected sockets,
// in the order in which they come. It returns when every socket has answered or
// ended; bound ctx, as a client may never answer. When some did not, the error is
// a *NoAnswerError and the answers of the others come with it. What sockets of
// other servers answer may be cut to the first argument.
func (e Emitter) Call(ctx context.Context, event string, args ...any) ([]Args, error) {
	p, err := e.encode("call", event, args)
	if err != nil || e.nobody {
		return nil, err
	}
	var got []Args
	var bytes, excess, missing int
	err = e.each(func(ns *Namespace, carrier adapter.Adapter) error {
		e.outgoing(ns, event, p)
		n, err := carrier.Call(ctx, e.broadcast(p), func(answer adapter.Payload) {
			if bytes += len(answer.Data); bytes > maxAnswerBytes {
				excess++
				return
			}
			got = append(got, argsOf(answer))
		})
		missing += n
		if err != nil {
			return fmt.Errorf("call %q: %w", event, err)
		}
		return nil
	})
	switch {
	case err != nil:
		return got, err
	case excess > 0:
		return got, &NoAnswerError{missing + excess, errAnswersTooMany}
	case missing > 0 && ctx.Err() != nil:
		return got, &NoAnswerError{missing, context.Cause(ctx)}
	case missing > 0:
		return got, &NoAnswerError{missing, errEndedFirst}
	}
	return got, nil
}

// FetchSockets tells of the selected sockets, those of other servers too. When
// servers do not answer in time the error is a *PartialError and what the others
// said comes with it.
func (e Emitter) FetchSockets(ctx context.Context) ([]*RemoteSocket, error) {
	var found []*RemoteSocket
	err := e.selected(func(ns *Namespace, carrier adapter.Adapter) error {
		sockets, err := carrier.Sockets(ctx, e.selection())
		for _, s := range sockets {
			found = append(found, newRemoteSocket(ns, s))
		}
		return err
	})
	return found, err
}

// SocketsJoin puts the selected sockets into rooms. Emits that come later on this
// server reach them there.
func (e Emitter) SocketsJoin(ctx context.Context, rooms ...Room) error {
	return e.selected(func(_ *Namespace, carrier adapter.Adapter) error { return carrier.Join(ctx, e.selection(), rooms) })
}

// SocketsLeave takes the selected sockets out of rooms.
func (e Emitter) SocketsLeave(ctx context.Context, rooms ...Room) error {
	return e.selected(func(_ *Namespace, carrier adapter.Adapter) error { return carrier.Leave(ctx, e.selection(), rooms) })
}

// DisconnectSockets takes the selected clients out of the namespace, as
// Socket.Disconnect does. A stock client does not come back by itself.
func (e Emitter) DisconnectSockets(ctx context.Context) error {
	return e.selected(func(_ *Namespace, carrier adapter.Adapter) error {
		return carrier.Disconnect(ctx, e.selection(), false)
	})
}

// DisconnectClients takes the selected clients out of all namespaces and closes
// their connections. A stock client does not come back by itself.
func (e Emitter) DisconnectClients(ctx context.Context) error {
	return e.selected(func(_ *Namespace, carrier adapter.Adapter) error { return carrier.Disconnect(ctx, e.selection(), true) })
}

func (e Emitter) selected(f func(*Namespace, adapter.Adapter) error) error {
	if e.nobody {
		return nil
	}
	return e.each(f)
}
