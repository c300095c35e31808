// Command recovery gives clients whose connection broke their socket back: with its
// id, its rooms, its shared data, and all events that it missed.
//
//	PORT=3000 go run ./socketio/examples/recovery
//
// Break the connection of one client while another one speaks:
//
//	const socket = io("http://localhost:3000", { auth: { name: "Ada" } })
//	socket.on("connect", () => console.log(socket.id, "recovered:", socket.recovered))
//	socket.on("said", (text) => console.log(text))
//	await socket.emitWithAck("join", "gophers")       // needed once: the room comes back
//	socket.io.engine.close()                          // as a broken network; it reconnects by itself
//	// another client: socket.emit("say", { room: "gophers", text: "did you miss me?" })
package main

import (
	"cmp"
	"context"
	"log"
	"log/slog"
	"net/http"
	"os"
	"time"

	"tradewind/socketio"
)

var (
	names = socketio.NewKey[string]("name")     // set by the middleware, each time
	joins = socketio.NewSharedKey[int]("joins") // comes back with the session
)

type line struct{ Room, Text string }

func newServer() *socketio.Server {
	io := socketio.NewServer(socketio.Options{Logger: slog.Default(), Recovery: &socketio.Recovery{
		MaxDisconnection: 2 * time.Minute,
		// A socket is given back to its owner only.
		Owner: func(s *socketio.Socket) string { name, _ := names.Get(s); return name },
	}})
	// Middlewares run for those who come back too: somebody may have lost a right meanwhile.
	io.Use(func(_ context.Context, s *socketio.Socket) error {
		var auth struct{ Name string }
		if err := s.DecodeAuth(&auth); err != nil || auth.Name == "" {
			return &socketio.ConnectError{Message: "Please give a name"}
		}
		names.Set(s, auth.Name)
		return nil
	})
	io.OnConnect(func(ctx context.Context, s *socketio.Socket) {
		if !s.Recovered() {
			_ = s.Emit(ctx, "welcome", "Join a room, please") // fails when the client is gone
		}
	})
	socketio.OnAck(io, "join", func(ctx context.Context, s *socketio.Socket, room string) (int, error) {
		n, _ := joins.Get(s)
		joins.Set(s, n+1)
		return n + 1, s.Join(ctx, socketio.Room("chat:"+room))
	})
	socketio.On(io, "say", func(ctx context.Context, s *socketio.Socket, l line) error {
		return s.To(socketio.Room("chat:"+l.Room)).Emit(ctx, "said", l.Text)
	})
	return io
}

func main() {
	log.Fatal(http.ListenAndServe("localhost:"+cmp.Or(os.Getenv("PORT"), "3000"), newServer()))
}
