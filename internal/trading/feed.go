package trading

import "context"

// QuoteSink takes what a feed produces. *Board is one.
type QuoteSink interface {
	// PublishQuotes takes quotes that belong together, such as one tick. It does not keep the slice.
	PublishQuotes(quotes []Quote)
	// PublishStatus takes a change of the feed's state.
	PublishStatus(s FeedStatus)
}

// QuoteFeed is a source of prices.
type QuoteFeed interface {
	// Name is the feed's word in FEED and in feed:status: sim, alpaca.
	Name() string
	// Instruments lists what the feed can quote, known before Run.
	Instruments() []Instrument
	// Run delivers quotes until ctx ends; it reconnects by itself.
	Run(ctx context.Context, sink QuoteSink) error
}
