package socketio

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"tradewind/socketio/adapter"
)

// maxServerEvents is how many events of other servers may wait for their handlers.
const maxServerEvents = 1024

var errServerEventsBehind = fmt.Errorf("%d events of other servers wait already", maxServerEvents)

// ServerEvent is an event of another server on its way through its handler.
type ServerEvent struct {
	// Name is the event's name.
	Name string
	// Args are its arguments.
	Args Args

	ack   func(adapter.Payload)
	acked atomic.Bool
}

// WantsAck reports whether the other server waits for an answer.
func (e *ServerEvent) WantsAck() bool { return e.ack != nil }

// Ack answers the other server, which may take the first argument only. The first call counts.
func (e *ServerEvent) Ack(args ...any) error {
	if e.ack == nil || e.acked.Load() {
		return nil
	}
	p, err := encodeArgs("", args)
	if err != nil {
		return fmt.Errorf("ack %s: %w", e.Name, err)
	}
	if !e.acked.Swap(true) {
		e.ack(p)
	}
	return nil
}

// OnServerEvent handles an event that another server has sent with
// ServerSideEmit or ServerSideCall. The handlers of a namespace run one at a
// time; up to 1,024 events wait for them, and further ones are refused. An error is logged.
func OnServerEvent(on Registrar, event string, f func(ctx context.Context, ev *ServerEvent) error) {
	on.registry().serverEvents[event] = f
}

// ServerSideEmit sends an event to the handlers of all other servers, not to
// clients and not to this server.
func (n *Namespace) ServerSideEmit(ctx context.Context, event string, args ...any) error {
	p, carrier, err := n.serverSide(event, args)
	if err != nil {
		return err
	}
	return n.closedOr(carrier.ServerEmit(ctx, p))
}

// ServerSideCall is ServerSideEmit with one answer of every other server. When
// some do not answer in time the error is a *PartialError, and the answers of the
// others come with it.
func (n *Namespace) ServerSideCall(ctx context.Context, event string, args ...any) ([]Args, error) {
	p, carrier, err := n.serverSide(event, args)
	if err != nil {
		return nil, err
	}
	answers, err := carrier.ServerCall(ctx, p)
	got := make([]Args, len(answers))
	for i, answer := range answers {
		got[i] = argsOf(answer)
	}
	return got, n.closedOr(err)
}

var errServerEventName = errors.New("the name is empty or reserved")

func (n *Namespace) serverSide(event string, args []any) (p adapter.Payload, carrier adapter.Adapter, err error) {
	switch event {
	case "", "connect", "connection", "new_namespace":
		err = errServerEventName
	default:
		if p, err = encodeArgs(event, args); err == nil {
			carrier, err = n.adapter()
		}
	}
	if err != nil {
		return p, nil, fmt.Errorf("emit %q to servers: %w", event, err)
	}
	return p, carrier, nil
}

// serverEvents is what waits for the handlers of OnServerEvent. A goroutine works
// through it while there is something.
type serverEvents struct {
	ns *Namespace

	mu      sync.Mutex
	queue   []*ServerEvent
	running bool
}

// take queues an event.
func (q *serverEvents) take(p adapter.Payload, ack func(adapter.Payload)) error {
	ev := &ServerEvent{ack: ack}
	ev.Name, ev.Args = eventOf(p)
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.queue) >= maxServerEvents {
		return errServerEventsBehind
	}
	if !q.running {
		if !q.ns.server.goes(q.work) { // the server's; ends when the queue is empty
			return ErrClosed
		}
		q.running = true
	}
	q.queue = append(q.queue, ev)
	return nil
}

func (q *serverEvents) work() {
	for {
		q.mu.Lock()
		if len(q.queue) == 0 {
			q.queue, q.running = nil, false
			q.mu.Unlock()
			return
		}
		ev := q.queue[0]
		q.queue[0] = nil
		q.queue = q.queue[1:]
		q.mu.Unlock()
		q.handle(ev)
	}
}

func (q *serverEvents) handle(ev *ServerEvent) {
	f := q.ns.registry().serverEvents[ev.Name]
	if f == nil {
		return
	}
	logger := q.ns.server.options.Logger
	if err := guard(logger, func() error { return f(q.ns.server.context, ev) }); err != nil {
		logger.Error("server event handler", "event", ev.Name, "namespace", q.ns.name, "error", err)
	}
}
