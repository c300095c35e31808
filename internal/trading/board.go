package trading

import "sync"

// Board holds the newest quote of every symbol and hands changes to its
// listeners. It is where feeds end and everything that needs prices begins. All
// methods may be called concurrently.
//
// Listeners are called one after the other on the feed's goroutine, in the order
// of publishing, after the quotes can be read from the Board; they must not block.
type Board struct {
	mu          sync.RWMutex
	quotes      map[Symbol]Quote
	instruments map[Symbol]Instrument
	symbols     []Symbol // of instruments, sorted
	status      map[string]FeedStatus

	publishing sync.Mutex // held over a whole publish, so that listeners see one order; taken before mu
	onQuotes   []func([]Quote)
	onStatus   []func(FeedStatus)
}
