package socketio

import "time"

// Metrics are told what happens, for counters, histograms and traces; see also
// Server.Stats. Each function may be nil. They are called where it happens, must
// not block, and may be called concurrently.
type Metrics struct {
	// Connected is called for every socket that has joined a namespace.
	Connected func(s *Socket)
	// Refused is called for every socket that a middleware, or the lack of a
	// namespace, keeps from joining.
	Refused func(namespace string, err error)
	// Ended is called for every socket that had joined.
	Ended func(s *Socket, r Reason)
	// Handled is called for every event of a client when its handler has returned,
	// with how long middlewares and handler took. event is empty for one that has no
	// handler: names that clients make up must not become labels.
	Handled func(s *Socket, event string, took time.Duration, err error)
}
