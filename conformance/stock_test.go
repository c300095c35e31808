package conformance_test

import (
	"context"
	"net/http"
	"strconv"
	"testing"
	"time"

	"tradewind/conformance"
	"tradewind/conformance/node"
	"tradewind/socketio"
)

// TestStockClients runs conformance/js/stock.test.mjs: the cases of unmodified
// clients, old and new, over every transport.
func TestStockClients(t *testing.T) {
	node.Install(t)
	s := socketio.NewServer(socketio.Options{
		PingInterval: pingInterval, PingTimeout: 5 * time.Second, ConnectTimeout: 5 * time.Second, MaxPayload: maxPayload,
	})
	for _, name := range []string{"/", "/custom", "/guarded"} {
		if name == "/guarded" {
			s.Of(name).Use(ticketNeeded)
		}
		conformance.Echo(s.Of(name))
		stockHandlers(s.Of(name))
	}
	mux := http.NewServeMux()
	mux.Handle("/socket.io/", s)
	url := listen(t, mux, s.Close)
	out := node.Run(t, 2*time.Minute, map[string]string{"SERVER_URL": url}, "--test", "--test-reporter=tap", "stock.test.mjs")
	t.Log(tapSummary(out))
}

func ticketNeeded(_ context.Context, s *socketio.Socket) error {
	var auth struct{ Ticket string }
	if err := s.DecodeAuth(&auth); err != nil || auth.Ticket != "valid" {
		return &socketio.ConnectError{Message: "No ticket", Data: map[string]any{"code": "no_ticket", "retryAfterMs": 1500}}
	}
	return nil
}

// stockHandlers are the events that the JavaScript cases need beside the echo.
func stockHandlers(n *socketio.Namespace) {
	n.OnConnect(func(ctx context.Context, s *socketio.Socket) {
		count, _ := strconv.Atoi(s.Handshake().Query().Get("stream"))
		if count == 0 {
			return
		}
		go func() { // the socket's; ends with it
			tick := time.NewTicker(time.Millisecond)
			defer tick.Stop()
			for i := range count {
				select {
				case <-tick.C:
				case <-ctx.Done():
					return
				}
				if s.Emit(ctx, "stream", i) != nil {
					return
				}
			}
		}()
	})
	n.OnDisconnect(func(s *socketio.Socket, r socketio.Reason) {
		_ = n.Emit(context.Background(), "left "+string(s.ID()), r) // nobody may be there any more
	})
	socketio.OnEvent(n, "ask-me", func(ctx context.Context, s *socketio.Socket, ev *socketio.Event) error {
		go func() { // the socket's; Call ends with it
			answer, err := s.Call(ctx, "question", ev.Args.Forward()...)
			if err == nil {
				_ = ev.Ack(ctx, answer.Forward()...)
			}
		}()
		return nil
	})
	socketio.On(n, "disconnect-me", func(ctx context.Context, s *socketio.Socket, _ socketio.None) error {
		return s.Disconnect(ctx)
	})
	socketio.On(n, "close-me", func(_ context.Context, s *socketio.Socket, _ socketio.None) error {
		return s.CloseTransport(socketio.Overload)
	})
	socketio.On(n, "later", func(ctx context.Context, _ *socketio.Socket, ms int) error {
		select {
		case <-time.After(time.Duration(ms) * time.Millisecond):
		case <-ctx.Done():
		}
		return nil
	})
	socketio.On(n, "burst-me", func(ctx context.Context, s *socketio.Socket, count int) error {
		for i := range count {
			if err := s.Emit(ctx, "burst", i); err != nil {
				return err
			}
		}
		return nil
	})
}

// tapSummary is the tail of a report: how many cases there were.
func tapSummary(report string) string {
	const tail = 300
	return report[max(0, len(report)-tail):]
}
