package socketio

import (
	"context"
	"fmt"

	"tradewind/socketio/packet"
)

// Call emits an event and waits for the client's acknowledgement, bounded by ctx.
// The error is an *EndedError when the socket ends first. A handler that calls its
// own client waits in vain while the client's events fill the socket's queue, as
// the acknowledgement is behind them: bound ctx.
func (s *Socket) Call(ctx context.Context, event string, args ...any) (Args, error) {
	if event == "" || packet.Reserved(event) {
		return Args{}, fmt.Errorf("call %q: the name is empty or reserved by the protocol", event)
	}
	answer := make(chan Args, 1)
	s.mu.Lock()
	if s.cause != nil {
		defer s.mu.Unlock()
		return Args{}, s.cause
	}
	if s.acks == nil {
		s.acks = map[int64]chan Args{}
	}
	id := s.calls
	s.calls++
	s.acks[id] = answer
	s.mu.Unlock()
	defer s.forgetCall(id)

	m, err := s.ns.message(packet.Event, id, event, args)
	if err != nil {
		return Args{}, err
	}
	refused := make(chan struct{})
	if err := s.post(ctx, func() {
		if s.connected {
			s.client.conn.Send(m)
		} else {
			close(refused)
		}
	}); err != nil {
		return Args{}, fmt.Errorf("call %q: %w", event, err)
	}
	ended := s.Context()
	select {
	case a := <-answer:
		return a, nil
	case <-ended.Done():
		return Args{}, context.Cause(ended)
	case <-refused:
		if ended.Err() != nil {
			return Args{}, context.Cause(ended)
		}
		return Args{}, fmt.Errorf("call %q: %w", event, errNotJoined)
	case <-ctx.Done():
		return Args{}, context.Cause(ctx)
	}
}

func (s *Socket) forgetCall(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.acks, id)
}

// acknowledged takes an ack of the client; one that nobody waits for is ignored. On the shard.
func (s *Socket) acknowledged(id int64, args Args) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if answer := s.acks[id]; answer != nil {
		delete(s.acks, id)
		answer <- args
	}
}
