package socketio

import (
	"context"
	"errors"
)

// Handlers are what a namespace, or the namespaces of a ParentNamespace, do with
// their sockets. All are registered before the first client connects; the
// registered functions are called concurrently for different sockets.
type Handlers struct {
	middlewares      []func(context.Context, *Socket) error
	eventMiddlewares []func(context.Context, *Socket, *Event) error
	onAny            []func(context.Context, *Socket, *Event)
	onAnyOutgoing    []func(*Outgoing)
	onConnect        []func(context.Context, *Socket)
	onDisconnect     []func(*Socket, Reason)
	onUnknown        func(context.Context, *Socket, *Event)
	onError          func(context.Context, *Socket, *Event, error)
	events           map[string]handler
	serverEvents     map[string]func(context.Context, *ServerEvent) error
}

type handler func(ctx context.Context, s *Socket, ev *Event) error

// Registrar is what handlers are registered on: a *Server (for its default
// namespace), a *Namespace or a *ParentNamespace.
type Registrar interface{ registry() *Handlers }

func newHandlers() *Handlers {
	return &Handlers{
		events: map[string]handler{}, serverEvents: map[string]func(context.Context, *ServerEvent) error{}, onError: answerError,
	}
}

func (h *Handlers) registry() *Handlers { return h }

// Use adds a middleware that every socket passes before it is connected, in the
// order of registration. An error refuses it: a *ConnectError is sent to the
// client as it is, any other error as "Internal error" and to the log. A stock client
// does not retry a refusal by itself. The socket's Context ends when it is
// refused or ends, whichever way: tie to it what the middleware reserved.
func (h *Handlers) Use(middleware func(ctx context.Context, s *Socket) error) {
	h.middlewares = append(h.middlewares, middleware)
}

// UseEvent adds a middleware that every event of a client passes before its
// handler, in the order of registration (a "socket middleware" on Node). An error
// keeps the event from its handler and goes to OnError.
func (h *Handlers) UseEvent(middleware func(ctx context.Context, s *Socket, ev *Event) error) {
	h.eventMiddlewares = append(h.eventMiddlewares, middleware)
}

// OnAny adds a function that sees every event of a client before the middlewares
// of UseEvent do.
func (h *Handlers) OnAny(f func(ctx context.Context, s *Socket, ev *Event)) {
	h.onAny = append(h.onAny, f)
}

// OnAnyOutgoing adds a function that sees every event that this server emits,
// once per emit and not once per recipient. It runs in the emitting goroutine
// before the event is sent, and must neither block nor change it.
func (h *Handlers) OnAnyOutgoing(f func(out *Outgoing)) {
	h.onAnyOutgoing = append(h.onAnyOutgoing, f)
}

// OnConnect adds a function that is called for every connected socket, after the
// client was told and before any of its events is handled.
func (h *Handlers) OnConnect(f func(ctx context.Context, s *Socket)) {
	h.onConnect = append(h.onConnect, f)
}

// OnDisconnect adds a function that is called once for every socket that passed
// the middlewares, after its last handler has returned. Its rooms are left by then.
func (h *Handlers) OnDisconnect(f func(s *Socket, r Reason)) {
	h.onDisconnect = append(h.onDisconnect, f)
}

// OnUnknown sets what happens with events that have no handler. Default: nothing.
func (h *Handlers) OnUnknown(f func(ctx context.Context, s *Socket, ev *Event)) { h.onUnknown = f }

// OnError sets what happens when a handler or a middleware of UseEvent returns an
// error, a handler panics, or its payload does not decode (*DecodeError). Default:
// the client is answered with {ok: false, error: {code, message}} as the ack if it
// waits for one, else with an "error" event; what is not a *DecodeError is hidden
// from it and logged.
func (h *Handlers) OnError(f func(ctx context.Context, s *Socket, ev *Event, err error)) {
	h.onError = f
}

// Outgoing is an event on its way out.
type Outgoing struct {
	Namespace string
	// Socket is the one recipient; nil for a broadcast.
	Socket *Socket
	// Rooms and Except select the recipients of a broadcast.
	Rooms, Except []Room
	// Name is the event's name.
	Name string
	// Args are its arguments as they are sent.
	Args Args
}

// answerError is the default for OnError.
func answerError(ctx context.Context, s *Socket, ev *Event, err error) {
	type failure struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Event   string `json:"event,omitempty"`
	}
	f := failure{Code: "internal", Message: "internal error"}
	var decode *DecodeError
	if errors.As(err, &decode) {
		f = failure{Code: "invalid_payload", Message: decode.Error()}
	} else {
		s.ns.server.options.Logger.Error("event handler", "event", ev.Name, "socket", s.id, "error", err)
	}
	if ev.WantsAck() {
		_ = ev.Ack(ctx, struct {
			OK    bool    `json:"ok"`
			Error failure `json:"error"`
		}{false, f})
		return
	}
	f.Event = ev.Name
	_ = s.Emit(ctx, "error", f)
}
