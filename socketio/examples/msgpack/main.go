// Command msgpack speaks MessagePack instead of JSON: every packet is one binary
// message, attachments within it.
//
//	PORT=3000 go run ./socketio/examples/msgpack
//
// Clients need the same parser, the npm package socket.io-msgpack-parser:
//
//	import * as parser from "socket.io-msgpack-parser"
//	const socket = io("http://localhost:3000", { parser })
//	const track = { name: "a tune", samples: new Uint8Array([1, 2, 3]) }
//	console.log(await socket.emitWithAck("reverse", track)) // samples: 3, 2, 1
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
	"tradewind/socketio/packet/msgpack"
)

// track decodes as from JSON: handlers do not know of the parser.
type track struct {
	Name    string          `json:"name"`
	Samples socketio.Binary `json:"samples"`
}

func newServer() *socketio.Server {
	io := socketio.NewServer(socketio.Options{Parser: msgpack.Parser{}, Logger: slog.Default()})
	socketio.OnAck(io, "reverse", func(_ context.Context, _ *socketio.Socket, t track) (track, error) {
		slices.Reverse(t.Samples)
		return t, nil
	})
	return io
}

func main() {
	log.Fatal(http.ListenAndServe("localhost:"+cmp.Or(os.Getenv("PORT"), "3000"), newServer()))
}
