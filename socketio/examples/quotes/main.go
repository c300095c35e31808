// Command quotes streams prices that change all the time to clients of any speed.
//
//	go run ./socketio/examples/quotes -listen localhost:5002 -rate 1000
//
// A client emits "watch" with a list of symbols and gets "quote" with {symbol,
// price} for each change. Each symbol is a key: where a client does not keep up,
// a newer quote takes the place of the one that still waits for it. So the newest
// price of every symbol always arrives, a slow client holds at most one quote a
// symbol at the server, and no client slows another one down. Alerts have no key:
// every one of them arrives, in order.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"tradewind/socketio"
)

type quote struct {
	Symbol string `json:"symbol"`
	Price  int    `json:"price"` // in cents
}

func room(symbol string) socketio.Room { return socketio.Room("symbol:" + symbol) }

// newServer makes the server that clients watch symbols on.
func newServer(o socketio.Options) *socketio.Server {
	io := socketio.NewServer(o)
	socketio.OnAck(io.Namespace, "watch", func(ctx context.Context, s *socketio.Socket, symbols []string) (int, error) {
		rooms := make([]socketio.Room, len(symbols))
		for i, symbol := range symbols {
			rooms[i] = room(symbol)
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
	listen := flag.String("listen", "localhost:5002", "address to listen on")
	rate := flag.Int("rate", 1000, "changes a second")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *listen, max(*rate, 1)); err != nil {
		fmt.Fprintln(os.Stderr, "quotes:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends or something fails.
func run(ctx context.Context, listen string, rate int) error {
	io := newServer(socketio.Options{Origins: []string{"*"}, Logger: slog.Default()})
	srv := &http.Server{Addr: listen, Handler: io, ReadHeaderTimeout: 10 * time.Second}
	g, running := errgroup.WithContext(ctx)
	g.Go(func() error {
		if err := srv.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	g.Go(func() error {
		if err := move(running, io, []string{"AAPL", "MSFT", "TSLA"}, rate); running.Err() == nil {
			return err
		}
		return nil
	})
	g.Go(func() error {
		<-running.Done()
		return errors.Join(io.Close(), srv.Close())
	})
	return g.Wait()
}
