// Command chat-in-30-lines is a chat server with rooms and acknowledgements.
//
//	PORT=3000 go run ./socketio/examples/chat-in-30-lines
//
//	const socket = io("http://localhost:3000")
//	socket.on("said", (text) => console.log(text))
//	await socket.emitWithAck("join", "gophers")
//	console.log(await socket.emitWithAck("say", { room: "gophers", text: "hello" })) // 5 characters
package main

import (
	"cmp"
	"context"
	"log"
	"net/http"
	"os"

	"tradewind/socketio"
)

type line struct{ Room, Text string }

func newServer() *socketio.Server {
	io := socketio.NewServer(socketio.Options{})
	socketio.On(io, "join", func(ctx context.Context, s *socketio.Socket, room string) error {
		return s.Join(ctx, socketio.Room("chat:"+room))
	})
	socketio.OnAck(io, "say", func(ctx context.Context, s *socketio.Socket, l line) (int, error) {
		return len(l.Text), s.To(socketio.Room("chat:"+l.Room)).Emit(ctx, "said", l.Text)
	})
	return io
}

func main() {
	log.Fatal(http.ListenAndServe("localhost:"+cmp.Or(os.Getenv("PORT"), "3000"), newServer()))
}
