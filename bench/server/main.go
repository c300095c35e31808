// Command server plays the workloads of the bench on package socketio, as a
// program that knows its API would: a look-up of the session in a middleware,
// rooms, typed handlers, values that write their own JSON, and KeepLatest for
// quotes.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"

	"golang.org/x/sync/errgroup"

	"tradewind/bench/workload"
	"tradewind/socketio"
)

func main() {
	settings, err := workload.FromEnv(os.Getenv)
	if err == nil {
		err = run(settings)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "server:", err)
		os.Exit(1)
	}
}

// run serves until a signal ends it.
func run(settings workload.Settings) error {
	ctx, stop := workload.Process()
	defer stop()
	roster := workload.NewRoster()
	io := newServer(settings, roster)
	listen := net.ListenConfig{KeepAlive: -1} // the heartbeat finds out who is gone
	listener, err := listen.Listen(ctx, "tcp4", settings.Addr)
	if err != nil {
		return err
	}
	handler := routes(io)
	if listener, err = socketio.NewUpgradeListener(listener, "/socket.io/", handler); err != nil {
		return err
	}
	web := &http.Server{Handler: handler}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		if err := web.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	g.Go(func() error { return workload.Run(ctx, settings, roster, newPublisher(io, settings)) })
	g.Go(func() error {
		<-ctx.Done()
		return errors.Join(io.Close(), web.Close())
	})
	return g.Wait()
}

func routes(io *socketio.Server) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/socket.io/", io)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") })
	return mux
}

// userKey holds the user of a connected socket.
var userKey = socketio.NewKey[int]("user")

// newServer makes a server on which a client of a known session joins its rooms
// and says what it watches.
func newServer(settings workload.Settings, roster *workload.Roster) *socketio.Server {
	io := socketio.NewServer(socketio.Options{PingInterval: settings.PingInterval})
	sessions := workload.Sessions()
	io.Use(func(ctx context.Context, s *socketio.Socket) error {
		var auth struct {
			SessionID string `json:"sessionID"`
		}
		if err := s.DecodeAuth(&auth); err != nil {
			return &socketio.ConnectError{Message: "unauthorized"}
		}
		user, ok := sessions[auth.SessionID]
		if !ok {
			return &socketio.ConnectError{Message: "unauthorized"}
		}
		userKey.Set(s, user)
		return s.Join(ctx, "all", userRoom(user), socketio.Room("session:"+auth.SessionID))
	})
	io.OnConnect(func(_ context.Context, s *socketio.Socket) {
		user, _ := userKey.Get(s)
		roster.Add(user)
	})
	io.OnDisconnect(func(s *socketio.Socket, _ socketio.Reason) {
		user, _ := userKey.Get(s)
		roster.Remove(user)
	})
	socketio.On(io, workload.EventWatch, func(ctx context.Context, s *socketio.Socket, symbols []string) error {
		rooms := make([]socketio.Room, 0, len(symbols))
		for _, text := range symbols {
			if symbol, ok := workload.FindSymbol(text, settings.Symbols); ok {
				rooms = append(rooms, quoteRoom(symbol))
			}
		}
		return s.Join(ctx, rooms...)
	})
	return io
}
