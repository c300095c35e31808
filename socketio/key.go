package socketio

import "encoding/json"

// Key is a typed slot of data on every socket: var user = socketio.NewKey[User]("user").
// Set and Get may be called concurrently.
type Key[T any] struct {
	name   string
	shared bool
}

// NewKey makes a key of data that stays in this process; the name is for people.
func NewKey[T any](name string) *Key[T] { return &Key[T]{name: name} }

// NewSharedKey makes a key of data that other servers may see and that comes back
// with a recovered session. T must encode to JSON; the name is the data's name in
// socket.data on Node, so two keys must not share it.
func NewSharedKey[T any](name string) *Key[T] { return &Key[T]{name, true} }

// String is the key's name.
func (k *Key[T]) String() string { return k.name }

// Set gives s a value, replacing an earlier one.
func (k *Key[T]) Set(s *Socket, v T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.data {
		if s.data[i].key == any(k) {
			s.data[i].value = v
			return
		}
	}
	d := datum{key: k, value: v}
	if k.shared {
		d.name = k.name
	}
	s.data = append(s.data, d)
}

// Get is the value that s was given, or false.
func (k *Key[T]) Get(s *Socket) (T, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.data {
		if s.data[i].key == any(k) {
			v, _ := s.data[i].value.(T) // a nil of an interface type has no type to assert
			return v, true
		}
	}
	return k.decode(s.restored)
}

// GetRemote is the value of a shared key that r was given, or false.
func (k *Key[T]) GetRemote(r *RemoteSocket) (T, bool) { return k.decode(r.data) }

// decode is the value among data of another server or of a session; false also when it is not a T.
func (k *Key[T]) decode(data map[string]json.RawMessage) (v T, ok bool) {
	raw, ok := data[k.name]
	if !ok || !k.shared {
		return v, false
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		var zero T
		return zero, false
	}
	return v, true
}

// datum is one value of a socket; only its own Key reads it.
type datum struct {
	key, value any
	name       string // of a shared key
}

// sharedData is the data under shared keys, as an object. A value that does not encode is left out and logged.
func (s *Socket) sharedData() json.RawMessage {
	s.mu.Lock()
	data := make(map[string]json.RawMessage, len(s.restored))
	for name, raw := range s.restored {
		data[name] = raw
	}
	set := append([]datum(nil), s.data...)
	s.mu.Unlock()
	for _, d := range set {
		if d.name == "" {
			continue
		}
		raw, err := json.Marshal(d.value)
		if err != nil {
			s.ns.server.options.Logger.Error("encode socket data", "key", d.name, "error", err)
			continue
		}
		data[d.name] = raw
	}
	text, _ := json.Marshal(data) // made of valid parts
	return text
}
