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
	id := s.ns.nextAckID()
	m, err := s.ns.message(packet.Event, id, event, args)
	if err != nil {
		return Args{}, fmt.Errorf("call %q: %w", event, err)
	}
	answer := make(soloAnswer, 1)
	if err := s.expect(id, answer); err != nil {
		return Args{}, err
	}
	defer s.forgetCall(id)
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

// soloAnswer is where Socket.Call waits; that the socket ended it hears of the socket's context.
type soloAnswer chan Args

func (a soloAnswer) answered(_ *Socket, args Args) { a <- args }
func (a soloAnswer) ended(*Socket)                 {}

// expect notes who waits for an acknowledgement. The error is an *EndedError.
func (s *Socket) expect(id int64, who answers) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cause != nil {
		return s.cause
	}
	if s.acks == nil {
		s.acks = map[int64]answers{}
	}
	s.acks[id] = who
	return nil
}

func (s *Socket) forgetCall(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.acks, id)
}

// acknowledged takes an ack of the client; one that nobody waits for is ignored. On the shard.
func (s *Socket) acknowledged(id int64, args Args) {
	s.mu.Lock()
	who := s.acks[id]
	delete(s.acks, id)
	s.mu.Unlock()
	if who != nil {
		who.answered(s, args)
	}
}
