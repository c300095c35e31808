// Command zishang520 plays the workloads of the bench on the Go port of
// Socket.IO, github.com/zishang520/socket.io. It is a module of its own, so that
// only the bench of all servers downloads what it needs.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"

	"github.com/zishang520/socket.io/servers/engine/v3/transports"
	"github.com/zishang520/socket.io/servers/socket/v3"
	"github.com/zishang520/socket.io/v3/pkg/types"
	"golang.org/x/sync/errgroup"

	"tradewind/bench/workload"
)

func main() {
	settings, err := workload.FromEnv(os.Getenv)
	if err == nil {
		err = run(settings)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "zishang520:", err)
		os.Exit(1)
	}
}

// run serves until a signal ends it.
func run(settings workload.Settings) error {
	ctx, stop := workload.Process()
	defer stop()
	roster := workload.NewRoster()
	options := newOptions(settings)
	io := newServer(options, roster)
	mux := http.NewServeMux()
	mux.Handle("/socket.io/", io.ServeHandler(options))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") })
	web := &http.Server{Addr: settings.Addr, Handler: mux}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		if err := web.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	g.Go(func() error { return workload.Run(ctx, settings, roster, publisher{io}) })
	g.Go(func() error {
		<-ctx.Done()
		return web.Close() // the process ends with the connections, which this leaves open
	})
	return g.Wait()
}

func newOptions(settings workload.Settings) *socket.ServerOptions {
	options := socket.DefaultServerOptions()
	options.SetPingInterval(settings.PingInterval)
	options.SetServeClient(false)
	options.SetTransports(types.NewSet[transports.TransportCtor](&transports.WebSocketBuilder{}))
	return options
}

func userRoom(user int) socket.Room { return socket.Room("user:" + strconv.Itoa(user)) }

// newServer makes a server on which a client of a known session joins its rooms
// and says what it watches.
func newServer(options *socket.ServerOptions, roster *workload.Roster) *socket.Server {
	io := socket.NewServer(nil, options)
	sessions := workload.Sessions()
	io.Use(func(s *socket.Socket, next func(*socket.ExtendedError)) {
		user, ok := sessions[sessionOf(s)]
		if !ok {
			next(socket.NewExtendedError("unauthorized", nil))
			return
		}
		s.SetData(user)
		next(nil)
	})
	io.On("connection", func(args ...any) {
		s := args[0].(*socket.Socket)
		user := s.Data().(int)
		s.Join("all", userRoom(user), socket.Room("session:"+sessionOf(s)))
		s.On(workload.EventWatch, func(args ...any) { watch(s, args) })
		s.On("disconnect", func(...any) { roster.Remove(user) })
		roster.Add(user)
	})
	return io
}

func sessionOf(s *socket.Socket) string {
	id, _ := s.Handshake().Auth["sessionID"].(string)
	return id
}

// watch joins the rooms of the symbols that a client sent.
func watch(s *socket.Socket, args []any) {
	if len(args) == 0 {
		return
	}
	symbols, _ := args[0].([]any)
	rooms := make([]socket.Room, 0, len(symbols))
	for _, symbol := range symbols {
		if name, ok := symbol.(string); ok {
			rooms = append(rooms, socket.Room("quote:"+name))
		}
	}
	s.Join(rooms...)
}

// publisher emits to rooms.
type publisher struct{ io *socket.Server }

func (p publisher) Quote(_ context.Context, q workload.Quote) error {
	return p.io.To(socket.Room("quote:"+q.Symbol)).Emit(workload.EventQuote, encoded{q})
}

func (p publisher) Notice(_ context.Context, n workload.Notice) error {
	return p.io.To("all").Emit(workload.EventNotice, encoded{n})
}

func (p publisher) Portfolio(_ context.Context, f *workload.Portfolio) error {
	return p.io.To(userRoom(f.User)).Emit(workload.EventPortfolio, encoded{f})
}

// encoded is a payload that writes its own JSON, for a library that leaves it to
// encoding/json.
type encoded struct{ payload appender }

type appender interface {
	AppendJSON(dst []byte) ([]byte, error)
}

// MarshalJSON is what encoding/json asks for.
func (e encoded) MarshalJSON() ([]byte, error) { return e.payload.AppendJSON(nil) }
