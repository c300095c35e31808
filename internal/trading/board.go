package trading

import (
	"slices"
	"strings"
	"sync"
)

// Board holds the newest quote of every symbol and hands changes to its
// listeners. It is where feeds end and everything that needs prices begins. All
// methods may be called concurrently, except that nothing called from a listener
// or from inside Between may publish, register or call Between: that would wait
// for itself.
//
// Listeners are called one after the other on the feed's goroutine, in the order
// of publishing, after the quotes can be read from the Board; they must not block
// and must neither keep nor change the slice they are given.
//
// What the Board holds is bounded by the instruments it was made with: quotes of
// other symbols are dropped.
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

var _ QuoteSink = (*Board)(nil)

// NewBoard returns a Board for the given instruments without any quote. Of two
// instruments with one symbol the later counts.
func NewBoard(instruments []Instrument) *Board {
	b := &Board{
		quotes:      make(map[Symbol]Quote, len(instruments)),
		instruments: make(map[Symbol]Instrument, len(instruments)),
		status:      make(map[string]FeedStatus),
	}
	for _, i := range instruments {
		if _, known := b.instruments[i.Symbol]; !known {
			b.symbols = append(b.symbols, i.Symbol)
		}
		b.instruments[i.Symbol] = i
	}
	slices.Sort(b.symbols)
	return b
}

// OnQuotes registers a listener for quotes. One that is registered while quotes
// flow is told of those published from then on. There is no way to leave: what
// comes and goes, such as a socket, uses a listener that is there from the start
// and Between.
func (b *Board) OnQuotes(fn func([]Quote)) {
	b.publishing.Lock()
	defer b.publishing.Unlock()
	b.onQuotes = append(b.onQuotes, fn)
}

// OnStatus registers a listener for changes of a feed's state, under the same
// rules as OnQuotes.
func (b *Board) OnStatus(fn func(FeedStatus)) {
	b.publishing.Lock()
	defer b.publishing.Unlock()
	b.onStatus = append(b.onStatus, fn)
}

// PublishQuotes makes the quotes the newest of their symbols and tells the
// listeners before it returns. It keeps no reference to the slice. The order of
// one symbol's quotes is the caller's: the last one published is the newest.
func (b *Board) PublishQuotes(quotes []Quote) {
	b.publishing.Lock()
	defer b.publishing.Unlock()
	quotes = b.store(quotes)
	if len(quotes) == 0 {
		return
	}
	for _, fn := range b.onQuotes {
		fn(quotes)
	}
}

// store keeps the quotes and returns those of known symbols.
func (b *Board) store(quotes []Quote) []Quote {
	b.mu.Lock()
	defer b.mu.Unlock()
	unknown := func(q Quote) bool { _, ok := b.instruments[q.Symbol]; return !ok }
	if slices.ContainsFunc(quotes, unknown) {
		quotes = slices.DeleteFunc(slices.Clone(quotes), unknown)
	}
	for _, q := range quotes {
		b.quotes[q.Symbol] = q
	}
	return quotes
}

// PublishStatus keeps the state of a feed and tells the listeners before it
// returns. A state that the feed is in already changes nothing, Since included.
func (b *Board) PublishStatus(s FeedStatus) {
	b.publishing.Lock()
	defer b.publishing.Unlock()
	if !b.storeStatus(s) {
		return
	}
	for _, fn := range b.onStatus {
		fn(s)
	}
}

func (b *Board) storeStatus(s FeedStatus) (changed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	old, known := b.status[s.Source]
	if known && old.State == s.State {
		return false
	}
	b.status[s.Source] = s
	return true
}

// Between runs fn while nothing is being published: every publish is, with all
// its listeners, either over before fn starts or begins after fn has returned.
// Who reads the newest quotes and joins the audience of later ones inside fn
// misses none and never sees an older one after a newer one. Feeds wait
// meanwhile, so fn must be short and must not block.
func (b *Board) Between(fn func()) {
	b.publishing.Lock()
	defer b.publishing.Unlock()
	fn()
}

// Quote returns the newest quote of a symbol; false when it has none yet or is
// unknown.
func (b *Board) Quote(s Symbol) (Quote, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	q, ok := b.quotes[s]
	return q, ok
}

// Status returns the state of every feed that has published one, by source.
func (b *Board) Status() []FeedStatus {
	b.mu.RLock()
	defer b.mu.RUnlock()
	all := make([]FeedStatus, 0, len(b.status))
	for _, s := range b.status {
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b FeedStatus) int { return strings.Compare(a.Source, b.Source) })
	return all
}
