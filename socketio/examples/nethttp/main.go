// Command nethttp serves Socket.IO beside other routes, to pages of other origins
// too, and drains its clients before it ends.
//
//	PORT=3000 ORIGIN=http://localhost:8080 go run ./socketio/examples/nethttp
//
//	const socket = io("http://localhost:3000") // in Node, or in a page of http://localhost:8080
//	socket.on("news", (text) => console.log(text))
//	await fetch("http://localhost:3000/news", { method: "POST", body: "lunch" })
//
// End it with ctrl-c: clients are closed at a steady pace, and stock clients come
// back to whatever answers at the address then.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"tradewind/socketio"
)

// newServer makes a server for pages of its own host and of these origins.
func newServer(origins ...string) *socketio.Server {
	return socketio.NewServer(socketio.Options{Origins: origins, Logger: slog.Default()})
}

// routes are all that is served.
func routes(server *socketio.Server) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/socket.io/", server)
	mux.HandleFunc("POST /news", func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1000))
		if err == nil {
			err = server.Emit(r.Context(), "news", string(text))
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /clients", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, server.Stats().Sockets)
	})
	return mux
}

// run serves until ctx ends, then drains. No WriteTimeout: a polling request waits long.
func run(ctx context.Context, l net.Listener, server *socketio.Server) error {
	srv := &http.Server{Handler: routes(server), ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l) }() // ends when srv is shut down
	select {
	case err := <-failed:
		return errors.Join(err, server.Close())
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return errors.Join(server.Shutdown(last), srv.Shutdown(last)) // Socket.IO first
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	l, err := net.Listen("tcp", "localhost:"+cmp.Or(os.Getenv("PORT"), "3000"))
	if err == nil {
		err = run(ctx, l, newServer(cmp.Or(os.Getenv("ORIGIN"), "http://localhost:8080")))
	}
	if err != nil {
		log.Fatal(err)
	}
}
