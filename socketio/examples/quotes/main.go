// Command quotes streams prices that change all the time to clients of any speed.
//
//	PORT=3000 go run ./socketio/examples/quotes
//
//	const socket = io("http://localhost:3000")
//	socket.on("quote", ({ symbol, price }) => console.log(symbol, price))
//	socket.on("alert", (text) => console.log(text))
//	await socket.emitWithAck("watch", ["AAPL", "TSLA"])
//
// Each symbol is a key: where a client does not keep up, a newer quote takes the
// place of the one that still waits for it. The newest price of every symbol always
// arrives, a slow client holds at most one quote a symbol at the server, and no client
// slows another one down. Alerts have no key: every one of them arrives, in order.
package main

import (
	"cmp"
	"context"
	"fmt"
	"log"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"time"

	"tradewind/socketio"
)

type quote struct {
	Symbol string `json:"symbol"`
	Price  int    `json:"price"` // in cents
}

func room(symbol string) socketio.Room { return socketio.Room("symbol:" + symbol) }

func newServer() *socketio.Server {
	io := socketio.NewServer(socketio.Options{Logger: slog.Default()})
	socketio.OnAck(io, "watch", func(ctx context.Context, s *socketio.Socket, symbols []string) (int, error) {
		for _, symbol := range symbols[:min(len(symbols), 10)] {
			if err := s.Join(ctx, room(symbol)); err != nil {
				return 0, err
			}
		}
		return min(len(symbols), 10), nil
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
func move(ctx context.Context, io *socketio.Server, symbols []string, rate int) error {
	tick := time.NewTicker(time.Second / time.Duration(rate))
	defer tick.Stop()
	prices := map[string]int{}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		symbol := symbols[rand.IntN(len(symbols))]
		price := max(prices[symbol], 10_000) + rand.IntN(21) - 10
		if price/1000 != prices[symbol]/1000 {
			if err := alert(ctx, io, symbol, fmt.Sprintf("%s crosses %d", symbol, price/1000*10)); err != nil {
				return err
			}
		}
		prices[symbol] = price
		if err := publish(ctx, io, quote{symbol, price}); err != nil {
			return err
		}
	}
}

func main() {
	io := newServer()
	go func() { // ends with the program
		log.Fatal(move(context.Background(), io, []string{"AAPL", "MSFT", "TSLA"}, 1000))
	}()
	log.Fatal(http.ListenAndServe("localhost:"+cmp.Or(os.Getenv("PORT"), "3000"), io))
}
