// Command namespaces has a static namespace, one for each auction, and one for
// each desk that exists, all over one connection.
//
//	PORT=3000 ADMIN_TOKEN=secret go run ./socketio/examples/namespaces
//
//	const auction = io("http://localhost:3000/auction-7")       // any number makes one
//	auction.on("bid", (amount) => console.log("bid", amount))   // of this auction
//	auction.emit("bid", 100)
//	const desk = io("http://localhost:3000/desk-fx", { auth: { token: "euro" } })
//	console.log(await desk.emitWithAck("name"))                 // "fx"
//	const admin = io("http://localhost:3000/admin", { auth: { token: "secret" } })
//	console.log(await admin.emitWithAck("auctions"))            // ["/auction-7"]; it goes with the last who leaves
//	await admin.emitWithAck("last call")                        // to all auctions
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"log"
	"log/slog"
	"net/http"
	"os"
	"regexp"
	"strings"

	"tradewind/socketio"
)

type auth struct{ Token string }

// newServer makes the server of these desks, each with its token.
func newServer(adminToken string, desks map[string]string) *socketio.Server {
	io := socketio.NewServer(socketio.Options{Logger: slog.Default()})

	// By pattern: whoever asks for it first makes it.
	auctions := io.OfPattern(regexp.MustCompile(`^/auction-[0-9]{1,6}$`))
	socketio.On(auctions, "bid", func(ctx context.Context, s *socketio.Socket, amount int) error {
		return s.Namespace().Emit(ctx, "bid", amount)
	})

	// By function: asked for every socket. It may say no to the name, or refuse the client.
	offices := io.OfFunc(func(_ context.Context, name string, raw json.RawMessage) (bool, error) {
		desk, ok := strings.CutPrefix(name, "/desk-")
		token, exists := desks[desk]
		if !ok || !exists {
			return false, nil // the client reads "Invalid namespace"
		}
		var a auth
		if err := json.Unmarshal(raw, &a); err != nil || a.Token != token {
			return false, &socketio.ConnectError{Message: "This is not your desk"}
		}
		return true, nil
	})
	socketio.OnAck(offices, "name", func(_ context.Context, s *socketio.Socket, _ socketio.None) (string, error) {
		return strings.TrimPrefix(s.Namespace().Name(), "/desk-"), nil
	})

	// Static: there from the start, with a middleware of its own.
	admin := io.Of("/admin")
	admin.Use(func(_ context.Context, s *socketio.Socket) error {
		var a auth
		if err := s.DecodeAuth(&a); err != nil || a.Token != adminToken {
			return &socketio.ConnectError{Message: "Administrators only"}
		}
		return nil
	})
	socketio.OnAck(admin, "auctions", func(context.Context, *socketio.Socket, socketio.None) ([]string, error) {
		names := []string{}
		for _, n := range auctions.Namespaces() {
			names = append(names, n.Name())
		}
		return names, nil
	})
	socketio.On(admin, "last call", func(ctx context.Context, _ *socketio.Socket, _ socketio.None) error {
		return auctions.Emit(ctx, "last call")
	})
	return io
}

func main() {
	io := newServer(cmp.Or(os.Getenv("ADMIN_TOKEN"), "secret"), map[string]string{"fx": "euro", "bonds": "coupon"})
	log.Fatal(http.ListenAndServe("localhost:"+cmp.Or(os.Getenv("PORT"), "3000"), io))
}
