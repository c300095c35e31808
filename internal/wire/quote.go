package wire

import "tradewind/internal/trading"

// Quote is the payload of quote:update.
type Quote trading.Quote

// AppendJSON implements Payload.
func (q Quote) AppendJSON(dst []byte) ([]byte, error) {
	o := openObject(dst)
	o.string("symbol", string(q.Symbol))
	o.decimal("price", q.Price)
	o.decimal("change", q.Change)
	o.decimal("changePercent", q.ChangePercent)
	o.time("timestamp", q.Time)
	o.optionalDecimal("bid", q.Bid)
	o.optionalDecimal("ask", q.Ask)
	o.optionalDecimal("volume", q.Volume)
	o.string("state", string(q.State))
	return o.close(), nil
}

// MarshalJSON implements json.Marshaler.
func (q Quote) MarshalJSON() ([]byte, error) { return marshal(q, 192) }

// FeedStatus is the payload of feed:status.
type FeedStatus trading.FeedStatus

// AppendJSON implements Payload.
func (s FeedStatus) AppendJSON(dst []byte) ([]byte, error) {
	o := openObject(dst)
	o.string("source", s.Source)
	o.string("state", string(s.State))
	o.time("since", s.Since)
	return o.close(), nil
}

// MarshalJSON implements json.Marshaler.
func (s FeedStatus) MarshalJSON() ([]byte, error) { return marshal(s, 96) }
