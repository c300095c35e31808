// Command rooms sends the weather to those who follow a city.
//
//	PORT=3000 go run ./socketio/examples/rooms
//
//	const socket = io("http://localhost:3000")
//	socket.on("temperature", ({ city, degrees }) => console.log(city, degrees))
//	socket.on("warning", (text) => console.log(text))
//	console.log(await socket.emitWithAck("follow", ["Lima", "Osaka"]))              // ["Lima", "Osaka"]
//	await socket.emitWithAck("report", { city: "Lima", degrees: 21 })
//	await socket.emitWithAck("warn", ["Lima", "Osaka"])                             // comes once
//	console.log(await socket.emitWithAck("followers", "Lima"))                      // [socket.id]
//	await socket.emitWithAck("mute"); await socket.emitWithAck("unfollow", ["Osaka"])
package main

import (
	"cmp"
	"context"
	"log"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strings"

	"tradewind/socketio"
)

// cities are all there are, so that clients make neither rooms nor keys of their own.
var cities = []string{"Berlin", "Lima", "Osaka"}

type report struct {
	City    string  `json:"city"`
	Degrees float64 `json:"degrees"`
}

// rooms are those of the cities that exist.
func rooms(names ...string) (known []socketio.Room) {
	for _, name := range names {
		if slices.Contains(cities, name) {
			known = append(known, socketio.Room(name))
		}
	}
	return known
}

func newServer() *socketio.Server {
	io := socketio.NewServer(socketio.Options{Logger: slog.Default()})
	socketio.OnAck(io, "follow", func(ctx context.Context, s *socketio.Socket, names []string) ([]socketio.Room, error) {
		return rooms(names...), s.Join(ctx, rooms(names...)...)
	})
	socketio.On(io, "unfollow", func(ctx context.Context, s *socketio.Socket, names []string) error {
		return s.Leave(ctx, rooms(names...)...)
	})
	socketio.On(io, "mute", func(ctx context.Context, s *socketio.Socket, _ socketio.None) error {
		return s.Join(ctx, "muted")
	})
	socketio.On(io, "report", func(ctx context.Context, _ *socketio.Socket, r report) error {
		return publish(ctx, io, r)
	})
	// In several of the rooms or in one: a socket gets it once, unless it is muted.
	socketio.On(io, "warn", func(ctx context.Context, _ *socketio.Socket, names []string) error {
		return io.To(rooms(names...)...).Except("muted").Emit(ctx, "warning", "storm in "+strings.Join(names, " and "))
	})
	socketio.OnAck(io, "followers", func(ctx context.Context, _ *socketio.Socket, name string) ([]socketio.SocketID, error) {
		sockets, err := io.To(rooms(name)...).FetchSockets(ctx)
		ids := []socketio.SocketID{}
		for _, s := range sockets {
			ids = append(ids, s.ID())
		}
		return ids, err
	})
	return io
}

// publish sends a temperature to those who follow its city. Where a client is
// behind, it takes the place of the city's older one that still waits for it.
func publish(ctx context.Context, io *socketio.Server, r report) error {
	return io.To(rooms(r.City)...).KeepLatest(r.City).Emit(ctx, "temperature", r)
}

func main() {
	log.Fatal(http.ListenAndServe("localhost:"+cmp.Or(os.Getenv("PORT"), "3000"), newServer()))
}
