package gateway

import (
	"time"

	"tradewind/internal/wire"
)

// request numbers the events that clients send.
type request int

const (
	subscribePortfolio request = iota
	subscribeTrades
	subscribeWatchlist
	unsubscribePortfolio
	unsubscribeTrades
	unsubscribeWatchlist
	clock
	sessionRefresh
	requests // how many there are
)

// limits is the table of what a client may ask and how often a socket. Only an
// accepted request takes a token. An accepted unsubscribe gives a token of what
// it ends back.
var limits = [requests]struct {
	event string
	rate  rate
}{
	subscribePortfolio:   {wire.EventSubscribePortfolio, rate{1, time.Minute}},
	subscribeTrades:      {wire.EventSubscribeTrades, rate{1, time.Minute}},
	subscribeWatchlist:   {wire.EventSubscribeWatchlist, rate{10, time.Minute}},
	unsubscribePortfolio: {wire.EventUnsubscribePortfolio, rate{10, time.Minute}},
	unsubscribeTrades:    {wire.EventUnsubscribeTrades, rate{10, time.Minute}},
	unsubscribeWatchlist: {wire.EventUnsubscribeWatchlist, rate{10, time.Minute}},
	clock:                {wire.EventClock, rate{30, time.Minute}},
	sessionRefresh:       {wire.EventSessionRefresh, rate{10, time.Minute}},
}

// Bounds that are not part of the contract's tables.
const (
	maxSymbols        = 100              // of one watchlist
	maxReplay         = 1000             // entries of one replay
	replayPage        = 100              // entries read from the store at once
	replayBytes       = 32 << 10         // sent before a replay waits for the outbox to drain
	maxReads          = 16               // replays that read the store at the same time
	maxWaitingEntries = 512              // of one account between ledger and sockets
	requestTime       = 10 * time.Second // for one request of a client, stores included
	attemptKeys       = 1 << 17          // users and addresses whose connects are counted
	ghostTime         = 2 * time.Second  // for a connection at the cap to answer a ping
)
