// Command chat is a chat server with rooms for any Socket.IO client.
//
//	go run ./socketio/examples/chat -listen localhost:5001
//
// A client emits "join" with a room's name and gets the number of rooms it is in,
// and "say" with {room, text}; the others in the room get "said" with {from, text}.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"tradewind/socketio"
)

var names = socketio.NewKey[string]("name")

type line struct {
	Room socketio.Room `json:"room"`
	Text string        `json:"text"`
}

type said struct {
	From string `json:"from"`
	Text string `json:"text"`
}

// newServer makes the chat. A client says who it is with auth: {name}.
func newServer(o socketio.Options) *socketio.Server {
	io := socketio.NewServer(o)
	io.Use(func(_ context.Context, s *socketio.Socket) error {
		var auth struct{ Name string }
		if err := s.DecodeAuth(&auth); err != nil || strings.TrimSpace(auth.Name) == "" {
			return &socketio.ConnectError{Message: "Please give a name"}
		}
		names.Set(s, auth.Name)
		return nil
	})
	socketio.OnAck(io.Namespace, "join", func(ctx context.Context, s *socketio.Socket, room string) (int, error) {
		if err := s.Join(ctx, socketio.Room("chat:"+room)); err != nil {
			return 0, err
		}
		rooms, err := s.Rooms(ctx)
		return len(rooms) - 1, err // its own does not count
	})
	socketio.On(io.Namespace, "say", func(ctx context.Context, s *socketio.Socket, l line) error {
		name, _ := names.Get(s)
		return s.To("chat:"+l.Room).Emit(ctx, "said", said{name, l.Text})
	})
	return io
}

func main() {
	listen := flag.String("listen", "localhost:5001", "address to listen on")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *listen); err != nil {
		fmt.Fprintln(os.Stderr, "chat:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends, then drains.
func run(ctx context.Context, listen string) error {
	io := newServer(socketio.Options{Origins: []string{"*"}, Logger: slog.Default()})
	mux := http.NewServeMux()
	mux.Handle("/socket.io/", io)
	srv := &http.Server{Addr: listen, Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- srv.ListenAndServe() }() // ends when srv is closed
	select {
	case err := <-failed:
		return errors.Join(err, io.Close())
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err := errors.Join(io.Shutdown(last), srv.Shutdown(last))
	<-failed
	return err
}
