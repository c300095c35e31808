// Command server runs what the public protocol suites talk to:
//
//	go run ./conformance/server engine   # a bare Engine.IO server at /engine.io/
//	go run ./conformance/server socket   # a Socket.IO server at /socket.io/
//
// HOST (default all addresses), PORT (3000; 0 for any that is free),
// PING_INTERVAL_MS (300), PING_TIMEOUT_MS (200), CONNECT_TIMEOUT_MS (1000) and
// MAX_PAYLOAD (1000000 bytes) come from the environment. Pages of all origins are
// allowed. It prints where it listens and ends with SIGINT or SIGTERM, with 0; what
// it cannot do, such as to listen on a port that is taken, it says and ends with 1.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"tradewind/conformance"
	"tradewind/socketio"
	"tradewind/socketio/engineio"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "server:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends.
func run(ctx context.Context, args []string, getenv func(string) string, out io.Writer) error {
	if len(args) != 1 {
		return errors.New("which protocol? usage: server engine|socket")
	}
	env := numbers{getenv: getenv}
	port := env.get("PORT", 3000, 0, 65535)
	o := socketio.Options{
		PingInterval:   env.milliseconds("PING_INTERVAL_MS", 300),
		PingTimeout:    env.milliseconds("PING_TIMEOUT_MS", 200),
		ConnectTimeout: env.milliseconds("CONNECT_TIMEOUT_MS", 1000),
		MaxPayload:     env.get("MAX_PAYLOAD", 1_000_000, 1, 1<<30),
		Origins:        []string{"*"},
		Logger:         slog.New(slog.NewTextHandler(os.Stderr, nil)),
	}
	if env.err != nil {
		return env.err
	}
	mux := http.NewServeMux()
	var end func() error
	switch args[0] {
	case "engine":
		s := conformance.NewEngine(engineio.Options{
			PingInterval: o.PingInterval, PingTimeout: o.PingTimeout, MaxPayload: o.MaxPayload,
			AllowOrigin: func(*http.Request) bool { return true }, Logger: o.Logger,
		})
		mux.Handle("/engine.io/", s)
		end = s.Close
	case "socket":
		s := conformance.NewSocket(o)
		mux.Handle("/socket.io/", s)
		end = s.Close
	default:
		return fmt.Errorf("unknown protocol %q: engine and socket are known", args[0])
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(getenv("HOST"), strconv.Itoa(port)))
	if err != nil {
		return err
	}
	// As a server that is to be fast has it; those of the tests in their own process are plain.
	if listener, err = socketio.NewUpgradeListener(listener, "/", mux); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s server listens on %s\n", args[0], listener.Addr())
	return serve(ctx, listener, mux, end)
}

func serve(ctx context.Context, l net.Listener, h http.Handler, end func() error) error {
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }() // ends with srv.Close
	select {
	case err := <-served:
		return errors.Join(err, end())
	case <-ctx.Done():
		err := errors.Join(end(), srv.Close())
		<-served
		return err
	}
}

// numbers reads numbers from the environment and keeps the first error.
type numbers struct {
	getenv func(string) string
	err    error
}

// get is a number from least to most, or def where nothing is set.
func (n *numbers) get(name string, def, least, most int) int {
	text := n.getenv(name)
	if text == "" {
		return def
	}
	v, err := strconv.Atoi(text)
	if (err != nil || v < least || v > most) && n.err == nil {
		n.err = fmt.Errorf("%s is %q: a whole number from %d to %d is allowed", name, text, least, most)
	}
	return v
}

// milliseconds is a time of up to a day; none at all would mean the default of the server.
func (n *numbers) milliseconds(name string, def int) time.Duration {
	return time.Duration(n.get(name, def, 1, 86_400_000)) * time.Millisecond
}
