package workload

import (
	"math/rand/v2"
	"strconv"
	"strings"
)

// The events that carry the payloads, and the one with which a client says what
// it watches.
const (
	EventQuote     = "quote:update"
	EventNotice    = "notice"
	EventPortfolio = "portfolio:update"
	EventWatch     = "subscribe:watchlist"
)

// positions in a Portfolio: as many as make about 1.1 KB.
const positions = 20

// The sizes that a Notice may have as JSON, in bytes.
const (
	leastSize   = 40 // all but its text is 33
	mostSize    = 60_000
	defaultSize = 185
)

// noticeText fills a Notice up to so many bytes.
func noticeText(size int) string {
	const phrase = "the market is open "
	n := size - len(`{"ts":1700000000000000,"text":""}`)
	return strings.Repeat(phrase, n/len(phrase)+1)[:n]
}

// Quote is about 140 bytes as a frame. Prices are ten-thousandths, so that
// writing them costs the same in every server and nothing is rounded.
type Quote struct {
	Symbol          string
	Price, Bid, Ask int64
	Volume          int64
	At              int64 // microseconds of Unix time
}

// AppendJSON appends the quote.
func (q Quote) AppendJSON(dst []byte) ([]byte, error) {
	dst = append(dst, `{"symbol":"`...)
	dst = append(dst, q.Symbol...)
	dst = append(dst, `","price":`...)
	dst = appendPrice(dst, q.Price)
	dst = append(dst, `,"bid":`...)
	dst = appendPrice(dst, q.Bid)
	dst = append(dst, `,"ask":`...)
	dst = appendPrice(dst, q.Ask)
	dst = append(dst, `,"volume":`...)
	dst = strconv.AppendInt(dst, q.Volume, 10)
	dst = append(dst, `,"ts":`...)
	dst = strconv.AppendInt(dst, q.At, 10)
	return append(dst, '}'), nil
}

// Notice is 185 bytes or what SIZE says.
type Notice struct {
	At   int64 // microseconds of Unix time
	Text string
}

// AppendJSON appends the notice, whose text needs no escaping.
func (n Notice) AppendJSON(dst []byte) ([]byte, error) {
	dst = append(dst, `{"ts":`...)
	dst = strconv.AppendInt(dst, n.At, 10)
	dst = append(dst, `,"text":"`...)
	dst = append(dst, n.Text...)
	return append(dst, `"}`...), nil
}

// Portfolio is about 1.1 KB as a frame. Its numbers are floats, as they are in
// many servers: writing them is a part of what the workload measures.
type Portfolio struct {
	At        int64 // microseconds of Unix time
	User      int
	Positions [positions]Position
}

// Position is one line of a Portfolio.
type Position struct {
	Symbol         string
	Quantity       int
	Average, Price float64
}

// AppendJSON appends the portfolio.
func (p *Portfolio) AppendJSON(dst []byte) ([]byte, error) {
	dst = append(dst, `{"ts":`...)
	dst = strconv.AppendInt(dst, p.At, 10)
	dst = append(dst, `,"user":`...)
	dst = strconv.AppendInt(dst, int64(p.User), 10)
	dst = append(dst, `,"positions":[`...)
	for i := range p.Positions {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = p.Positions[i].append(dst)
	}
	return append(dst, `]}`...), nil
}

func (p *Position) append(dst []byte) []byte {
	dst = append(dst, `{"symbol":"`...)
	dst = append(dst, p.Symbol...)
	dst = append(dst, `","qty":`...)
	dst = strconv.AppendInt(dst, int64(p.Quantity), 10)
	dst = append(dst, `,"avg":`...)
	dst = strconv.AppendFloat(dst, p.Average, 'f', -1, 64)
	dst = append(dst, `,"price":`...)
	dst = strconv.AppendFloat(dst, p.Price, 'f', -1, 64)
	return append(dst, '}')
}

// appendPrice appends ten-thousandths with four digits behind the point.
func appendPrice(dst []byte, price int64) []byte {
	dst = strconv.AppendInt(dst, price/10_000, 10)
	rest := price % 10_000
	return append(dst, '.', byte('0'+rest/1000), byte('0'+rest/100%10), byte('0'+rest/10%10), byte('0'+rest%10))
}

func newQuote(symbol string, at int64) Quote {
	price := 1_000_000 + rand.Int64N(8_000_000)
	return Quote{
		Symbol: symbol, Price: price, Bid: price - 100, Ask: price + 100,
		Volume: 10_000_000 + rand.Int64N(80_000_000), At: at,
	}
}

func newPortfolio(user int, symbols []string, at int64) *Portfolio {
	p := &Portfolio{At: at, User: user}
	for i := range p.Positions {
		p.Positions[i] = Position{
			Symbol: symbols[i%len(symbols)], Quantity: i*10 + 1,
			Average: 95.5, Price: float64(rand.IntN(10_000)) / 100,
		}
	}
	return p
}
