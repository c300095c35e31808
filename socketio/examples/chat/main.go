// Command chat is a chat with rooms, for any Socket.IO client.
//
//	PORT=3000 go run ./socketio/examples/chat
//
//	const socket = io("http://localhost:3000", { auth: { name: "Ada" } })
//	socket.on("said", ({ room, from, text }) => console.log(`${from} in ${room}: ${text}`))
//	socket.on("typing", ({ room, from }) => console.log(`${from} is typing in ${room}`))
//	console.log(await socket.emitWithAck("join", "gophers"))                          // who is there
//	console.log(await socket.emitWithAck("say", { room: "gophers", text: "hello" }))  // {ok: true}
//	socket.emit("typing", "gophers")
package main

import (
	"cmp"
	"context"
	"log"
	"log/slog"
	"net/http"
	"os"
	"slices"

	"tradewind/socketio"
)

// What a client may make the server keep: rooms, and bytes of each name.
const maxRooms, maxName = 10, 50

var names = socketio.NewSharedKey[string]("name") // shared, so that FetchSockets tells it

type message struct {
	Room string `json:"room"`
	From string `json:"from,omitempty"`
	Text string `json:"text,omitempty"`
}

type answer struct {
	OK     bool     `json:"ok"`
	Error  string   `json:"error,omitempty"`
	People []string `json:"people,omitempty"`
}

// chat is the room of that name; the prefix keeps clients out of the rooms of single sockets.
func chat(name string) socketio.Room { return socketio.Room("chat:" + name) }

func newServer() *socketio.Server {
	io := socketio.NewServer(socketio.Options{Logger: slog.Default()})
	io.Use(func(_ context.Context, s *socketio.Socket) error {
		var auth struct{ Name string }
		if err := s.DecodeAuth(&auth); err != nil || auth.Name == "" || len(auth.Name) > maxName {
			return &socketio.ConnectError{Message: "Please give a name"}
		}
		names.Set(s, auth.Name)
		return nil
	})
	socketio.OnAck(io, "join", func(ctx context.Context, s *socketio.Socket, room string) (answer, error) {
		if rooms, err := s.Rooms(ctx); err != nil || len(rooms) > maxRooms || len(room) > maxName {
			return answer{Error: "too many rooms, or too long a name"}, err
		}
		if err := s.Join(ctx, chat(room)); err != nil {
			return answer{}, err
		}
		a := answer{OK: true}
		sockets, err := io.To(chat(room)).FetchSockets(ctx)
		for _, there := range sockets {
			name, _ := names.GetRemote(there)
			a.People = append(a.People, name)
		}
		return a, err
	})
	socketio.On(io, "leave", func(ctx context.Context, s *socketio.Socket, room string) error {
		return s.Leave(ctx, chat(room))
	})
	socketio.OnAck(io, "say", func(ctx context.Context, s *socketio.Socket, m message) (answer, error) {
		if rooms, err := s.Rooms(ctx); err != nil || !slices.Contains(rooms, chat(m.Room)) {
			return answer{Error: "join the room first"}, err
		}
		m.From, _ = names.Get(s)
		return answer{OK: true}, s.To(chat(m.Room)).Emit(ctx, "said", m)
	})
	socketio.On(io, "typing", func(ctx context.Context, s *socketio.Socket, room string) error {
		name, _ := names.Get(s) // volatile: who is slow need not know who was typing a while ago
		return s.To(chat(room)).Volatile().Emit(ctx, "typing", message{Room: room, From: name})
	})
	return io
}

func main() {
	log.Fatal(http.ListenAndServe("localhost:"+cmp.Or(os.Getenv("PORT"), "3000"), newServer()))
}
