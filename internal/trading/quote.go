package trading

import "time"

// QuoteState says how far a price can be trusted.
type QuoteState string

// The states of a quote and, with stalled for stale, of a whole feed.
const (
	QuoteLive   QuoteState = "live"
	QuoteStale  QuoteState = "stale"  // the feed has gone quiet longer than it should
	QuoteHalted QuoteState = "halted" // trading in the symbol is halted
	QuoteClosed QuoteState = "closed" // the market is closed
)

// Quote is the newest price of one symbol.
type Quote struct {
	Symbol        Symbol
	Price         Decimal
	Change        Decimal // against the reference price of the feed: previous close, 24 h, or 00:00 UTC in the simulation
	ChangePercent Decimal // in percent, two decimals
	Time          time.Time
	Bid, Ask      Decimal // zero when there is none
	BidSize       Decimal // zero when unknown
	AskSize       Decimal // zero when unknown
	Volume        Decimal // since the reference; zero when unknown
	State         QuoteState
}

// FeedState is the state of a market feed as a whole.
type FeedState string

// The states of a feed.
const (
	FeedLive    FeedState = "live"
	FeedStalled FeedState = "stalled"
	FeedClosed  FeedState = "closed"
)

// FeedStatus tells since when a feed has been in its state.
type FeedStatus struct {
	Source string
	State  FeedState
	Since  time.Time
}

// Instrument is what may be traded and how finely.
type Instrument struct {
	Symbol       Symbol
	Name         string
	QuantityStep Decimal // smallest size and its increment
	PriceStep    Decimal // smallest price increment of a limit
	MaxQuantity  Decimal // largest size of one order
}
