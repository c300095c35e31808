// Command acks shows acknowledgements both ways.
//
//	PORT=3000 go run ./socketio/examples/acks
//
// The client asks; the server asks it back ("confirm"), or all others ("vote"):
//
//	const socket = io("http://localhost:3000")
//	socket.on("confirm", (what, answer) => answer(true))
//	socket.on("vote", (question, answer) => answer("yes"))
//	console.log(await socket.emitWithAck("add", [1, 2, 3]))      // 6
//	console.log(await socket.emitWithAck("divide", 7, 2))        // 3; with a callback, 3 and the rest 1
//	console.log(await socket.emitWithAck("order", "10 AAPL"))    // "ordered"
//	console.log(await socket.emitWithAck("poll", "lunch?"))      // { votes: { yes: 1 }, silent: 0 }
package main

import (
	"cmp"
	"context"
	"errors"
	"log"
	"log/slog"
	"net/http"
	"os"
	"time"

	"tradewind/socketio"
)

type result struct {
	Votes  map[string]int `json:"votes"`
	Silent int            `json:"silent"` // who did not answer in time, or left
}

// newServer makes a server that waits for the answers of clients as long as patience.
func newServer(patience time.Duration) *socketio.Server {
	io := socketio.NewServer(socketio.Options{Logger: slog.Default()})
	socketio.OnAck(io, "add", func(_ context.Context, _ *socketio.Socket, numbers []float64) (sum float64, _ error) {
		for _, n := range numbers {
			sum += n
		}
		return sum, nil
	})
	socketio.OnEvent(io, "divide", func(ctx context.Context, _ *socketio.Socket, ev *socketio.Event) error {
		var a, b int
		if err := errors.Join(ev.Args.Decode(0, &a), ev.Args.Decode(1, &b)); err != nil {
			return err
		}
		if b == 0 {
			return ev.Ack(ctx, nil, "cannot divide by zero")
		}
		return ev.Ack(ctx, a/b, a%b)
	})
	socketio.OnAck(io, "order", func(ctx context.Context, s *socketio.Socket, what string) (string, error) {
		asking, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		answer, err := s.Call(asking, "confirm", what)
		var yes bool
		switch {
		case errors.Is(err, context.DeadlineExceeded):
			return "not confirmed in time", nil
		case err != nil: // an *EndedError: the client is gone
			return "", err
		case answer.Decode(0, &yes) != nil || !yes:
			return "not confirmed", nil
		}
		return "ordered", nil
	})
	socketio.OnAck(io, "poll", func(ctx context.Context, s *socketio.Socket, question string) (result, error) {
		asking, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		answers, err := s.Broadcast().Call(asking, "vote", question)
		r := result{Votes: map[string]int{}}
		for _, answer := range answers {
			var vote string
			_ = answer.Decode(0, &vote) // what is no text is counted as ""
			r.Votes[vote]++
		}
		var silent *socketio.NoAnswerError
		if errors.As(err, &silent) {
			r.Silent, err = silent.Missing, nil
		}
		return r, err
	})
	return io
}

func main() {
	log.Fatal(http.ListenAndServe("localhost:"+cmp.Or(os.Getenv("PORT"), "3000"), newServer(5*time.Second)))
}
