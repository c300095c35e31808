// Command quotes streams prices that change all the time to clients of any speed.
//
//	PORT=3000 go run ./socketio/examples/quotes
//
//	const socket = io("http://localhost:3000")
//	socket.on("quote", ({ symbol, price }) => console.log(symbol, price))
//	socket.on("alert", (text) => console.log(text))
//	await socket.emitWithAck("watch", ["AAPL", "TSLA"])
//
// Each symbol is a key: for a client that is behind, a newer quote takes the place of
// the one that still waits. So its newest price always arrives, and nobody slows
// anybody down. Alerts have no key: every one of them arrives, in order.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"time"

	"tradewind/socketio"
)

var symbols = []string{"AAPL", "MSFT", "TSLA"}

type quote struct {
	Symbol string `json:"symbol"`
	Price  int    `json:"price"` // in cents
}

func room(symbol string) socketio.Room { return socketio.Room("symbol:" + symbol) }

func newServer() *socketio.Server {
	io := socketio.NewServer(socketio.Options{Logger: slog.Default()})
	socketio.OnAck(io, "watch", func(ctx context.Context, s *socketio.Socket, wanted []string) (int, error) {
		rooms := []socketio.Room{}
		for _, symbol := range wanted {
			if slices.Contains(symbols, symbol) {
				rooms = append(rooms, room(symbol))
			}
		}
		return len(rooms), s.Join(ctx, rooms...)
	})
	return io
}

// publish sends a quote to those who watch its symbol.
func publish(ctx context.Context, io *socketio.Server, q quote) error {
	return io.To(room(q.Symbol)).KeepLatest(q.Symbol).Emit(ctx, "quote", q)
}

// alert tells everybody who watches a symbol, whether fast or slow.
func alert(ctx context.Context, io *socketio.Server, symbol, text string) error {
	return io.To(room(symbol)).Emit(ctx, "alert", text)
}

// move changes prices at random, rate times a second, until ctx ends.
func move(ctx context.Context, io *socketio.Server, rate int) error {
	tick, prices := time.Tick(time.Second/time.Duration(rate)), map[string]int{}
	for ctx.Err() == nil {
		<-tick
		symbol := symbols[rand.IntN(len(symbols))]
		price := max(prices[symbol], 10_000) + rand.IntN(21) - 10
		err := publish(ctx, io, quote{symbol, price})
		if price/1000 != prices[symbol]/1000 {
			err = errors.Join(err, alert(ctx, io, symbol, fmt.Sprintf("%s crosses %d", symbol, price/1000*10)))
		}
		if err != nil && ctx.Err() == nil {
			return err
		}
		prices[symbol] = price
	}
	return nil
}

func main() {
	io := newServer()
	go func() { // ends with the program
		log.Fatal(move(context.Background(), io, 1000))
	}()
	log.Fatal(http.ListenAndServe("localhost:"+cmp.Or(os.Getenv("PORT"), "3000"), io))
}
