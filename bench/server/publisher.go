package main

import (
	"context"
	"strconv"

	"tradewind/bench/workload"
	"tradewind/socketio"
)

func userRoom(user int) socketio.Room       { return socketio.Room("user:" + strconv.Itoa(user)) }
func quoteRoom(symbol string) socketio.Room { return socketio.Room("quote:" + symbol) }

// publisher emits to rooms. What every event of a kind has in common is made
// once: the emitters of all symbols.
type publisher struct {
	io     *socketio.Server
	quotes map[string]socketio.Emitter
}

func newPublisher(io *socketio.Server, settings workload.Settings) *publisher {
	p := &publisher{io: io, quotes: make(map[string]socketio.Emitter, settings.Symbols)}
	for _, symbol := range workload.SymbolNames(settings.Symbols) {
		p.quotes[symbol] = io.To(quoteRoom(symbol)).KeepLatest(symbol)
	}
	return p
}

func (p *publisher) Quote(ctx context.Context, q workload.Quote) error {
	return p.quotes[q.Symbol].Emit(ctx, workload.EventQuote, q)
}

func (p *publisher) Notice(ctx context.Context, n workload.Notice) error {
	return p.io.To("all").Emit(ctx, workload.EventNotice, n)
}

func (p *publisher) Portfolio(ctx context.Context, f *workload.Portfolio) error {
	return p.io.To(userRoom(f.User)).Emit(ctx, workload.EventPortfolio, f)
}
