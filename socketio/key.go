package socketio

// Key is a typed slot of data on every socket: var user = socketio.NewKey[User]("user").
// Set and Get may be called concurrently.
type Key[T any] struct{ name string }

// NewKey makes a key; the name is for people.
func NewKey[T any](name string) *Key[T] { return &Key[T]{name} }

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
	s.data = append(s.data, datum{k, v})
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
	var zero T
	return zero, false
}

// datum is one value of a socket; only its own Key reads it.
type datum struct{ key, value any }
