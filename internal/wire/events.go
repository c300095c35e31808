package wire

// Events that clients send. Each takes an optional ack.
const (
	EventSubscribePortfolio   = "subscribe:portfolio"
	EventSubscribeTrades      = "subscribe:trades"
	EventSubscribeWatchlist   = "subscribe:watchlist"
	EventUnsubscribePortfolio = "unsubscribe:portfolio"
	EventUnsubscribeTrades    = "unsubscribe:trades"
	EventUnsubscribeWatchlist = "unsubscribe:watchlist"
	EventClock                = "clock"
	EventSessionRefresh       = "session:refresh"
)

// Events that the server sends.
const (
	EventPortfolio      = "portfolio:update" // Portfolio
	EventQuote          = "quote:update"     // Quote
	EventFeedStatus     = "feed:status"      // FeedStatus
	EventTradeExecuted  = "trade:executed"   // TradeExecuted
	EventTradeFailed    = "trade:failed"     // TradeFailed
	EventOrder          = "order:update"     // OrderUpdate
	EventAccount        = "account:update"   // AccountUpdate
	EventError          = "error"            // Error
	EventSessionExpired = "session:expired"  // SessionExpired
)

// Payload is what the server sends with an event or in an ack.
type Payload interface {
	// AppendJSON appends the payload's JSON to dst and returns the longer slice.
	AppendJSON(dst []byte) ([]byte, error)
	// MarshalJSON returns the same JSON in a slice of its own.
	MarshalJSON() ([]byte, error)
}
