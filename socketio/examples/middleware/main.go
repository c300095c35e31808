// Command middleware decides who comes in and who may do what.
//
//	PORT=3000 go run ./socketio/examples/middleware
//
//	// "ada" is the token of an administrator, "bob" of somebody else
//	const socket = io("http://localhost:3000", { auth: { token: "bob" } })
//	socket.on("connect_error", (err) => console.log(err.message, err.data)) // without a token
//	console.log(await socket.emitWithAck("whoami"))                         // "Bob"
//	console.log(await socket.emitWithAck("admin:count"))                    // { code: "forbidden", … }
package main

import (
	"cmp"
	"context"
	"errors"
	"log"
	"log/slog"
	"net/http"
	"os"
	"strings"

	"tradewind/socketio"
)

type user struct {
	name  string
	admin bool
}

var (
	users        = socketio.NewKey[user]("user")
	byToken      = map[string]user{"ada": {"Ada", true}, "bob": {"Bob", false}}
	errForbidden = errors.New("for administrators only")
)

type failure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

func newServer(logger *slog.Logger) *socketio.Server {
	io := socketio.NewServer(socketio.Options{Logger: logger})
	// Who comes in. A ConnectError reaches the client as it is, any other error only the log.
	io.Use(func(_ context.Context, s *socketio.Socket) error {
		var auth struct{ Token string }
		err := s.DecodeAuth(&auth)
		u, ok := byToken[auth.Token]
		if err != nil || !ok {
			return &socketio.ConnectError{Message: "Please sign in", Data: failure{"unauthorized", "no such token"}}
		}
		users.Set(s, u)
		return nil
	})
	io.OnAny(func(_ context.Context, s *socketio.Socket, ev *socketio.Event) {
		u, _ := users.Get(s)
		logger.Info("event", "user", u.name, "event", ev.Name[:min(len(ev.Name), 50)])
	})
	// Who may do what: an error keeps the event from its handler and goes to OnError.
	io.UseEvent(func(_ context.Context, s *socketio.Socket, ev *socketio.Event) error {
		if u, _ := users.Get(s); strings.HasPrefix(ev.Name, "admin:") && !u.admin {
			return errForbidden
		}
		return nil
	})
	io.OnError(func(ctx context.Context, s *socketio.Socket, ev *socketio.Event, err error) {
		f := failure{"internal", "something went wrong"}
		switch decode := new(socketio.DecodeError); {
		case errors.As(err, &decode):
			f = failure{"invalid", decode.Error()}
		case errors.Is(err, errForbidden):
			f = failure{"forbidden", err.Error()}
		default:
			logger.Error("handle event", "socket", s.ID(), "error", err)
		}
		_ = ev.Ack(ctx, f) // fails when the client is gone
	})
	socketio.OnAck(io, "whoami", func(_ context.Context, s *socketio.Socket, _ socketio.None) (string, error) {
		u, _ := users.Get(s)
		return u.name, nil
	})
	socketio.OnAck(io, "admin:count", func(context.Context, *socketio.Socket, socketio.None) (int64, error) {
		return io.Stats().Sockets, nil
	})
	return io
}

func main() {
	log.Fatal(http.ListenAndServe("localhost:"+cmp.Or(os.Getenv("PORT"), "3000"), newServer(slog.Default())))
}
