package wire

import "tradewind/internal/trading"

// Order is an order as clients see it: inside ledger events and in REST answers.
type Order trading.Order

// AppendJSON implements Payload.
func (r Order) AppendJSON(dst []byte) ([]byte, error) {
	o := openObject(dst)
	o.string("id", string(r.ID))
	o.string("clientOrderId", string(r.ClientOrderID))
	o.string("symbol", string(r.Symbol))
	o.string("side", string(r.Side))
	o.string("type", string(r.Type))
	o.string("timeInForce", string(r.TimeInForce))
	o.decimal("quantity", r.Quantity)
	o.optionalDecimal("limitPrice", r.LimitPrice)
	o.decimal("filledQuantity", r.FilledQuantity)
	o.optionalDecimal("avgFillPrice", r.AvgFillPrice)
	o.string("status", string(r.Status))
	o.optionalString("reason", r.Reason)
	o.time("createdAt", r.CreatedAt)
	o.time("updatedAt", r.UpdatedAt)
	return o.close(), nil
}

// MarshalJSON implements json.Marshaler.
func (r Order) MarshalJSON() ([]byte, error) { return marshal(r, 384) }
