package executor_test

import (
	"context"
	"fmt"
	"testing"

	"tradewind/internal/broker/paper"
	"tradewind/internal/executor"
	"tradewind/internal/store/sqlite"
	"tradewind/internal/trading"
)

// BenchmarkOrder is a market order until its fill is told to the listeners: three
// commits on the disk of the temporary directory. With more orders under way at
// once commits are shared.
func BenchmarkOrder(b *testing.B) {
	for _, underWay := range []int{1, 16} {
		b.Run(fmt.Sprintf("under way=%d", underWay), func(b *testing.B) { orders(b, underWay) })
	}
}

func orders(b *testing.B, underWay int) {
	db, err := sqlite.Open(b.Context(), b.TempDir(), sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	board := trading.NewBoard([]trading.Instrument{{Symbol: "AAPL", QuantityStep: num("1"), PriceStep: num("0.01")}})
	board.PublishQuotes([]trading.Quote{{Symbol: "AAPL", Price: num("100"), Bid: num("100"), Ask: num("100"), State: trading.QuoteLive}})
	e := executor.New(db, db, board, []trading.Broker{paper.New(db, board, paper.Options{})}, executor.Options{OrdersPerSecond: 1e6, OrderBurst: 1e6})
	filled := make(map[trading.AccountID]chan struct{})
	e.OnEntry(func(entry trading.Entry) {
		if entry.Kind == trading.EntryFill {
			filled[entry.Account] <- struct{}{}
		}
	})
	users := make(chan trading.UserID, underWay)
	for n := range underWay {
		id := fmt.Sprint("user", n)
		account := trading.AccountID(id)
		filled[account] = make(chan struct{}, 1)
		err := db.CreateUser(b.Context(), trading.User{ID: trading.UserID(id), Name: id, Account: account},
			trading.AccountInfo{ID: account, User: trading.UserID(id), Broker: "paper", Currency: "USD"})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := e.Adjust(b.Context(), account, trading.Adjustment{Kind: trading.Deposit, Amount: num("10000000000")}); err != nil {
			b.Fatal(err)
		}
		users <- trading.UserID(id)
	}
	ctx, stop := context.WithCancel(b.Context())
	over := make(chan error, 1)
	go func() { over <- e.Run(ctx) }() // ends with stop
	defer func() {
		stop()
		if err := <-over; err != nil {
			b.Error(err)
		}
	}()
	order := func(user trading.UserID, request trading.OrderRequest) error {
		if _, err := e.Place(b.Context(), user, request); err != nil {
			return err
		}
		<-filled[trading.AccountID(user)]
		return nil
	}
	request := market(trading.Buy, "1")
	for code(order("user0", request)) == trading.CodeAccountReconciling { // until Run has begun
	}
	b.SetParallelism(max(1, underWay/2))
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			user := <-users
			if err := order(user, request); err != nil {
				b.Error(err)
			}
			users <- user
		}
	})
}
