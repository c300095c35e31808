package loadtest

import (
	"context"
	"encoding/json"
	"time"

	sio "tradewind/socketio/client"
)

// stock is a client's connection by package socketio/client, for the transports
// that the lean one does not speak.
type stock struct {
	owner *client
	conn  *sio.Client
}

var _ link = (*stock)(nil)

func openStock(ctx context.Context, owner *client) (*stock, error) {
	r := owner.run
	transports := []sio.Transport{sio.Polling}
	if r.o.Transport == Upgrade {
		transports = append(transports, sio.WebSocket)
	}
	conn, err := sio.New(r.base.String(), sio.Options{
		Auth: json.RawMessage(owner.auth()), Transports: transports, ConnectTimeout: handshakeTime, TLS: r.tls,
	})
	if err != nil {
		return nil, err
	}
	conn.OnAny(func(event string, args sio.Args) {
		now := time.Now().UnixNano()
		f := owner.figures
		f.mu.Lock()
		defer f.mu.Unlock()
		owner.counted(&f.messages)
		owner.event([]byte(event), args.Raw(0), now)
	})
	if err := conn.Connect(ctx); err != nil {
		return nil, err
	}
	return &stock{owner: owner, conn: conn}, nil
}

func (s *stock) read() error {
	<-s.conn.Done()
	return s.conn.Err()
}

// emit does not wait for the answer: that comes to the client as it does over the lean connection.
func (s *stock) emit(event, argument string, ask question) error {
	var args []any
	if argument != "" {
		args = append(args, json.RawMessage(argument))
	}
	ctx, cancel := context.WithTimeout(context.Background(), handshakeTime)
	if ask == askNothing {
		defer cancel()
		return s.conn.Emit(ctx, event, args...)
	}
	s.owner.run.readers.Go(func() { // ends with the answer, the connection or its time
		defer cancel()
		answer, err := s.conn.Call(ctx, event, args...)
		now := time.Now().UnixNano()
		if err != nil {
			return // the end of the connection is counted by its reader
		}
		f := s.owner.figures
		f.mu.Lock()
		defer f.mu.Unlock()
		s.owner.answered(ask, answer.Raw(0), now)
	})
	return nil
}

func (s *stock) cut()   { s.conn.Abort() }
func (s *stock) leave() { s.conn.Disconnect() }
