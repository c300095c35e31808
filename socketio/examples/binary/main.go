// Command binary takes and sends bytes: as an argument, inside a struct, in an
// acknowledgement.
//
//	PORT=3000 go run ./socketio/examples/binary
//
// Bytes travel beside the JSON as they are, and are a Buffer, an ArrayBuffer or a
// Uint8Array in JavaScript:
//
//	const socket = io("http://localhost:3000")
//	socket.on("file", ({ name, body }) => console.log(name, body))
//	console.log(await socket.emitWithAck("sha256", new Uint8Array([1, 2, 3])))          // 32 bytes
//	console.log(await socket.emitWithAck("share", { name: "a.bin", body: new Uint8Array(1000) })) // 1000
//	socket.emit("relay", "anything", { of: [new Uint8Array(2)] })
package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"log"
	"log/slog"
	"net/http"
	"os"

	"tradewind/socketio"
)

// file is JSON with an attachment: Binary travels as bytes at whatever depth it
// stands, where a []byte in a struct would become text in base64.
type file struct {
	Name string          `json:"name"`
	Body socketio.Binary `json:"body"`
}

func newServer() *socketio.Server {
	// MaxPayload bounds a message, attachments too: a larger one ends the connection.
	io := socketio.NewServer(socketio.Options{MaxPayload: 4 << 20, MaxOutboxBytes: 16 << 20, Logger: slog.Default()})
	socketio.OnAck(io, "sha256", func(_ context.Context, _ *socketio.Socket, data []byte) ([]byte, error) {
		sum := sha256.Sum256(data)
		return sum[:], nil
	})
	socketio.OnAck(io, "share", func(ctx context.Context, s *socketio.Socket, f file) (int, error) {
		return len(f.Body), s.Broadcast().Emit(ctx, "file", f)
	})
	// Forward passes arguments of any shape on, and what was binary stays so.
	socketio.On(io, "relay", func(ctx context.Context, s *socketio.Socket, args socketio.Args) error {
		return s.Broadcast().Emit(ctx, "relayed", args.Forward()...)
	})
	return io
}

func main() {
	log.Fatal(http.ListenAndServe("localhost:"+cmp.Or(os.Getenv("PORT"), "3000"), newServer()))
}
