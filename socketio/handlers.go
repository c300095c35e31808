package socketio

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"
)

// None is the argument type of a handler that takes no payload. An absent, null
// or empty-object payload is accepted.
type None struct{}

// On handles an event with one argument, decoded into T before the handler runs.
// T is None for no payload, a pointer for an optional one (nil when it is missing
// or null), or Args for all arguments as they came. If the client waits for an ack and the handler returns
// no error, the ack is empty. Errors go to OnError.
func On[T any](on Registrar, event string, f func(ctx context.Context, s *Socket, arg T) error) {
	decode := decoder[T]()
	OnEvent(on, event, func(ctx context.Context, s *Socket, ev *Event) error {
		arg, err := decode(ev.Args)
		if err != nil {
			return err
		}
		if err := f(ctx, s, arg); err != nil {
			return err
		}
		return ev.Ack(ctx)
	})
}

// OnAck handles an event with one argument and a result, which is the ack.
func OnAck[T, R any](on Registrar, event string, f func(ctx context.Context, s *Socket, arg T) (R, error)) {
	decode := decoder[T]()
	OnEvent(on, event, func(ctx context.Context, s *Socket, ev *Event) error {
		arg, err := decode(ev.Args)
		if err != nil {
			return err
		}
		result, err := f(ctx, s, arg)
		if err != nil {
			return err
		}
		return ev.Ack(ctx, result)
	})
}

// OnEvent handles an event as it came. The handler acks, now or later, if it wants to.
// A second handler for the same event replaces the first.
func OnEvent(on Registrar, event string, f func(ctx context.Context, s *Socket, ev *Event) error) {
	on.registry().events[event] = f
}

// decoder makes the function that turns arguments into a T.
func decoder[T any]() func(Args) (T, error) {
	var zero T
	switch any(zero).(type) {
	case None:
		return func(a Args) (T, error) {
			var t T
			if raw := bytes.TrimSpace(a.Raw(0)); len(raw) > 0 && string(raw) != "null" && string(raw) != "{}" {
				return t, &DecodeError{Err: errUnwelcome}
			}
			return t, nil
		}
	case Args:
		return func(a Args) (T, error) { return any(a).(T), nil }
	}
	optional := reflect.TypeFor[T]().Kind() == reflect.Pointer
	required := neverNull(reflect.TypeFor[T]())
	return func(a Args) (T, error) {
		var t T
		raw := a.Raw(0)
		if optional && raw == nil {
			return t, nil
		}
		if required && string(raw) == "null" { // which encoding/json would leave unnoticed
			return t, &DecodeError{Err: &json.UnmarshalTypeError{Value: "null", Type: reflect.TypeFor[T]()}}
		}
		err := a.Decode(0, &t)
		return t, err
	}
}

// neverNull tells of types that have no value for null.
func neverNull(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Slice, reflect.Map:
		return false
	}
	return !reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]())
}
