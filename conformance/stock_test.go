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
	"tradewind/socketio/packet"
	"tradewind/socketio/packet/msgpack"
)

// TestStockClients runs conformance/js/stock.test.mjs: the cases of unmodified
// clients, old and new, over every transport, with either parser; with the one
// for text, what they offer to compress is compressed.
func TestStockClients(t *testing.T) {
	node.Install(t)
	for name, c := range map[string]struct {
		parser     packet.Parser
		extensions string // of a WebSocket
	}{
		"json":    {packet.JSON{}, "permessage-deflate"},
		"msgpack": {msgpack.Parser{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			url := stockServer(t, socketio.Options{Parser: c.parser, PerMessageDeflate: c.extensions != ""})
			node.Test(t, 2*time.Minute, map[string]string{"SERVER_URL": url, "PARSER": name, "EXTENSIONS": c.extensions}, "stock.test.mjs")
		})
	}
}

// stockServer starts the server of the JavaScript cases and returns its address.
func stockServer(t *testing.T, o socketio.Options) string {
	t.Helper()
	o.PingInterval, o.PingTimeout, o.ConnectTimeout = pingInterval, 5*time.Second, 5*time.Second
	o.MaxPayload = maxPayload
	s := socketio.NewServer(o)
	s.Of("/closed").Use(func(context.Context, *socketio.Socket) error {
		return &socketio.ConnectError{Message: "Closed to all"}
	})
	s.Of("/guarded").Use(ticketNeeded)
	for _, name := range []string{"/", "/custom", "/guarded"} {
		conformance.Echo(s.Of(name))
		stockHandlers(s.Of(name))
	}
	mux := http.NewServeMux()
	mux.Handle("/socket.io/", s)
	return listen(t, mux, s.Close)
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
	socketio.OnEvent(n, "who-am-i", func(ctx context.Context, s *socketio.Socket, ev *socketio.Event) error {
		return ev.Ack(ctx, s.ID())
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
